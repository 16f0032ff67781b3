"""Comparison of one letter of a text with the letter of a keyword that it may stand for (FA-67)."""

from __future__ import annotations

import unicodedata
from enum import IntEnum, auto
from typing import TYPE_CHECKING, Final

from operators.text.accents import fold_accents
from operators.text.lookalikes import DIGITS, homophones, lookalikes
from operators.text.normalisation import marks
from operators.text.signs import SIGNS, pictured
from operators.text.skeleton import representatives

if TYPE_CHECKING:
    from operators.text.skeleton import Reading

_WORD: Final = 64
"""Characters to either side in which a digit or sign finds the letters of its word."""


class Letter(IntEnum):
    """What a letter of a text is beside one of a keyword, the closest first."""

    SAME = auto()
    STYLED = auto()
    """In another form, which texts use for nothing else: a small capital, an emoji."""
    FOREIGN = auto()
    """A letter of another script that looks alike."""
    SIGN = auto()
    """A digit or sign, or a capital I for l, in a word with letters."""
    HOMOPHONE = auto()
    ANOTHER = auto()
    """It does not stand for the keyword's letter."""


class LetterReader:
    """Compares the letters of a text with those of keywords."""

    def __init__(self, read: Reading) -> None:
        self._read = read

    def compare(self, place: int, letter: str) -> Letter:
        """Return what the letter at a place of the reading's view is beside that of a keyword."""
        shown, (start, end) = self._read.view.text[place], self._read.view.origin(place, place + 1)
        written = self._read.text[start:end]
        looks = lookalikes().get(ord(letter), letter)
        if ord(written[0]) in pictured():
            return Letter.STYLED if shown == looks else Letter.ANOTHER
        own = fold_accents(written) if ord(written[0]) in lookalikes() else shown
        if own == letter and written[0] not in SIGNS:
            return Letter.SAME
        if looks in _stands_for(written[0], own):
            return Letter.SIGN if self._is_within_word(start) else Letter.ANOTHER
        if homophones().get(ord(shown)) == letter:
            return Letter.HOMOPHONE
        return _form(written[0]) if (own, letter) != (shown, looks) and _alike(shown, looks) else Letter.ANOTHER

    def _is_within_word(self, at: int) -> bool:
        """Return whether the word at a place has letters; signs and marks are parts of it."""
        text = self._read.text
        behind, before = text[at + 1 : at + 1 + _WORD], text[max(0, at - _WORD) : at]
        return _begins_with_letters(behind) or _begins_with_letters(before[::-1])


def _stands_for(written: str, own: str) -> str:
    """Return the letters that a character may stand for where it is no letter, or none for certain."""
    return "l" if written == "I" else SIGNS.get(written) or DIGITS.get(own, "")


def _alike(one: str, other: str) -> bool:
    return one.translate(representatives()) == other.translate(representatives())


def _form(char: str) -> Letter:
    return Letter.STYLED if unicodedata.name(char, "").startswith("LATIN LETTER SMALL CAPITAL") else Letter.FOREIGN


def _begins_with_letters(part: str) -> bool:
    for char in part:
        if char.isalpha():
            return True
        if not (char.isalnum() or char in SIGNS or char in marks()):
            return False
    return False

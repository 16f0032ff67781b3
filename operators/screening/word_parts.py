"""Phrases inside words (FA-12): where words are run together, or a word is broken into pieces."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final

from operators.text.normalisation import marks
from operators.text.word_edges import LONG_WORD

if TYPE_CHECKING:
    from collections.abc import Iterable

_LETTERS: Final = 7
"""Letters of the shortest phrase that counts inside words that are broken or a few that are run together."""
_RUN_TOGETHER: Final = 16
"""Letters of the shortest word that counts as a few. Few words are so long; they name what they contain."""
_LETTERS_IN_LONG_WORD: Final = 4
"""Letters of the shortest phrase that counts, unbroken, inside a word that may be a whole sentence run together."""
_MARKED: Final = 4
"""Code points of a letter with its marks, at most, where a word is measured."""


def may_count_in_any_word(letters: int) -> bool:
    """Return whether a phrase of so many letters may count inside words that are not `LONG_WORD`."""
    return letters >= _LETTERS


def counts_inside(letters: int, text: str, start: int, end: int, *, several: bool) -> bool:
    """Return whether a phrase of so many letters counts at a range of a text that is part of a word, or of several.

    It does if it is long enough, and has several words itself, or is broken there, or the word around is very long.
    """
    inside = text[start:end]
    if letters < _LETTERS:
        unbroken = all(map(_joins, inside))
        return letters >= _LETTERS_IN_LONG_WORD and unbroken and _is_within(LONG_WORD, text, start, end)
    return several or _count(inside) > letters or _is_within(_RUN_TOGETHER, text, start, end)


def _is_within(letters: int, text: str, start: int, end: int) -> bool:
    """Return whether the word around a range has so many letters."""
    reach = letters * _MARKED
    before, behind = reversed(text[max(0, start - reach) : start]), text[end : end + reach]
    return _count(text[start:end]) + sum(_count(takewhile(_joins, side)) for side in (before, behind)) >= letters


def _joins(char: str) -> bool:
    return char.isalnum() or char in marks()


def _count(chars: Iterable[str]) -> int:
    """Return the number of characters; a mark counts as its base letter."""
    return sum(char not in marks() for char in chars)

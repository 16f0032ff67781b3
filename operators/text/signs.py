"""Signs and emoji that stand for letters (FA-67). In many texts they do not, so these are read in both ways."""

from __future__ import annotations

from functools import cache
from string import ascii_lowercase
from typing import Final

from operators.text.accents import fold_accents

SIGNS: Final = {"@": "a", "$": "s", "€": "e", "£": "l", "¥": "y", "¢": "c", "!": "il", "|": "il", "+": "t"}
"""The letters that a sign may stand for."""
INNER: Final = frozenset("!|+")
"""Signs that stand for letters between letters only, one or two of them; the others do beside a letter."""
_PICTURED: Final = (0x1F1E6, 0x1F150, 0x1F170)
"""Where Unicode has regional indicators, negative circled and negative squared letters."""


@cache
def sign_letters() -> dict[int, str]:
    """Return a map from signs (code points) to the first letter that they stand for."""
    return {ord(sign): letters[0] for sign, letters in SIGNS.items()}


@cache
def pictured() -> dict[int, str]:
    """Return a map from emoji that show a letter (code points) to the letter."""
    return {first + at: letter for first in _PICTURED for at, letter in enumerate(ascii_lowercase)}


@cache
def _emoji() -> frozenset[str]:
    return frozenset(map(chr, pictured()))


def has_sign_letters(text: str) -> bool:
    """Return whether a text has signs or emoji that may stand for letters."""
    if not text.isascii() and not _emoji().isdisjoint(text):
        return True
    if not any(sign in text for sign in SIGNS):
        return False
    return any(_stands(text, at) for at, char in enumerate(text) if char in SIGNS)


def _stands(text: str, at: int) -> bool:
    before, after = _is_letter(text[max(0, at - 1)]), _is_letter(text[at + 1 : at + 2])
    if text[at] not in INNER:
        return before or after
    return before and (after or (text[at + 1 : at + 2] in INNER and _is_letter(text[at + 2 : at + 3])))


def _is_letter(char: str) -> bool:
    return char.isalpha() and fold_accents(char) != ""

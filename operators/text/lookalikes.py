"""Letters that are read as others (FA-67): lookalikes of other scripts, small capitals, digits, homophones.

All of it goes from one character to one letter, so that offsets stay.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

from operators.text.signs import pictured, sign_letters

DIGITS: Final = {"0": "o", "1": "il", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g"}
"""The letters that a digit may stand for, in a word that has letters too."""


def _rows(name: str) -> dict[int, str]:
    """Return a shipped table: lines of a letter, a tab, and what is read as it."""
    text = files("operators.text").joinpath(name).read_text(encoding="utf-8")
    lines = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return {ord(char): letter for letter, chars in lines for char in chars}


@cache
def lookalikes() -> dict[int, str]:
    """Return a map from letters (code points), small capitals too, to those of other scripts that they look like."""
    return _rows("lookalikes.txt")


@cache
def homophones() -> dict[int, str]:
    """Return a map from Han characters (code points) to those that they are written for because they sound alike."""
    return _rows("homophones.txt")


@cache
def with_signs() -> dict[int, str]:
    """Return the map of all that is read as a letter where signs are."""
    return lookalikes() | pictured() | sign_letters()

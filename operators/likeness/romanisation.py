"""Romanisation of names, coarsely: enough to see that two may be the same name in two scripts (FA-91).

Usual spellings differ, so letters that are often written for each other are one. Scripts that leave vowels out are
compared by consonants. Han characters have the reading of GB 2312; a name with others has no romanisation.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HAN: Final = range(0x4E00, 0xA000)
_FIRST, _LAST = "啊".encode("gb2312"), "座".encode("gb2312")
"""The ends of level 1 of GB 2312, whose characters are sorted by pinyin."""
_SPELLINGS: Final = (
    *(
        ("shch", "s"),
        ("zh", "j"),
        ("kh", "h"),
        ("ch", "h"),
        ("gh", "g"),
        ("ph", "f"),
        ("th", "t"),
        ("sh", "s"),
        ("ou", "u"),
        ("y", "i"),
        ("w", "v"),
    ),
    *(("x", "ks"), ("q", "k"), ("c", "k"), ("ii", "i"), ("ia", "a")),
)
_REPEATED: Final = re.compile(r"(.)\1+")
_VOWELS: Final = str.maketrans("", "", "aeiouv")
_CONSONANTAL: Final = ("ARABIC", "DEVANAGARI")


def _rows(name: str) -> Sequence[str]:
    text = files("operators.likeness").joinpath(name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


@cache
def _letters() -> Mapping[int, str]:
    """Return the shipped table from letters (code points) to Latin ones."""
    return {
        ord(char): latin for latin, chars in (row.split("\t") for row in _rows("romanisation.txt")) for char in chars
    }


@cache
def _syllables() -> tuple[Sequence[bytes], Sequence[str]]:
    """Return where in GB 2312 each syllable begins, and the syllables."""
    items = [item for row in _rows("pinyin.txt") for item in row.split(" ")]
    return [item[-1].encode("gb2312") for item in items], [item[:-1] for item in items]


def _pinyin(char: str) -> str | None:
    code = char.encode("gb2312", "replace")
    starts, syllables = _syllables()
    return syllables[bisect_right(starts, code) - 1] if _FIRST <= code <= _LAST else None


def is_consonantal(name: str) -> bool:
    """Return whether a name is in a script of which only the consonants are compared."""
    return any(_script(char).startswith(_CONSONANTAL) for char in name)


@lru_cache(4096)
def _script(char: str) -> str:
    return unicodedata.name(char, "")


def romanise(name: str) -> str | None:
    """Return a name without spaces in Latin letters; None if one of its characters has no known reading."""
    read = [_pinyin(char) if ord(char) in _HAN else _letters().get(ord(char), char) for char in name]
    latin = "".join(filter(None, read))
    if None in read or not all(char.isascii() or unicodedata.category(char)[0] == "M" for char in latin):
        return None
    latin = "".join(char for char in latin if char.isascii())
    for written, sound in _SPELLINGS:
        latin = latin.replace(written, sound)
    return _REPEATED.sub(r"\1", latin)


def consonants(latin: str) -> str:
    """Return the consonants of a romanised name, without those that are written as vowels, too."""
    return latin.translate(_VOWELS)

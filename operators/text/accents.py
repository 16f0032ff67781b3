"""Accent folding (FA-11): Latin, Greek and Cyrillic letters without marks. Other scripts need theirs, and keep them.

Accents, strokes, rings and lines that belong to no script are no letter's marks but drawn over it, and go from every
script, and from between letters: an acute accent is often written for an apostrophe.

The *base* of a letter is what its Unicode decomposition begins with; of a letter that has none, such as `ø`, what its
Unicode name says before WITH.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from operators.text.normalisation import View, affected_code_points, clusters, fold, marks, normalise

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Letter = tuple[str, str]
"""A folded letter without and with its marks."""

_SCRIPTS: Final = ("LATIN ", "GREEK ", "CYRILLIC ")
_BLOCKS: Final = (range(0x80, 0x2000), range(0x2C60, 0x2C80), range(0xA720, 0xA800))
"""Where Unicode has letters of these scripts with marks in one code point."""
_DRAWN: Final = (range(0x300, 0x370), range(0x1AB0, 0x1B00), range(0x1DC0, 0x1E00), range(0x20D0, 0x2100),
                 range(0xFE20, 0xFE30))  # fmt: skip
"""Unicode's blocks of marks that belong to no script."""
_CACHED: Final = 32  # code points of a cluster; longer ones would fill the cache


@lru_cache(4096)
def _loses_marks(char: str) -> bool:
    return char.isalnum() if char.isascii() else unicodedata.name(char, "").startswith(_SCRIPTS)


def is_drawn(mark: str) -> bool:
    """Return whether a mark belongs to no script."""
    return any(ord(mark) in block for block in _DRAWN)


def _base(char: str) -> str:
    first = unicodedata.normalize("NFD", char)[0]
    plain, separator, _ = unicodedata.name(first, "").partition(" WITH ")
    if not separator:
        return first
    try:
        return unicodedata.lookup(plain).casefold()
    except KeyError:
        return first


@cache
def base_letters() -> dict[int, str]:
    """Return a map from letters with marks (code points) to their bases."""
    chars = [chr(code) for block in _BLOCKS for code in block if chr(code).isalpha() and _loses_marks(chr(code))]
    bases = {ord(char): _base(char) for char in chars}
    return {code: base for code, base in bases.items() if base != chr(code)}


def _fold_accents(cluster: str) -> str:
    kept: list[str] = []
    loses, has_base = False, cluster[:1] not in marks()
    for char in fold(cluster).translate(base_letters()):
        if char not in marks():
            loses = _loses_marks(char)
        elif loses or (has_base and is_drawn(char)):
            continue
        kept.append(char)
    return "".join(kept)


@cache
def free_accents() -> frozenset[str]:
    """Return all accents without a letter, such as ´ and ¨: characters of which NFKC makes a space and a mark."""
    signs = (char for char in map(chr, affected_code_points()) if unicodedata.category(char) in {"Sk", "Po"})
    return frozenset(sign for sign in signs if fold(sign) and all(map(is_drawn, fold(sign))))


_fold_accents_cached = lru_cache(65536)(_fold_accents)


def fold_accents(cluster: str) -> str:
    """Return one normalised cluster without the marks of a Latin, Greek or Cyrillic letter."""
    return _fold_accents_cached(cluster) if len(cluster) <= _CACHED else _fold_accents(cluster)


def normalise_accents(text: str) -> str:
    """Return a normalised text without the marks of Latin, Greek and Cyrillic letters."""
    return normalise(text) if text.isascii() else "".join(map(fold_accents, clusters(text)))


def accentless_view(text: str) -> View:
    """Return the view that the keyword detector searches (FA-11)."""
    return View(clusters(text), normalise_accents(text), fold_accents)


def letters(text: str) -> Sequence[Letter]:
    """Return the letters of a text, each without and with its marks, for `accents_agree`."""
    return tuple(letter for cluster in clusters(text) for letter in _letters_of(cluster))


def _letters_of(cluster: str) -> Iterator[Letter]:
    base, whole = fold_accents(cluster), fold(cluster)
    if len(base) == 1:
        yield base, whole
    else:  # a ligature, for example, whose letters have no marks of their own
        yield from zip(base, base, strict=True)


def accents_agree(keyword: Sequence[Letter], text: Sequence[Letter]) -> bool:
    """Return whether no letter of the text has other marks than that of the keyword; either may have none (FA-11).

    The text may go on: a cluster that is normalised as a unit is found as a whole.
    """
    return all(own == other or base in {own, other} for (base, own), (_, other) in zip(keyword, text, strict=False))

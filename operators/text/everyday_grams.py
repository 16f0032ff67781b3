"""Rarity of phrases in everyday messages, estimated from the grams that they have: letters beside each other."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from operators.text.normalisation import is_unspaced
from operators.text.skeleton import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE: Final = "everyday_grams.txt"
_UNLISTED: Final = 9
"""Bits of a gram that is not listed: one message of 512 has it."""
_FOLLOWING: Final = 3
"""Bits that a letter adds at most to the ones before it: one of eight is that letter."""


def _lengths(letters: str) -> Iterator[int]:
    return (2 if is_unspaced(letter) else 3 for letter in letters)


def present_grams(letters: str) -> Iterator[str]:
    """Yield the grams of a skeleton."""
    for at, length in enumerate(_lengths(letters)):
        if at + length <= len(letters):
            yield letters[at : at + length]


@cache
def _listed() -> Mapping[str, int]:
    rows = (
        line.split()
        for line in files("operators.text").joinpath(FILE).read_text("utf-8").splitlines()
        if line[0] != "#"
    )
    return {gram: int(bits) for bits, *grams in rows for gram in grams}


def _gram_bits(letters: str) -> Sequence[int]:
    """Return for each gram of a skeleton how rare it is: one of 2 to the power of so many messages has it."""
    listed = _listed()
    return [listed.get(gram, _UNLISTED) for gram in present_grams(letters)]


@lru_cache(1 << 16)
def rarity(phrase: str) -> float:
    """Return how rare it is, in bits and roughly, that an everyday message has a normalised phrase somewhere."""
    letters = skeleton(phrase)
    bits = _gram_bits(letters)
    if not bits:
        return len(letters)
    return bits[0] + sum(min(max(each - bits[0] // 2, 1), _FOLLOWING) for each in bits[1:])

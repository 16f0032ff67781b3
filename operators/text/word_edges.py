"""Word edges in a batch of texts: where a word may begin or end, for phrases that count only as whole words (FA-12)."""

from __future__ import annotations

import sys
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from operators.text.normalisation import is_separator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Codes = NDArray[np.uint8] | NDArray[np.uint32]
    Flags = NDArray[np.bool_]
    Edges = NDArray[np.uint8]

BEGINS: Final = 1
ENDS: Final = 2
LONG_WORD: Final = 24
"""Letters of the shortest word inside which a phrase of four letters counts, as its words may be run together."""
_ASCII: Final = 128


class Whole(IntEnum):
    """At which of its ends a phrase has to be at the edge of a word to count, as bits of edges."""

    NOWHERE = 0
    BEGINNING = BEGINS
    BOTH = BEGINS | ENDS


def word_edges(codes: Codes, separator: int) -> Edges:
    """Return for each code point whether no letter or digit is before it (`BEGINS`) or behind it (`ENDS`).

    `separator` is between texts. Inside long words every letter counts as an edge. Marks and invisible characters are
    edges, too, and join words.
    """
    is_apart = ~_letters_and_digits(codes.dtype.itemsize)[codes]
    edges = np.full(codes.size, BEGINS | ENDS, dtype=np.uint8)
    edges[1:] &= is_apart[:-1] | np.uint8(ENDS)
    edges[:-1] &= (is_apart[1:] << np.uint8(1)) | np.uint8(BEGINS)
    gaps = np.flatnonzero(is_apart & ((codes < _ASCII) | (codes == separator)))
    gaps = np.concatenate(([-1], gaps, [codes.size]))
    for place in np.flatnonzero(np.diff(gaps) > LONG_WORD).tolist():
        edges[gaps[place] + 1 : gaps[place + 1]] = BEGINS | ENDS
    return edges


def letters_and_digits() -> Flags:
    """Return of every code point whether it is a letter or digit."""
    return _letters_and_digits(4)


@cache
def _letters_and_digits(bytes_each: int) -> Flags:
    """Return of every code of so many bytes whether it is a letter or digit; of single bytes only ASCII is."""
    last = _ASCII if bytes_each == 1 else sys.maxunicode + 1
    table = np.zeros(256 if bytes_each == 1 else last, dtype=np.bool_)
    table[:last] = np.fromiter(map(_is_letter_or_digit, map(chr, range(last))), np.bool_, last)
    return table


def _is_letter_or_digit(char: str) -> bool:
    """Return whether a character is a letter or digit that can be seen: the fillers of Hangul are invisible letters."""
    return char.isalnum() and not is_separator(char)

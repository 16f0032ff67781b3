"""64-bit hashes of short texts, one by one or a column at once: the same numbers on every machine. Not for secrets.

Eight bytes at a time are mixed into a number by multiplication and a shift, as in splitmix64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column = NDArray[np.int64]
    Words = NDArray[np.uint64]

_WORD: Final = 8
_MASK: Final = (1 << 64) - 1
_FACTOR: Final = 0xBF58476D1CE4E5B9
_SHIFT: Final = 29
_WIDE_FACTOR, _WIDE_SHIFT = np.uint64(_FACTOR), np.uint64(_SHIFT)
LEADING: Final = np.array([(1 << (_WORD * size)) - 1 for size in range(_WORD + 1)], dtype=np.uint64)
"""How many of a word's first bytes count: a mask per number."""


def mix(number: int) -> int:
    """Return a number of 64 bits in which every bit depends on the lower bits of another one."""
    number = number * _FACTOR & _MASK
    return number ^ number >> _SHIFT


def mix_column(numbers: Words) -> Words:
    """Return `mix` of each number."""
    mixed = numbers * _WIDE_FACTOR
    return mixed ^ (mixed >> _WIDE_SHIFT)


def hash_text(text: str) -> int:
    """Return the hash of a text."""
    data = text.encode()
    value = len(data)
    for at in range(0, len(data), _WORD):
        value = mix(value ^ int.from_bytes(data[at : at + _WORD], "little"))
    return value


def words_of(padded: bytes) -> Words:
    """Return the eight bytes from each offset on, little endian; of the last eight bytes only the first offset."""
    return np.ndarray((len(padded) - _WORD + 1,), dtype="<u8", buffer=padded, strides=(1,))


def hash_column(words: Words, starts: Column, ends: Column) -> Words:
    """Return the hash of each text; `words` has the eight bytes from each offset on, little endian."""
    sizes = ends - starts
    value = sizes.astype(np.uint64)
    at = 0
    while at + _WORD <= sizes.min(initial=0):
        value = mix_column(value ^ words[starts + at])
        at += _WORD
    left = np.flatnonzero(sizes > at)
    while left.size:
        word = words[starts[left] + at] & LEADING[np.minimum(sizes[left] - at, _WORD)]
        value[left] = mix_column(value[left] ^ word)
        at += _WORD
        left = left[sizes[left] > at]
    return value

"""Character n-grams of symbols, hashed to buckets by integer arithmetic modulo 2^32, and what they weigh together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from operators.recogniser.symbols import Symbols

LONGEST: Final = 5
"""Symbols of the longest n-grams. The shortest are single symbols."""
BUCKETS: Final = 1 << 19
_MULTIPLIER: Final = np.uint32(0x9E3779B1)  # odd, from the golden ratio: multiplicative hashing
_SHIFT: Final = np.uint32(32 - 19)


def buckets(codes: NDArray[np.uint32]) -> Iterator[NDArray[np.uint32]]:
    """Yield for each length of n-grams the bucket of the one that begins at each symbol, while there are enough."""
    hashed = codes * _MULTIPLIER
    yield hashed >> _SHIFT
    for length in range(2, LONGEST + 1):
        hashed = (hashed[:-1] + codes[length - 1 :]) * _MULTIPLIER
        yield hashed >> _SHIFT


def sums(symbols: Symbols, weights: NDArray[np.int8]) -> NDArray[np.int64]:
    """Return what all n-grams of each text weigh."""
    begun = np.zeros(len(symbols.codes), dtype=np.int32)
    for found in buckets(symbols.codes):
        begun[: len(found)] += weights[found]
    return np.add.reduceat(begun[: symbols.end], symbols.starts, dtype=np.int64)


_SHARED: Final = 60
"""A multiple of every length: so many parts of a weight are shared among an n-gram's symbols."""


def shares(codes: NDArray[np.uint32], weights: NDArray[np.int8]) -> NDArray[np.int32]:
    """Return what each symbol contributes: its shares in the weights of all n-grams that it is part of."""
    found = np.zeros(len(codes), dtype=np.int32)
    for length, begun in enumerate(buckets(codes), start=1):
        share = weights[begun].astype(np.int32) * (_SHARED // length)
        for place in range(length):
            found[place : place + len(share)] += share
    return found

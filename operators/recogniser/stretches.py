"""The stretches of a text that counted most: whole words whose n-grams weigh much, those that adjoin as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from operators.recogniser.grams import shares
from operators.recogniser.symbols import PADDING, SPACE, is_unspaced_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from operators.recogniser.symbols import Symbols

Stretch = tuple[int, int]
MOST_STRETCHES: Final = 3
_OF_PEAK: Final = 3
"""A symbol counts if it contributes more than the third part of what the one that contributes most does."""
_GAP: Final = 1  # symbols between stretches that are one: a space


def stretches_of(symbols: Symbols, weights: NDArray[np.int8]) -> list[tuple[Stretch, ...]]:
    """Return the stretches of each text, in their order, as offsets in code points."""
    share = shares(symbols.codes, weights)
    rows = symbols.rows
    peaks = np.maximum.reduceat(share, symbols.starts)
    counts = (share * _OF_PEAK > np.maximum(peaks, 1)[rows]) & (symbols.codes != SPACE)
    begins, ends = _runs(counts, symbols.codes, rows)
    gained = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(share, dtype=np.int64)))
    offsets = symbols.places - (symbols.places[symbols.starts] + PADDING)[rows]
    found: list[list[tuple[int, int, int]]] = [[] for _ in symbols.starts]
    columns = (rows[begins], gained[ends] - gained[begins], offsets[begins], offsets[ends - 1] + 1)
    for row, gain, start, end in zip(*(column.tolist() for column in columns), strict=True):
        found[row].append((-gain, start, end))
    return [tuple(sorted((start, end) for _, start, end in sorted(each)[:MOST_STRETCHES])) for each in found]


def _runs(
    counts: NDArray[np.bool_], codes: NDArray[np.uint32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where runs of symbols that count begin and end, as whole words, and merged if they adjoin."""
    edges = np.flatnonzero(np.diff(counts.astype(np.int8), prepend=0, append=0))
    begins, ends = edges[::2], edges[1::2]
    places = np.arange(len(codes))
    stops = (codes == SPACE) | is_unspaced_code()[codes]
    before = np.maximum.accumulate(np.where(stops, places, -1))
    after = np.minimum.accumulate(np.where(stops, places, len(codes))[::-1])[::-1]
    begins = np.where(stops[begins], begins, before[begins] + 1)
    ends = np.where(stops[ends - 1], ends, after[ends - 1])
    furthest = np.maximum.accumulate(ends)
    apart = (begins[1:] > furthest[:-1] + _GAP) | (rows[begins[1:]] != rows[begins[:-1]])
    return begins[np.append(True, apart)[: len(begins)]], furthest[np.append(apart, True)[: len(ends)]]

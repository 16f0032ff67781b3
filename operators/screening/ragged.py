"""Lists of numbers of different lengths, to be looked up for many keys at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Column = NDArray[np.int64]


class Ragged:
    """For each key from 0 on a list of numbers."""

    def __init__(self, pairs: Iterable[tuple[int, int]], keys: int) -> None:
        listed = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        self._values = listed[:, 1]
        self._begins = np.searchsorted(listed[:, 0], np.arange(keys + 1)).astype(np.int32)

    def expand(self, keys: NDArray[np.int64] | NDArray[np.uint32]) -> tuple[Column, Column]:
        """Return the numbers of all keys one after the other, before them for each the index of its key."""
        begins, ends = self._begins[keys], self._begins[keys + 1]
        sizes = ends - begins
        rows = np.repeat(np.arange(begins.size), sizes)
        places = np.arange(rows.size) + np.repeat(begins - np.cumsum(sizes) + sizes, sizes)
        return rows, self._values[places]

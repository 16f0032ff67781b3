"""The patterns of the prefilter: those that suffice alone, and those that are parts of combinations (FA-78)."""

from __future__ import annotations

from itertools import compress, groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from operators.screening.combinations import Combinations

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.int64]
    Match = tuple[int, int, int]


class CombinedPatterns:
    """Patterns in an order in which those that suffice alone come first."""

    def __init__(self, alone: Collection[str], combined: Collection[tuple[frozenset[str], ...]]) -> None:
        numbers = {part: number for number, part in enumerate({part for parts in combined for part in parts})}
        others = {pattern for part in numbers for pattern in part}.difference(alone)
        self.patterns: Sequence[str] = [*sorted(alone), *sorted(others)]
        self._alone = len(alone)
        self._parts = [{number for part, number in numbers.items() if pattern in part} for pattern in self.patterns]
        self._combinations = Combinations([[numbers[part] for part in parts] for parts in combined])

    def split(self, matches: Sequence[Match]) -> tuple[Column, tuple[Column, Sequence[int]]]:
        """Return where patterns that suffice alone begin; and where the others do, with their numbers."""
        found = [start for pattern, start, _ in matches if pattern < self._alone]
        others = [(start, pattern) for pattern, start, _ in matches if pattern >= self._alone]
        places = np.fromiter(map(itemgetter(0), others), np.int64, len(others))
        return np.array(found, dtype=np.int64), (places, [pattern for _, pattern in others])

    def complete(self, texts: Column, patterns: Sequence[int]) -> Column:
        """Return the texts with all parts of a combination; `texts` and `patterns` are those of its matches."""
        kept: list[int] = []
        several = _with_several(texts, np.array(patterns, dtype=np.int64))
        for text, matches in groupby(compress(zip(texts.tolist(), patterns, strict=True), several), itemgetter(0)):
            found: set[int] = set().union(*(self._parts[pattern] for _, pattern in matches))
            if len(found) > 1 and any(True for _ in self._combinations.complete(found)):
                kept.append(text)
        return np.array(kept, dtype=np.int64)


def _with_several(texts: Column, patterns: Column) -> Sequence[bool]:
    """Return for each match whether its text has matches of different patterns; `texts` is ascending."""
    if not texts.size:
        return []
    starts = np.flatnonzero(np.diff(texts, prepend=-1))
    different = np.minimum.reduceat(patterns, starts) < np.maximum.reduceat(patterns, starts)
    return np.repeat(different, np.diff(starts, append=texts.size)).tolist()  # type: ignore[no-any-return]

"""The patterns of the prefilter: those that suffice alone, and those that are parts of combinations (FA-78)."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from operators.screening.combinations import Combinations

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.int64]


class CombinedPatterns:
    """Patterns in an order in which those that suffice alone come first."""

    def __init__(self, alone: Collection[str], combined: Collection[tuple[frozenset[str], ...]]) -> None:
        numbers = {part: number for number, part in enumerate({part for parts in combined for part in parts})}
        others = {pattern for part in numbers for pattern in part}.difference(alone)
        self.patterns: Sequence[str] = [*sorted(alone), *sorted(others)]
        self._alone = len(alone)
        self._parts = [{number for part, number in numbers.items() if pattern in part} for pattern in self.patterns]
        self._combinations = Combinations([[numbers[part] for part in parts] for parts in combined])

    def complete(self, texts: Column, patterns: Column) -> Column:
        """Return the texts with a pattern that suffices alone, or with all parts of a combination.

        `texts` and `patterns` are those of the matches, in any order.
        """
        is_alone = patterns < self._alone
        others = np.flatnonzero(~is_alone)
        others = others[np.argsort(texts[others], kind="stable")]
        others = others[_with_several(texts[others], patterns[others])]
        pairs = zip(texts[others].tolist(), patterns[others].tolist(), strict=True)
        kept: list[int] = []
        for text, matches in groupby(pairs, key=itemgetter(0)):
            found: set[int] = set().union(*(self._parts[pattern] for _, pattern in matches))
            if len(found) > 1 and any(True for _ in self._combinations.complete(found)):
                kept.append(text)
        return np.concatenate((texts[is_alone], np.array(kept, dtype=np.int64)))


def _with_several(texts: Column, patterns: Column) -> NDArray[np.bool_]:
    """Return for each match whether its text has matches of different patterns; `texts` is ascending."""
    if not texts.size:
        return np.empty(0, dtype=bool)
    starts = np.flatnonzero(np.diff(texts, prepend=-1))
    different = np.minimum.reduceat(patterns, starts) < np.maximum.reduceat(patterns, starts)
    return np.repeat(different, np.diff(starts, append=texts.size))

"""Combinations of several parts: which are complete where some of the parts were found (FA-78)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet


class Combinations:
    """Combinations of numbered parts. Each is looked at only where the rarest of its parts was found."""

    def __init__(self, combinations: Sequence[Sequence[int]]) -> None:
        counted = Counter(part for parts in combinations for part in set(parts))
        self._led_by: dict[int, list[tuple[int, frozenset[int]]]] = {}
        for number, parts in enumerate(combinations):
            rarest = min(parts, key=counted.__getitem__)
            self._led_by.setdefault(rarest, []).append((number, frozenset(parts)))

    def complete(self, found: AbstractSet[int]) -> Iterator[int]:
        """Yield the numbers of the combinations of which every part is among those found."""
        for part in found:
            for number, parts in self._led_by.get(part, ()):
                if parts <= found:
                    yield number

"""How does a step tell Flink what it counts? A counter for each name and its labels, made when there is something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyflink.metrics import Counter, MetricGroup

    from jobs.decision_counts import Counted

METRICS: Final = "kithward"


class Counters:
    """The counters of one step. A label and its value are a group each, as Flink wants it."""

    def __init__(self, group: MetricGroup) -> None:
        self._group = group.add_group(METRICS)
        self._counters: dict[Counted, Counter] = {}

    def add(self, counts: Mapping[Counted, int]) -> None:
        """Count so many more of each."""
        for counted, number in counts.items():
            if counted not in self._counters:
                self._counters[counted] = self._made(counted)
            self._counters[counted].inc(number)

    def _made(self, counted: Counted) -> Counter:
        name, labels = counted
        group = self._group
        for label, value in labels:
            group = group.add_group(label, value)
        return group.counter(name)

"""What is counted of decisions as a step makes them? By rule, outcome and band, and what a shadow decides otherwise.

Of late events nothing is compared: what they lead to live and in the shadow does not come together.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from jobs.runtime.decision_diff import AGAINST, IMMEDIATE_RULES, NEW, DecisionDiff
from operators.decision import LATE
from operators.enforcement.enforced_operator import withheld_decision
from operators.enforcement.limit import Limit
from operators.friendship_age.bands import band_in_evidence
from schemas.records import CommandsWithheld, Decision
from schemas.topics import DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyflink.metrics import Counter as FlinkCounter
    from pyflink.metrics import MetricGroup

    from jobs.dataflow.graph import Route
    from operators.policy.versions import PolicyBook

CounterKey = tuple[str, tuple[tuple[str, str], ...]]
"""What is counted: a name, and labels with their values."""

METRIC_GROUP: Final = "kithward"
"""The metric group that holds all of the job's counters."""

NO_LABEL: Final = "none"
"""The value of a label that does not apply."""


class DecisionCounters:
    """Of one step. `step` is its name, `book` has the policies that it judges by."""

    def __init__(self, step: str, book: PolicyBook) -> None:
        self._compares, self._book = step != Limit.uid, book  # what comes out of `limit` has been compared before it
        self._counts: Counter[CounterKey] = Counter()
        self._flips = DecisionDiff(examples_each=0)

    def count(self, route: Route) -> None:
        """Take in what the step sends on, whatever it is."""
        record = route.record
        if isinstance(record, Decision) and route.dest in {DECISIONS, SHADOW_DECISIONS}:
            self._counts[route.dest, _kind(record)] += 1
            self._compare(AGAINST if route.dest == DECISIONS else NEW, record)
        elif isinstance(record, CommandsWithheld) and (held := withheld_decision(record)) is not None:
            self._compare(AGAINST, held)

    def drain(self) -> Mapping[CounterKey, int]:
        """Return what was counted since it was last asked for. What belongs together has to have come by then."""
        self._flips.finish()
        counts, self._counts = self._counts, Counter()
        for kind, number in self._flips.by_kind.items():
            if kind.outcome_new is not None or kind.rule in IMMEDIATE_RULES:
                outcomes = ("live", kind.outcome_against or NO_LABEL), ("shadow", kind.outcome_new or NO_LABEL)
                counts["shadow-flips", (("rule", kind.rule), *outcomes)] += number
        self._flips = DecisionDiff(examples_each=0)
        return counts

    def _compare(self, side: int, decision: Decision) -> None:
        if self._compares and LATE not in decision.reasons and self._book.shadows(decision.at_ms):
            self._flips.add(side, decision)


def _kind(decision: Decision) -> tuple[tuple[str, str], ...]:
    return ("rule", decision.rule), ("outcome", decision.outcome), ("band", band_in_evidence(decision) or NO_LABEL)


class FlinkCounters:
    """The counters of one step. A label and its value are a group each, as Flink wants it."""

    def __init__(self, group: MetricGroup) -> None:
        self._group = group.add_group(METRIC_GROUP)
        self._counters: dict[CounterKey, FlinkCounter] = {}

    def add(self, counts: Mapping[CounterKey, int]) -> None:
        """Count so many more of each."""
        for counted, number in counts.items():
            if counted not in self._counters:
                self._counters[counted] = self._made(counted)
            self._counters[counted].inc(number)

    def _made(self, counted: CounterKey) -> FlinkCounter:
        name, labels = counted
        group = self._group
        for label, value in labels:
            group = group.add_group(label, value)
        return group.counter(name)

"""Metrics of a step: counters of its decisions by rule, outcome and band, of shadow flips, and Flink's counters of all.

Shadow decisions are compared with live ones of the same batch. Late events are not compared: their live and shadow
decisions leave in different batches.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from jobs.runtime.decision_diff import AGAINST, IMMEDIATE_RULES, NEW, DecisionDiff
from operators.decision import LATE
from operators.enforcement.enforced_operator import withheld_decision
from operators.enforcement.limit import Limit
from operators.friendship_age.bands import band_in_evidence
from operators.operator import Labels
from schemas.records import CommandsWithheld, Decision
from schemas.topics import DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyflink.metrics import Counter as FlinkCounter
    from pyflink.metrics import MetricGroup

    from jobs.dataflow.graph import Route
    from operators.policy.versions import PolicyBook

CounterKey = tuple[str, Labels]
"""A counter: its name, and its labels with their values."""

METRIC_GROUP: Final = "kithward"
"""The metric group that holds all of the job's counters."""

NO_LABEL: Final = "none"
"""The value of a label that does not apply."""


COUNTED: Final = frozenset({Decision, CommandsWithheld})
"""The types of records that say something of a decision: of the others nothing is counted."""

_TOPICS: Final = frozenset({DECISIONS, SHADOW_DECISIONS})


class DecisionCounters:
    """Counters of the decisions of one step. `step` is its uid, `book` has the policies that it uses."""

    def __init__(self, step: str, book: PolicyBook) -> None:
        self._compares, self._book = step != Limit.uid, book  # decisions that `limit` emits were compared upstream
        self._counts: Counter[CounterKey] = Counter()
        self._diff = DecisionDiff(examples_each=0)

    def count(self, route: Route) -> None:
        """Count a route that the step emits, if its record is a decision."""
        record = route.record
        if isinstance(record, Decision) and route.dest in _TOPICS:
            self._counts[route.dest, _labels(record)] += 1
            self._compare(AGAINST if route.dest == DECISIONS else NEW, record)
        elif isinstance(record, CommandsWithheld) and (withheld := withheld_decision(record)) is not None:
            self._compare(AGAINST, withheld)

    def drain(self) -> Mapping[CounterKey, int]:
        """Return the counts since the last call, at the end of a batch: live and shadow decisions have met by then."""
        counts, self._counts = self._counts, Counter()
        if not self._diff.decided:
            return counts
        self._diff.finish()
        for kind, number in self._diff.by_kind.items():
            if kind.outcome_new is not None or kind.rule in IMMEDIATE_RULES:
                outcomes = ("live", kind.outcome_against or NO_LABEL), ("shadow", kind.outcome_new or NO_LABEL)
                counts["shadow-flips", (("rule", kind.rule), *outcomes)] += number
        self._diff = DecisionDiff(examples_each=0)
        return counts

    def _compare(self, side: int, decision: Decision) -> None:
        if self._compares and LATE not in decision.reasons and self._book.shadows(decision.at_ms):
            self._diff.add(side, decision)


def _labels(decision: Decision) -> tuple[tuple[str, str], ...]:
    return ("rule", decision.rule), ("outcome", decision.outcome), ("band", band_in_evidence(decision) or NO_LABEL)


class FlinkCounters:
    """Flink's counters of one operator, created on first use. A label and its value are a metric group each."""

    def __init__(self, group: MetricGroup) -> None:
        self._group = group.add_group(METRIC_GROUP)
        self._counters: dict[CounterKey, FlinkCounter] = {}

    def add(self, counts: Mapping[CounterKey, int]) -> None:
        """Increment each counter by its count."""
        for key, number in counts.items():
            if key not in self._counters:
                self._counters[key] = self._create(key)
            self._counters[key].inc(number)

    def _create(self, key: CounterKey) -> FlinkCounter:
        name, labels = key
        group = self._group
        for label, value in labels:
            group = group.add_group(label, value)
        return group.counter(name)

"""What is counted of decisions as a step makes them? By rule, outcome and band, and what a shadow decides otherwise.

Of late events nothing is compared: what they lead to live and in the shadow does not come together.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from jobs.flip import AGAINST, JUDGES_AT_ONCE, NEW, Flips
from operators.age import band_of
from operators.decision import LATE
from operators.enforcement import decision_of
from operators.limit import Limit
from schemas.records import CommandsWithheld, Decision
from schemas.topics import DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.graph import Route
    from operators.policy_book import PolicyBook

Counted = tuple[str, tuple[tuple[str, str], ...]]
"""What is counted: a name, and labels with their values."""

NONE: Final = "none"
"""The value of a label that does not apply."""


class DecisionCounts:
    """Of one step. `step` is its name, `book` has the policies that it judges by."""

    def __init__(self, step: str, book: PolicyBook) -> None:
        self._compares, self._book = step != Limit.uid, book  # what comes out of `limit` has been compared before it
        self._counts: Counter[Counted] = Counter()
        self._flips = Flips(examples_each=0)

    def see(self, route: Route) -> None:
        """Take in what the step sends on, whatever it is."""
        record = route.record
        if isinstance(record, Decision) and route.dest in {DECISIONS, SHADOW_DECISIONS}:
            self._counts[route.dest, _kind(record)] += 1
            self._compare(AGAINST if route.dest == DECISIONS else NEW, record)
        elif isinstance(record, CommandsWithheld) and (held := decision_of(record)) is not None:
            self._compare(AGAINST, held)

    def told(self) -> Mapping[Counted, int]:
        """Return what was counted since it was last asked for. What belongs together has to have come by then."""
        self._flips.end()
        counts, self._counts = self._counts, Counter()
        for kind, number in self._flips.by.items():
            if kind.outcome_new is not None or kind.rule in JUDGES_AT_ONCE:
                outcomes = ("live", kind.outcome_against or NONE), ("shadow", kind.outcome_new or NONE)
                counts["shadow-flips", (("rule", kind.rule), *outcomes)] += number
        self._flips = Flips(examples_each=0)
        return counts

    def _compare(self, side: int, decision: Decision) -> None:
        if self._compares and LATE not in decision.reasons and self._book.shadows(decision.at_ms):
            self._flips.take(side, decision)


def _kind(decision: Decision) -> tuple[tuple[str, str], ...]:
    return ("rule", decision.rule), ("outcome", decision.outcome), ("band", band_of(decision) or NONE)

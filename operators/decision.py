"""Decisions and their evidence: conditions, trigger, basis.

A decision carries its evidence as one JSON object (C-13), so that anybody can follow and recompute it: conditions with
their values, spans, ages; never a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from operator import eq, ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct, field
from msgspec.json import Encoder

from operators.ids import identify, timer_cause
from operators.policy.action import Action
from schemas.records import Decision, Span

if TYPE_CHECKING:
    from operators.operator import Context

LATE = "LATE"
"""The reason of a decision that a late event caused (C-4)."""

MAX_LISTED = 1_000
"""Spans, members, people, requests or decisions that one record lists. Further ones are only counted, so that a flood
fills neither state nor output."""

MAX_RANKED = 100
"""Lookalikes, similar friends or matching objects that one record lists, best first. Further ones are only counted."""

POLICY_UNSEEN = "POLICY_UNSEEN"
"""The reason where a message was screened before the policy version that evaluates it was known (C-19)."""

_encode: Callable[[object], bytes] = Encoder(order="sorted").encode
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "<": lt, "<=": le, ">": gt, ">=": ge}


Comparable = float | str | bool | Fraction


class Conditions(Struct, frozen=True):
    """The conditions of one decision: each is evaluated here and recorded with its values, in order of evaluation."""

    evaluated: list[Mapping[str, object]] = field(default_factory=list)

    def compare(self, name: str, actual: Comparable | None, operator: str, expected: Comparable) -> bool:
        """Return whether `actual operator expected`, recorded as evidence. Fractions are compared exactly (C-15)."""
        result = _COMPARISONS[operator](actual, expected)
        shown = {"name": name, "operator": operator, "expected": _as_json(expected), "actual": _as_json(actual)}
        self.evaluated.append(shown | {"result": result})
        return result

    def check(self, name: str, actual: bool) -> bool:  # noqa: FBT001 - the value to record
        """Return `actual`, and record it as evidence."""
        self.evaluated.append({"name": name, "operator": "==", "expected": True, "actual": actual, "result": actual})
        return actual


class Trigger(Struct, frozen=True):
    """The event, or the timer that an event has set, from which a decision is concluded."""

    event_id: str
    at_ms: int
    late: bool = False

    @property
    def reasons(self) -> frozenset[str]:
        """LATE if it is late, else nothing."""
        return frozenset({LATE}) if self.late else frozenset()

    @classmethod
    def of_event(cls, event: Any, ctx: Context) -> Self:  # noqa: ANN401 - any record that came from another step
        """Return an event as the trigger."""
        return cls(event.event_id, event.at_ms, event.late or ctx.late)

    @classmethod
    def timeout(cls, event_id: str, timer: str, at_ms: int, *, late: bool = False) -> Self:
        """Return a timer, which the event has set, as the trigger; `late`: whether that event was late."""
        return cls(timer_cause(event_id, timer), at_ms, late)


class Basis(Struct, frozen=True, kw_only=True):
    """Everything about a decision that is known before its outcome. Its id does not depend on the outcome (C-10).

    `step` is part of the id only where one event may complete two steps of the same thing.
    """

    rule: str
    subject_id: str
    other_id: str | None = None
    group_id: str | None = None
    trigger: Trigger
    policy_version: str
    reasons: frozenset[str] = frozenset()
    conditions: Conditions = field(default_factory=Conditions)
    incident_id: str | None = None
    step: str = ""

    @property
    def all_reasons(self) -> frozenset[str]:
        """The reasons together with LATE where the trigger is late."""
        return self.reasons | self.trigger.reasons

    @property
    def decision_id(self) -> str:
        """The id of the decision."""
        rule = f"{self.rule}/{self.step}" if self.step else self.rule
        ids = (self.subject_id, self.other_id, self.group_id, self.incident_id)
        return identify(rule, *ids, self.trigger.event_id, self.policy_version)

    def decide(
        self, outcome: str, actions: Iterable[Action], evidence: Mapping[str, object], reasons: Iterable[str] = ()
    ) -> Decision:
        """Return the decision; `reasons` are added to those of the basis."""
        return Decision(
            decision_id=self.decision_id,
            at_ms=self.trigger.at_ms,
            rule=self.rule,
            outcome=outcome,
            subject_id=self.subject_id,
            other_id=self.other_id or None,
            group_id=self.group_id,
            incident_id=self.incident_id,
            cause_event_id=self.trigger.event_id,
            policy_version=self.policy_version,
            reasons=tuple(sorted({*self.all_reasons, *reasons})),
            evidence=self._serialize(evidence),
            actions=_names(frozenset(actions)),
        )

    def _serialize(self, members: Mapping[str, object]) -> str:
        common = {"policy_version": self.policy_version, "conditions": self.conditions.evaluated}
        return _encode(common | dict(members)).decode()


@cache
def _names(actions: frozenset[Action]) -> tuple[str, ...]:
    """Return the names of actions, the mildest first; asking an enumeration's member for its name is slow."""
    return tuple(action.name for action in sorted(actions))


def _as_json(value: Comparable | None) -> float | str | bool | None:
    return value if value is None or isinstance(value, (str, int, float)) else float(value)


def spans_as_evidence(spans: Sequence[Span], span_count: int) -> dict[str, object]:
    """Return spans as evidence: detector, keyword if one was hit, offsets in code points (C-14).

    `span_count` is their number where not all are listed, else 0.
    """
    shown = [
        {"detector": span.detector, "start": span.start, "end": span.end}
        | ({} if span.keyword is None else {"keyword": span.keyword})
        for span in spans
    ]
    return {"spans": shown} | ({"span_count": span_count} if span_count else {})

"""Counters of decisions and of shadow flips, per batch of a step."""

from __future__ import annotations

import json

import pytest

from jobs.dataflow.graph import Route
from jobs.flink.metrics import DecisionCounters
from operators.enforcement.limit import Limit
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook, PublishedPolicy
from schemas.codec import encode
from schemas.records import CommandsWithheld, Decision

LIVE, SHADOW = "decisions", "shadow-decisions"


def decision(
    outcome: str, *, cause: str = "e1", reasons: tuple[str, ...] = (), rule: str = "friendship-age"
) -> Decision:
    evidence = json.dumps({"friendship": {"band": "[0, 3d)"}})
    return Decision(
        decision_id=cause, at_ms=5, rule=rule, outcome=outcome, subject_id="a", other_id="b", cause_event_id=cause,
        policy_version="v", reasons=reasons, evidence=evidence,
    )  # fmt: skip


def counts(step: str = "relationship", *, from_ms: int = 0) -> DecisionCounters:
    book = PolicyBook(Policy())
    book.add_shadow(PublishedPolicy(from_ms, from_ms, "p", Policy(version="tried")))
    return DecisionCounters(step, book)


def flips(counted: DecisionCounters) -> dict[tuple[str, str], int]:
    return {
        (dict(labels)["live"], dict(labels)["shadow"]): number
        for (name, labels), number in counted.drain().items()
        if name == "shadow-flips"
    }


def see(counted: DecisionCounters, *told: tuple[str, Decision]) -> DecisionCounters:
    for dest, record in told:
        counted.count(Route(dest, "a", record))
    return counted


def test_decisions_are_counted_by_rule_outcome_and_band_once() -> None:
    counted = see(counts(), (LIVE, decision("MIDDLE")), ("risk-window", decision("MIDDLE")))
    labels = (("rule", "friendship-age"), ("outcome", "MIDDLE"), ("band", "[0, 3d)"))
    assert counted.drain() == {("decisions", labels): 1, ("shadow-flips", _labels("MIDDLE", "none")): 1}
    assert counted.drain() == {}


def _labels(live: str, shadow: str) -> tuple[tuple[str, str], ...]:
    return ("rule", "friendship-age"), ("live", live), ("shadow", shadow)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([(SHADOW, decision("MIDDLE")), (LIVE, decision("MIDDLE"))], {}, id="alike"),
        pytest.param([(SHADOW, decision("A")), (LIVE, decision("B"))], {("B", "A"): 1}, id="otherwise"),
        pytest.param([(SHADOW, decision("A"))], {("none", "A"): 1}, id="the shadow alone"),
        pytest.param([(LIVE, decision("A"))], {("A", "none"): 1}, id="live alone"),
        pytest.param([(LIVE, decision("A", rule="verification"))], {}, id="live alone, by a rule that waits"),
        pytest.param([(SHADOW, decision("A")), (LIVE, decision("B", cause="e2"))],
                     {("none", "A"): 1, ("B", "none"): 1}, id="two questions"),
        pytest.param([(LIVE, decision("A", reasons=("LATE",)))], {}, id="late"),
    ],
)  # fmt: skip
def test_a_shadow_flip_is_a_decision_with_another_outcome_or_on_one_side_only(
    told: list[tuple[str, Decision]], expected: dict[tuple[str, str], int]
) -> None:
    assert flips(see(counts(), *told)) == expected


def test_nothing_is_compared_before_a_shadow_policy_is_in_effect() -> None:
    assert flips(see(counts(from_ms=6), (LIVE, decision("A")))) == {}


def test_a_withheld_decision_is_compared_at_its_own_step_and_not_at_the_limit() -> None:
    held = CommandsWithheld(
        event_id="w", at_ms=5, subject_id="a", policy_version="v", decision=encode(decision("B")), commands=()
    )
    counted = see(counts(), (SHADOW, decision("A")))
    counted.count(Route("limit", "", held))
    assert flips(counted) == {("B", "A"): 1}
    assert flips(see(counts(Limit.uid), (LIVE, decision("B")))) == {}

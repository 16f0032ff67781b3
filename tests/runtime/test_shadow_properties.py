"""Properties of shadow mode: it changes nothing live, and decides as the policy would live (C-21)."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from jobs.runtime.decision_diff import IMMEDIATE_RULES
from operators.policy.versions import PublishedPolicy
from schemas.records import Decision, PolicyMode, PolicyPublished
from tests.runtime.shadow_host import ShadowHost
from tests.support import incident_streams, streams

if TYPE_CHECKING:
    from operators.policy.model import Policy
    from schemas.records import Record

SHADOW = "shadow-decisions"
POLICY = incident_streams.policy()
ANYTHING = st.one_of(streams.stories(), incident_streams.stories())
BEGINNINGS = frozenset({("friend-gate", "ASKED"), ("event-group", "REQUESTED")})
"""What opens something, beside what is judged at once. What ends it is decided live alone (C-19)."""


def decisions(outputs: list[tuple[str, Record]], topic: str) -> list[Decision]:
    return [record for to, record in outputs if to == topic and isinstance(record, Decision)]


@pytest.mark.parametrize("document", ["friendship_age: {t1_ms: 5s, t2_ms: 10s, packs: []}", "{}"])
@given(ANYTHING)
def test_live_outputs_and_state_are_the_same_as_without_a_shadow_policy__c_21(document: str, events: list[Any]) -> None:
    shade = PolicyPublished(
        event_id="shade", at_ms=0, version="shade", effective_at_ms=0, mode=PolicyMode.SHADOW, document=document
    )
    alone, beside = ShadowHost(POLICY), ShadowHost(POLICY)
    without = alone.run(events)
    outputs = beside.run([shade, *events])
    assert [output for output in outputs if output[0] != SHADOW] == without
    rows = [{place: dict(cell) for place, cell in host.state.items() if cell} for host in (alone, beside)]
    assert rows[0] == rows[1]
    assert alone.timers == beside.timers
    decided = decisions(outputs, SHADOW)
    assert {decision.policy_version for decision in decided} <= {"shade"}
    assert len({decision.decision_id for decision in decided}) == len(decided), "each is made once"


def run_beside_itself(policy: Policy, events: list[Record]) -> tuple[Counter[str], Counter[str], list[Decision]]:
    """Return what a policy decides live and in its own shadow, without versions; and all that it decides live."""
    host = ShadowHost(policy)
    host.log.book.add_shadow(PublishedPolicy(0, 0, "shade", replace(policy, version="shade")))
    outputs = host.run(events)
    live, shadow = decisions(outputs, "decisions"), decisions(outputs, SHADOW)
    return Counter(map(versionless, live)), Counter(map(versionless, shadow)), live


def versionless(decision: Decision) -> str:
    """Return a decision without its version, and without ids that are made of it (C-10)."""
    evidence = json.loads(decision.evidence) | {"policy_version": ""}
    if "verification" in evidence:
        evidence["verification"] |= {"id": ""}
    return repr(
        structs.replace(decision, decision_id="", policy_version="", evidence=json.dumps(evidence, sort_keys=True))
    )


@given(ANYTHING)
def test_a_policy_decides_the_same_live_and_in_shadow_mode__c_21(events: list[Any]) -> None:
    live, shadow, all_live = run_beside_itself(POLICY, events)
    assert not shadow - live, "the same outcome, actions, reasons and evidence"
    told = {versionless(decision): decision for decision in all_live}
    alone = [told[missing] for missing in live - shadow]
    assert [decision for decision in alone if decision.rule in IMMEDIATE_RULES] == []
    assert [decision for decision in alone if (decision.rule, decision.outcome) in BEGINNINGS] == []

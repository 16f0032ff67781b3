"""Properties of any stream through the whole graph: restart, order, deduplication, unique ids."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Output, replay
from operators.policy.conversation import CONVERSATION
from schemas.records import Decision, Record, RevokeCommand, RiskWindow
from state.stores.memory import MemoryStore
from tests.support.streams import policy, shuffled, stories, story

if TYPE_CHECKING:
    from collections.abc import Sequence

GRAPH, POLICY = risk_graph(), policy()


def run(events: Sequence[Record], store: MemoryStore | None = None, *, finish: bool = True) -> list[Output]:
    return replay(GRAPH, events, policy=POLICY, store=store, finish=finish)


def alike(outputs: Sequence[Output]) -> Counter[str]:
    """Return outputs without their order: keys race each other, and nothing depends on who wins."""
    return Counter(map(repr, outputs))


@given(stories(), st.integers(0, 25))
@settings(max_examples=150)
def test_a_restart_at_any_point_changes_nothing(events: list[Record], cut: int) -> None:
    store = MemoryStore()
    stopped = run(events[:cut], store, finish=False) + run(events[cut:], store)
    assert alike(stopped) == alike(run(events))


@given(stories(), st.integers(0, 2**32))
@settings(max_examples=150)
def test_the_order_of_arrival_within_the_lateness_changes_nothing(events: list[Record], seed: int) -> None:
    assert alike(run(shuffled(events, random.Random(seed)))) == alike(run(events))


@given(stories(), st.data())
@settings(max_examples=150)
def test_an_event_delivered_twice_counts_once(events: list[Record], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(events))
    twice = [copy for event in events for copy in ([event, event] if event is again else [event])]
    assert alike(run(twice)) == alike(run(events))


@given(stories())
@settings(max_examples=100)
def test_ids_are_unique(events: list[Record]) -> None:
    outputs = [record for _, _, record in run(events)]
    decisions = [record.decision_id for record in outputs if isinstance(record, Decision)]
    commands = [getattr(record, "command_id", None) for record in outputs]
    assert max(Counter(decisions).values(), default=1) == 1
    assert max(Counter(filter(None, commands)).values(), default=1) == 1


@given(stories())
@settings(max_examples=100)
def test_every_risk_decision_is_in_one_window_of_its_time(events: list[Record]) -> None:
    outputs = [record for _, _, record in run(events)]
    windows = [record for record in outputs if isinstance(record, RiskWindow)]
    placed = Counter(decision_id for window in windows for decision_id in window.decision_ids)
    times = {record.decision_id: record.at_ms for record in outputs if isinstance(record, Decision)}
    assert max(placed.values(), default=1) == 1
    for window in windows:
        assert window.window_end_ms - window.window_start_ms == POLICY.common.risk_window_ms
        assert window.count == len(window.decision_ids)
        assert all(window.window_start_ms <= times[d] < window.window_end_ms for d in window.decision_ids)


def test_the_random_streams_reach_what_they_are_meant_to_test() -> None:
    reached: Counter[tuple[str, str]] = Counter()
    for seed in range(200):
        outputs = [record for _, _, record in run(story(random.Random(seed), 40))]
        decisions = [record for record in outputs if isinstance(record, Decision)]
        reached.update(("taken back", record.revoked_type) for record in outputs if isinstance(record, RevokeCommand))
        reached.update((r.rule, r.outcome) for r in decisions)
        reached.update(
            (r.rule, reason) for r in decisions for reason in (CONVERSATION, "new_link") if reason in r.reasons
        )
    wanted = {
        *(("friendship-age", o) for o in ("FIRST_OPERATION", "MIDDLE", "VERIFY", "ATTACHED", "ESCALATED")),
        ("friendship-age", "ALREADY_BLOCKED"),
        ("friendship-age", CONVERSATION),
        ("friendship-age", "TRUSTED"),
        ("friendship-age", "new_link"),
        ("strangers", "STRANGER"),
        *(("verification", o) for o in ("GENUINE", "NOT_GENUINE", "UNVERIFIED")),
        *(("invite-forest", o) for o in ("MANAGED", "REVIEW")),
        *(("avatar-impersonation", o) for o in ("RISK_USER", "REVIEW")),
        ("friend-gate", "REQUESTS"),
        *(("taken back", command) for command in ("BlockAccount", "ManageMember", "RequestVerification")),
        *(("friend-gate", o) for o in ("ACCEPTED", "ASKED", "REFUSED_DENIED", "REFUSED_EXPIRED")),
    }
    assert wanted <= set(reached)

"""Properties of incident streams through the whole graph; above all, nobody joins without consent."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Output, replay
from schemas.records import (
    AddMember,
    CancelPrompt,
    CloseEventGroup,
    CreateEventGroup,
    Decision,
    IncidentReported,
    JoinAnswered,
    PromptToJoin,
    Record,
)
from state.stores.memory import MemoryStore
from tests.support.incident_case import lines_of
from tests.support.incident_model import Model
from tests.support.incident_streams import delayed, policy, stories, story

if TYPE_CHECKING:
    from collections.abc import Sequence

GRAPH, POLICY = risk_graph(), policy()
EXAMPLES = settings(max_examples=120, deadline=None)


def run(events: Sequence[Record], store: MemoryStore | None = None, *, finish: bool = True) -> list[Output]:
    return replay(GRAPH, events, policy=POLICY, store=store, finish=finish)


def alike(outputs: Sequence[Output]) -> Counter[str]:
    """Return outputs without their order: keys race each other, and nothing depends on who wins."""
    return Counter(map(repr, outputs))


def of(kind: type[Any], outputs: Sequence[Output]) -> list[Any]:
    return [record for _, _, record in outputs if isinstance(record, kind)]


@given(stories(80), st.integers(0, 2**32))
@EXAMPLES
def test_the_output_is_that_of_a_naive_model__c_2(events: list[Record], seed: int) -> None:
    said = Counter(map(repr, lines_of(run(delayed(events, random.Random(seed))))))
    assert said == Counter(map(repr, Model(POLICY.event_group).run(events)))


@given(stories(), st.integers(0, 40))
@EXAMPLES
def test_a_restart_at_any_point_changes_nothing__c_12(events: list[Record], cut: int) -> None:
    store = MemoryStore()
    stopped = run(events[:cut], store, finish=False) + run(events[cut:], store)
    assert alike(stopped) == alike(run(events))


@given(stories(), st.integers(0, 2**32))
@EXAMPLES
def test_the_order_of_arrival_within_the_lateness_changes_nothing__c_2(events: list[Record], seed: int) -> None:
    assert alike(run(delayed(events, random.Random(seed)))) == alike(run(events))


@given(stories(), st.data())
@EXAMPLES
def test_an_event_delivered_twice_counts_once__c_12(events: list[Record], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(events))
    twice = [copy for event in events for copy in ([event, event] if event is again else [event])]
    assert alike(run(twice)) == alike(run(events))


@given(stories())
@EXAMPLES
def test_ids_are_unique__c_11(events: list[Record]) -> None:
    outputs = run(events)
    decisions = Counter(one.decision_id for one in of(Decision, outputs))
    commands = Counter(command for _, _, one in outputs if (command := getattr(one, "command_id", None)))
    assert max(decisions.values(), default=1) == max(commands.values(), default=1) == 1
    assert {getattr(one, "decision_id", None) for topic, _, one in outputs if topic == "commands"} <= set(decisions)


@given(stories(), st.integers(0, 2**32), st.booleans())
@EXAMPLES
def test_nobody_but_the_reporter_joins_without_earlier_consent__eg_28(
    events: list[Record],
    seed: int,
    late: bool,  # noqa: FBT001
) -> None:
    rng = random.Random(seed)
    arriving = rng.sample(events, len(events)) if late else delayed(events, rng)
    added = of(AddMember, run(arriving))
    yes = [one for one in events if isinstance(one, JoinAnswered) and one.accepted]
    reporters = {one.reporter_id for one in events if isinstance(one, IncidentReported)}
    for member in added:
        said = [one for one in yes if (one.incident_id, one.account_id) == (member.incident_id, member.account_id)]
        is_founder = member.account_id in reporters and "EVENT_USER" in member.roles
        assert is_founder or any(one.at_ms <= member.at_ms for one in said)


@given(stories())
@EXAMPLES
def test_a_group_is_created_and_ended_once_and_has_no_events_outside(events: list[Record]) -> None:
    outputs = run(events)
    for group in of(CreateEventGroup, outputs):
        closed = [one.at_ms for one in of(CloseEventGroup, outputs) if one.group_id == group.group_id]
        assert len(closed) == 1
        for kind in (PromptToJoin, AddMember, CancelPrompt):
            within = [one.at_ms for one in of(kind, outputs) if one.incident_id == group.incident_id]
            assert all(group.at_ms <= at_ms <= closed[0] for at_ms in within)


def test_the_random_streams_reach_what_they_are_meant_to_test() -> None:
    reached: Counter[str] = Counter()
    for seed in range(60):
        outputs = run(story(random.Random(seed), 80))
        reached.update(one.outcome for one in of(Decision, outputs))
        reached.update(reason for one in of(Decision, outputs) for reason in one.reasons)
        reached.update(type(one).__name__ for topic, _, one in outputs if topic == "commands")
    wanted = """REQUESTED APPROVED REJECTED CREATED MEMBER_ADDED MEMBER_DECLINED PROMPT_EXPIRED CLOSED MATCHED NOT_FOUND
        FORBIDDEN_ROLE RATE_LIMIT REPORTER_BLOCKED AUDIT_SILENT AUDIT_REJECTED DUPLICATE MERGED WITHDRAWN LIFE
        CreateEventGroup PromptToJoin AddMember ManageMember CancelPrompt CloseEventGroup RequestReview
        TellEnded FOUND_AGAIN WIDENED"""
    assert set(wanted.split()) <= set(reached)

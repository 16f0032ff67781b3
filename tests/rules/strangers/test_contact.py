"""Who is a stranger: who of two accounts wrote to the other first (ST-8 to ST-15)."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from jobs.runtime import ingress
from jobs.runtime.approach_filter import ApproachFilter
from operators.policy.model import Policy
from operators.policy.strangers import PERIOD_MS, STRANGERS, StrangersPolicy
from operators.screening.approach import approach_of
from operators.strangers import contact
from schemas.records import Decision, MessageSent, PolicyMode, Record
from state.stores.memory import MemoryStore
from tests.support.story import DAY, HOUR, MINUTE, START_MS, SUSPICIOUS, Story
from tests.support.streams import BASE_MS, stories, story, time_ms
from tests.support.streams import policy as short_policy

ALICE = {"sender_id": "alice", "recipient_id": "bob"}
BOB = {"sender_id": "bob", "recipient_id": "alice"}
GRAPH = risk_graph()


class Forgetful(ApproachFilter):
    """A worker that remembers nothing: every message is an approach."""

    def _has_passed(self, key: int, seal: int, at_ms: int) -> bool:  # noqa: ARG002
        return False


def rules(**strangers: Any) -> Policy:
    return replace(Policy(), strangers=StrangersPolicy(**strangers))


def next_period(at: int, sender_id: str, recipient_id: str) -> int:
    """Return the first moment of the period of a sender and a recipient that begins after a time of a story."""
    message = MessageSent(
        event_id="e", at_ms=START_MS + at, sender_id=sender_id, recipient_id=recipient_id, text="hello"
    )
    return approach_of(message).start_hour * HOUR + PERIOD_MS - START_MS


def talk(*messages: tuple[int, dict[str, str]], policy: Policy | None = None) -> Story:
    """Return the story of harmless messages at these times, by these to those."""
    story = Story(policy or Policy())
    for at, ids in messages:
        story.message(at, "hello", **ids)
    return story


def decided(story: Story) -> list[int]:
    """Return the times of the decisions about strangers."""
    return [decision.at_ms - START_MS for decision in story.play().decisions if decision.rule == STRANGERS]


@pytest.mark.parametrize(
    ("messages", "is_stranger"),
    [
        pytest.param([(0, BOB)], False, id="ST-V6"),
        pytest.param([(0, ALICE), (1, BOB)], True, id="ST-V7"),
        pytest.param([(0, BOB), (1, ALICE)], False, id="ST-V8"),
        pytest.param([(0, BOB), (0, ALICE)], True, id="ST-V9"),
        pytest.param([(MINUTE, BOB)], True, id="ST-V10"),
        pytest.param([(0, BOB | {"recipient_id": "carol"})], True, id="another account"),
    ],
)
def test_whom_the_recipient_wrote_to_first_is_no_stranger__st_8_st_10(
    messages: list[tuple[int, dict[str, str]]],
    is_stranger: bool,  # noqa: FBT001
) -> None:
    assert decided(talk(*messages).message(MINUTE)) == [MINUTE] * is_stranger


def test_a_stream_may_begin_at_time_0__st_v6_st_9() -> None:
    run = Replay(GRAPH, MemoryStore(), Policy())
    told = [
        MessageSent(event_id="e1", at_ms=0, text="hello", **BOB),
        MessageSent(event_id="e2", at_ms=MINUTE, text=SUSPICIOUS, **ALICE),
    ]
    found = [*(output for event in told for output in run.push(event)), *run.finish()]
    assert not [record for _, _, record in found if isinstance(record, Decision)]


def test_a_group_message_is_no_contact__st_8_st_e1() -> None:
    story = Story(Policy()).message(0, "hello", sender_id="bob", recipient_id=None, group_id="g")
    assert decided(story.message(MINUTE)) == [MINUTE]


def test_a_suspicious_message_is_a_contact_too__st_8() -> None:
    assert decided(Story(Policy()).message(0, **BOB).message(MINUTE)) == [0]


def test_a_message_that_comes_out_of_order_counts_at_its_time__st_10_st_e2() -> None:
    assert decided(talk((900, ALICE), (800, BOB)).message(MINUTE)) == []
    assert decided(talk((900, BOB), (800, ALICE)).message(MINUTE)) == [MINUTE]
    assert decided(talk((900, ALICE), (800, ALICE), (850, BOB)).message(MINUTE)) == [MINUTE]


def test_a_late_contact_changes_what_follows__st_10_c_4() -> None:
    story = talk((1, ALICE)).message(MINUTE).message(2 * MINUTE, "hello", sender_id="x").message(0, "hello", **BOB)
    assert decided(story.message(2 * DAY)) == [MINUTE]


def test_who_wrote_first_stays_known_while_they_write__st_13_st_e3() -> None:
    story = talk((0, BOB))
    for month in range(1, 40):
        story.message(month * 29 * DAY, "hello", **ALICE)
    assert decided(story.message(40 * 29 * DAY)) == []


@pytest.mark.parametrize(("silence", "is_stranger"), [(PERIOD_MS + 59 * DAY, False), (2 * PERIOD_MS + 60 * DAY, True)])
def test_who_wrote_first_is_forgotten_after_a_silence__st_13(silence: int, is_stranger: bool) -> None:  # noqa: FBT001
    start = next_period(0, "bob", "alice")
    story = talk((start, BOB), policy=rules(contact_memory_ms=60 * DAY))
    assert decided(story.message(start + silence - 1)) == [start + silence - 1] * is_stranger


def test_state_ends_after_the_memory_and_names_nobody__st_13_c_18() -> None:
    story = talk((0, BOB), (10_000, ALICE), policy=rules(contact_memory_ms=DAY)).message(MINUTE, "hello", sender_id="x")
    rows = [row + value for row, value in story.stored_rows() if b"first-contacts" in row]
    assert len(rows) == 2
    assert not any(name in row for row in rows for name in (b"alice", b"bob"))
    story.message(MINUTE + 3 * PERIOD_MS + DAY, "hello", sender_id="x", recipient_id="y").message(
        2 * MINUTE + 3 * PERIOD_MS + DAY, "hello", sender_id="z", recipient_id="y"
    )
    assert len([row for row, _ in story.stored_rows() if b"first-contacts" in row]) == 2  # of x and y


def test_a_friend_is_not_remembered_and_begins_anew_as_none__st_12() -> None:
    story = (
        talk((0, BOB))
        .friends(at=1)
        .message(2, "hello", **BOB)
        .message(10_000, "hello", recipient_id=None, group_id="g")
    )
    assert not any(b"first-contacts" in row and b"alice" not in row for row, _ in story.stored_rows())
    story.unfriended(MINUTE).message(MINUTE + 1, "hello", **BOB)
    assert decided(story.message(HOUR)) == [HOUR]
    later = max(next_period(MINUTE, "bob", "alice"), next_period(MINUTE, "alice", "bob"))
    assert decided(story.message(later, "hello", **BOB).message(later + DAY)) == [HOUR]


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_an_erasure_of_either_side_ends_what_was_known__st_11_st_e4(who: str) -> None:
    story = talk((0, BOB)).erased(who, MINUTE).message(2 * MINUTE, "hello", **BOB)
    assert decided(story.message(HOUR)) == [HOUR]
    later = max(next_period(MINUTE, "bob", "alice"), next_period(MINUTE, "alice", "bob"))
    assert decided(story.message(later, "hello", **BOB).message(later + DAY)) == [HOUR]


def test_a_period_in_which_an_account_was_erased_does_not_count__st_11() -> None:
    start = next_period(0, "bob", "alice")
    story = (
        talk((start, BOB), (start + DAY, BOB)).erased("alice", start + DAY + 1).message(start + 2 * DAY, "hi", **BOB)
    )
    assert decided(story.message(start + 3 * DAY)) == [start + 3 * DAY]


def test_beyond_the_bound_nobody_is_remembered_until_a_period_begins__st_14_st_e5(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contact, "CONTACTS_AT_MOST", 2)
    story = talk(*((number, BOB | {"recipient_id": who}) for number, who in enumerate(("x", "y", "alice"))))
    assert story.play().counts["relationship.contact-beyond-limit"] == 1
    assert decided(story.message(MINUTE, sender_id="y").message(HOUR)) == [HOUR]
    assert decided(story.message(HOUR + 1, "hello", **BOB).message(2 * DAY)) == [HOUR, 2 * DAY]


@pytest.mark.parametrize("worker", [ApproachFilter, Forgetful])
def test_room_in_the_middle_of_a_period_is_not_for_those_refused__st_14_st_9(
    worker: type[ApproachFilter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingress, "ApproachFilter", worker)
    monkeypatch.setattr(contact, "CONTACTS_AT_MOST", 1)
    story = talk((0, BOB | {"recipient_id": "x"}), (1, BOB))
    story.friends(at=MINUTE, friend_id="x").message(2 * MINUTE, "hello", **BOB)
    assert decided(story.message(HOUR)) == [HOUR]


def test_the_bound_has_room_again__st_14(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "CONTACTS_AT_MOST", 1)
    story = talk((0, BOB | {"recipient_id": "x"}), policy=rules(contact_memory_ms=0))
    later = 4 * PERIOD_MS
    story.message(later - DAY, "hello", sender_id="c", recipient_id="d").message(later, "hello", **BOB)
    assert decided(story.message(later + HOUR)) == []


def test_contacts_before_the_section_was_enabled_are_unknown__st_15_st_e6() -> None:
    story = talk((0, BOB), policy=rules(enabled=False)).published(MINUTE, "version: v2")
    assert decided(story.message(HOUR)) == [HOUR]
    known = talk((0, BOB), policy=rules(enabled=False)).published(MINUTE, "version: v2").message(HOUR, "hello", **BOB)
    assert decided(known.message(2 * HOUR)) == []


def test_nothing_is_carried_while_no_policy_asks__st_15() -> None:
    story = talk((0, BOB), (10_000, ALICE), policy=rules(enabled=False))
    assert not any(b"contact" in row for row, _ in story.stored_rows())
    shadow = "strangers: {enabled: true}"
    story = talk(policy=rules(enabled=False)).published(0, shadow, version="s", mode=PolicyMode.SHADOW)
    story.message(MINUTE, "hello", **BOB).message(HOUR).message(DAY, sender_id="dave")
    assert [(each.policy_version, each.subject_id) for each in story.play().decisions] == [("s", "dave")]


def outputs(events: list[Record], *cuts: int) -> list[tuple[str, str, Record]]:
    """Return the outputs of a run that begins again at some places, with an empty filter each time."""
    store, found = MemoryStore(), []
    for first, last in zip((0, *cuts), (*cuts, len(events)), strict=True):
        run = Replay(GRAPH, store, short_policy())
        found += [output for event in events[first:last] for output in run.push(event)]
        if last == len(events):
            found += run.finish()
    return found


def come_late(told: list[Record], rng: random.Random) -> None:
    """Let an event make those of up to 100 days before it late: what is forgotten by then is another matter."""
    event = told.pop()
    places = [place for place, other in enumerate(told) if time_ms(event) - time_ms(other) < 100 * DAY]
    told.insert(rng.choice([*places, len(told)]), event)


@given(stories(40), st.integers(0, 2**32), st.sampled_from([1, 40_000, 200_000]), st.sampled_from([1, 10]))
@settings(max_examples=80)
def test_no_result_depends_on_what_a_worker_remembers__st_9(
    events: list[Record], seed: int, longer: int, at_most: int
) -> None:
    rng = random.Random(seed)
    cuts = sorted(rng.randint(0, len(events)) for _ in range(3))
    told = [structs.replace(event, at_ms=BASE_MS + (time_ms(event) - BASE_MS) * longer) for event in events]
    for _ in range(rng.choice([0, 3])):
        come_late(told, rng)
    with pytest.MonkeyPatch.context() as forgetful:
        forgetful.setattr(contact, "CONTACTS_AT_MOST", at_most)
        found = outputs(told), outputs(told, *cuts)
        forgetful.setattr(ingress, "ApproachFilter", Forgetful)
        without = outputs(told)
    assert [sorted(map(repr, each)) for each in found] == [sorted(map(repr, without))] * 2


def test_streams_reach_strangers_and_those_who_are_none() -> None:
    found: set[object] = set()
    for seed in range(40):
        run = Replay(GRAPH, MemoryStore(), short_policy())
        results = [output for event in story(random.Random(seed), 40) for output in run.push(event)]
        found |= {record.outcome for _, _, record in results if isinstance(record, Decision)}
        found |= {name for name in run.counts if name.endswith(("wrote-first", "repeated-stranger"))}
    assert {"STRANGER", "relationship.recipient-wrote-first", "relationship.repeated-stranger"} <= found

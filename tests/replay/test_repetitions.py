"""Repetitions (C-12): one step looks an event up and counts it; where else it goes, a repetition changes nothing."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from jobs.runtime.envelope import pack, unpack
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook
from operators.screening.screening import screen_message
from schemas.event_order import RANKS, Rank
from schemas.records import Decision, FollowAnswered, FriendAdded, IdentificationRequested, MessageSent
from schemas.topics import INPUT_OF
from state.stores.memory import MemoryStore
from tests.schemas.record_strategies import example
from tests.support.erasure_streams import erasure, policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.replay.engine import Output
    from schemas.records import Record

GRAPH = risk_graph()
T, DAY_MS = 1_772_452_800_000, 86_400_000
FRIENDS = FriendAdded(event_id="f", at_ms=T, account_id="rosa", friend_id="mika")
ASKS = MessageSent(event_id="m", at_ms=T + DAY_MS, sender_id="mika", recipient_id="rosa", text="Buy me a gift card")
LATER = MessageSent(event_id="n", at_ms=T + DAY_MS + 60_000, sender_id="x", recipient_id="y", text="hello")

JUDGED = frozenset({kind for kind in INPUT_OF if RANKS[kind] in (Rank.CONTENT, Rank.ANSWER)} | {FollowAnswered})
LOOKED_UP = JUDGED - {MessageSent, IdentificationRequested}
"""What must not act twice, and enters a step as it came. (A message is screened first; a request has its own id.)"""

AGAIN = 0.3


class Worker(Replay):
    """A replay whose ingress may be cut off from the policies: then messages are screened by a step."""

    is_cut_off = False

    def are_all_known(self) -> bool:
        return not self.is_cut_off


def entering() -> list[Any]:
    """Return an event of each type that is looked up, as it comes from ingress."""
    screened: Any = example("MessageScreened")
    to_one, to_group = {"recipient_id": "r", "group_id": None}, {"recipient_id": None, "group_id": "g"}
    told: list[Any] = [example(kind.__name__) for kind in LOOKED_UP]
    return sorted([*told, replace(screened, **to_one), replace(screened, **to_group)], key=repr)


def looking_up(topic: str, event: Record) -> list[str]:
    """Return the steps that look the event up, each once a key."""
    routes = GRAPH.routes(topic, event)
    return [route.dest for route in routes if unpack(pack(route, PolicyBook(Policy()))).until_ms]


@pytest.mark.parametrize("event", entering(), ids=lambda event: type(event).__name__)
def test_one_step_looks_an_event_up_under_one_key__c_12_c_17(event: Record) -> None:
    topic = INPUT_OF.get(type(event), INPUT_OF[MessageSent]).name
    assert len(looking_up(topic, event)) == 1


def test_a_message_that_a_step_screens_is_looked_up_behind_it() -> None:
    assert looking_up("messages", ASKS) == []


@pytest.mark.parametrize("cut_off", [(False, True), (True, False), (True, True)], ids=str)
@pytest.mark.parametrize("between", [(), (LATER,)], ids=["in time", "late"])
def test_a_message_acts_once_wherever_it_and_its_repetition_are_screened__c_12(
    cut_off: tuple[bool, bool], between: tuple[Record, ...]
) -> None:
    run = Worker(GRAPH, MemoryStore(), Policy())
    outputs = list(run.push(FRIENDS))
    for record, run.is_cut_off in ((ASKS, cut_off[0]), *((each, False) for each in between), (ASKS, cut_off[1])):
        outputs += run.push(record)
    outputs += run.finish()
    assert [record.cause_event_id for _, _, record in outputs if isinstance(record, Decision)] == ["m"]
    assert run.counts["account.repeated"] == 1


@given(st.integers(0, 2**32), st.integers(1, 80))
@settings(max_examples=40)
def test_a_repetition_at_any_time_changes_nothing_also_after_an_erasure__c_12_c_17_c_18(seed: int, length: int) -> None:
    rng = random.Random(seed)
    told, rules = erasure(rng, length), policy(rng)
    again = [event for event in told.events[:-1] if type(event) in JUDGED and rng.random() < AGAIN]
    once, twice = (played(events, rules) for events in (told.events, repeated(told.events, again, rng)))
    assert sorted(map(repr, twice.outputs)) == sorted(map(repr, once.outputs))
    assert twice.counts["repeated"] == len([event for event in again if is_counted(event, rules)])
    assert twice.rows == once.rows


def repeated(events: Sequence[Record], again: Sequence[Record], rng: random.Random) -> list[Record]:
    """Return the events, some of which come a second time, as they come from a topic that is read twice."""
    arriving = list(events)
    for event in again:
        arriving.insert(rng.randint(arriving.index(event) + 1, len(arriving) - 1), event)
    return arriving


def is_counted(event: Record, rules: Policy) -> bool:
    """Return whether a repetition is counted: it has something that a step looks up."""
    if isinstance(event, MessageSent):
        return bool(screen_message(event, (rules,)).findings)
    return type(event) in LOOKED_UP


class Played(NamedTuple):
    """The outputs of a replay, its counters by their names without the step, and the rows that it keeps."""

    outputs: list[Output]
    counts: Counter[str]
    rows: dict[bytes, bytes]


def played(events: Sequence[Record], rules: Policy) -> Played:
    store, counts = MemoryStore(), Counter[str]()
    run = Replay(GRAPH, store, rules)
    outputs = [output for event in events for output in run.push(event)]
    for name, count in run.counts.items():
        counts[name.partition(".")[2]] += count
    return Played(outputs, counts, dict(store.scan(b"")))

"""Approaches: one by one and by the batch they are the same, whatever a worker remembers (ST-9)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from jobs.dataflow.risk import risk_graph
from jobs.flink.ingress_batch import FEW, BatchIngress, InputTopics
from jobs.policy.file import parse
from jobs.policy.registry import PolicyLog
from jobs.runtime.approach_filter import ApproachFilter
from jobs.runtime.wire_format import unpack_parts
from operators.policy.model import Policy
from operators.policy.strangers import PERIOD_MS
from operators.screening.approach import approach_of, approached, approaches_of, approaches_of_messages
from operators.screening.late_screening import on_message
from schemas.codec import SingleObjectFraming, encode
from schemas.message_columns import texts_of
from schemas.records import AccountApproached, MessageSent
from schemas.topics import INPUTS
from tests.support.given import HOUR, NOON, policy_event

TOPICS = sorted(topic.name for topic in INPUTS)
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


def message(at_ms: int = NOON, text: str = "hello", **ids: str | None) -> MessageSent:
    known = {"event_id": "m", "sender_id": "ann", "recipient_id": "bob"} | ids
    return MessageSent(at_ms=at_ms, text=text, **known)


@given(st.lists(st.tuples(IDS, IDS, st.integers(0, 2**45)), min_size=1, max_size=30))
@example([("a" * 8, "b" * 16, 0), ("a", "b" * 40, 1)])
def test_a_batch_has_the_approaches_of_its_messages__st_9(drawn: list[tuple[str, str, int]]) -> None:
    listed = [message(at_ms, sender_id=one, recipient_id=other) for one, other, at_ms in drawn]
    raw = [encode(each) for each in listed]
    ends = np.cumsum([len(each) for each in raw])
    texts = texts_of(b"".join(raw), ends - [len(each) for each in raw], ends)
    found = approaches_of(texts, np.arange(len(raw)))
    assert [*zip(found.keys.tolist(), found.start_hours.tolist(), strict=True)] == [
        (each.key, each.start_hour) for each in map(approach_of, listed)
    ]


@given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1), st.integers(0, 2**45)), max_size=30))
@example([("a" * 8, "b" * 16, 0), ("a", "阿丽", 1)])
def test_decoded_messages_have_their_approaches__st_9(drawn: list[tuple[str, str, int]]) -> None:
    listed = [message(at_ms, sender_id=one, recipient_id=other) for one, other, at_ms in drawn]
    found = approaches_of_messages(listed)
    assert [*zip(found.keys.tolist(), found.start_hours.tolist(), strict=True)] == [
        (each.key, each.start_hour) for each in map(approach_of, listed)
    ]


@given(IDS, IDS, st.integers(PERIOD_MS, 2**45))
def test_a_period_holds_its_messages_and_another_has_another_key__st_9(one: str, other: str, at_ms: int) -> None:
    now = approach_of(message(at_ms, sender_id=one, recipient_id=other))
    before = approach_of(message(at_ms - PERIOD_MS, sender_id=one, recipient_id=other))
    assert 0 <= at_ms - now.start_hour * HOUR < PERIOD_MS
    assert (before.start_hour * HOUR, before.key != now.key) == (max(now.start_hour * HOUR - PERIOD_MS, 0), True)


def test_the_hours_at_which_periods_begin_are_spread__st_9() -> None:
    starts = {approach_of(message(sender_id=f"a{number}")).start_hour for number in range(2_000)}
    assert len(starts) > 600
    assert approach_of(message(sender_id="bob", recipient_id="ann")) != approach_of(message())


def test_approaches_never_change() -> None:
    """Their periods are in savepoints: with other ones a pair would be told again in the middle of one."""
    assert approached(approach_of(message()), "ann", "bob", NOON) == AccountApproached(
        event_id=PINNED[0], at_ms=NOON, sender_id="ann", recipient_id="bob", since_ms=PINNED[1]
    )


PINNED = ("approach-f03f9fa9d686053e", 1_739_948_400_000)


def test_the_earliest_message_passes_and_later_ones_do_not__st_9() -> None:
    worker = ApproachFilter()
    passed = [worker.of_message(message(at_ms)) is not None for at_ms in (NOON, NOON, NOON + 1, NOON - 1, NOON)]
    assert passed == [True, False, False, True, False]
    held_back = worker.hold_back([message(NOON - 2), message(NOON - 1), message(NOON), message(sender_id="eve")])
    assert held_back.tolist() == [False, True, True, False]


CHOSEN = "@5dl1h.=6zj5m7lnab:x.org"
"""An id that somebody has made for its hash: that of @victim.anna:x.org."""


def test_ids_that_somebody_has_chosen_hold_no_others_message_back__st_9() -> None:
    to_chosen, to_victim = (message(NOON, recipient_id=other) for other in (CHOSEN, "@victim.anna:x.org"))
    assert approach_of(to_chosen) == approach_of(to_victim)
    worker = ApproachFilter()
    assert worker.of_message(to_chosen) is not None
    assert worker.hold_back([to_chosen, to_victim]).tolist() == [True, False]
    assert worker.of_message(to_victim) is not None


class KnownPolicies:
    """Policies of which none is unknown."""

    def __init__(self, policy: Policy) -> None:
        self.log = PolicyLog(policy)

    def are_all_known(self) -> bool:
        return True


Screen = Callable[[BatchIngress, Sequence[MessageSent]], Sequence[bytes | None]]


@pytest.fixture(params=[0, FEW], ids=["few", "many"])
def screen(request: pytest.FixtureRequest) -> Screen:
    """Returns the routes of messages in a batch: by themselves, or beside others that are no approaches."""
    beside = [packed(message(recipient_id=None, group_id="g"))] * request.param
    return lambda ingress, sent: ingress([*map(packed, sent), *beside])[: len(sent)]


def batch_ingress(policy: Policy | None = None) -> BatchIngress:
    return BatchIngress(risk_graph(), InputTopics(TOPICS), SingleObjectFraming(), KnownPolicies(policy or Policy()))


def packed(sent: MessageSent) -> bytes:
    value = encode(sent)
    head = struct.pack(">qqihii", sent.at_ms, 7, 3, TOPICS.index("messages"), -1, len(value))
    return head + value


def told(route: bytes | None) -> list[tuple[str, bytes]]:
    """Return keys and payloads of the routes to the step that remembers approaches."""
    parts = [] if route is None else unpack_parts(route, (2, 4, 4))
    return [(key.decode(), payload) for dest, key, payload in parts if dest == b"relationship"]


def test_a_harmless_approach_passes_the_batch_once__st_9(screen: Screen) -> None:
    ingress, first = batch_ingress(), message()
    later, other = message(NOON + 1), message(NOON + 2, sender_id="bob", recipient_id="ann")
    routes = screen(ingress, [first, later, other])
    since = struct.pack(">iI", PINNED[1] // HOUR, NOON - PINNED[1])
    assert told(routes[0]) == [("ann", b"\1\1" + since + b"bob"), ("bob", b"\1\0" + since + b"ann")]
    assert routes[1] is None
    assert [key for key, _ in told(routes[2])] == ["bob", "ann"]
    assert screen(ingress, [later, other]) == [None, None]
    assert len(told(screen(ingress, [message(NOON - 1)])[0])) == 2


@pytest.mark.parametrize("sent", [message(text="gift card"), message(sender_id="阿丽")])
def test_an_approach_that_has_to_be_decoded_passes_once__st_8_st_9(sent: MessageSent, screen: Screen) -> None:
    ingress = batch_ingress()
    assert [len(told(route)) for route in screen(ingress, [sent, replace(sent, event_id="again")])] == [2, 0]
    assert [len(told(route)) for route in screen(ingress, [sent])] == [0]


def test_a_message_to_a_group_is_no_approach__st_8(screen: Screen) -> None:
    assert screen(batch_ingress(), [message(recipient_id=None, group_id="g")]) == [None]


def test_nothing_passes_while_the_section_is_disabled__st_15(screen: Screen) -> None:
    assert screen(batch_ingress(parse("strangers: {enabled: false}")), [message()]) == [None]


def test_a_batch_within_which_the_section_is_enabled_has_each_messages_own_answer__st_15(screen: Screen) -> None:
    ingress = batch_ingress(parse("strangers: {enabled: false}"))
    policies = ingress._policies.log
    policies.add(policy_event("v2", "version: v2", effective_at_ms=NOON + 10))
    sent = [message(NOON), message(NOON + 9), message(NOON + 10), message(NOON + 11)]
    assert [len(told(route)) for route in screen(ingress, sent)] == [0, 0, 2, 0]


class Late:
    """What late screening sees of a context."""

    def __init__(self, *policies: Policy) -> None:
        self.policies = policies


def test_late_screening_tells_every_one__st_9_st_15() -> None:
    sent, off = message(), parse("strangers: {enabled: false}")
    record = approached(approach_of(sent), "ann", "bob", NOON)
    assert list(on_message(sent, Late(off, Policy()))) == [record]  # type: ignore[arg-type]
    assert list(on_message(sent, Late(off))) == []  # type: ignore[arg-type]

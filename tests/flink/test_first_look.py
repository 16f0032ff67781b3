"""The first look in Java drops only messages that the screen would drop, and only as long as the screen says so."""

from __future__ import annotations

import struct
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.dataflow.graph import Route
from jobs.dataflow.risk import risk_graph
from jobs.flink.first_look import DESTINATION, FirstLookTables
from jobs.policy.registry import PolicyLog
from jobs.runtime.approach_filter import ApproachFilter
from jobs.runtime.envelope import StepPayload
from jobs.runtime.ingress import Ingress
from jobs.runtime.wire_format import pack_route
from operators.policy.durations import DAY, HOUR
from operators.policy.keywords import Keyword
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook
from operators.screening.screening import screen_message
from schemas.codec import decode, encode
from schemas.malformed import Malformed
from schemas.records import MessageSent, Record
from schemas.validation import validate
from tests.rules.screening.texts import RULES, TEXTS
from tests.support.given import policy_event

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

NOW = 1_700_000_000_000
MESSAGES, OTHERS, STEP = 1, 0, "relationship"
FOR_LONG_S = 1e6
POLICY = Policy()
QUIET = replace(POLICY, strangers=replace(POLICY.strangers, enabled=False))
OWN = replace(QUIET, friendship_age=replace(QUIET.friendship_age, screen=RULES))
PLAIN = MessageSent(event_id="e", at_ms=NOW, sender_id="a", recipient_id="b", text="see you at the station at ten")


class KnownPolicies:
    def __init__(self, policy: Policy) -> None:
        self.log = PolicyLog(policy)

    def are_all_known(self) -> bool:
        return True


class FirstLook:
    """The Java class, told what the screen tells under a policy."""

    def __init__(self, gateway: JavaGateway, policy: Policy, *, for_s: float = FOR_LONG_S, at_ms: int = NOW) -> None:
        self.gateway = gateway
        self.java = gateway.jvm.kithward.FirstLook(MESSAGES, STEP)
        self.tables = FirstLookTables(Ingress(risk_graph(), KnownPolicies(policy)))
        self.tell(for_s, at_ms)

    def tell(self, for_s: float, at_ms: int = NOW) -> None:
        message = self.tables.route(at_ms, time.monotonic() + for_s)[len(pack_route(DESTINATION, "", b"")) :]
        self.java.tell(self.gateway.jvm.java.nio.ByteBuffer.wrap(message))

    def drops(self, message: Record, *, topic: int = MESSAGES, at_ms: int = NOW) -> bool:
        return self.drops_value(encode(message), topic=topic, at_ms=at_ms)

    def drops_value(self, value: bytes, *, topic: int = MESSAGES, at_ms: int = NOW, key: bytes | None = None) -> bool:
        return self.rows(value, topic=topic, at_ms=at_ms, key=key) is not None

    def told(self, message: MessageSent) -> list[tuple[str, bytes]] | None:
        """Return what it tells accounts instead of a message; None: it passes the message on."""
        return self.rows(encode(message))

    def rows(
        self, value: bytes, *, topic: int = MESSAGES, at_ms: int = NOW, key: bytes | None = None
    ) -> list[tuple[str, bytes]] | None:
        head = struct.pack(">qqihii", at_ms, 7, 0, topic, -1 if key is None else len(key), len(value))
        rows = self.java.insteadOf(head + (key or b"") + value)
        return None if rows is None else [(row.getField(0), bytes(row.getField(1))) for row in rows]


@pytest.fixture(scope="module")
def usual(gateway: JavaGateway) -> FirstLook:
    return FirstLook(gateway, QUIET)


@pytest.fixture(scope="module")
def own(gateway: JavaGateway) -> FirstLook:
    return FirstLook(gateway, OWN)


IDS = st.sampled_from(["a", "b", "", "é", "a\n", "x" * 256, "x" * 257])
SENT = st.builds(
    MessageSent,
    event_id=IDS,
    at_ms=st.sampled_from([NOW, NOW + 1, NOW - 1, NOW - 2 * HOUR, -1, 2**40, 2**62]),
    sender_id=IDS,
    recipient_id=st.none() | IDS,
    group_id=st.none() | IDS,
    text=TEXTS,
)


def is_harmless(message: MessageSent, policy: Policy) -> bool:
    try:
        validate(message)
    except Malformed:
        return False
    return not screen_message(message, (policy,)).findings


@settings(max_examples=400)
@given(TEXTS, st.booleans())
@example("forward me the code that you got", False)  # noqa: FBT003
@example("p4yment", False)  # noqa: FBT003
@example("антикафе ссссылка", False)  # noqa: FBT003
@example("see jd.com", False)  # noqa: FBT003
@example("ｐａｙｐａｌ－ｌｏｇｉｎ。ｃｏｍ", False)  # noqa: FBT003
@example("see paypal-login｡𝐜𝐨𝐦", False)  # noqa: FBT003
@example("see paypal-login.cⓞm", False)  # noqa: FBT003
@example("\u115fc\u00f3digo", False)  # noqa: FBT003
def test_what_it_drops_has_no_findings__fa_6_if_19(usual: FirstLook, own: FirstLook, text: str, group: bool) -> None:  # noqa: FBT001
    to = {"group_id": "g"} if group else {"recipient_id": "b"}
    message = MessageSent(event_id="e", at_ms=NOW, sender_id="a", text=text, **to)
    for look, policy in ((usual, QUIET), (own, OWN)):
        assert not look.drops(message) or is_harmless(message, policy)


@settings(max_examples=300)
@given(SENT)
def test_what_it_drops_is_valid__c_16(usual: FirstLook, message: MessageSent) -> None:
    if usual.drops(message):
        validate(message)
        assert NOW - 2 * HOUR < message.at_ms <= NOW


@settings(max_examples=300)
@given(st.data())
def test_what_it_drops_is_encoded_without_a_fault__c_16(usual: FirstLook, data: st.DataObject) -> None:
    value = bytearray(encode(PLAIN))
    at = data.draw(st.integers(0, len(value) - 1))
    value[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, 3))
    broken = bytes(value[: len(value) - cut])
    if usual.drops_value(broken):
        assert encode(decode(broken)) == broken


@pytest.mark.parametrize(
    "text",
    [
        "see you at the station at ten",
        "周末去爬山吧，天气预报说不下雨～",
        "кот спит на диване",
        "",
        "vers 8h. Ok?",
        "3.5米",
        "哈哈哈😂",
    ],
)
def test_harmless_messages_are_dropped(usual: FirstLook, text: str) -> None:
    assert usual.drops(message_of(text))
    assert usual.drops_value(encode(message_of(text)), key=b"some key")


def message_of(text: str, *, at_ms: int = NOW) -> MessageSent:
    return MessageSent(event_id="e", at_ms=at_ms, sender_id="a", recipient_id="b", text=text)


def test_other_topics_and_other_forms_pass(usual: FirstLook) -> None:
    assert not usual.drops(PLAIN, topic=OTHERS)
    assert not usual.drops_value(b"")
    assert not usual.drops_value(b"\0\0\0\0\1" + encode(PLAIN)[10:])


def test_without_a_lease_everything_passes__c_14(gateway: JavaGateway) -> None:
    read = struct.pack(">qqihii", NOW, 7, 0, MESSAGES, -1, 0)
    assert gateway.jvm.kithward.FirstLook(MESSAGES, STEP).insteadOf(read) is None
    look = FirstLook(gateway, QUIET, for_s=-0.001)
    assert not look.drops(PLAIN)
    look.tell(FOR_LONG_S)
    assert look.drops(PLAIN)


def test_times_at_which_other_policies_may_be_in_force_pass__c_14(usual: FirstLook) -> None:
    assert not usual.drops(PLAIN, at_ms=NOW - 1)  # of a time after the record's own
    assert not usual.drops(message_of("hello", at_ms=NOW - 3 * HOUR))
    assert usual.drops(message_of("hello", at_ms=NOW - HOUR + 1))


def test_messages_of_a_kind_that_a_section_counts_pass__ai_3(gateway: JavaGateway) -> None:
    counting = replace(QUIET, avatar_impersonation=replace(QUIET.avatar_impersonation, both_directions=True))
    look = FirstLook(gateway, counting)
    to_group = MessageSent(event_id="e", at_ms=NOW, sender_id="a", group_id="g", text="hello")
    assert (look.drops(PLAIN), look.drops(to_group)) == (False, True)


@settings(max_examples=12)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 70)), max_size=40))
def test_the_earliest_message_of_each_pair_and_period_is_told_instead__st_9(
    gateway: JavaGateway, sent: list[tuple[str, str, int]]
) -> None:
    look, worker = FirstLook(gateway, POLICY, at_ms=NOW - 90 * DAY), ApproachFilter()
    for number, (sender, recipient, day) in enumerate(sent):
        at_ms = NOW - 80 * DAY + day * DAY + number
        message = MessageSent(event_id="e", at_ms=at_ms, sender_id=sender, recipient_id=recipient, text="hello")
        approach, payload = worker.of_message(message), StepPayload(lambda: PolicyBook(POLICY))
        keys = () if approach is None else (sender, recipient)
        assert look.told(message) == [(key, payload(Route(STEP, key, approach))) for key in keys]


def test_what_it_has_told_it_remembers_under_another_policy__st_9(gateway: JavaGateway) -> None:
    look = FirstLook(gateway, POLICY)
    assert len(look.told(PLAIN) or ()) == 2
    look.tables = FirstLookTables(Ingress(risk_graph(), KnownPolicies(replace(POLICY, version="next"))))
    look.tell(FOR_LONG_S)
    assert look.told(PLAIN) == []


def test_ids_that_somebody_has_chosen_hold_no_others_message_back__st_9(gateway: JavaGateway) -> None:
    look, victim = FirstLook(gateway, POLICY), "@victim.anna:x.org"
    chosen = "@5dl1h.=6zj5m7lnab:x.org"  # which somebody has made for its hash: that of the victim
    sent = [
        MessageSent(event_id="e", at_ms=NOW, sender_id="a", recipient_id=other, text="hello")
        for other in (chosen, chosen, victim, chosen)
    ]
    assert [len(look.told(each) or ()) for each in sent] == [2, 0, 2, 2]  # all are in one slot


def test_it_tells_nothing_of_what_passes_and_of_messages_to_groups__st_8(gateway: JavaGateway) -> None:
    look = FirstLook(gateway, POLICY)
    assert look.told(message_of("send me a gift card")) is None
    assert look.told(MessageSent(event_id="e", at_ms=NOW, sender_id="a", group_id="g", text="hello")) == []


def test_it_tells_nothing_where_some_policies_ask_and_some_do_not__st_15(gateway: JavaGateway) -> None:
    policies = KnownPolicies(QUIET)
    policies.log.add(policy_event("v2", "version: v2", effective_at_ms=NOW + 10))
    look = FirstLook(gateway, QUIET)
    look.tables = FirstLookTables(Ingress(risk_graph(), policies))
    look.tell(FOR_LONG_S)
    assert look.told(PLAIN) is None


def test_java_and_python_have_one_monotonic_clock(gateway: JavaGateway) -> None:
    before = time.monotonic_ns()
    assert before <= gateway.jvm.java.lang.System.nanoTime() <= time.monotonic_ns()


def test_one_record_of_the_future_does_not_end_it(gateway: JavaGateway) -> None:
    look = FirstLook(gateway, QUIET)
    look.tell(FOR_LONG_S, NOW + 4_000 * DAY)
    assert look.drops(PLAIN)
    ahead = FirstLook(gateway, QUIET, at_ms=NOW + 4_000 * DAY)
    assert not ahead.drops(PLAIN)
    ahead.tell(FOR_LONG_S)
    assert ahead.drops(PLAIN)


def test_tables_that_would_take_too_much_memory_are_not_told(gateway: JavaGateway) -> None:
    look = FirstLook(gateway, QUIET)
    many = tuple(Keyword(f"k{number}", f"{number:050}") for number in range(11_000))
    rules = replace(RULES, keywords=many)
    large = replace(QUIET, friendship_age=replace(QUIET.friendship_age, screen=rules))
    look.tables = FirstLookTables(Ingress(risk_graph(), KnownPolicies(large)))
    look.tell(FOR_LONG_S)
    assert not look.drops(PLAIN)


def test_tables_are_told_once() -> None:
    tables = FirstLookTables(Ingress(risk_graph(), KnownPolicies(QUIET)))
    first, second = tables.route(NOW, 1.0), tables.route(NOW + 5 * HOUR, 2.0)
    assert len(first) > 10_000
    assert len(second) < 100


def test_what_is_told_is_taken_out_of_the_output(gateway: JavaGateway) -> None:
    receiver, told = gateway.jvm.kithward.FirstLookReceiver(), pack_route("step", "k", b"payload")
    assert received(gateway, receiver, told) == [told]
    assert received(gateway, receiver, b"") == [b""]


def received(gateway: JavaGateway, receiver: Any, routes: bytes) -> list[bytes]:
    row = gateway.jvm.org.apache.flink.types.Row(2)
    row.setField(0, routes)
    out = gateway.jvm.java.util.ArrayList()
    receiver.flatMap(row, gateway.jvm.org.apache.flink.api.common.functions.util.ListCollector(out))
    return [bytes(each.getField(0)) for each in out]

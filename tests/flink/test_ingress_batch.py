"""The ingress of raw Kafka records: what becomes a dead letter, and with which headers."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.dataflow.risk import risk_graph
from jobs.flink.dead_letter import LONGEST_MESSAGE
from jobs.flink.dead_letter import dead_letter as build_dead_letter
from jobs.flink.ingress_batch import FEW, BatchIngress, InputTopics
from jobs.policy.registry import PolicyLog
from jobs.runtime.envelope import StepPayload
from jobs.runtime.future_events import ahead_of
from jobs.runtime.ingress import Ingress
from jobs.runtime.wire_format import pack_route, topic_payload, unpack_kafka_record, unpack_parts
from operators.policy.model import Policy
from schemas.codec import SingleObjectFraming, decode, encode
from schemas.malformed import Malformed, Reason
from schemas.records import AccountErased, MessageSent, PolicyMode, PolicyPublished, ProfileChanged
from schemas.topics import INPUT_OF, INPUTS
from tests.rules.screening.texts import TEXTS
from tests.support.given import NOON

if TYPE_CHECKING:
    from jobs.runtime.wire_format import Header

TOPICS = sorted(topic.name for topic in INPUTS)
OWN_TOPIC = INPUT_OF[AccountErased].name.encode()


class KnownPolicies:
    """Policies of which none is unknown."""

    def __init__(self) -> None:
        self.log = PolicyLog(Policy())

    def are_all_known(self) -> bool:
        return True


def packed(topic: str, key: bytes | None, value: bytes | None) -> bytes:
    """Return a record as `RecordDeserializer.java` packs it."""
    sizes = (-1 if part is None else len(part) for part in (key, value))
    return struct.pack(">qqihii", NOON, 7, 3, TOPICS.index(topic), *sizes) + (key or b"") + (value or b"")


def dead_letter(topic: str, key: bytes | None, value: bytes | None) -> bytes:
    """Return the packed dead letter of a record."""
    ingress = BatchIngress(risk_graph(), InputTopics(TOPICS), SingleObjectFraming(), KnownPolicies())
    (route,) = ingress([packed(topic, key, value)])
    ((dest, _, payload),) = unpack_parts(route or b"", (2, 4, 4))
    assert dest == b"dead-letters"
    return payload


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("key", [None, b"bob"])
def test_a_record_without_a_value_becomes_a_dead_letter_without_one__c_16(topic: str, key: bytes | None) -> None:
    message = b"the Kafka record has no value (null)"
    headers = [*origin(topic, message), ("error.value", b"null")]
    assert dead_letter(topic, key, None) == topic_payload(NOON, key, headers, None)


def test_a_bad_picture_is_a_dead_letter_beside_the_event__ai_34() -> None:
    value = encode(ProfileChanged(event_id="e", at_ms=NOON, account_id="bob", nickname="n", avatar_image=b"none"))
    ingress = BatchIngress(risk_graph(), InputTopics(TOPICS), SingleObjectFraming(), KnownPolicies())
    (found,) = ingress([packed("profiles", b"bob", value)])
    *routes, (dest, _, letter) = unpack_parts(found or b"", (2, 4, 4))
    assert {step for step, _, _ in routes} >= {b"avatar", b"account"}
    assert dest == b"dead-letters"
    reason, fault = b"BAD_IMAGE", b"not a complete image of a supported format; the other fields count"
    headers = origin("profiles", b"ProfileChanged.avatar_image: " + fault, reason)
    assert letter == topic_payload(NOON, b"bob", headers, value)
    assert ingress.rejected == {("dead-letters", (("reason", "BAD_IMAGE"), ("topic", "profiles"))): 1}


def test_a_record_in_another_topic_than_its_own_is_a_dead_letter__c_16() -> None:
    """Else whoever may write to one topic could publish a policy, or erase an account, there."""
    erased = encode(AccountErased(event_id="e", at_ms=NOON, account_id="bob"))
    headers = origin("messages", b"AccountErased belongs in the topic " + OWN_TOPIC, b"UNKNOWN_SCHEMA")
    assert dead_letter("messages", b"bob", erased) == topic_payload(NOON, b"bob", headers, erased)


def test_the_message_of_a_dead_letter_is_bounded__c_20() -> None:
    document = "avatar_impersonation:\n" + "".join(f"  k{number}: 1\n" for number in range(2_000))
    published = PolicyPublished(
        event_id="p", at_ms=NOON, version="v", effective_at_ms=NOON, mode=PolicyMode.LIVE, document=document
    )
    letter = dead_letter("policies", b"v", encode(published))
    assert b"and 1,980 more" in letter
    fault = Malformed(Reason.OUT_OF_RANGE, "ä" * LONGEST_MESSAGE)
    raw = unpack_kafka_record(packed("messages", b"bob", b"x"))
    assert len(build_dead_letter(fault, "messages", raw)) < LONGEST_MESSAGE + 300


def test_an_empty_value_is_no_missing_one() -> None:
    headers = origin("messages", b"not in Avro's single-object encoding")
    assert dead_letter("messages", b"bob", b"") == topic_payload(NOON, b"bob", headers, b"")
    assert topic_payload(NOON, b"bob", headers, b"") != topic_payload(NOON, b"bob", headers, None)


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        (b"bob", bytes(97), (b"bob", bytes(97), [])),
        (b"bob", bytes(98), (b"bob", None, [("error.value", b"too long")])),
        (bytes(100), b"x", (None, None, [("error.value", b"too long")])),
        (bytes(101), None, (None, None, [("error.value", b"too long")])),
    ],
    ids=["fits", "long value", "long key", "long key alone"],
)
def test_of_a_record_that_is_longer_than_a_dead_letter_only_the_headers_are_kept__c_16(
    monkeypatch: pytest.MonkeyPatch,
    key: bytes,
    value: bytes | None,
    kept: tuple[bytes | None, bytes | None, list[Header]],
) -> None:
    monkeypatch.setattr("jobs.flink.dead_letter.LONGEST_BYTES", 100)
    monkeypatch.setattr("jobs.flink.dead_letter.LONGEST_KEY", 50)
    message = b"not in Avro's single-object encoding" if value else b"the Kafka record has no value (null)"
    kept_key, kept_value, said = kept
    expected = topic_payload(NOON, kept_key, [*origin("messages", message), *said], kept_value)
    assert dead_letter("messages", key, value) == expected


def origin(topic: str, message: bytes, reason: bytes = b"UNDECODABLE") -> list[Header]:
    return [
        ("error.reason", reason),
        ("error.message", message),
        ("error.topic", topic.encode()),
        ("error.partition", b"3"),
        ("error.offset", b"7"),
    ]


IDS = st.sampled_from(["a", "b", "", "\u00e9", "a\n", "x" * 257])
SENT = st.builds(
    MessageSent,
    event_id=IDS,
    at_ms=st.sampled_from([NOON, NOON - 1, NOON + 1, NOON + 300_001, 2**62]),
    sender_id=IDS,
    recipient_id=st.none() | IDS,
    group_id=st.none() | IDS,
    text=TEXTS | st.sampled_from(["send me a gift card", "\u4ed8\u6b3e", "see you at ten"]),
)
PLAIN = MessageSent(event_id="e", at_ms=NOON, sender_id="a", recipient_id="b", text="send a gift card")
TO_GROUP = MessageSent(event_id="e", at_ms=NOON, sender_id="a", group_id="g", text="see you at ten")


@st.composite
def values(draw: st.DrawFn) -> bytes:
    """An encoded message, with a changed byte or some too many or too few in one of two."""
    value = bytearray(encode(draw(SENT)))
    if draw(st.booleans()):
        value[draw(st.integers(0, len(value) - 1))] = draw(st.integers(0, 255))
        value = value[: len(value) - draw(st.integers(0, 2))] + draw(st.binary(max_size=1))
    return bytes(value)


@settings(max_examples=300)
@given(st.lists(values(), min_size=1, max_size=8))
@example([encode(PLAIN), encode(PLAIN)])
@example([encode(PLAIN).replace(b"card", b"car\xff")])
def test_messages_of_a_batch_become_what_each_becomes_that_is_decoded_strictly__c_16_st_9(sent: list[bytes]) -> None:
    strict = Ingress(risk_graph(), KnownPolicies())
    few, many = batch_routes(sent), batch_routes(sent, beside=FEW)
    for value, alone, found in zip(sent, few, many, strict=True):
        assert alone == found
        expected = routes_of(strict, value)
        if expected is None:
            assert [dest for dest, _, _ in unpack_parts(found or b"", (2, 4, 4))] == [b"dead-letters"]
        else:
            assert (found or b"") == expected


def batch_routes(sent: list[bytes], beside: int = 0) -> list[bytes | None]:
    """Return the routes of messages in a batch, which may have others beside them."""
    batch = BatchIngress(risk_graph(), InputTopics(TOPICS), SingleObjectFraming(), KnownPolicies())
    records = [packed("messages", b"k", each) for each in sent]
    return batch([*records, *[packed("messages", b"k", encode(TO_GROUP))] * beside])[: len(sent)]


def routes_of(ingress: Ingress, value: bytes) -> bytes | None:
    """Return the packed routes of a message by itself; None: it becomes a dead letter."""
    payload = StepPayload(lambda: KnownPolicies().log.book)
    try:
        record = decode(value)
        if ahead_of(record, NOON, "the clock"):
            return None
        return b"".join(pack_route(each.dest, each.key, payload(each)) for each in ingress.accept(record).routes)
    except Malformed:
        return None

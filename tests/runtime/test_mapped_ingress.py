"""Records of mapped topics: what they become, what is a dead letter, and what is dropped as harmless (C-32)."""

from __future__ import annotations

import io
import json
import struct
from typing import TYPE_CHECKING, Any

import fastavro
import pytest

from jobs.dataflow.risk import risk_graph
from jobs.flink.ingress_batch import BatchIngress, InputTopics
from jobs.mapping.file import parse_mapping
from jobs.mapping.reading import MappedTopic
from jobs.mapping.values import AvroValues, JsonValues, RegistryValues, Values
from jobs.policy.registry import PolicyLog
from jobs.runtime.wire_format import topic_payload, unpack_parts
from operators.policy.model import Policy
from schemas.codec import SingleObjectFraming
from schemas.registry import Registry
from schemas.topic_names import MAPPED, TopicNames
from schemas.topics import INPUTS
from tests.schemas.test_confluent import FakeRegistry, framed, server
from tests.support.given import NOON

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["server"]

NAMES = TopicNames(prefix="z.")
OWN = f"{MAPPED}messages"
"""A topic of the team that has the name of one of the contract, which is called z.messages there."""
TOPICS = sorted([*(topic.name for topic in INPUTS), OWN], key=NAMES.physical)

RULES = """
each: {it: events}
rules:
  - name: said
    record: MessageSent
    when: it.text
    fields: {event_id: it.id, at_ms: it.at, sender_id: it.by, recipient_id: it.to, text: it.text}
  - name: befriended
    record: FriendAdded
    when: it.friend
    fields: {event_id: {hash: [it.id]}, at_ms: it.at, account_id: it.to, friend_id: it.by}
"""
SAID = {"id": "m1", "at": NOON, "by": "ann", "to": "bob", "text": "a gift card, please", "friend": True}
HARMLESS = {"id": "m2", "at": NOON, "by": "ann", "to": "bob", "text": "hello"}
SCHEMA = {
    "type": "record",
    "name": "app.Events",
    "fields": [
        {
            "name": "events",
            "type": {
                "type": "array",
                "items": {
                    "type": "record",
                    "name": "app.Event",
                    "fields": [
                        *({"name": name, "type": "string"} for name in ("id", "by", "to", "text")),
                        {"name": "at", "type": "long"},
                        {"name": "friend", "type": "boolean"},
                    ],
                },
            },
        }
    ],
}


class Policies:
    """Policies of which none, or some, may be unknown."""

    def __init__(self, *, all_known: bool = True) -> None:
        self.log, self._all_known = PolicyLog(Policy()), all_known

    def are_all_known(self) -> bool:
        return self._all_known


def ingress(values: Values | None = None, rules: str = RULES, *, all_known: bool = True) -> BatchIngress:
    topic = MappedTopic(parse_mapping(rules), (values or JsonValues()).decode)
    inputs = InputTopics(TOPICS, NAMES, {OWN: topic})
    return BatchIngress(risk_graph(), inputs, SingleObjectFraming(), Policies(all_known=all_known))


def packed(value: bytes | None, at_ms: int = NOON, partition: int = 3) -> bytes:
    """Return a record of the team's topic as `RecordDeserializer.java` packs it."""
    size = -1 if value is None else len(value)
    return struct.pack(">qqihii", at_ms, 7, partition, TOPICS.index(OWN), 1, size) + b"k" + (value or b"")


def value_of(*events: object) -> bytes:
    return json.dumps({"events": events, "more": 1}).encode()


def steps(routes: bytes | None) -> set[str]:
    return {dest.decode() for dest, _, _ in unpack_parts(routes or b"", (2, 4, 4))}


def letter(routes: bytes | None) -> bytes:
    (found,) = [payload for dest, _, payload in unpack_parts(routes or b"", (2, 4, 4)) if dest == b"dead-letters"]
    return found


def headers(reason: str, message: str) -> Sequence[tuple[str, bytes]]:
    origin = (("topic", "messages"), ("partition", "3"), ("offset", "7"))
    return [(f"error.{name}", text.encode()) for name, text in (("reason", reason), ("message", message), *origin)]


@pytest.mark.parametrize("all_known", [True, False])
def test_a_record_becomes_several_events__c_32(*, all_known: bool) -> None:
    (routes,) = ingress(all_known=all_known)([packed(value_of(SAID))])
    assert steps(routes) >= {"relationship"}
    assert ingress()([packed(value_of(SAID))]) == [routes] or not all_known


def test_what_is_harmless_and_what_no_rule_is_about_goes_nowhere__c_32() -> None:
    made = ingress()
    known, *nothing = made(
        [packed(value_of(HARMLESS)), packed(value_of(HARMLESS | {"id": "m3"})), packed(value_of({}))]
    )
    assert steps(known) == {"relationship"}  # the first of the pair's messages is an approach
    assert nothing == [None, None]
    assert made.mapped.unmapped == {TOPICS.index(OWN): 1}
    assert made.rejected == {}


def test_a_fault_is_one_dead_letter_with_the_bytes_as_they_came__c_16() -> None:
    value = value_of({"text": "x"}, SAID, {"text": "y"})
    made = ingress()
    (routes,) = made([packed(value)])
    message = "rule said: event_id: nothing there (path it.id) (and 1 more in this record)"
    assert letter(routes) == topic_payload(NOON, b"k", headers("MISSING_FIELD", message), value)
    assert steps(routes) >= {"relationship"}  # what is beside it counts
    assert made.rejected == {("dead-letters", (("reason", "MISSING_FIELD"), ("topic", OWN))): 1}


def test_a_record_that_has_nothing_but_a_refused_picture_is_a_dead_letter__ai_34() -> None:
    pictures = """
each: {it: events}
rules:
  - name: shown
    record: ProfileChanged
    fields: {event_id: it.id, at_ms: it.at, account_id: it.by, avatar_image: it.image, nickname: it.name}
"""
    shown = {"id": "p1", "at": NOON, "by": "ann", "image": "bm8gcGljdHVyZQ=="}
    made = ingress(rules=pictures)
    (routes,) = made([packed(value_of(shown, shown | {"id": "p2", "name": "Ann"}, shown | {"id": "p3"}))])
    assert b"BAD_IMAGE" in letter(routes)
    assert b"(and 2 more in this record)" in letter(routes)
    assert steps(routes) > {"dead-letters"}  # the name counts
    assert made.rejected == {("dead-letters", (("reason", "BAD_IMAGE"), ("topic", OWN))): 1}


@pytest.mark.parametrize("digits", [20, 310, 4_300])
def test_a_time_of_very_many_digits_is_a_dead_letter__c_32(digits: int) -> None:
    value = b'{"events": [{"id": "m", "at": 1%s, "by": "ann", "to": "bob", "text": "hi"}]}' % (b"0" * (digits - 1))
    (routes,) = ingress()([packed(value)])
    assert steps(routes) == {"dead-letters"}


@pytest.mark.parametrize("value", [b"", b"{", b"\xff", b"[]", b"1", b'{"events": 1}'])
def test_what_is_no_event_is_a_dead_letter__c_16(value: bytes) -> None:
    (routes,) = ingress()([packed(value)])
    assert letter(routes).endswith(b"\x01" + value)
    assert b"UNDECODABLE" in letter(routes)


def test_a_byte_order_mark_is_no_part_of_the_json__c_32() -> None:
    marked = b"\xef\xbb\xbf" + value_of(SAID)
    assert ingress()([packed(marked), packed(framed(9, marked))]) == ingress()([packed(value_of(SAID))] * 2)
    (refused,) = ingress()([packed(b"\xef\xbb\xbf" + marked)])
    assert steps(refused) == {"dead-letters"}


def test_an_event_ahead_of_the_brokers_clock_is_a_dead_letter__c_30() -> None:
    (routes,) = ingress()([packed(value_of(SAID), at_ms=NOON - 300_001)])
    assert steps(routes) == {"dead-letters"}
    assert b"at_ms is more than five minutes ahead of the record's timestamp" in letter(routes)


def test_a_null_value_is_a_dead_letter_but_a_tombstone_of_debezium_is_not__c_32() -> None:
    (routes,) = ingress()([packed(None)])
    assert b"the Kafka record has no value (null)" in letter(routes)
    changes = ingress(rules=f"envelope: debezium\n{RULES}")
    assert changes([packed(None)]) == [None]
    assert changes.mapped.unmapped.total() == 1


def avro(value: Any) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMA, value)
    return out.getvalue()


def test_avro_and_json_by_a_registry_become_what_json_becomes__c_32(server: FakeRegistry) -> None:
    body, number = avro({"events": [SAID]}), server.add({"schema": json.dumps(SCHEMA)})
    (routes,) = ingress()([packed(value_of(SAID))])
    by_registry = ingress(RegistryValues(Registry(server.url)))
    assert ingress(AvroValues(SCHEMA))([packed(body)]) == [routes]
    assert by_registry([packed(framed(number, body))]) == [routes]
    assert ingress()([packed(framed(9, value_of(SAID)))]) == [routes]
    for wrong in (body + b"\x00", body[:-1], b""):
        (refused,) = ingress(AvroValues(SCHEMA))([packed(wrong)])
        assert steps(refused) == {"dead-letters"}
    (unknown,) = by_registry([packed(framed(99, body))])
    assert b"UNKNOWN_SCHEMA" in letter(unknown)

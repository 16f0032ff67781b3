"""Byte layouts: the Java classes and `jobs.runtime.wire_format` read and write the same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.runtime.wire_format import KafkaRecord, pack_route, topic_payload, unpack_kafka_record
from state.pseudonym import pseudonym_of

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka"


class JavaClasses:
    """The Java classes, with plain values in and out."""

    def __init__(self, gateway: JavaGateway) -> None:
        self.gateway, self.jvm = gateway, gateway.jvm

    def strings(self, *texts: str) -> Any:
        array = self.gateway.new_array(self.jvm.String, len(texts))
        for index, text in enumerate(texts):
            array[index] = text
        return array

    def records(self) -> Any:
        return self.jvm.kithward.RecordSerializer(self.strings("dead-letters"), self.strings("eu.dead-letters"))

    def collected(self, call: Any, value: Any) -> list[Any]:
        out = self.jvm.java.util.ArrayList()
        call(value, self.jvm.org.apache.flink.api.common.functions.util.ListCollector(out))
        return list(out)

    def row(self, *fields: Any) -> Any:
        row = self.jvm.org.apache.flink.types.Row(len(fields))
        for index, each in enumerate(fields):
            row.setField(index, each)
        return row

    def read(self, topic: str, key: bytes | None, value: bytes | None) -> Any:
        """Return a Kafka record of partition 3, offset 2**40, time 1234567890123."""
        shaded = getattr(self.jvm, SHADED).common
        empty = shaded.header.internals.RecordHeaders()
        kind, none = shaded.record.TimestampType.CREATE_TIME, self.jvm.java.util.Optional.empty()
        record = getattr(self.jvm, SHADED).clients.consumer.ConsumerRecord
        return record(topic, 3, 2**40, 1_234_567_890_123, kind, 0, 0, key, value, empty, none)


@pytest.fixture(scope="module")
def java(gateway: JavaGateway) -> JavaClasses:
    return JavaClasses(gateway)


@pytest.mark.parametrize("key", [None, b"", b"key"])
@pytest.mark.parametrize("value", [None, b"", b"value \x00\xff"])
def test_a_kafka_record_is_packed(java: JavaClasses, key: bytes | None, value: bytes | None) -> None:
    deserializer = java.jvm.kithward.RecordDeserializer(java.strings("relations", "messages"), java.strings())
    (packed,) = java.collected(deserializer.deserialize, java.read("relations", key, value))
    assert unpack_kafka_record(bytes(packed)) == KafkaRecord(1_234_567_890_123, 2**40, 3, 1, key, value)


def test_a_record_of_another_topic_raises(java: JavaClasses) -> None:
    deserializer = java.jvm.kithward.RecordDeserializer(java.strings("messages"), java.strings())
    with pytest.raises(Exception, match="topic other is not among the input topics"):
        java.collected(deserializer.deserialize, java.read("other", None, None))


def test_a_record_of_a_former_topic_is_passed_over(java: JavaClasses) -> None:
    deserializer = java.jvm.kithward.RecordDeserializer(java.strings("messages"), java.strings("other"))
    assert java.collected(deserializer.deserialize, java.read("other", b"k", b"v")) == []


def test_routes_are_unpacked_into_rows(java: JavaClasses) -> None:
    routes = pack_route("relationship", "鈴木😀", b"\x00payload") + pack_route("dead-letters", "", b"")
    rows = java.jvm.kithward.Router.unpack(java.row(routes, "the row's time"))
    found = [(row.getField(0), row.getField(1), bytes(row.getField(2))) for row in rows]
    assert found == [("relationship", "鈴木😀", b"\x00payload"), ("dead-letters", "", b"")]


@pytest.mark.parametrize("key", ["ann", "鈴木😀", "", "\x1f" * 100])
def test_pseudonyms_are_the_same_in_java(java: JavaClasses, key: str) -> None:
    assert java.jvm.kithward.PseudonymKeySelector().getKey(java.row(key, b"payload")).getField(0) == pseudonym_of(key)


@pytest.mark.parametrize("nothing", [None, b""])
def test_no_routes_give_no_rows(java: JavaClasses, nothing: bytes | None) -> None:
    assert list(java.jvm.kithward.Router.unpack(java.row(nothing))) == []


@pytest.mark.parametrize("key", [None, b"", "鈴木".encode()])
def test_a_payload_becomes_a_kafka_record(java: JavaClasses, key: bytes | None) -> None:
    headers = [("error.reason", b"UNDECODABLE"), ("error.message", "naïve".encode())]
    payload = topic_payload(1_234_567_890_123, key, headers, b"\xc3\x01value")
    record = java.records().serialize(java.row("dead-letters", "routing key", payload), None, None)
    written = [(header.key(), bytes(header.value())) for header in record.headers().toArray()]
    read_key = record.key() if record.key() is None else bytes(record.key())
    assert (record.topic(), record.timestamp(), read_key) == ("eu.dead-letters", 1_234_567_890_123, key)
    assert (bytes(record.value()), written, record.partition()) == (b"\xc3\x01value", headers, None)


@pytest.mark.parametrize("value", [None, b""])
def test_a_null_value_stays_null_and_an_empty_one_empty(java: JavaClasses, value: bytes | None) -> None:
    payload = topic_payload(1, None, [("error.value", b"null")], value)
    written = java.records().serialize(java.row("dead-letters", "", payload), None, None).value()
    assert (written if written is None else bytes(written)) == value


def test_a_time_before_1970_does_not_stop_the_job(java: JavaClasses) -> None:
    payload = topic_payload(-1, None, [], b"value")
    assert java.records().serialize(java.row("dead-letters", "", payload), None, None).timestamp() == 0


def test_a_row_without_a_topic_is_for_the_only_topic(java: JavaClasses) -> None:
    payload = topic_payload(1, b"key", [], b"value")
    record = java.records().serialize(java.row("routing key", payload), None, None)
    assert (record.topic(), bytes(record.key()), bytes(record.value())) == ("eu.dead-letters", b"key", b"value")

"""Byte layouts between the job's Java and Python parts: Kafka records in, routes between steps, Kafka records out.

All numbers are big-endian. `jobs/flink/java` reads and writes the same layouts.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from operators.policy.durations import HOUR
from schemas.records import Record, RiskWindow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas.codec import Framing
    from schemas.records import AccountApproached

_KAFKA_RECORD = struct.Struct(">qqihii")
_TO_TOPIC = struct.Struct(">qi")
_APPROACH = struct.Struct(">B?iI")
_APPROACH_MARK = 1  # an envelope begins with a time, whose first byte is 0
_ABSENT = -1

Header = tuple[str, bytes]


def time_of(record: Any) -> int:  # noqa: ANN401 - nearly every record has a time, but they have no common type
    """Return a record's event time in ms; that of a risk window is its end."""
    at_ms: int = record.window_end_ms if type(record) is RiskWindow else record.at_ms
    return at_ms


class KafkaRecord(Struct, frozen=True):
    """A Kafka record, unpacked. `topic` is the index in the sorted list of the job's input topics."""

    timestamp_ms: int
    offset: int
    partition: int
    topic: int
    key: bytes | None
    value: bytes | None


def unpack_kafka_record(raw: bytes) -> KafkaRecord:
    """Return the Kafka record that `RecordDeserializer.java` packed."""
    timestamp_ms, offset, partition, topic, key_size, value_size = _KAFKA_RECORD.unpack_from(raw)
    key_end = _KAFKA_RECORD.size + max(key_size, 0)
    key = None if key_size == _ABSENT else raw[_KAFKA_RECORD.size : key_end]
    value = None if value_size == _ABSENT else raw[key_end : key_end + value_size]
    return KafkaRecord(timestamp_ms, offset, partition, topic, key, value)


def pack_route(dest: str, key: str, payload: bytes) -> bytes:
    """Return a packed route for `Router.java`: destination (a step's uid or a topic), key, payload."""
    packed_key = key.encode()
    return (
        _packed_dest(dest) + len(packed_key).to_bytes(4, "big") + packed_key + len(payload).to_bytes(4, "big") + payload
    )


def pack_approach(approach: AccountApproached, account_id: str) -> bytes:
    """Return what one of the two accounts of an approach is told, less than an envelope: nothing sorts it.

    A mark (1 byte), whether the account wrote itself (1), the period's first hour (4), the ms from then to the message
    (4), the other account's id. `FirstLook.java` writes it, too; `EventTimeBuffer.java` reads it.
    """
    is_mine = approach.sender_id == account_id
    other_id = approach.recipient_id if is_mine else approach.sender_id
    start_hour, offset_ms = approach.since_ms // HOUR, approach.at_ms - approach.since_ms
    return _APPROACH.pack(_APPROACH_MARK, is_mine, start_hour, offset_ms) + other_id.encode()


@cache
def _packed_dest(dest: str) -> bytes:
    return pack_name(dest)


def pack_name(name: str) -> bytes:
    """Return a text in UTF-8 after its two-byte length, as `PackedBytes.java` reads names."""
    raw = name.encode()
    return len(raw).to_bytes(2, "big") + raw


def unpack_parts(raw: bytes, sizes: Sequence[int]) -> Iterator[list[bytes]]:
    """Yield the length-prefixed fields of each item; `sizes` are the sizes of the fields' length prefixes in bytes."""
    at = 0
    while at < len(raw):
        parts = []
        for size in sizes:
            start = at + size
            at = start + int.from_bytes(raw[at:start], "big")
            parts.append(raw[start:at])
        yield parts


def topic_payload(at_ms: int, key: bytes | None, headers: Sequence[Header], value: bytes | None) -> bytes:
    """Return a packed Kafka record for `RecordSerializer.java`: timestamp, key or null, headers, value or null."""
    head = _TO_TOPIC.pack(at_ms, _ABSENT if key is None else len(key)) + (key or b"")
    packed = [head, len(headers).to_bytes(2, "big")]
    for name, text in headers:
        packed += [pack_name(name), len(text).to_bytes(4, "big"), text]
    packed += [b"\0" if value is None else b"\1", value or b""]
    return b"".join(packed)


def record_payload(record: Record, topic: str, key: str, framing: Framing) -> bytes:
    """Return an output record, framed and packed with its key and its event time as timestamp."""
    return topic_payload(time_of(record), key.encode(), (), framing.encode(record, topic))

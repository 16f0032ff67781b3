"""How bytes travel between Kafka, the Java edge of the job and its Python: frames in, routes between, records out.

All numbers are big-endian. `jobs/flink/java` reads and writes the same layouts.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from schemas.records import Record, RiskWindow

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from schemas.codec import Framing

_FRAME = struct.Struct(">qqihii")
_TO_TOPIC = struct.Struct(">qi")
_ABSENT = -1

Header = tuple[str, bytes]


def time_of(record: Any) -> int:  # noqa: ANN401 - nearly every record has a time, and no type says so
    """Return a record's event time; a window's is its end."""
    at_ms: int = record.window_end_ms if isinstance(record, RiskWindow) else record.at_ms
    return at_ms


class KafkaRecord(Struct, frozen=True):
    """One Kafka record as it was read. `topic` is the index in the sorted list of the job's input topics."""

    timestamp_ms: int
    offset: int
    partition: int
    topic: int
    key: bytes | None
    value: bytes | None


def unpack_kafka_record(raw: bytes) -> KafkaRecord:
    """Return the Kafka record that the Java edge packed."""
    timestamp_ms, offset, partition, topic, key_size, value_size = _FRAME.unpack_from(raw)
    key_end = _FRAME.size + max(key_size, 0)
    key = None if key_size == _ABSENT else raw[_FRAME.size : key_end]
    value = None if value_size == _ABSENT else raw[key_end : key_end + value_size]
    return KafkaRecord(timestamp_ms, offset, partition, topic, key, value)


def write_frame(frame: KafkaRecord) -> bytes:
    """Return the bytes that `read_frame` reads: what the Java edge does, for tests and benchmarks."""
    key, value = frame.key or b"", frame.value or b""
    key_size = _ABSENT if frame.key is None else len(key)
    value_size = _ABSENT if frame.value is None else len(value)
    head = _FRAME.pack(frame.timestamp_ms, frame.offset, frame.partition, frame.topic, key_size, value_size)
    return head + key + value


def pack_route(dest: str, key: str, payload: bytes) -> bytes:
    """Return one route for the Java edge to send on: a step's uid or a topic, the step's key, the payload."""
    by = key.encode()
    return _to(dest) + len(by).to_bytes(4, "big") + by + len(payload).to_bytes(4, "big") + payload


@cache
def _to(dest: str) -> bytes:
    return pack_name(dest)


def pack_name(name: str) -> bytes:
    """Return a text in UTF-8 after its two-byte length, as `PackedBytes.java` takes names."""
    raw = name.encode()
    return len(raw).to_bytes(2, "big") + raw


def unpack_parts(raw: bytes, sizes: Sequence[int]) -> Iterator[list[bytes]]:
    """Yield the parts of one thing after another; `sizes`: of each part the bytes of its length, which precedes it."""
    at = 0
    while at < len(raw):
        parts = []
        for size in sizes:
            start = at + size
            at = start + int.from_bytes(raw[at:start], "big")
            parts.append(raw[start:at])
        yield parts


def topic_payload(at_ms: int, key: bytes | None, headers: Sequence[Header], value: bytes) -> bytes:
    """Return what the Java edge turns into a Kafka record: its timestamp, key, headers and value."""
    head = _TO_TOPIC.pack(at_ms, _ABSENT if key is None else len(key)) + (key or b"")
    packed = [head, len(headers).to_bytes(2, "big")]
    for name, text in headers:
        packed += [pack_name(name), len(text).to_bytes(4, "big"), text]
    return b"".join((*packed, value))


def record_payload(record: Record, topic: str, key: str, framing: Framing) -> bytes:
    """Return a concluded record as it travels to its topic: framed, with its key and its time."""
    return topic_payload(time_of(record), key.encode(), (), framing.encode(record, topic))

"""Consumer and producer of the command line: read topics up to their current end, poll them, write single records.

The job itself reads and writes topics by Flink's connector, not by this. Topics have the contract's names here; what
they are called on the broker is only between this module and Kafka's client.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError, UnsupportedCodecError
from kafka.serializer import Serializer

from jobs.errors import BadInput
from jobs.kafka.connection_errors import report_connection_errors
from jobs.kafka.topic_admin import DEAD_LETTER_BYTES
from schemas.topic_names import CONTRACT_NAMES, MAPPED, TopicNames
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobs.kafka.client_config import Brokers
    from schemas.codec import Framing
    from schemas.records import Record

_POLL_MS = 200
_CONNECT_MS = 10_000
_OUT_OF_ORDER_MS = 3_600_000  # how much later than the end of a time range a record may stand that is still in it
_STALLED_S = 30.0  # without a single record: the broker is gone
_ACKNOWLEDGEMENT_S = 30.0

TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)
"""How Kafka refuses a record for its size, which concerns no other record."""


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A record that was read from a topic; `at_ms` is its Kafka timestamp."""

    topic: str
    partition: int
    offset: int
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """A record to write. Where its topic has no such `partition`, the key decides the partition, as when it is None."""

    topic: str
    at_ms: int
    key: bytes | None
    value: bytes | None
    partition: int | None = None


def outgoing_record(record: Record, framing: Framing) -> OutgoingRecord:
    """Return an event of the contract as it is written to its topic."""
    topic = INPUT_OF[type(record)]
    at_ms: int = record.at_ms  # type: ignore[attr-defined] # all input records have one
    return OutgoingRecord(topic.name, at_ms, topic.key_of(record).encode(), framing.encode(record, topic.name))


Send = Callable[[OutgoingRecord], None]


class TooLargeError(BadInput):
    """The refusal of a record that is larger than its topic takes."""


_NO_VALUE = object()


class _NullableValues(Serializer):  # type: ignore[misc] # the client ships no types
    """Serializes bytes as they are, and `_NO_VALUE` to null."""

    def serialize(self, topic: str, headers: object, data: object) -> object:  # noqa: ARG002 - the client's interface
        return None if data is _NO_VALUE else data


def read_topic(brokers: Brokers, topic: str) -> Iterator[TopicRecord]:
    """Yield the records that a topic holds at the time of the call, each partition in the order of its offsets.

    Of transactional records it yields the committed ones. Raise BadInput where there is no such broker or topic.
    """
    return read_topics(brokers, [topic])


def read_topics(
    brokers: Brokers, topics: Sequence[str], since_ms: int | None = None, until_ms: int | None = None
) -> Iterator[TopicRecord]:
    """Yield the records of topics with timestamps in `[since_ms, until_ms)`; else as `read_topic`.

    The broker's time index gives the first offset of a time. Records may be out of order, by as much as producers'
    clocks differ, so it reads on for an hour of timestamps beyond the end.
    """
    with open_consumer(brokers, topics) as reader:
        ends = _seek(reader, since_ms, until_ms)
        deadline_s = time.monotonic() + _STALLED_S
        while is_behind(reader, ends):
            for record in poll(reader, brokers.topics):
                partition = TopicPartition(brokers.topics.physical(record.topic), record.partition)
                if record.offset < ends[partition] and (
                    (since_ms is None or record.at_ms >= since_ms) and (until_ms is None or record.at_ms < until_ms)
                ):
                    yield record
                # Only here: whoever reads may have taken longer, such as a pager.
                deadline_s = time.monotonic() + _STALLED_S
            if time.monotonic() > deadline_s:
                raise BadInput(
                    brokers, f"topic {', '.join(topics)}: no record for {_STALLED_S:.0f} s before the topic's end"
                )


def follow_topics(brokers: Brokers, topics: Sequence[str], since_ms: int | None = None) -> Iterator[list[TopicRecord]]:
    """Yield what arrives in topics in batches, without end: from the topics' end, or from the time `since_ms` on.

    Nothing arrives in an empty batch, which comes after 200 ms. Else as `read_topic`.
    """
    with open_consumer(brokers, topics) as reader:
        if since_ms is None:
            reader.seek_to_end(*reader.assignment())
        else:
            _seek(reader, since_ms, None)
        while True:
            yield [found for found in poll(reader, brokers.topics) if since_ms is None or found.at_ms >= since_ms]


@contextmanager
def open_consumer(brokers: Brokers, topics: Sequence[str]) -> Iterator[KafkaConsumer]:
    """Provide a consumer at the beginning of topics, in no group. Raise BadInput without such a broker or topic."""
    with report_connection_errors(brokers):
        reader = KafkaConsumer(
            **brokers.for_python(),
            bootstrap_timeout_ms=_CONNECT_MS,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
        )
    try:
        partitions = [partition for topic in topics for partition in _partitions(reader, topic, brokers)]
        reader.assign(partitions)
        reader.seek_to_beginning(*partitions)
        yield reader
    except UnsupportedCodecError as fault:
        message = f"a batch cannot be decompressed: {fault}; install the packages of requirements.lock"
        raise BadInput(", ".join(map(brokers.topics.physical, topics)), message) from fault
    except KafkaError as fault:
        raise BadInput(brokers, f"the Kafka broker refused: {fault}") from fault
    finally:
        reader.close(autocommit=False)


def is_behind(reader: KafkaConsumer, ends: Mapping[TopicPartition, int]) -> bool:
    """Return whether a consumer has yet to read records before the given offsets."""
    return any(reader.position(partition) < end for partition, end in ends.items())


def poll(reader: KafkaConsumer, names: TopicNames = CONTRACT_NAMES) -> Iterator[TopicRecord]:
    """Yield the records that have arrived since the last call; wait up to 200 ms for the first.

    A header without a value has an empty one here.
    """
    for partition, records in reader.poll(timeout_ms=_POLL_MS).items():
        topic = names.contract(partition.topic) or f"{MAPPED}{partition.topic}"
        for record in records:
            headers = tuple((name, value or b"") for name, value in record.headers or ())
            yield TopicRecord(
                topic, record.partition, record.offset, record.timestamp, record.key, record.value, headers
            )


@contextmanager
def open_producer(brokers: Brokers, compression: str | None = None) -> Iterator[Send]:
    """Provide a function that writes one record and returns once all in-sync replicas have it.

    Raise BadInput without such a broker; the function raises it where the broker refuses a record, and TooLargeError if
    for its size.
    """
    with report_connection_errors(brokers):
        producer = KafkaProducer(
            **brokers.for_python(producer=True),
            bootstrap_timeout_ms=_CONNECT_MS,
            acks="all",
            enable_idempotence=False,  # such a producer ends with the first record that is too large
            linger_ms=0,
            max_request_size=DEAD_LETTER_BYTES,  # of what is not compressed; the broker refuses what it finds too large
            compression_type=compression,
            value_serializer=_NullableValues(),
        )
    try:
        yield lambda record: _send(producer, record, brokers.topics.physical(record.topic))
    finally:
        producer.close()


def _seek(reader: KafkaConsumer, since_ms: int | None, until_ms: int | None) -> dict[TopicPartition, int]:
    """Go to the first offset of `since_ms`; return the offsets at which to stop."""
    partitions = list(reader.assignment())
    ends: dict[TopicPartition, int] = reader.end_offsets(partitions)
    if since_ms is not None:
        for partition, first in reader.offsets_for_times(dict.fromkeys(partitions, max(since_ms, 0))).items():
            reader.seek(partition, ends[partition] if first is None else first.offset)
    if until_ms is not None:
        late_ms = max(until_ms + _OUT_OF_ORDER_MS, 0)
        for partition, after in reader.offsets_for_times(dict.fromkeys(partitions, late_ms)).items():
            ends[partition] = ends[partition] if after is None else min(after.offset, ends[partition])
    return ends


def _partitions(reader: KafkaConsumer, topic: str, brokers: Brokers) -> list[TopicPartition]:
    name = brokers.topics.physical(topic)
    numbers = reader.partitions_for_topic(name)
    if not numbers:
        hint = "" if topic.startswith(MAPPED) else "; create it with: kithward topics create"
        raise BadInput(brokers, f"there is no topic {name}{hint}")
    return [TopicPartition(name, number) for number in sorted(numbers)]


def _send(producer: KafkaProducer, record: OutgoingRecord, topic: str) -> None:
    try:
        partitions = producer.partitions_for(topic) or set()
        partition = record.partition if record.partition in partitions else None
        # The client refuses a record without key and value, which Kafka accepts, but not one that is serialized to it.
        value = _NO_VALUE if record.value is None and record.key is None else record.value
        sent = producer.send(topic, value, key=record.key, partition=partition, timestamp_ms=record.at_ms)
        sent.get(_ACKNOWLEDGEMENT_S)
    except TOO_LARGE as fault:
        raise TooLargeError(topic, "the record is larger than the topic takes") from fault
    except KafkaError as fault:
        raise BadInput(topic, f"the Kafka broker refused the record: {fault}") from fault

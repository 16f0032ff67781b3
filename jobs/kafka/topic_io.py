"""What does a topic hold by now, or as it grows? For the tool: a look with its own end. Key: the topic's name."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from jobs.errors import BadInput
from jobs.kafka.connection_errors import report_connection_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.kafka.client_config import Brokers

_POLL_MS = 200
_CONNECT_MS = 10_000
_OUT_OF_ORDER_MS = 3_600_000  # how far behind its neighbours a record is still looked for
_STALLED_S = 30.0  # without a single record: the broker has gone


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """One Kafka record."""

    topic: str
    partition: int
    offset: int
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def read_topic(brokers: Brokers, topic: str) -> Iterator[TopicRecord]:
    """Yield what stands in a topic at the time of asking, partition by partition in order, and end.

    Of transactions only what is committed. Raise BadInput where there is no such broker or topic.
    """
    return read_topics(brokers, [topic])


def read_topics(
    brokers: Brokers, topics: Sequence[str], since_ms: int | None = None, until_ms: int | None = None
) -> Iterator[TopicRecord]:
    """Yield as `stored` does what stands in topics with times in `[since_ms, until_ms)`.

    The broker's index says where a time is first reached; what stands after the end, a little out of order, is read on
    for, by as much as producers' clocks may differ.
    """
    with open_consumer(brokers, topics) as reader:
        ends = _seek(reader, since_ms, until_ms)
        patient_until_s = time.monotonic() + _STALLED_S
        while any(reader.position(partition) < end for partition, end in ends.items()):
            for found in poll(reader):
                patient_until_s = time.monotonic() + _STALLED_S
                if found.offset < ends[TopicPartition(found.topic, found.partition)] and (
                    (since_ms is None or found.at_ms >= since_ms) and (until_ms is None or found.at_ms < until_ms)
                ):
                    yield found
            if time.monotonic() > patient_until_s:
                raise BadInput(brokers, f"topic {', '.join(topics)} cannot be read to its end")


def _seek(reader: KafkaConsumer, since_ms: int | None, until_ms: int | None) -> dict[TopicPartition, int]:
    """Go to where a time begins, and return the offsets at which to end."""
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


@contextmanager
def open_consumer(brokers: Brokers, topics: Sequence[str]) -> Iterator[KafkaConsumer]:
    """Lend a consumer at the beginning of topics, in no group. Raise BadInput where broker or topic is missing."""
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
    except KafkaError as fault:
        raise BadInput(brokers, f"the Kafka broker refuses: {fault}") from fault
    finally:
        reader.close(autocommit=False)


def _partitions(reader: KafkaConsumer, topic: str, brokers: Brokers) -> list[TopicPartition]:
    found = reader.partitions_for_topic(topic)
    if not found:
        raise BadInput(brokers, f"there is no topic {topic}; make it with: kithward topics create")
    return [TopicPartition(topic, number) for number in sorted(found)]


def poll(reader: KafkaConsumer) -> Iterator[TopicRecord]:
    """Yield what has come since the last time, after waiting a moment for it."""
    for records in reader.poll(timeout_ms=_POLL_MS).values():
        for record in records:
            headers = tuple(record.headers or ())
            yield TopicRecord(
                record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, headers
            )


_ACKNOWLEDGEMENT_S = 30.0


@dataclass(frozen=True, slots=True)
class OutgoingRecord:
    """What to write. `partition` is where it came from, if it did; where that is no more, the key decides."""

    topic: str
    at_ms: int
    key: bytes | None
    value: bytes | None
    partition: int | None = None


Send = Callable[[OutgoingRecord], None]


@contextmanager
def open_producer(brokers: Brokers) -> Iterator[Send]:
    """Lend a way to write that returns when the record is kept. Raise BadInput where the broker refuses it."""
    with report_connection_errors(brokers):
        producer = KafkaProducer(**brokers.for_python(), bootstrap_timeout_ms=_CONNECT_MS, acks="all", linger_ms=0)
    try:
        yield lambda letter: _send(producer, letter)
    finally:
        producer.close()


def _send(producer: KafkaProducer, letter: OutgoingRecord) -> None:
    try:
        partitions = producer.partitions_for(letter.topic) or set()
        partition = letter.partition if letter.partition in partitions else None
        sent = producer.send(letter.topic, letter.value, key=letter.key, partition=partition, timestamp_ms=letter.at_ms)
        sent.get(_ACKNOWLEDGEMENT_S)
    except KafkaError as fault:
        raise BadInput(letter.topic, f"the Kafka broker does not take the record: {fault}") from fault

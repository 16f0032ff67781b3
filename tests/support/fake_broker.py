"""A fake Kafka broker: topics in memory, behind the functions by which the command line reads and writes topics."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from kafka import TopicPartition
from kafka.errors import KafkaError

from jobs.kafka import start_positions, topic_io
from jobs.kafka.topic_io import OutgoingRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

    from jobs.kafka.client_config import Brokers


class FakeRecord(NamedTuple):
    """A record as Kafka's client returns it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class FakeBroker:
    """Topics with their records; returns one record at a time, of the partition with the most left."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.records: dict[TopicPartition, list[FakeRecord]] = defaultdict(list)
        self.sent: list[OutgoingRecord] = []
        self.refuses_after: int | None = None
        self.read = 0
        for reading in (topic_io, start_positions):
            monkeypatch.setattr(reading, "open_consumer", self._consumer)
        monkeypatch.setattr(topic_io, "KafkaProducer", lambda **_: _Producer(self))

    def add(self, topic: str, partition: int, at_ms: int, value: bytes | None, **fields: Any) -> None:
        rows = self.records[TopicPartition(topic, partition)]
        rows.append(FakeRecord(topic, partition, len(rows), at_ms, value, **fields))

    @contextmanager
    def _consumer(self, brokers: Brokers, topics: Sequence[str]) -> Iterator[_Reader]:
        names = {brokers.topics.physical(topic) for topic in topics}
        yield _Reader(self, {partition: rows for partition, rows in self.records.items() if partition.topic in names})


class _Producer:
    """The used part of Kafka's producer API: every topic has four partitions."""

    def __init__(self, broker: FakeBroker) -> None:
        self._broker = broker

    def partitions_for(self, _: str) -> set[int]:
        return set(range(4))

    def send(self, topic: str, value: bytes, *, key: bytes, partition: int | None, timestamp_ms: int) -> Self:
        broker = self._broker
        if broker.refuses_after == len(broker.sent):
            raise KafkaError("no room")
        broker.sent.append(OutgoingRecord(topic, timestamp_ms, key, value, partition))
        broker.add(topic, partition or 0, timestamp_ms, value, key=key)
        return self

    def get(self, _: float) -> None:
        pass

    def close(self) -> None:
        pass


class _Reader:
    """Kafka's consumer, as far as it is used."""

    def __init__(self, broker: FakeBroker, held: dict[TopicPartition, list[FakeRecord]]) -> None:
        self._broker = broker
        self._held = {partition: list(rows) for partition, rows in held.items()}
        self._at = dict.fromkeys(held, 0)
        self._paused: set[TopicPartition] = set()

    def assign(self, partitions: list[TopicPartition]) -> None:
        self._held = {partition: self._held.get(partition, []) for partition in partitions}
        self._at = dict.fromkeys(partitions, 0)

    def assignment(self) -> set[TopicPartition]:
        return set(self._held)

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: len(self._held[partition]) for partition in partitions}

    def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        return {
            partition: next((row for row in self._held[partition] if row.timestamp >= at_ms), None)
            for partition, at_ms in times.items()
        }

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._at[partition] = offset

    def seek_to_end(self, *partitions: TopicPartition) -> None:
        self._at |= {partition: len(self._held[partition]) for partition in partitions}

    def position(self, partition: TopicPartition) -> int:
        return self._at[partition]

    def pause(self, *partitions: TopicPartition) -> None:
        self._paused |= set(partitions)

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[FakeRecord]]:  # noqa: ARG002
        asked = self._held.keys() - self._paused
        partition = max(sorted(asked), key=lambda each: len(self._held[each]) - self._at[each])
        rows = self._held[partition][self._at[partition] :][:1]
        self._at[partition] += len(rows)
        self._broker.read += len(rows)
        return {partition: rows} if rows else {}

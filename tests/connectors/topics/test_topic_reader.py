"""Where a reader begins: where it was, and the first time at the topic's end."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from connectors.topics import topic_reader
from connectors.topics.topic_reader import open_topic_reader
from jobs.kafka.client_config import Brokers
from schemas.codec import SingleObjectFraming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from connectors.topics.topic_reader import Position, TopicReader

ENDS = {0: 7, 1: 9}


class Consumer:
    """A consumer at the beginning of a topic of two partitions, which remembers where it was sent."""

    def __init__(self) -> None:
        self.partitions = set(ENDS)
        self.at = dict.fromkeys(ENDS, 0)

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("commands", partition) for partition in self.at}

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.at = {each.partition: self.at.get(each.partition, -1) for each in partitions}

    def partitions_for_topic(self, topic: str) -> set[int]:
        return self.partitions if topic == "commands" else set()

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: ENDS[partition.partition] for partition in partitions}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at[partition.partition] = offset

    def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        self.at.update({each.partition: 0 for each in partitions})

    def poll(self, **_: object) -> dict[TopicPartition, list[ConsumerRecord]]:
        fields = dict.fromkeys(ConsumerRecord._fields)
        arrived = {"topic": "commands", "partition": 0, "offset": 7, "timestamp": 0}
        return {TopicPartition("commands", 0): [ConsumerRecord(**{**fields, **arrived})]}


class Saved(dict[int, int]):
    """Positions in memory."""

    def load(self, partition: int) -> int | None:
        return self.get(partition)

    def save(self, *positions: Position) -> None:
        self.update(positions)


async def nothing(_: TopicReader, __: Consumer) -> None:
    pass


def opened(
    monkeypatch: pytest.MonkeyPatch,
    positions: Saved,
    use: Callable[[TopicReader, Consumer], Awaitable[None]] = nothing,
) -> Consumer:
    """Open a reader, use it, and return the consumer behind it."""
    consumer = Consumer()

    @contextmanager
    def provide(*_: Any) -> Iterator[Consumer]:
        yield consumer

    monkeypatch.setattr(topic_reader, "open_consumer", provide)

    async def run() -> None:
        brokers = Brokers("localhost:9092")
        async with open_topic_reader(brokers, SingleObjectFraming(), "commands", positions) as reader:
            await use(reader, consumer)

    asyncio.run(run())
    return consumer


def test_the_first_start_is_at_the_end_and_saved_at_once__mx_21(monkeypatch: pytest.MonkeyPatch) -> None:
    positions = Saved()
    assert opened(monkeypatch, positions).at == ENDS
    assert positions == ENDS


def test_a_later_start_is_where_it_was__mx_21(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(monkeypatch, Saved({0: 3, 1: 4})).at == {0: 3, 1: 4}


@pytest.mark.parametrize(("known", "added"), [({0: 3}, 1), ({1: 0}, 0)])
def test_a_partition_that_was_added_is_read_from_its_beginning__mx_21(
    monkeypatch: pytest.MonkeyPatch, known: dict[int, int], added: int
) -> None:
    assert opened(monkeypatch, Saved(known)).at == {**known, added: 0}


def test_a_partition_that_is_added_while_it_reads_is_read_too__mx_21(monkeypatch: pytest.MonkeyPatch) -> None:
    async def add(reader: TopicReader, consumer: Consumer) -> None:
        consumer.partitions = {*ENDS, 2}
        assert [position async for _, position in _first(reader)] == [(0, 8)]

    assert opened(monkeypatch, Saved(), add).at == {**ENDS, 2: 0}


async def _first(reader: TopicReader) -> AsyncIterator[tuple[object, Position]]:
    async for each in reader.records():
        yield each
        return

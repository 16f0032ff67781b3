"""Reader of an output topic that goes on where the connector's own store says: it is in no consumer group."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from kafka import TopicPartition

from connectors.topics.own_thread import OwnThread, open_in_own_thread
from jobs.kafka.topic_io import open_consumer, poll
from schemas.malformed import Malformed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from kafka import KafkaConsumer

    from jobs.kafka.client_config import Brokers
    from jobs.kafka.topic_io import TopicRecord
    from schemas.codec import Framing
    from schemas.records import Record

Position = tuple[int, int]
"""Partition, and the offset of the next record to read."""


class Positions(Protocol):
    """The positions in a topic that a connector has saved."""

    def load(self, partition: int) -> int | None:
        """Return the offset of a partition, or None."""

    def save(self, position: Position) -> None:
        """Save a position."""


class TopicReader:
    """Reader of the records of one topic, each with the position after it.

    The caller saves the position with what it has done about the record, so that a restart goes on there.
    """

    def __init__(self, consumer: KafkaConsumer, thread: OwnThread, brokers: Brokers, framing: Framing) -> None:
        self._consumer, self._thread, self._brokers, self._framing = consumer, thread, brokers, framing

    async def records(self) -> AsyncIterator[tuple[Record | Malformed | None, Position]]:
        """Yield what arrives, without end: a record, the fault of one that cannot be read, or None for a tombstone."""
        while True:
            for arrived in await self._thread.run(self._poll):
                yield self._decoded(arrived), (arrived.partition, arrived.offset + 1)

    def _poll(self) -> list[TopicRecord]:
        return list(poll(self._consumer, self._brokers.topics))

    def _decoded(self, arrived: TopicRecord) -> Record | Malformed | None:
        try:
            return None if arrived.value is None else self._framing.decode(arrived.value)
        except Malformed as fault:
            return fault


@asynccontextmanager
async def open_topic_reader(
    brokers: Brokers, framing: Framing, topic: str, positions: Positions
) -> AsyncIterator[TopicReader]:
    """Provide a reader from the offset that `positions` have for a partition.

    Where they have none, it starts at the topic's end, and that is saved at once: what was sent before the connector's
    first start is not for it, and what is sent from then on is. Raise BadInput without such a broker or topic.
    """
    async with open_in_own_thread(open_consumer(brokers, [topic])) as (consumer, thread):
        partitions = sorted(partition.partition for partition in consumer.assignment())
        given = {partition: positions.load(partition) for partition in partitions}
        for partition, offset in (await thread.run(_seek, consumer, given)).items():
            positions.save((partition, offset))
        yield TopicReader(consumer, thread, brokers, framing)


def _seek(consumer: KafkaConsumer, given: Mapping[int, int | None]) -> dict[int, int]:
    """Go to the given offsets; return those of the partitions that have none."""
    ends: dict[int, int] = {}
    for assigned in consumer.assignment():
        partition = TopicPartition(assigned.topic, assigned.partition)
        offset = given[partition.partition]
        if offset is None:
            ends[partition.partition] = offset = consumer.end_offsets([partition])[partition]
        consumer.seek(partition, offset)
    return ends

"""Reader of an output topic that goes on where the connector's own store says: it is in no consumer group."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

from kafka import TopicPartition

from connectors.topics.own_thread import OwnThread, open_in_own_thread
from jobs.kafka.topic_io import open_consumer, poll
from schemas.malformed import Malformed
from schemas.records import Record
from schemas.registry import RegistryUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from kafka import KafkaConsumer

    from jobs.kafka.client_config import Brokers
    from jobs.kafka.topic_io import TopicRecord
    from schemas.codec import Framing

Position = tuple[int, int]
"""Partition, and the offset of the next record to read."""
Arrived = tuple[Record | Malformed | None, Position]
"""A record, the fault of one that cannot be read, or None for a tombstone; and the position after it."""
REGISTRY_PAUSE_S: Final = 5.0
_LOG: Final = logging.getLogger(__name__)


class Positions(Protocol):
    """The positions in a topic that a connector has saved."""

    def load(self, partition: int) -> int | None:
        """Return the offset of a partition, or None."""

    def save(self, *positions: Position) -> None:
        """Save positions, all in one step."""


class TopicReader:
    """Reader of the records of one topic, each with the position after it.

    The caller saves the position with what it has done about the record, so that a restart goes on there.
    """

    def __init__(self, consumer: KafkaConsumer, thread: OwnThread, brokers: Brokers, framing: Framing) -> None:
        self._consumer, self._thread, self._brokers, self._framing = consumer, thread, brokers, framing

    async def records(self) -> AsyncIterator[Arrived]:
        """Yield what arrives, without end."""
        async for batch in self.batches():
            for each in batch:
                yield each

    async def batches(self) -> AsyncIterator[list[Arrived]]:
        """Yield what arrives, without end, together what has arrived together."""
        while True:
            found = await self._thread.run(self._poll)
            if found:
                yield await self._read(found)

    async def _read(self, found: list[TopicRecord]) -> list[Arrived]:
        """Return what was found, as soon as the schema registry has what it takes to read it."""
        while True:
            try:
                return await self._thread.run(self._decoded, found)
            except RegistryUnavailable as fault:
                _LOG.warning("what has arrived waits for the schema registry: %s", fault)
            await asyncio.sleep(REGISTRY_PAUSE_S)

    def _poll(self) -> list[TopicRecord]:
        _take_added(self._consumer)
        return list(poll(self._consumer, self._brokers.topics))

    def _decoded(self, found: list[TopicRecord]) -> list[Arrived]:
        return [(self._decode(each.value), (each.partition, each.offset + 1)) for each in found]

    def _decode(self, value: bytes | None) -> Record | Malformed | None:
        try:
            return None if value is None else self._framing.decode(value)
        except Malformed as fault:
            return fault


@asynccontextmanager
async def open_topic_reader(
    brokers: Brokers, framing: Framing, topic: str, positions: Positions
) -> AsyncIterator[TopicReader]:
    """Provide a reader from the offset that `positions` have for a partition.

    The first time it starts at the topic's end, and that is saved at once: what was sent before the connector's first
    start is not for it, and what is sent from then on is. A partition that was added later starts at its beginning.
    Raise BadInput without such a broker or topic.
    """
    async with open_in_own_thread(open_consumer(brokers, [topic])) as (consumer, thread):
        partitions = sorted(partition.partition for partition in consumer.assignment())
        known = {partition: at for partition in partitions if (at := positions.load(partition)) is not None}
        if not known:
            known = await thread.run(_ends, consumer)
            positions.save(*known.items())
        await thread.run(_seek, consumer, known)
        yield TopicReader(consumer, thread, brokers, framing)


def _ends(consumer: KafkaConsumer) -> dict[int, int]:
    """Return where the partitions end."""
    ends = consumer.end_offsets(list(consumer.assignment()))
    return {partition.partition: offset for partition, offset in ends.items()}


def _seek(consumer: KafkaConsumer, known: Mapping[int, int]) -> None:
    """Go to the given offsets; a partition without one stays at its beginning."""
    for assigned in consumer.assignment():
        partition = TopicPartition(assigned.topic, assigned.partition)
        if partition.partition in known:
            consumer.seek(partition, known[partition.partition])


def _take_added(consumer: KafkaConsumer) -> None:
    """Read partitions from their beginning that were added to the topic, as far as the client has heard of them."""
    assigned = consumer.assignment()
    (name,) = {partition.topic for partition in assigned}
    added = {TopicPartition(name, number) for number in consumer.partitions_for_topic(name)} - assigned
    if added:
        consumer.assign([*assigned, *added])
        consumer.seek_to_beginning(*added)

"""Writer of records to the input topics: what it has returned from is on all in-sync replicas."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from connectors.topics.own_thread import OwnThread, open_in_own_thread
from jobs.kafka.bulk_writer import open_bulk_writer
from jobs.kafka.topic_io import outgoing_record
from schemas.topics import INPUTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from jobs.kafka.bulk_writer import BulkWriter
    from jobs.kafka.client_config import Brokers
    from jobs.kafka.topic_io import OutgoingRecord
    from schemas.codec import Framing
    from schemas.records import Record

_NOT_FOR_CONNECTORS: Final = "policies"


class EventWriter:
    """Writer of records, each to its topic under its key, in their order."""

    def __init__(self, writer: BulkWriter, framing: Framing, thread: OwnThread) -> None:
        self._writer, self._framing, self._thread = writer, framing, thread

    async def write(self, records: Iterable[Record]) -> None:
        """Write records and wait until Kafka has them. Raise BadInput if it refuses one; then any may have arrived."""
        outgoing = [outgoing_record(record, self._framing) for record in records]
        if outgoing:
            await self._thread.run(self._write, outgoing)

    async def write_everywhere(self, record: Record) -> None:
        """Write a record to every partition of its topic. Raise BadInput as `write` does."""
        await self._thread.run(self._write_everywhere, outgoing_record(record, self._framing))

    def _write_everywhere(self, outgoing: OutgoingRecord) -> None:
        self._write([replace(outgoing, partition=each) for each in sorted(self._writer.partitions(outgoing.topic))])

    def _write(self, outgoing: list[OutgoingRecord]) -> None:
        for record in outgoing:
            self._writer.write(record)
        self._writer.flush()


@asynccontextmanager
async def open_event_writer(brokers: Brokers, framing: Framing) -> AsyncIterator[EventWriter]:
    """Provide a writer to the input topics. Raise BadInput without such a broker or topic."""
    topics = [topic.name for topic in INPUTS if topic.name != _NOT_FOR_CONNECTORS]
    async with open_in_own_thread(open_bulk_writer(brokers, topics)) as (writer, thread):
        yield EventWriter(writer, framing, thread)

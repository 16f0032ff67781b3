"""Writer of records to the input topics: what it has returned from is on all in-sync replicas."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from connectors.topics.own_thread import OwnThread, open_in_own_thread
from jobs.errors import BadInput
from jobs.kafka.bulk_writer import open_bulk_writer
from jobs.kafka.topic_io import outgoing_record
from schemas.confluent import ConfluentFraming
from schemas.registry import RegistryUnavailable, SchemaRefused
from schemas.topics import INPUTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from jobs.kafka.bulk_writer import BulkWriter
    from jobs.kafka.client_config import Brokers
    from jobs.kafka.topic_io import OutgoingRecord
    from schemas.codec import Framing
    from schemas.records import Record
    from schemas.topics import Topic

_NOT_FOR_CONNECTORS: Final = "policies"


class EventWriter:
    """Writer of records, each to its topic under its key, in their order."""

    def __init__(self, writer: BulkWriter, framing: Framing, thread: OwnThread) -> None:
        self._writer, self._framing, self._thread = writer, framing, thread

    async def write(self, records: Iterable[Record]) -> None:
        """Write records and wait until Kafka has them. Raise BadInput if it refuses one; then any may have arrived.

        A schema registry that is away, or refuses a schema, is as a broker that refuses.
        """
        given = list(records)
        if given:
            await self._thread.run(self._write, given)

    async def write_everywhere(self, record: Record) -> None:
        """Write a record to every partition of its topic. Raise BadInput as `write` does."""
        await self._thread.run(self._write_everywhere, record)

    def _write_everywhere(self, record: Record) -> None:
        outgoing = self._outgoing(record)
        self._send([replace(outgoing, partition=each) for each in sorted(self._writer.partitions(outgoing.topic))])

    def _write(self, records: list[Record]) -> None:
        self._send([self._outgoing(record) for record in records])

    def _outgoing(self, record: Record) -> OutgoingRecord:
        with _report_registry_errors():
            return outgoing_record(record, self._framing)

    def _send(self, outgoing: list[OutgoingRecord]) -> None:
        for record in outgoing:
            self._writer.write(record)
        self._writer.flush()


@asynccontextmanager
async def open_event_writer(brokers: Brokers, framing: Framing) -> AsyncIterator[EventWriter]:
    """Provide a writer to the input topics. Raise BadInput without such a broker or topic.

    A schema that the registry would refuse later is refused now, by BadInput, too.
    """
    topics = [topic for topic in INPUTS if topic.name != _NOT_FOR_CONNECTORS]
    async with open_in_own_thread(open_bulk_writer(brokers, [topic.name for topic in topics])) as (writer, thread):
        await thread.run(_register, framing, topics)
        yield EventWriter(writer, framing, thread)


def _register(framing: Framing, topics: list[Topic]) -> None:
    if isinstance(framing, ConfluentFraming):
        with _report_registry_errors():
            framing.register(topics)


@contextmanager
def _report_registry_errors() -> Iterator[None]:
    try:
        yield
    except (RegistryUnavailable, SchemaRefused) as fault:
        raise BadInput("schema registry", str(fault)) from fault

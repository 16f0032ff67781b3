"""Intake of transactions: the job is told of their events, then the guard of the rooms sees them and acts later."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.matrix.events.matrix_event import parse_event

if TYPE_CHECKING:
    from connectors.matrix.events.event_desk import EventDesk
    from connectors.matrix.guard_duty import GuardDuty
    from connectors.topics.pulse import Pulse


@dataclass(frozen=True, slots=True)
class Intake:
    """What a transaction goes through. Both are repeated when it comes again; meanwhile the pulse rests."""

    events: EventDesk
    guard: GuardDuty
    pulse: Pulse

    async def work_off(self, transaction: str, given: list[dict[str, Any]]) -> None:
        """Work off a transaction. Raise BadInput or HomeserverError where it has to come again."""
        events = [event for each in given if (event := parse_event(each)) is not None]
        server_name = self.events.configuration.homeserver.server_name
        own = (event.origin_server_ts for event in events if event.sender.endswith(f":{server_name}"))
        with self.pulse.resting(max(own, default=None)):
            await self.events.work_off(transaction, given)
        for event in events:
            self.guard.see(event)

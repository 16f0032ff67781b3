"""What the homeserver tells only when it is asked: reports, and accounts that were erased without leaving a room."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.matrix.events.event_mapper import erasure
from connectors.matrix.events.reports import EVENT_REPORTS, USER_REPORTS, report_records, unseen
from connectors.matrix.homeserver import HomeserverError
from jobs.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from connectors.matrix.events.event_desk import EventDesk
    from connectors.matrix.events.reports import Report
    from connectors.matrix.store import Store
    from schemas.records import Record

_PAGE: Final = 100
_ERASURES_EVERY_S: Final = 3_600.0
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watch:
    """Asks in turns, and goes on after whatever the homeserver or Kafka refuses for a while."""

    desk: EventDesk
    store: Store

    async def run_reports(self) -> None:
        """Ask for reports, without end."""
        while True:
            for kind in (EVENT_REPORTS, USER_REPORTS):
                await self._unless_refused(self.reports(kind))
            await asyncio.sleep(self.desk.configuration.reports_every_s)

    async def run_erasures(self) -> None:
        """Ask for erased accounts, without end."""
        while True:
            await self._unless_refused(self.erasures())
            await asyncio.sleep(_ERASURES_EVERY_S)

    async def reports(self, kind: str) -> None:
        """Send the reports that are new; those from before the first time that it asks are not sent."""
        last = self.store.position(kind)
        if last is None:
            newest = unseen((await self._page(f"/_synapse/admin/v1/{kind}", 0)).get(kind, []), 0)
            self.store.set_position(kind, max((report.id for report in newest), default=0))
            return
        found = sorted(await self._reports_after(kind, last), key=lambda report: report.id)
        if not found:
            return

        async def records() -> list[Record]:
            adopted = [record for each in found for record in await self._adopted(each)]
            return [
                *adopted,
                *(record for each in found for record in report_records(kind, each, self.desk.memory.rooms)),
            ]

        await self.desk.write(records)
        self.store.set_position(kind, found[-1].id)

    async def erasures(self) -> None:
        """Send which accounts were erased. Those that have left a room since were already told."""
        start: int | None = 0
        while start is not None:
            page = await self._page("/_synapse/admin/v3/users", start, deactivated="true")
            names = [each["name"] for each in page.get("users", []) if each.get("erased")]

            async def records(names: list[str] = names) -> list[Record]:
                new = [name for name in names if not self.desk.memory.is_erased(name)]
                return [erasure(name, name, self.desk.now_ms()) for name in new]

            await self.desk.write(records)
            start = int(page["next_token"]) if "next_token" in page else None

    async def _adopted(self, report: Report) -> list[Record]:
        """Return what is in a room of which the connector knows nothing but a report, as it was just before that."""
        if report.room_id is None or self.desk.memory.rooms.find(report.room_id) is not None:
            return []
        _, records = await self.desk.mapper.adopt(report.room_id, report.received_ts - 1)
        return records

    async def _reports_after(self, kind: str, last: int) -> list[Report]:
        """Return the reports after the last that was seen, from the newest page on."""
        found: list[Report] = []
        start: int | None = 0
        while start is not None:
            page = await self._page(f"/_synapse/admin/v1/{kind}", start)
            new = unseen(page.get(kind, []), last)
            found += new
            start = int(page["next_token"]) if new and "next_token" in page else None
        return found

    async def _page(self, path: str, start: int, **query: str) -> dict[str, Any]:
        given = {"from": str(start), "limit": str(_PAGE), **query}
        return await self.desk.homeserver.request("GET", path, query=given)

    async def _unless_refused(self, asked: Awaitable[None]) -> None:
        try:
            await asked
        except (BadInput, HomeserverError) as fault:
            _LOG.warning("to be asked again: %s", fault)
        except (msgspec.ValidationError, KeyError) as fault:
            _LOG.warning("an answer that makes no sense: %s", type(fault).__name__)

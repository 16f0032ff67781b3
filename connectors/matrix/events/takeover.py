"""Takeover of all rooms that are there before the connector runs, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connectors.matrix.events.event_desk import EventDesk
    from schemas.records import Record

_PAGE: Final = 100


async def take_over(desk: EventDesk) -> tuple[int, int]:
    """Send what all rooms are that the connector does not know; return how many, and how many it knew.

    Stopped in the midst it goes on with the rooms that are left. Raise BadInput or HomeserverError as the desk does.
    """
    new = known = 0
    start: int | None = 0
    while start is not None:
        query = {"from": str(start), "limit": str(_PAGE), "order_by": "name"}
        page = await desk.homeserver.request("GET", "/_synapse/admin/v1/rooms", query=query)
        for room_id in (each["room_id"] for each in page.get("rooms", [])):
            if desk.memory.rooms.is_known(room_id):
                known += 1
                continue

            async def records(room_id: str = room_id) -> list[Record]:
                _, found = await desk.mapper.adopt(room_id, desk.now_ms())
                return found

            await desk.write(records)
            new += 1
        start = int(page["next_batch"]) if "next_batch" in page else None
    return new, known

"""Duty of the guard, beside the stream of events: what has to be done is noted, and done in each room's order."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.action import Impossible
from connectors.matrix.commands.patience import patiently
from connectors.matrix.events.matrix_event import parse_event

if TYPE_CHECKING:
    from connectors.matrix.commands.guard import Guard
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.homeserver import Homeserver
    from connectors.matrix.store import Store

MOST_WAITING: Final = 10_000
"""Events about which something is to be done; beyond these nothing is done, and that is logged."""
MOST_OF_A_ROOM: Final = 1_000
"""Of them in one room: who floods it takes no other one's place."""
MOST_HELD: Final = 500
"""Of them the newest, which are kept in memory; others are asked for again. The store has no texts."""
_SIDE_BY_SIDE: Final = 16
_LOG: Final = logging.getLogger(__name__)


class GuardDuty:
    """Events that the guard has to do something about, room by room: one that the homeserver refuses holds up its own.

    They are in the store until that is done, so that a kill loses nothing. What cannot be done is logged.
    """

    def __init__(self, guard: Guard, homeserver: Homeserver, store: Store) -> None:
        self._guard, self._homeserver, self._store = guard, homeserver, store
        self._waiting: dict[str, deque[str]] = {}
        self._held: OrderedDict[str, MatrixEvent] = OrderedDict()
        self._rooms = asyncio.Queue[str]()
        self._acting = asyncio.Semaphore(_SIDE_BY_SIDE)
        for room_id, event_id in store.rows("SELECT room_id, event_id FROM guarded ORDER BY number"):
            self._append(room_id, event_id)

    def waiting(self) -> int:
        """Return about how many events something has yet to be done."""
        (number,) = self._store.row("SELECT count(*) FROM guarded") or (0,)
        return int(number)

    def see(self, event: MatrixEvent) -> None:
        """See an event, also a repeated one, after the job was told of it, and note it if there is something to do."""
        waiting = self._waiting.get(event.room_id, ())
        if not self._guard.notice(event) or event.event_id in waiting:
            return
        if len(waiting) >= MOST_OF_A_ROOM or self.waiting() >= MOST_WAITING:
            _LOG.warning("%s is not guarded: too many others wait", event.event_id)
            return
        self._store.run("INSERT INTO guarded (event_id, room_id) VALUES (?, ?)", event.event_id, event.room_id)
        self._held[event.event_id] = event
        if len(self._held) > MOST_HELD:
            self._held.popitem(last=False)
        self._append(event.room_id, event.event_id)

    async def run(self) -> None:
        """Do what has to be done, without end."""
        async with asyncio.TaskGroup() as group:
            while True:
                group.create_task(self._work_off(await self._rooms.get()))

    def _append(self, room_id: str, event_id: str) -> None:
        if room_id not in self._waiting:
            self._waiting[room_id] = deque()
            self._rooms.put_nowait(room_id)
        self._waiting[room_id].append(event_id)

    async def _work_off(self, room_id: str) -> None:
        waiting = self._waiting[room_id]
        while waiting:
            await self._do(waiting[0])
            self._held.pop(waiting[0], None)
            self._store.run("DELETE FROM guarded WHERE event_id = ?", waiting.popleft())
        del self._waiting[room_id]

    async def _do(self, event_id: str) -> None:
        code = await patiently(lambda: self._attempt(event_id))
        if code is not None:
            _LOG.warning("nothing could be done about %s: %s", event_id, code)

    async def _attempt(self, event_id: str) -> None:
        async with self._acting:
            await self._guard.act(self._held.get(event_id) or await self._asked_for(event_id))

    async def _asked_for(self, event_id: str) -> MatrixEvent:
        found = await self._homeserver.request("GET", "/_synapse/admin/v1/fetch_event", event_id)
        event = parse_event({**found.get("event", {}), "event_id": event_id})
        if event is None:
            raise Impossible("NO_EVENT")
        return event

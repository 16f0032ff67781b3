"""State of rooms as the homeserver has it. One that cannot be read holds up all that comes later, for some minutes."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.homeserver import HomeserverError, TooLong

if TYPE_CHECKING:
    from connectors.matrix.homeserver import Homeserver

_ATTEMPT_S: Final = 60.0
"""How long the homeserver's client may try before the transaction waits for its next turn."""
_PATIENCE_S: Final = 180.0
"""How long a state is tried for that the homeserver fails to tell: longer than a restart of its database takes."""
_MOST_FAILING: Final = 1_000
_REFUSED: Final = frozenset({401, 403})
"""It is the connector that lacks the right, in every room: to wait for that loses nothing."""
_LOG: Final = logging.getLogger(__name__)


class RoomStates:
    """The states. What cannot be read is `partial`: of such a room only what happens from then on is known."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._failing_since_s = dict[str, float]()

    async def read(self, room_id: str) -> tuple[list[Any], bool]:
        """Return the events of a state, none for a room without, and whether they are partial.

        Raise HomeserverError where the homeserver may yet tell it.
        """
        try:
            found = await self._ask(room_id)
        except TooLong as fault:  # else everything behind it would wait for ever
            return _unread(room_id, fault)
        except HomeserverError as fault:
            if fault.is_absence:
                return [], False
            if fault.status not in _REFUSED and await self._is_given_up(room_id):
                return _unread(room_id, fault)
            raise
        self._failing_since_s.pop(room_id, None)
        return found.get("state", []), False

    async def _ask(self, room_id: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_ATTEMPT_S):
                return await self._homeserver.request("GET", "/_synapse/admin/v1/rooms", room_id, "state")
        except TimeoutError:
            raise HomeserverError(0, "no state in time") from None

    async def _is_given_up(self, room_id: str) -> bool:
        """Return whether it has failed for long enough, while the homeserver answers otherwise."""
        try:
            await self._homeserver.request("GET", "/_matrix/client/v3/account/whoami")
        except HomeserverError:
            self._failing_since_s.clear()
            raise
        if len(self._failing_since_s) == _MOST_FAILING:
            self._failing_since_s.clear()
        now_s = monotonic()
        return now_s - self._failing_since_s.setdefault(room_id, now_s) >= _PATIENCE_S


def _unread(room_id: str, fault: HomeserverError) -> tuple[list[Any], bool]:
    """Return a beginning of nobody's: the state of the room is not asked for again at each join."""
    _LOG.warning("the state of %s is not read: %s", room_id, fault)
    event = {"type": "m.room.create", "event_id": "", "room_id": room_id, "sender": "", "origin_server_ts": 0}
    return [{**event, "content": {}}], True

"""State of rooms as the homeserver has it; one that cannot be read holds up nothing but itself, and not for ever."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.homeserver import HomeserverError, TooLong

if TYPE_CHECKING:
    from connectors.matrix.homeserver import Homeserver

_ATTEMPTS: Final = 10
"""Attempts, each as long as the homeserver's client makes them, to read a state that the homeserver fails to tell."""
_MOST_FAILING: Final = 1_000
_NOT_FOUND: Final = 404
_SERVER_ERROR: Final = 500
_LOG: Final = logging.getLogger(__name__)


class RoomStates:
    """The states. What cannot be read is `partial`: of such a room only what happens from then on is known."""

    def __init__(self, homeserver: Homeserver) -> None:
        self._homeserver = homeserver
        self._failed = Counter[str]()

    async def read(self, room_id: str) -> tuple[list[Any], bool]:
        """Return the events of a state, none for a room without, and whether they are partial.

        Raise HomeserverError where the homeserver may yet tell it.
        """
        try:
            found = await self._homeserver.request("GET", "/_synapse/admin/v1/rooms", room_id, "state")
        except TooLong as fault:  # else everything behind it would wait for ever
            return _unread(room_id, fault)
        except HomeserverError as fault:
            if fault.status == _NOT_FOUND:
                return [], False
            if fault.status >= _SERVER_ERROR and await self._is_given_up(room_id):
                return _unread(room_id, fault)
            raise
        self._failed.pop(room_id, None)
        return found.get("state", []), False

    async def _is_given_up(self, room_id: str) -> bool:
        """Return whether it has failed often enough, while the homeserver answers otherwise."""
        await self._homeserver.request("GET", "/_matrix/client/v3/account/whoami")
        if len(self._failed) == _MOST_FAILING:
            self._failed.clear()
        self._failed[room_id] += 1
        return self._failed[room_id] >= _ATTEMPTS


def _unread(room_id: str, fault: HomeserverError) -> tuple[list[Any], bool]:
    """Return a beginning of nobody's: the state of the room is not asked for again at each join."""
    _LOG.warning("the state of %s is not read: %s", room_id, fault)
    event = {"type": "m.room.create", "event_id": "", "room_id": room_id, "sender": "", "origin_server_ts": 0}
    return [{**event, "content": {}}], True

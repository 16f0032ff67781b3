"""Waking the homeserver: after an outage it would wait up to nine minutes before it sends transactions again."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.homeserver import HomeserverError

if TYPE_CHECKING:
    from connectors.matrix.application_service import WorkOff
    from connectors.matrix.homeserver import Homeserver

_EVERY_S: Final = 5.0
_LOG: Final = logging.getLogger(__name__)


class Waking:
    """Asks the homeserver for what waits there: once the connector listens, and as long as transactions fail."""

    def __init__(self, homeserver: Homeserver, service: str, work_off: WorkOff, every_s: float = _EVERY_S) -> None:
        self._homeserver, self._service, self._work_off, self._every_s = homeserver, service, work_off, every_s
        self._wanted = asyncio.Event()
        self._wanted.set()

    async def work_off(self, transaction: str, events: list[dict[str, Any]]) -> None:
        """Work off a transaction; one that fails is asked for again soon."""
        try:
            await self._work_off(transaction, events)
        except BaseException:
            self._wanted.set()
            raise

    async def run(self) -> None:
        """Ask as often as it is needed, without end."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                path = ("/_matrix/client/v1/appservice", self._service, "ping")
                await self._homeserver.request("POST", *path, body={})
            except HomeserverError as fault:
                _LOG.warning("the homeserver does not reach the connector: %s", fault)
                self._wanted.set()
            await asyncio.sleep(self._every_s)

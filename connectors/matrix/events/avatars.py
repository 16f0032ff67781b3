"""Avatars: small copies of the pictures, as the homeserver makes them, or their perceptual hashes."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Final

from connectors.matrix.configuration import Avatars
from connectors.matrix.events.profiles import Avatar
from connectors.matrix.homeserver import HomeserverError
from operators.likeness.perceptual_hash import hash_picture
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from schemas.malformed import Malformed

if TYPE_CHECKING:
    from connectors.matrix.homeserver import Homeserver

_ADDRESS: Final = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})")
_MEDIA: Final = "/_matrix/client/v1/media"
_SIZE: Final = {"width": "320", "height": "240", "method": "scale"}
_MOST_BYTES: Final = 512 * 1024
"""Of a picture: with what is around it, it fits into a Kafka record of the default size."""
_WITHIN_S: Final = 5.0
_WINDOW_S: Final = 600.0
_SPENT_AT_MOST_S: Final = 5.0
"""Of a homeserver within the window, by its pictures. One that does not bring a picture has spent as much at once."""
_ALL_SPENT_AT_MOST_S: Final = 50.0
"""Of all homeservers but the own one together: their names cost nothing."""
_PICTURE_S: Final = 0.01
"""What a picture counts for at least: it bounds how many are remembered."""
_LOG: Final = logging.getLogger(__name__)


class Budget:
    """The time that pictures of other homeservers take, while the events of everybody wait for them."""

    def __init__(self) -> None:
        self._spent = deque[tuple[float, str, float]]()

    def is_spent(self, server: str) -> bool:
        """Return whether a homeserver, or all of them together, has taken enough of the last ten minutes."""
        while self._spent and self._spent[0][0] <= monotonic() - _WINDOW_S:
            self._spent.popleft()
        own = sum(spent_s for _, each, spent_s in self._spent if each == server)
        return own >= _SPENT_AT_MOST_S or sum(spent_s for *_, spent_s in self._spent) >= _ALL_SPENT_AT_MOST_S

    def spend(self, server: str, spent_s: float) -> None:
        """Note what a picture has taken."""
        self._spent.append((monotonic(), server, max(spent_s, _PICTURE_S)))


class AvatarSource:
    """The source of avatars. The own homeserver is always asked, another one as long as its pictures come quickly.

    Else whoever runs a slow one could hold up the events of everybody else, by one changed profile after the other.
    """

    def __init__(self, homeserver: Homeserver, wanted: Avatars) -> None:
        self._homeserver, self._wanted = homeserver, wanted
        self._own = homeserver.bot.partition(":")[2]
        self._budget = Budget()

    async def fetch(self, address: str) -> Avatar | None:
        """Return the avatar at a media address, or None for what cannot be had or is no picture."""
        found = _ADDRESS.fullmatch(address)
        if found is None or (found[1] != self._own and self._budget.is_spent(found[1])):
            return None
        try:
            picture = await self._picture(found[1], found[2])
            if self._wanted is Avatars.PICTURE:
                return Avatar(picture=picture)
            return Avatar(phash=(await asyncio.to_thread(hash_picture, picture, _limits())).phash)
        except (HomeserverError, Malformed) as fault:
            _LOG.info("an avatar cannot be had: %s", fault)
            return None

    async def _picture(self, server: str, name: str) -> bytes:
        """Return the picture of a media address, and note what it has taken."""
        began_s, is_answered = monotonic(), False
        try:
            async with asyncio.timeout(_WITHIN_S):
                picture = await self._copy(server, name)
            is_answered = True
        except TimeoutError:
            raise HomeserverError(0, "no picture in time") from None
        except HomeserverError as fault:
            is_answered = fault.is_final
            raise
        finally:
            if server != self._own:
                self._budget.spend(server, monotonic() - began_s if is_answered else _SPENT_AT_MOST_S)
        return picture

    async def _copy(self, server: str, name: str) -> bytes:
        """Return the copy in a small size, or the picture itself where the homeserver makes no such copies of it."""
        try:
            return await self._download("thumbnail", server, name, _SIZE)
        except HomeserverError as fault:
            if not fault.is_final:
                raise
            return await self._download("download", server, name, {})

    async def _download(self, how: str, server: str, name: str, query: dict[str, str]) -> bytes:
        path = (f"{_MEDIA}/{how}", server, name)
        return await self._homeserver.download(*path, query=query, most_bytes=_MOST_BYTES, within_s=_WITHIN_S)


@cache
def _limits() -> AvatarImpersonationPolicy:
    return AvatarImpersonationPolicy(max_image_bytes=_MOST_BYTES)

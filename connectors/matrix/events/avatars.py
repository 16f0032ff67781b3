"""Avatars: small copies of the pictures, as the homeserver makes them, or their perceptual hashes."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from functools import cache
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
_SILENT_S: Final = 600.0
_SILENT_AT_MOST: Final = 10
_LOG: Final = logging.getLogger(__name__)


class AvatarSource:
    """The source of avatars. A homeserver whose pictures do not come is not asked for some for a while.

    Else whoever runs a slow one could hold up the events of everybody else, by one changed profile after the other.
    While many are silent none but the own one is asked: names of homeservers cost nothing.
    """

    def __init__(self, homeserver: Homeserver, wanted: Avatars) -> None:
        self._homeserver, self._wanted = homeserver, wanted
        self._own = homeserver.bot.partition(":")[2]
        self._silent_until_s: dict[str, float] = {}

    async def fetch(self, address: str) -> Avatar | None:
        """Return the avatar at a media address, or None for what cannot be had or is no picture."""
        found = _ADDRESS.fullmatch(address)
        if found is None or self._is_silent(found[1]):
            return None
        try:
            picture = await self._picture(found[1], found[2])
            if self._wanted is Avatars.PICTURE:
                return Avatar(picture=picture)
            return Avatar(phash=(await asyncio.to_thread(hash_picture, picture, _limits())).phash)
        except (HomeserverError, Malformed) as fault:
            _LOG.info("an avatar cannot be had: %s", fault)
            return None

    def _is_silent(self, server: str) -> bool:
        now_s = time.monotonic()
        self._silent_until_s = {each: until_s for each, until_s in self._silent_until_s.items() if until_s > now_s}
        is_too_much = len(self._silent_until_s) >= _SILENT_AT_MOST and server != self._own
        return is_too_much or server in self._silent_until_s

    async def _picture(self, server: str, name: str) -> bytes:
        """Return the copy in a small size, or the picture itself where the homeserver makes no such copies of it."""
        try:
            return await self._download("thumbnail", server, name, _SIZE)
        except HomeserverError as fault:
            if fault.is_final:
                return await self._download("download", server, name, {})
            self._silent_until_s[server] = time.monotonic() + _SILENT_S
            raise

    async def _download(self, how: str, server: str, name: str, query: dict[str, str]) -> bytes:
        path = (f"{_MEDIA}/{how}", server, name)
        return await self._homeserver.download(*path, query=query, most_bytes=_MOST_BYTES, within_s=_WITHIN_S)


@cache
def _limits() -> AvatarImpersonationPolicy:
    return AvatarImpersonationPolicy(max_image_bytes=_MOST_BYTES)

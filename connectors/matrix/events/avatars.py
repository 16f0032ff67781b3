"""Avatars: small copies of the pictures, as the homeserver makes them, or their perceptual hashes."""

from __future__ import annotations

import asyncio
import logging
import re
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
_LOG: Final = logging.getLogger(__name__)


async def fetch_avatar(homeserver: Homeserver, address: str, wanted: Avatars) -> Avatar | None:
    """Return the avatar at a media address, or None for what cannot be had or is no picture."""
    found = _ADDRESS.fullmatch(address)
    try:
        picture = None if found is None else await _picture(homeserver, found[1], found[2])
        if picture is None:
            return None
        if wanted is Avatars.PICTURE:
            return Avatar(picture=picture)
        return Avatar(phash=(await asyncio.to_thread(hash_picture, picture, _limits())).phash)
    except (HomeserverError, Malformed) as fault:
        _LOG.info("an avatar cannot be had: %s", fault)
        return None


@cache
def _limits() -> AvatarImpersonationPolicy:
    return AvatarImpersonationPolicy(max_image_bytes=_MOST_BYTES)


async def _picture(homeserver: Homeserver, server: str, name: str) -> bytes:
    """Return the copy in a small size, or the picture itself where the homeserver makes no such copies of it."""
    try:
        return await homeserver.download(f"{_MEDIA}/thumbnail", server, name, query=_SIZE, most_bytes=_MOST_BYTES)
    except HomeserverError as fault:
        if not fault.is_final:
            raise
    return await homeserver.download(f"{_MEDIA}/download", server, name, most_bytes=_MOST_BYTES)

"""Profiles: what a join says of somebody's name and picture, if it is news."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from connectors.matrix.events.matrix_event import record_id, string
from schemas.records import ProfileChanged
from schemas.validation import MAX_LABEL

if TYPE_CHECKING:
    from connectors.matrix.events.matrix_event import MatrixEvent


_MOST_ADDRESS: Final = 600
"""Characters of an address of media, of which a server's name and an id have 255 each. What is longer is none."""


class Profile(Struct, frozen=True):
    """What is remembered of a profile: a hash of the name, and the address of the picture; empty for none."""

    name_hash: str = ""
    avatar: str = ""

    def with_avatar_of(self, told: Profile) -> Profile:
        """Return the profile with the picture that was told, so that the own one is news when it is seen again."""
        return Profile(self.name_hash, told.avatar)


class Avatar(Struct, frozen=True):
    """A picture, or its perceptual hash alone."""

    picture: bytes | None = None
    phash: bytes | None = None


def profile_of(event: MatrixEvent) -> Profile | None:
    """Return the profile that a join shows, or None for another event: an invitation says what others want to."""
    if event.state_key != event.sender or event.content.get("membership") != "join":
        return None
    name = string(event.content, "displayname") or ""
    name_hash = hashlib.sha256(name.encode()).hexdigest() if name else ""
    avatar = string(event.content, "avatar_url") or ""
    return Profile(name_hash, avatar if len(avatar) <= _MOST_ADDRESS else "")


def profile_record(
    event: MatrixEvent, at_ms: int, before: Profile, after: Profile, avatar: Avatar | None
) -> ProfileChanged | None:
    """Return what has changed of a profile; `avatar` is the new picture, None if there is none or it cannot be had."""
    is_renamed = after.name_hash != before.name_hash
    is_bare = bool(before.avatar) and not after.avatar
    if not is_renamed and not is_bare and avatar is None:
        return None
    return ProfileChanged(
        event_id=record_id(event.event_id, "profile"),
        at_ms=at_ms,
        account_id=event.sender,
        nickname=(string(event.content, "displayname") or "")[:MAX_LABEL] if is_renamed else None,
        avatar_image=None if avatar is None else avatar.picture,
        avatar_hash=b"" if is_bare else None if avatar is None else avatar.phash,
    )

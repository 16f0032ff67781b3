"""What of a record is kept when it comes in? Everything but its picture, of which only hashes stay (AI-12, C-14).

Called at the edge, once, before anything is kept. A picture that cannot be taken makes the whole record a dead letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operators.likeness.perceptual_hash import hash_picture, hashes_of_phash
from schemas.malformed import Malformed
from schemas.records import IdentificationHashed, IdentificationRequested, ProfileChanged, ProfileHashed, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
    from schemas.records import PictureHashes


def hash_pictures(record: Record, limits: AvatarImpersonationPolicy) -> Record:
    """Return the record as the steps see it: one that may bring a picture is replaced, every other stays as it is."""
    replace = _REPLACEMENTS.get(type(record))
    return record if replace is None else replace(record, limits)


def _hash_profile(profile: ProfileChanged, limits: AvatarImpersonationPolicy) -> ProfileHashed:
    avatar = _hash_image(profile.avatar_image, "ProfileChanged.avatar_image", limits)
    if avatar is None and profile.avatar_hash:
        avatar = hashes_of_phash(profile.avatar_hash)
    return ProfileHashed(
        event_id=profile.event_id,
        at_ms=profile.at_ms,
        account_id=profile.account_id,
        nickname=profile.nickname,
        signature=profile.signature,
        region=profile.region,
        avatar=avatar,
        avatar_removed=profile.avatar_hash == b"",
    )


def _hash_identification(asked: IdentificationRequested, limits: AvatarImpersonationPolicy) -> IdentificationHashed:
    return IdentificationHashed(
        event_id=asked.event_id,
        at_ms=asked.at_ms,
        incident_id=asked.incident_id,
        request_id=asked.request_id,
        requester_id=asked.requester_id,
        features=asked.features,
        picture=_hash_image(asked.image, "IdentificationRequested.image", limits),
    )


def _hash_image(image: bytes | None, field: str, limits: AvatarImpersonationPolicy) -> PictureHashes | None:
    try:
        return None if image is None else hash_picture(image, limits)
    except Malformed as fault:
        raise fault.within(field) from None


_REPLACEMENTS: Final[Mapping[type[Record], Callable[[Any, AvatarImpersonationPolicy], Record]]] = {
    ProfileChanged: _hash_profile,
    IdentificationRequested: _hash_identification,
}

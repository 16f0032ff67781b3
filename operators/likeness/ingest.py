"""Hashing of pictures on ingress: a record's image is replaced by its perceptual hashes (AI-12, C-14).

Runs once, before anything is stored. A picture that cannot be decoded makes the whole record a dead letter.
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
    """Return the record as the steps receive it: with hashes in place of an image; others unchanged.

    Raises `Malformed`, with the field, for an image that is too large or cannot be decoded.
    """
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


def _hash_identification(request: IdentificationRequested, limits: AvatarImpersonationPolicy) -> IdentificationHashed:
    return IdentificationHashed(
        event_id=request.event_id,
        at_ms=request.at_ms,
        incident_id=request.incident_id,
        request_id=request.request_id,
        requester_id=request.requester_id,
        features=request.features,
        picture=_hash_image(request.image, "IdentificationRequested.image", limits),
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

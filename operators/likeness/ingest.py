"""Hashing of pictures on ingress: a record's image is replaced by its perceptual hashes (AI-12, C-14).

Runs once, before anything is stored. Of a record whose picture cannot be decoded the other fields count (AI-34).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from operators.likeness.perceptual_hash import hash_picture, hashes_of_phash
from schemas.malformed import Malformed, PictureRefused
from schemas.records import IdentificationHashed, IdentificationRequested, ProfileChanged, ProfileHashed, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
    from schemas.records import PictureHashes


class _Form(NamedTuple):
    """How a kind of record has a picture: in which field, beside which others, and what it becomes."""

    image: str
    others: tuple[str, ...]
    hashed: Callable[[Any, PictureHashes | None], Record]


def hash_pictures(record: Record, limits: AvatarImpersonationPolicy) -> tuple[Record, PictureRefused | None]:
    """Return the record as the steps receive it, with hashes in place of an image, and the fault of a refused image.

    Raises `Malformed` for a refused image if the record has nothing else.
    """
    form = _FORMS.get(type(record))
    if form is None:
        return record, None
    image: bytes | None = getattr(record, form.image)
    try:
        return form.hashed(record, None if image is None else hash_picture(image, limits)), None
    except Malformed as fault:
        field = f"{type(record).__name__}.{form.image}"
        if all(getattr(record, name) in (None, ()) for name in form.others):
            raise fault.within(field) from None
        refused = PictureRefused(fault.reason, f"{fault.fault}; the other fields count", field)
        return form.hashed(record, None), refused


def _hash_profile(profile: ProfileChanged, avatar: PictureHashes | None) -> ProfileHashed:
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


def _hash_identification(request: IdentificationRequested, picture: PictureHashes | None) -> IdentificationHashed:
    return IdentificationHashed(
        event_id=request.event_id,
        at_ms=request.at_ms,
        incident_id=request.incident_id,
        request_id=request.request_id,
        requester_id=request.requester_id,
        features=request.features,
        picture=picture,
    )


_FORMS: Final[Mapping[type[Record], _Form]] = {
    ProfileChanged: _Form("avatar_image", ("nickname", "signature", "region", "avatar_hash"), _hash_profile),
    IdentificationRequested: _Form("image", ("features",), _hash_identification),
}

"""Does the likeness of two avatars mean anything? Key: none.

What has nearly nothing in it looks like anything (AI-17), and what very many show says nothing about who they are
(AI-18). How alike two pictures are is measured in operators.likeness.perceptual_hash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.likeness.perceptual_hash import Likeness, likeness
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind

if TYPE_CHECKING:
    from schemas.records import Picture, PictureHashes

DEFAULT_PICTURE = "default-picture"
LOW_QUALITY = "low-quality"
LOW_INFORMATION = "low-information"
COMMON_PICTURE = "common-picture"
"""Why a match is no finding; what is counted of it."""


def best_likeness(one: Picture, other: Picture, section: AvatarImpersonationPolicy) -> Likeness | None:
    """Return how alike two pictures are, whether it means anything or not; `one` is the one that may be mirrored."""
    return likeness(one.hashes, other.hashes, section.hash_kinds)


def meaningful_likeness(one: Picture, other: Picture, section: AvatarImpersonationPolicy) -> Likeness | None:
    """Return how alike two pictures are by the hashes that have enough in them (AI-17)."""
    kinds = [kind for kind in section.hash_kinds if _is_meaningful(hash_pair(kind, one, other), section)]
    return likeness(one.hashes, other.hashes, kinds)


def hash_pair(kind: HashKind, one: Picture, other: Picture) -> tuple[bytes, bytes]:
    """Return the two hashes that a kind compares; empty: unknown."""
    found = (_hash_of(kind, one.hashes), _hash_of(kind, other.hashes, is_mirror=False))
    return found[0] or b"", found[1] or b""


def _hash_of(kind: HashKind, hashes: PictureHashes, *, is_mirror: bool = True) -> bytes | None:
    if kind is HashKind.DHASH:
        return hashes.dhash
    return hashes.phash_mirrored if kind is HashKind.PHASH_MIRRORED and is_mirror else hashes.phash


def _is_meaningful(hashes: tuple[bytes, bytes], section: AvatarImpersonationPolicy) -> bool:
    return all(section.min_bits <= int.from_bytes(each).bit_count() <= section.max_bits for each in hashes if each)


def exclusion_reason(picture: Picture, at_ms: int, section: AvatarImpersonationPolicy) -> str | None:
    """Return why a picture is compared with none at a time; None if it is."""
    hashes = picture.hashes
    if {hashes.phash, hashes.phash_mirrored, hashes.dhash} & section.default_hashes:
        return DEFAULT_PICTURE
    if hashes.quality is not None and hashes.quality < section.min_quality:
        return LOW_QUALITY
    return COMMON_PICTURE if is_common(picture, at_ms, section) else None


def is_common(picture: Picture, at_ms: int, section: AvatarImpersonationPolicy) -> bool:
    """Return whether too many accounts show a picture at a time (AI-18)."""
    is_listed = picture.hashes.phash in section.not_common
    return picture.common_ms is not None and picture.common_ms <= at_ms and not is_listed

"""Significance of the likeness of two avatars: plain, default and common pictures are excluded (AI-17, AI-18).

A picture with little in it resembles many others, and a picture that many accounts show identifies none of them. The
likeness itself is measured in `operators.likeness.perceptual_hash`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.likeness.perceptual_hash import Likeness, hash_pair, kinds_to_compare, likeness

if TYPE_CHECKING:
    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
    from schemas.records import Picture

DEFAULT_PICTURE = "default-picture"
LOW_QUALITY = "low-quality"
LOW_INFORMATION = "low-information"
COMMON_PICTURE = "common-picture"
"""Reasons for excluding a match; also the names of the metrics that count them."""


def best_likeness(one: Picture, other: Picture, section: AvatarImpersonationPolicy) -> Likeness | None:
    """Return the likeness of two pictures, significant or not; `one` is the one that may be mirrored."""
    return likeness(one.hashes, other.hashes, section.hash_kinds)


def meaningful_likeness(one: Picture, other: Picture, section: AvatarImpersonationPolicy) -> Likeness | None:
    """Return the likeness of two pictures by those kinds of hash that have enough bits set (AI-17)."""
    compared = kinds_to_compare(one.hashes, other.hashes, section.hash_kinds)
    pairs = {kind: hash_pair(kind, one.hashes, other.hashes) for kind in compared}
    kinds = [kind for kind, pair in pairs.items() if pair is not None and _is_meaningful(pair, section)]
    return likeness(one.hashes, other.hashes, kinds)


def _is_meaningful(pair: tuple[bytes, bytes], section: AvatarImpersonationPolicy) -> bool:
    return all(section.min_bits <= int.from_bytes(each).bit_count() <= section.max_bits for each in pair)


def exclusion_reason(newcomer: Picture, known: Picture, at_ms: int, section: AvatarImpersonationPolicy) -> str | None:
    """Return why two pictures are not compared at a time; None if they are. A common one counts after other reasons."""
    others = filter(None, (_reason_in_itself(picture, section) for picture in (newcomer, known)))
    common = common_picture(newcomer, known, at_ms, section)
    is_hidden = common is not None and not all(
        is_shown_before_crowd(known, each, section) for each in (newcomer, known) if is_common(each, at_ms, section)
    )
    return next(others, COMMON_PICTURE if is_hidden else None)


def common_picture(newcomer: Picture, known: Picture, at_ms: int, section: AvatarImpersonationPolicy) -> Picture | None:
    """Return the common one of two pictures, the newcomer's if both are; None: neither is."""
    return next((picture for picture in (newcomer, known) if is_common(picture, at_ms, section)), None)


def is_shown_before_crowd(known: Picture, common: Picture, section: AvatarImpersonationPolicy) -> bool:
    """Return whether a picture was set before a crowd began to show a common one (AI-37)."""
    return common.common_ms is not None and known.set_ms < common.common_ms - section.popular_after_ms


def _reason_in_itself(picture: Picture, section: AvatarImpersonationPolicy) -> str | None:
    hashes = picture.hashes
    if {hashes.phash, hashes.phash_mirrored, hashes.dhash} & section.default_hashes:
        return DEFAULT_PICTURE
    if hashes.quality is not None and hashes.quality < section.min_quality:
        return LOW_QUALITY
    return None


def is_common(picture: Picture, at_ms: int, section: AvatarImpersonationPolicy) -> bool:
    """Return whether a picture is common at a time: too many accounts show it (AI-18)."""
    is_listed = picture.hashes.phash in section.not_common
    return picture.common_ms is not None and picture.common_ms <= at_ms and not is_listed

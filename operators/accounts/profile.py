"""Profile of an account: nickname, signature, region, avatar and earlier avatars. Keyed by account.

Used by the step `account`. Nicknames are stored as their words, signatures normalised, which is all that a comparison
needs (FA-57, FA-91). Earlier avatars are kept for a while, because a stolen copy is often of the previous one (AI-19).
"""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from msgspec.structs import replace

from operators.accounts.own_name import hash_of_name
from operators.erasure.markers import erased_after
from operators.operator import Context
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from operators.text.names import words_of
from operators.text.normalisation import normalise
from schemas.records import Appearance, NameBecameCommon, Picture, PictureBecameCommon, ProfileHashed
from state.catalog.accounts import PROFILE
from state.catalog.entry_key import SELF
from state.entries.appearances import REVISIONS_PER_MS, decode_picture, encode_picture, replaced_ms_in
from state.entries.profiles import Profile

MAX_COMMON_PICTURES = 8
"""Common pictures stored per account for one time: of more, the first ones are dropped and not known as common."""

MAX_COMMON_NAMES = 4
"""Common names stored per account, the latest: an account has one at a time, and may go back to one before."""

_UNKNOWN = Profile()
_TEXTS = ("nickname", "signature", "region")
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)))


def appearance(ctx: Context) -> Appearance | None:
    """Return the account's profile as a record; None if no event has set any part of it."""
    profile = ctx[PROFILE].get(SELF)
    if profile is None or not profile.version:
        return None
    return Appearance(
        version=profile.version,
        revision=profile.revision,
        nickname=profile.nickname or None,
        signature=profile.signature or None,
        region=profile.region or None,
        pictures=tuple(map(decode_picture, profile.pictures)),
        name_common_ms=_name_common_ms(profile),
    )


def _name_common_ms(profile: Profile) -> int | None:
    """Return since when the present name is common: few have borne a common one, and hashing a name is slow."""
    return profile.common_names.get(hash_of_name(profile.nickname)) if profile.common_names else None


def picture_at(at_ms: int, ctx: Context) -> Picture | None:
    """Return the avatar at `at_ms` (AI-4); None if there was none, or it is no longer stored."""
    profile = ctx[PROFILE].get(SELF) or _UNKNOWN
    return next((picture for picture in map(decode_picture, profile.pictures) if is_shown(picture, at_ms)), None)


def is_shown(picture: Picture, at_ms: int) -> bool:
    """Return whether the picture was the avatar at `at_ms`."""
    return picture.set_ms <= at_ms and (picture.replaced_ms is None or at_ms < picture.replaced_ms)


def update_profile(event: ProfileHashed, ctx: Context) -> tuple[bool, bool]:
    """Apply an event; return whether the profile has changed, and whether some part of the event was outdated."""
    if erased_after(ctx, event.at_ms) is not None:
        return False, True
    known = ctx[PROFILE].get(SELF) or _UNKNOWN
    texts = {
        "nickname": event.nickname and words_of(event.nickname),
        "signature": event.signature and normalise(event.signature),
        "region": event.region and event.region.translate(_CONTROL),
    }
    reported = {name: text for name, text in texts.items() if text is not None}
    if event.avatar or event.avatar_removed:
        reported["avatar"] = ""
    newer = [name for name in reported if not _is_outdated(event, known, name)]
    changed: dict[str, Any] = {name: reported[name] for name in newer if name != "avatar"}
    profile = replace(known, **changed)
    if "avatar" in newer:
        profile = replace(profile, pictures=_updated_pictures(event, known, ctx.policy.avatar_impersonation))
    is_changed = _visible_fields(profile) != _visible_fields(known) or not known.version
    if newer:
        facts: dict[str, Any] = {f"{name}_ms": event.at_ms for name in newer}
        dated = replace(profile, **facts, **{f"{name}_id": event.event_id for name in newer})
        ctx[PROFILE].put(SELF, _with_new_revision(dated, event) if is_changed else dated)
    return is_changed and bool(newer), len(newer) < len(reported)


def _is_outdated(event: ProfileHashed, known: Profile, name: str) -> bool:
    """Return whether a newer fact about a part is known; of one time the order is that of C-2.

    So a repeated event undoes no other one of its time (C-12).
    """
    fact = (getattr(known, f"{name}_ms") or 0, getattr(known, f"{name}_id").encode())
    return (event.at_ms, event.event_id.encode()) < fact


def _visible_fields(profile: Profile) -> tuple[str, ...]:
    """Return the fields that others see. Earlier avatars are left out: dropping one is not a change of the profile."""
    current = (text for text in profile.pictures if replaced_ms_in(text) is None)
    return profile.nickname, profile.signature, profile.region, *current


def _with_new_revision(profile: Profile, event: ProfileHashed) -> Profile:
    return replace(profile, version=event.event_id, revision=max(profile.revision + 1, event.at_ms * REVISIONS_PER_MS))


def _updated_pictures(event: ProfileHashed, known: Profile, section: AvatarImpersonationPolicy) -> tuple[str, ...]:
    """Return the avatars, the new one first; of the earlier ones only those that can still count (AI-19)."""
    current = next((text for text in known.pictures if replaced_ms_in(text) is None), None)
    before = None if current is None else decode_picture(current)
    if before is not None and before.version == event.event_id:  # it is repeated
        return known.pictures
    new = _new_picture(event, before, known.common)
    ended = () if before is None else (encode_picture(replace(before, replaced_ms=event.at_ms)),)
    earliest_ms = event.at_ms - section.previous_for_ms
    others = (text for text in known.pictures if text is not current)
    counting = (text for text in others if (replaced_ms_in(text) or event.at_ms) >= earliest_ms)
    earlier = islice((*ended, *counting), section.previous_avatars)
    return (*(() if new is None else (encode_picture(new),)), *earlier)


def _new_picture(event: ProfileHashed, before: Picture | None, common: Mapping[str, int]) -> Picture | None:
    """Return the avatar that an event sets. If it is the current one again, it stays as common as it was."""
    if event.avatar is None:
        return None
    is_same = before is not None and before.hashes.phash == event.avatar.phash
    common_ms = before.common_ms if before is not None and is_same else common.get(event.avatar.phash.hex())
    return Picture(version=event.event_id, set_ms=event.at_ms, hashes=event.avatar, common_ms=common_ms)


def mark_common(event: PictureBecameCommon, ctx: Context) -> bool:
    """Mark a picture as common; return whether that changes a current or earlier avatar of the account."""
    if erased_after(ctx, event.at_ms) is not None:
        return False
    known = ctx[PROFILE].get(SELF) or _UNKNOWN
    profile = _with_common_picture(event, known)
    pictures = tuple(encode_picture(_mark_picture(decode_picture(text), event)) for text in known.pictures)
    if pictures != known.pictures:
        profile = replace(profile, pictures=pictures, revision=known.revision + 1)
    ctx[PROFILE].put(SELF, profile)
    return pictures != known.pictures


def mark_name_common(event: NameBecameCommon, ctx: Context) -> bool:
    """Store that a name is common (FA-104); return whether that changes what is known of the account's present name."""
    known = ctx[PROFILE].get(SELF) or _UNKNOWN
    if erased_after(ctx, event.at_ms) is not None or event.name in known.common_names:
        return False
    common = {**known.common_names, event.name: event.since_ms}
    latest = dict(islice(common.items(), max(len(common) - MAX_COMMON_NAMES, 0), None))
    is_borne = event.name == hash_of_name(known.nickname)
    ctx[PROFILE].put(SELF, replace(known, common_names=latest, revision=known.revision + is_borne))
    return is_borne


def _with_common_picture(event: PictureBecameCommon, known: Profile) -> Profile:
    """Return the profile with the common picture stored, for an avatar set at the same time, which is ordered after."""
    newest_ms = max(event.at_ms, known.common_ms or 0)
    before = dict(known.common) if newest_ms == known.common_ms else {}
    common = {**before, event.picture: event.since_ms}
    kept = dict(islice(common.items(), max(len(common) - MAX_COMMON_PICTURES, 0), None))
    return replace(known, common=kept, common_ms=newest_ms)


def _mark_picture(picture: Picture, event: PictureBecameCommon) -> Picture:
    is_meant = picture.hashes.phash.hex() == event.picture and picture.common_ms is None
    return replace(picture, common_ms=event.since_ms) if is_meant else picture


def forget_profile(before_ms: int, ctx: Context) -> bool:
    """Remove the parts of the profile that are older than `before_ms` (C-18); return whether it is another one then."""
    known = ctx[PROFILE].get(SELF)
    if known is None:
        return False
    times = {name: getattr(known, f"{name}_ms") for name in (*_TEXTS, "avatar")}
    old = [name for name, fact_ms in times.items() if fact_ms is not None and fact_ms < before_ms]
    gone: dict[str, Any] = {f"{name}_ms": None for name in old} | {f"{name}_id": "" for name in old}
    gone |= {name: "" for name in old if name in _TEXTS}
    gone["common_names"] = {} if "nickname" in old else _borne(known)
    if known.common_ms is not None and known.common_ms < before_ms:
        gone |= {"common": {}, "common_ms": None}
    if all(fact_ms is None or name in old for name, fact_ms in times.items()):
        ctx[PROFILE].remove(SELF)
        return False
    left = replace(known, pictures=_pictures_since(before_ms, known.pictures), **gone)
    if left == known:
        return False
    ctx[PROFILE].put(SELF, replace(left, revision=known.revision + 1))
    return True


def _borne(known: Profile) -> Mapping[str, int]:
    """Return the present name if it is common; of others the account is told again once it bears them."""
    return {name: since for name, since in known.common_names.items() if name == hash_of_name(known.nickname)}


def _pictures_since(since_ms: int, pictures: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in pictures if decode_picture(text).set_ms >= since_ms)

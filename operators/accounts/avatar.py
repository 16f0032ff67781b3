"""Step `avatar`: emits `PictureHeld` when an account begins or ceases to show a picture.

Keyed by account. The step `popularity` counts by picture; only here is it known which avatar an account replaces, and
which earlier ones no longer count (AI-19).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.operator import Context, Handler, Operator
from schemas.records import AccountErased, PictureHeld, ProfileHashed
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.catalog.pictures import SHOWN
from state.entries.profiles import Shown


class Avatar(Operator):
    """Keeps the account's current avatar and the earlier ones that still count."""

    uid = "avatar"
    states = (SHOWN, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {ProfileHashed: on_profile_changed, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove the expired markers of erasures."""
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_profile_changed(event: ProfileHashed, ctx: Context) -> Iterator[PictureHeld]:
    """Replace or remove the avatar. A picture that is set again has been shown all the time (AI-18)."""
    if not (event.avatar or event.avatar_removed) or erased_after(ctx, event.at_ms) is not None:
        return
    known = ctx[SHOWN].get(SELF) or Shown("", event.at_ms, "")
    if (event.at_ms, event.event_id.encode()) < (known.fact_ms, known.event_id.encode()):
        return
    after = "" if event.avatar is None else event.avatar.phash.hex()
    before = [picture for picture in (known.picture, *known.earlier) if picture not in ("", after)]
    most = ctx.policy.avatar_impersonation.previous_avatars
    ctx[SHOWN].put(SELF, Shown(after, event.at_ms, event.event_id, tuple(before[:most])))
    if known.picture in before[:most]:
        yield _picture_held(known.picture, event, held=False)
    yield from (_picture_held(picture, event, held=False, gone=True) for picture in before[most:])
    if after not in ("", known.picture):
        yield _picture_held(after, event, held=True)


def _picture_held(picture: str, event: ProfileHashed | AccountErased, *, held: bool, gone: bool = False) -> PictureHeld:
    return PictureHeld(
        event_id=event.event_id, at_ms=event.at_ms, account_id=event.account_id, picture=picture, held=held, gone=gone
    )


def on_erased(event: AccountErased, ctx: Context) -> Iterator[PictureHeld]:
    """Remove the avatars that are older than the erasure, and all earlier ones (C-18)."""
    known = ctx[SHOWN].get(SELF) or Shown("", event.at_ms, "")
    is_older = known.fact_ms < event.at_ms
    if is_older:
        ctx[SHOWN].remove(SELF)
    elif known.earlier:
        ctx[SHOWN].put(SELF, replace(known, earlier=()))
    gone = (*((known.picture,) if is_older and known.picture else ()), *known.earlier)
    yield from (_picture_held(picture, event, held=False, gone=True) for picture in gone)
    mark_erased(ctx, event.at_ms)

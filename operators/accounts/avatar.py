"""Step `avatar`: emits `PictureHeld` and `NameHeld` when an account begins or ceases to show a picture, or a name.

Keyed by account. The steps `popularity` and `namesakes` count by picture and by name; only here is it known which one
an account replaces, which earlier avatars no longer count (AI-19), and whether the account is established (AI-36).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from operators.accounts.background import come_of_age, forget_background, is_established, learn
from operators.accounts.own_name import change_name, count_name, forget_name
from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.ids import identify, timer_cause
from operators.operator import Context, Handler, Operator
from schemas.records import AccountErased, FriendAdded, NameHeld, PictureHeld, ProfileHashed
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.catalog.pictures import BACKGROUND, NAMED, SHOWN
from state.entries.profiles import Shown

OF_AGE = "of-age"
"""The timer's name in the cause of what it emits."""


class Avatar(Operator):
    """Keeps the account's avatar, the earlier ones that still count, its name, and whether it is established."""

    uid = "avatar"
    states = (SHOWN, NAMED, BACKGROUND, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {ProfileHashed: on_profile_changed, FriendAdded: on_friend_added, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Let picture and name count of an account that is old enough by now; remove expired markers of erasures."""
        account_id = come_of_age(at_ms, ctx)
        if account_id is not None:
            cause = timer_cause(account_id, OF_AGE)
            yield from _counts_from_now(account_id, cause, at_ms, ctx)
            yield from count_name(account_id, cause, at_ms, ctx)
        remove_expired_markers(ctx, at_ms)


def on_friend_added(event: FriendAdded, ctx: Context) -> Iterator[PictureHeld | NameHeld]:
    """Learn that somebody has the account as a friend (AI-36)."""
    if erased_after(ctx, event.at_ms) is not None:
        return
    is_listed = event.mutual or event.friend_id == ctx.key
    other_id = event.account_id if event.friend_id == ctx.key else event.friend_id
    began_ms = event.at_ms if event.since_ms is None or event.since_ms < 0 else min(event.since_ms, event.at_ms)
    if learn(event.at_ms, began_ms, ctx, other_id if is_listed else None):
        yield from _counts_from_now(ctx.key, event.event_id, event.at_ms, ctx)
        yield from count_name(ctx.key, event.event_id, event.at_ms, ctx)


def _counts_from_now(account_id: str, cause: str, at_ms: int, ctx: Context) -> Iterator[PictureHeld]:
    """Yield that the picture shown is from now on shown by an established account."""
    shown = ctx[SHOWN].get(SELF)
    if shown is not None and shown.picture:
        yield PictureHeld(
            event_id=identify(cause, account_id),
            at_ms=at_ms,
            account_id=account_id,
            picture=shown.picture,
            held=True,
        )


def on_profile_changed(event: ProfileHashed, ctx: Context) -> Iterator[PictureHeld | NameHeld]:
    """Replace or remove avatar and name, of an account that is known by now at the latest."""
    if erased_after(ctx, event.at_ms) is not None:
        return
    before, named = ctx[SHOWN].get(SELF), ctx[NAMED].get(SELF)
    has_become_established = learn(event.at_ms, event.at_ms, ctx)
    yield from _change_avatar(event, ctx)
    yield from change_name(event, ctx)
    after = ctx[SHOWN].get(SELF)
    if has_become_established and before is not None and after is not None and before.picture == after.picture:
        yield from _counts_from_now(ctx.key, event.event_id, event.at_ms, ctx)
    if has_become_established and named is not None and named.name == (ctx[NAMED].get(SELF) or named).name:
        yield from count_name(ctx.key, event.event_id, event.at_ms, ctx)


def _change_avatar(event: ProfileHashed, ctx: Context) -> Iterator[PictureHeld]:
    """Replace or remove the avatar. A picture that is set again has been shown all the time (AI-18)."""
    if not (event.avatar or event.avatar_removed):
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
        yield replace(_picture_held(after, event, held=True), established=is_established(ctx))


def _picture_held(picture: str, event: ProfileHashed | AccountErased, *, held: bool, gone: bool = False) -> PictureHeld:
    return PictureHeld(
        event_id=event.event_id, at_ms=event.at_ms, account_id=event.account_id, picture=picture, held=held, gone=gone
    )


def on_erased(event: AccountErased, ctx: Context) -> Iterator[PictureHeld | NameHeld]:
    """Remove the avatars and the name that are older than the erasure, and all earlier avatars (C-18)."""
    known = ctx[SHOWN].get(SELF) or Shown("", event.at_ms, "")
    is_older = known.fact_ms < event.at_ms
    if is_older:
        ctx[SHOWN].remove(SELF)
    elif known.earlier:
        ctx[SHOWN].put(SELF, replace(known, earlier=()))
    gone = (*((known.picture,) if is_older and known.picture else ()), *known.earlier)
    yield from (_picture_held(picture, event, held=False, gone=True) for picture in gone)
    yield from forget_name(event, ctx)
    forget_background(event.at_ms, ctx)
    mark_erased(ctx, event.at_ms)

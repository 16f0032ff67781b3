"""Step `avatar`: emits `PictureHeld` and `NameHeld` when an account begins or ceases to show a picture, or a name.

Keyed by account. The steps `popularity` and `namesakes` count by picture and by name; only here is it known which one
an account replaces, which earlier avatars no longer count (AI-19), and whether the account is established (AI-36). All
that is known of an account is one entry, read and written once an event.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from operators.accounts.background import (
    has_become_established,
    is_established,
    known_since,
    listing_friend,
    of_age_ms,
    settled,
    with_friend,
)
from operators.accounts.own_name import changed_name, count_name, forgotten_name, name_of, names_held
from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.ids import identify, timer_cause
from operators.operator import Context, Handler, Operator
from schemas.records import AccountErased, FriendAdded, NameHeld, PictureHeld, ProfileHashed
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.catalog.pictures import SHOWN
from state.entries.profiles import Background, Shown

OF_AGE = "of-age"
"""The timer's name in the cause of what it emits."""

_NOTHING: Final = Shown()


class Avatar(Operator):
    """Keeps the account's avatar, the earlier ones that still count, its name, and whether it is established."""

    uid = "avatar"
    states = (SHOWN, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {ProfileHashed: on_profile_changed, FriendAdded: on_friend_added, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Let picture and name count of an account that is old enough by now; remove expired markers of erasures."""
        before = _read(ctx)
        if before.background is not None and before.background.account_id:
            account_id = before.background.account_id
            after = _learn(before, before.background, account_id, at_ms, ctx)
            _write(before, after, ctx)
            if has_become_established(before.background, after.background):
                yield from _count_all(account_id, timer_cause(account_id, OF_AGE), at_ms, after)
        remove_expired_markers(ctx, at_ms)


def on_friend_added(event: FriendAdded, ctx: Context) -> Iterator[PictureHeld | NameHeld]:
    """Learn that somebody has the account as a friend (AI-36)."""
    if erased_after(ctx, event.at_ms) is not None:
        return
    before, section = _read(ctx), ctx.policy.avatar_impersonation
    began_ms = event.at_ms if event.since_ms is None or event.since_ms < 0 else min(event.since_ms, event.at_ms)
    background = with_friend(known_since(before.background, began_ms), listing_friend(event, ctx.key), section)
    after = _learn(before, background, ctx.key, event.at_ms, ctx)
    _write(before, after, ctx)
    if has_become_established(before.background, after.background):
        yield from _count_all(ctx.key, event.event_id, event.at_ms, after)


def on_profile_changed(event: ProfileHashed, ctx: Context) -> Iterator[PictureHeld | NameHeld]:
    """Replace or remove avatar and name, of an account that is known by now at the latest."""
    if erased_after(ctx, event.at_ms) is not None:
        return
    before = _read(ctx)
    learned = _learn(before, known_since(before.background, event.at_ms), ctx.key, event.at_ms, ctx)
    after = replace(_changed_avatar(event, learned, ctx), named=changed_name(event, before.named))
    _write(before, after, ctx)
    yield from _pictures_held(event, before, after)
    yield from names_held(event, before, after)
    if has_become_established(before.background, after.background):
        if before.picture == after.picture:
            yield from _count_picture(ctx.key, event.event_id, event.at_ms, after)
        if name_of(before) == name_of(after):
            yield from count_name(ctx.key, event.event_id, event.at_ms, after)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[PictureHeld | NameHeld]:
    """Remove avatars, name and background that are older than the erasure, and all earlier avatars (C-18)."""
    before = _read(ctx)
    is_picture_older = before.fact_ms < event.at_ms
    is_name_older = before.named is not None and before.named.fact_ms < event.at_ms
    is_known_longer = before.background is not None and before.background.known_ms < event.at_ms
    kept = _NOTHING if is_picture_older else before
    after = Shown(
        picture=kept.picture,
        fact_ms=kept.fact_ms,
        event_id=kept.event_id,
        named=None if is_name_older else before.named,
        background=None if is_known_longer else before.background,
    )
    _write(before, after, ctx)
    gone = (*((before.picture,) if is_picture_older and before.picture else ()), *before.earlier)
    yield from (_picture_held(picture, event, held=False, gone=True) for picture in gone)
    if is_name_older:
        yield from forgotten_name(event, before)
    mark_erased(ctx, event.at_ms)


def _read(ctx: Context) -> Shown:
    return ctx[SHOWN].get(SELF) or _NOTHING


def _write(before: Shown, after: Shown, ctx: Context) -> None:
    if after == _NOTHING:
        ctx[SHOWN].remove(SELF)
    elif after != before:
        ctx[SHOWN].put(SELF, after)


def _learn(shown: Shown, background: Background, account_id: str, at_ms: int, ctx: Context) -> Shown:
    """Return an account with its new background; if only its age is missing, set the timer.

    It is set even if nothing else changes: the age asked for may be that of a new policy.
    """
    section = ctx.policy.avatar_impersonation
    background = settled(background, account_id, at_ms, section)
    due_ms = of_age_ms(background, section)
    if due_ms is not None:
        ctx.set_timer(due_ms)
    return replace(shown, background=background)


def _changed_avatar(event: ProfileHashed, known: Shown, ctx: Context) -> Shown:
    """Return what is shown after an event. A picture that is set again has been shown all the time (AI-18)."""
    is_outdated = (event.at_ms, event.event_id.encode()) < (known.fact_ms, known.event_id.encode())
    if is_outdated or not (event.avatar or event.avatar_removed):
        return known
    after = "" if event.avatar is None else event.avatar.phash.hex()
    before = tuple(picture for picture in (known.picture, *known.earlier) if picture not in ("", after))
    earlier = before[: ctx.policy.avatar_impersonation.previous_avatars]
    return replace(known, picture=after, fact_ms=event.at_ms, event_id=event.event_id, earlier=earlier)


def _pictures_held(event: ProfileHashed, before: Shown, after: Shown) -> Iterator[PictureHeld]:
    """Yield which pictures the account ceases to show by an event, which count no more, and which it begins to show."""
    known = [picture for picture in (before.picture, *before.earlier) if picture not in ("", after.picture)]
    if before.picture != after.picture and before.picture in after.earlier:
        yield _picture_held(before.picture, event, held=False)
    gone = (picture for picture in known if picture not in after.earlier)
    yield from (_picture_held(picture, event, held=False, gone=True) for picture in gone)
    if after.picture not in ("", before.picture):
        yield replace(_picture_held(after.picture, event, held=True), established=is_established(after.background))


def _picture_held(picture: str, event: ProfileHashed | AccountErased, *, held: bool, gone: bool = False) -> PictureHeld:
    return PictureHeld(
        event_id=event.event_id, at_ms=event.at_ms, account_id=event.account_id, picture=picture, held=held, gone=gone
    )


def _count_all(account_id: str, cause: str, at_ms: int, shown: Shown) -> Iterator[PictureHeld | NameHeld]:
    """Yield that picture and name are from now on those of an established account."""
    yield from _count_picture(account_id, cause, at_ms, shown)
    yield from count_name(account_id, cause, at_ms, shown)


def _count_picture(account_id: str, cause: str, at_ms: int, shown: Shown) -> Iterator[PictureHeld]:
    if shown.picture:
        yield PictureHeld(
            event_id=identify(cause, account_id),
            at_ms=at_ms,
            account_id=account_id,
            picture=shown.picture,
            held=True,
        )

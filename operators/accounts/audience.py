"""Audience of an account: the accounts that have it as a friend or contact and are notified of its profile.

Keyed by account; used by the step `account`, emits `AppearanceChanged`.

A change is emitted with its own time, in batches of pages, by timers of that same time, which fire before event time
advances for the steps downstream. So no step judges by an old avatar, and no audience is so long that notifying it
stops the job.

An audience of at most one page is not paged: its members are the keys of the state `audience`. Pages are written when
it outgrows one page, and removed when they are empty.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from operators.accounts.profile import appearance
from operators.erasure.acquaintance import accounts_of
from operators.erasure.markers import erased_after, forget_entry, forget_older
from operators.operator import Context
from operators.retention import is_cleanup_timer, set_cleanup_timer
from schemas.event_order import Rank
from schemas.records import (
    AccountErased,
    AppearanceChanged,
    ContactAdded,
    ContactRemoved,
    FriendAdded,
    FriendRemoved,
    NameBecameCommon,
    PictureBecameCommon,
    ProfileHashed,
)
from state.catalog.accounts import AUDIENCE, AUDIENCE_PAGES, AUDIENCE_ROLL, LEFT_AUDIENCE, SPREADING
from state.catalog.entry_key import SELF, join_ids
from state.entries.profiles import Onlooker, Roll, Spreading

ListAddition = FriendAdded | ContactAdded
ListRemoval = FriendRemoved | ContactRemoved
AppearanceEvent = ProfileHashed | PictureBecameCommon | NameBecameCommon | AccountErased

PAGE_SIZE = 256
"""Onlookers per page: a larger page makes adding one slower, a smaller one notifying all of them."""

PAGES_PER_BATCH = 4
"""Pages notified at once, before other events are processed."""

NAMED_AT_MOST = 100
"""Friends of an account that are named with its friend requests: each is looked up at the target."""

LOOKED_THROUGH_AT_MOST = 1_000
"""Onlookers among whom an account's friends are looked for, at each of its friend requests."""

FIRST_PAGE = 0
"""The number of the first page."""


class _Notification(Struct, frozen=True):
    """The common fields of the `AppearanceChanged` records of one cause."""

    account_id: str
    event_id: str
    at_ms: int
    rank: Rank = Rank.FACT
    changed: bool = False


def on_added(event: ListAddition, ctx: Context) -> Iterator[AppearanceChanged]:
    """Add the owner of a list to the audience; a new onlooker is sent the account's profile (AI-15)."""
    other_id = _list_owner(event, ctx.key)
    if other_id is None or _is_outdated(event, other_id, ctx):
        return
    known = ctx[AUDIENCE].get(other_id)
    onlooker = known or Onlooker(None, None, _add_to_page(other_id, ctx))
    is_friend = isinstance(event, FriendAdded)
    listed = replace(onlooker, friend_ms=event.at_ms) if is_friend else replace(onlooker, contact_ms=event.at_ms)
    ctx[AUDIENCE].put(other_id, listed)
    if known is None:
        yield from _notify((other_id,), _Notification(ctx.key, event.event_id, event.at_ms), ctx)


def on_removed(event: ListRemoval, ctx: Context) -> Iterator[Any]:
    """Take the account off a list; an onlooker without any list of it leaves the audience."""
    other_id = _list_owner(event, ctx.key)
    if other_id is None or _is_outdated(event, other_id, ctx):
        return
    ctx[LEFT_AUDIENCE].put(_removal_entry(event, other_id), event.at_ms)
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.common.removal_memory_ms)
    onlooker = ctx[AUDIENCE].get(other_id)
    if onlooker is not None:
        is_friend = isinstance(event, FriendRemoved)
        left = replace(onlooker, friend_ms=None) if is_friend else replace(onlooker, contact_ms=None)
        _write_onlooker(other_id, left, ctx)
    yield from ()


def is_friend_of(other_id: str, ctx: Context) -> bool:
    """Return whether `other_id` has the account on its list of friends."""
    onlooker = ctx[AUDIENCE].get(other_id)
    return onlooker is not None and onlooker.friend_ms is not None


def friends_to_name(ctx: Context) -> tuple[str, ...] | None:
    """Return who has the account as a friend; None if so many list it that nobody is named (FA-102)."""
    if _stored_roll(ctx).count > LOOKED_THROUGH_AT_MOST:
        return None
    friends = sorted(other_id for other_id, onlooker in ctx[AUDIENCE].items() if onlooker.friend_ms is not None)
    return None if len(friends) > NAMED_AT_MOST else tuple(friends)


def _list_owner(event: ListAddition | ListRemoval, account_id: str) -> str | None:
    """Return the owner of the list that the account is added to or removed from; None if it is the account itself."""
    owner_id, listed_id = accounts_of(event)
    if account_id == listed_id:
        return owner_id
    return listed_id if isinstance(event, FriendAdded | FriendRemoved) and event.mutual else None


def _is_outdated(event: ListAddition | ListRemoval, other_id: str, ctx: Context) -> bool:
    """Return whether a newer fact about the list is stored, or one of the two accounts was erased since."""
    if not ctx.late:
        return False
    onlooker = ctx[AUDIENCE].get(other_id) or Onlooker(None, None, 0)
    listed_ms = onlooker.friend_ms if isinstance(event, FriendAdded | FriendRemoved) else onlooker.contact_ms
    newest_ms = max(listed_ms or event.at_ms, ctx[LEFT_AUDIENCE].get(_removal_entry(event, other_id)) or event.at_ms)
    return event.at_ms < newest_ms or erased_after(ctx, event.at_ms, other_id) is not None


def _removal_entry(event: ListAddition | ListRemoval, other_id: str) -> str:
    return join_ids("FRIEND" if isinstance(event, FriendAdded | FriendRemoved) else "CONTACT", other_id)


def forget_onlooker(other_id: str, before_ms: int, ctx: Context) -> None:
    """Remove the facts about the lists of `other_id` that are older than `before_ms` (C-18)."""
    for kind in ("FRIEND", "CONTACT"):
        forget_entry(ctx, LEFT_AUDIENCE, join_ids(kind, other_id), before_ms, int)
    onlooker = ctx[AUDIENCE].get(other_id)
    if onlooker is not None:
        since = (_since(onlooker.friend_ms, before_ms), _since(onlooker.contact_ms, before_ms))
        _write_onlooker(other_id, Onlooker(*since, onlooker.page), ctx)


def forget_audience(before_ms: int, ctx: Context) -> None:
    """Remove the facts about all lists that are older than `before_ms` (C-18)."""
    for other_id, _ in list(ctx[AUDIENCE].items()):
        forget_onlooker(other_id, before_ms, ctx)
    forget_older(ctx, LEFT_AUDIENCE, before_ms, int)
    ctx[SPREADING].clear()


def _since(at_ms: int | None, before_ms: int) -> int | None:
    return None if at_ms is None or at_ms < before_ms else at_ms


def notify_audience(event: AppearanceEvent, ctx: Context, *, changed: bool) -> Iterator[AppearanceChanged]:
    """Have the new profile sent to the account itself and to its audience, after all facts of its time.

    So all of them are sent the last of several profiles of one time, however many pages the audience has (AI-35).
    """
    begun = ctx[SPREADING].get(event.at_ms)
    is_changed = changed or (begun is not None and begun.changed)
    spreading = Spreading(ctx.key, event.event_id, max(_stored_roll(ctx).last, FIRST_PAGE), is_changed)
    if ctx.late:
        yield from _notify_pages(event.at_ms, spreading, ctx)
    else:
        ctx[SPREADING].put(event.at_ms, spreading)
        ctx.set_timer(event.at_ms)


def continue_notifying(at_ms: int, ctx: Context) -> Iterator[AppearanceChanged]:
    """Emit the next batch of the change whose timer it is, if it has not reached the account and its whole audience."""
    if is_cleanup_timer(at_ms):  # of more than four pages, earlier releases left some without a timer
        open_ms = [change_ms for change_ms, _ in ctx[SPREADING].items() if change_ms <= at_ms]
    else:
        open_ms = [at_ms]
    for change_ms in sorted(open_ms):
        spreading = ctx[SPREADING].get(change_ms)
        if spreading is not None:
            yield from _notify_pages(change_ms, spreading, ctx)


def _notify_pages(at_ms: int, spreading: Spreading, ctx: Context) -> Iterator[AppearanceChanged]:
    next_page = max(spreading.page - PAGES_PER_BATCH, -1)
    news = _change_notification(at_ms, spreading)
    for page in range(spreading.page, next_page, -1):
        yield from _notify(_page_members(page, ctx), news, ctx)
    if next_page < 0:
        yield from _notify((spreading.account_id,), news, ctx)
        ctx[SPREADING].remove(at_ms)
    else:
        ctx[SPREADING].put(at_ms, replace(spreading, page=next_page))
        ctx.set_timer(at_ms)


def _change_notification(at_ms: int, spreading: Spreading) -> _Notification:
    """Return the notification of a change; one of what is common is ordered before what is judged by it (AI-18)."""
    rank = Rank.FACT if spreading.changed else Rank.GROUND
    return _Notification(spreading.account_id, spreading.event_id, at_ms, rank, spreading.changed)


def _notify(account_ids: tuple[str, ...], news: _Notification, ctx: Context) -> Iterator[AppearanceChanged]:
    profile = appearance(ctx) if account_ids else None
    if profile is not None:
        for account_id in account_ids:
            yield AppearanceChanged(
                event_id=news.event_id,
                at_ms=news.at_ms,
                account_id=account_id,
                contact_id=news.account_id,
                changed=news.changed,
                appearance=profile,
                rank=news.rank.value,
            )


def _read_roll(ctx: Context) -> Roll:
    """Return the roll. For at most one onlooker without pages none is stored, so the onlookers are counted."""
    return ctx[AUDIENCE_ROLL].get(SELF) or Roll(count=len(_all_onlookers(ctx)))


def _stored_roll(ctx: Context) -> Roll:
    """Return the roll; its count is missing where none is stored."""
    return ctx[AUDIENCE_ROLL].get(SELF) or Roll()


def _write_roll(roll: Roll, ctx: Context) -> None:
    if roll.count > (0 if roll.paged else 1):
        ctx[AUDIENCE_ROLL].put(SELF, roll)
    else:
        ctx[AUDIENCE_ROLL].remove(SELF)


def _add_to_page(other_id: str, ctx: Context) -> int:
    """Add an onlooker to a page that has room, and return its number."""
    roll = _read_roll(ctx)
    if not roll.paged and roll.count < PAGE_SIZE:
        _write_roll(replace(roll, count=roll.count + 1), ctx)
        return FIRST_PAGE
    if not roll.paged:
        ctx[AUDIENCE_PAGES].put(FIRST_PAGE, _all_onlookers(ctx))
        roll = Roll(roll.count, FIRST_PAGE, FIRST_PAGE)
    page = next((page for page in (roll.open, roll.last) if len(_page_members(page, ctx)) < PAGE_SIZE), roll.last + 1)
    ctx[AUDIENCE_PAGES].put(page, (*_page_members(page, ctx), other_id))
    _write_roll(Roll(roll.count + 1, max(roll.last, page), page), ctx)
    return page


def _page_members(page: int, ctx: Context) -> tuple[str, ...]:
    """Return the onlookers on a page; in an unpaged audience all of them are on the first."""
    if page == FIRST_PAGE and not _stored_roll(ctx).paged:
        return _all_onlookers(ctx)
    return ctx[AUDIENCE_PAGES].get(page) or ()


def _all_onlookers(ctx: Context) -> tuple[str, ...]:
    return tuple(other_id for other_id, _ in ctx[AUDIENCE].items())


def _write_onlooker(other_id: str, onlooker: Onlooker, ctx: Context) -> None:
    """Store an onlooker; one that has the account on no list is removed."""
    if onlooker.friend_ms is not None or onlooker.contact_ms is not None:
        ctx[AUDIENCE].put(other_id, onlooker)
    else:
        ctx[AUDIENCE].remove(other_id)
        _remove_from_page(other_id, onlooker.page, ctx)


def _remove_from_page(other_id: str, page: int, ctx: Context) -> None:
    roll = ctx[AUDIENCE_ROLL].get(SELF)
    if roll is None:
        return
    if roll.paged:
        _write_page_without(other_id, page, ctx)
        roll = replace(roll, open=page)
    _write_roll(replace(roll, count=roll.count - 1), ctx)


def _write_page_without(other_id: str, page: int, ctx: Context) -> None:
    left = tuple(each for each in _page_members(page, ctx) if each != other_id)
    if left:
        ctx[AUDIENCE_PAGES].put(page, left)
    else:
        ctx[AUDIENCE_PAGES].remove(page)

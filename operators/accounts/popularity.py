"""Step `popularity`: counts the accounts that show a picture and emits `PictureBecameCommon` when they are too many.

Keyed by picture: its pHash in hex. A picture is common, and no evidence of identity any more, once more than
`popular_above` established accounts have each shown it for `popular_after_ms`; so a crowd of new accounts does not make
it common (AI-36). It stays common. The accounts that show it are notified (AI-18), and so are its earlier holders:
those who showed it before, as long as an earlier avatar counts (AI-19).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from operators.ids import timer_cause
from operators.operator import Context, Handler, Operator
from operators.retention import is_cleanup_timer, remove_expired, set_cleanup_timer
from schemas.records import PictureBecameCommon, PictureHeld
from state.catalog.entry_key import SELF
from state.catalog.pictures import CROWD, EARLIER_HOLDERS, HOLDERS, NEWCOMERS
from state.entries.profiles import Crowd

COMMON = "common"
"""The timer's name in the cause of what it emits."""


class Popularity(Operator):
    """Counts the accounts that show its picture, until they are too many."""

    uid = "popularity"
    states = (HOLDERS, NEWCOMERS, EARLIER_HOLDERS, CROWD)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {PictureHeld: on_held}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[PictureBecameCommon]:
        """Mark the picture as common if too many accounts have shown it for long enough by now."""
        _remove_expired_holders(at_ms, ctx)
        crowd = ctx[CROWD].get(SELF)
        if crowd is None:
            return
        crowd = _with_due_time(replace(crowd, due_ms=None), ctx)  # a new policy may have changed the threshold
        if crowd.due_ms is None or crowd.due_ms > at_ms:
            _write_crowd(crowd, at_ms, ctx)
            return
        crowd = Crowd(crowd.picture, common_ms=at_ms)
        _write_crowd(crowd, at_ms, ctx)
        for account_id in _pop_all(ctx):
            yield _became_common(timer_cause(crowd.picture, COMMON), at_ms, account_id, crowd)


def on_held(event: PictureHeld, ctx: Context) -> Iterator[Any]:
    """Count an account that begins or ceases to show the picture; if the picture is common, notify the account."""
    crowd, since_ms = ctx[CROWD].get(SELF) or Crowd(event.picture), ctx[HOLDERS].get(event.account_id)
    if crowd.common_ms is not None:
        if event.held:
            cause = timer_cause(event.event_id, COMMON)  # sorts behind the event that sets the picture
            yield _became_common(cause, event.at_ms, event.account_id, crowd)
    elif event.held and since_ms is None:
        _add_holder(event, crowd, ctx)
    elif not event.held:
        _remove_newcomer(event, ctx)
        _remove_holder(event, since_ms, crowd, ctx)


def _add_holder(event: PictureHeld, crowd: Crowd, ctx: Context) -> None:
    """Store who shows the picture; only an established account counts."""
    ctx[EARLIER_HOLDERS].remove(event.account_id)
    if not event.established:
        ctx[NEWCOMERS].put(event.account_id, event.at_ms)
        return
    ctx[NEWCOMERS].remove(event.account_id)
    ctx[HOLDERS].put(event.account_id, event.at_ms)
    # In order, a new holder is the latest one and leaves the due time as it is; a late event may bring it forward.
    due_ms = None if ctx.late else crowd.due_ms
    _write_crowd(_with_due_time(replace(crowd, count=crowd.count + 1, due_ms=due_ms), ctx), event.at_ms, ctx)


def _remove_newcomer(event: PictureHeld, ctx: Context) -> None:
    since_ms = ctx[NEWCOMERS].get(event.account_id)
    if since_ms is not None and since_ms <= event.at_ms:
        ctx[NEWCOMERS].remove(event.account_id)


def _remove_holder(event: PictureHeld, since_ms: int | None, crowd: Crowd, ctx: Context) -> None:
    """Remove a holder; the account is an earlier holder for as long as the picture counts as its earlier avatar."""
    if event.gone or since_ms is None or since_ms <= event.at_ms:
        _write_earlier_holder(event, ctx)
    if since_ms is not None and since_ms <= event.at_ms:
        ctx[HOLDERS].remove(event.account_id)
        # The due time can only become later. The timer recomputes it: doing so here would read all holders each time.
        _write_crowd(_with_due_time(replace(crowd, count=crowd.count - 1), ctx), event.at_ms, ctx)


def _with_due_time(crowd: Crowd, ctx: Context) -> Crowd:
    """Return the crowd with the time at which the picture becomes common if no holder leaves."""
    section = ctx.policy.avatar_impersonation
    if crowd.common_ms is not None or crowd.count <= section.popular_above:
        return replace(crowd, due_ms=None)
    if crowd.due_ms is not None:
        return crowd
    since = sorted(since_ms for _, since_ms in ctx[HOLDERS].items())
    return replace(crowd, due_ms=since[section.popular_above] + section.popular_after_ms)


def _write_crowd(crowd: Crowd, at_ms: int, ctx: Context) -> None:
    if not crowd.count and crowd.common_ms is None:
        ctx[CROWD].remove(SELF)
        return
    ctx[CROWD].put(SELF, crowd)
    if crowd.due_ms is not None:
        # Never before the current event, so that the timer compares with the policy in force then.
        ctx.set_timer(max(crowd.due_ms, at_ms))


def _became_common(event_id: str, at_ms: int, account_id: str, crowd: Crowd) -> PictureBecameCommon:
    since_ms = at_ms if crowd.common_ms is None else crowd.common_ms
    return PictureBecameCommon(
        event_id=event_id, at_ms=at_ms, account_id=account_id, picture=crowd.picture, since_ms=since_ms
    )


def _write_earlier_holder(event: PictureHeld, ctx: Context) -> None:
    """Remember an account that stopped showing the picture; forget it once that no longer counts (AI-19)."""
    if event.gone:
        ctx[EARLIER_HOLDERS].remove(event.account_id)
    else:
        ctx[EARLIER_HOLDERS].put(event.account_id, event.at_ms)
        set_cleanup_timer(ctx, event.at_ms + ctx.policy.avatar_impersonation.previous_for_ms + 1)


def _pop_all(ctx: Context) -> list[str]:
    """Return all who show the picture, or showed it, and forget them."""
    cells = [ctx[spec] for spec in (HOLDERS, NEWCOMERS, EARLIER_HOLDERS)]
    account_ids = {account_id for cell in cells for account_id, _ in cell.items()}
    for cell in cells:
        cell.clear()
    return sorted(account_ids)


def _remove_expired_holders(at_ms: int, ctx: Context) -> None:
    if is_cleanup_timer(at_ms):
        length_ms = ctx.policy.avatar_impersonation.previous_for_ms
        remove_expired(ctx, EARLIER_HOLDERS, at_ms, lambda left_ms: left_ms + length_ms + 1)

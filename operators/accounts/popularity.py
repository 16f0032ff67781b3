"""Do so many accounts show a picture that it says nothing about who they are? Key: the picture, as its pHash in hex.

More than `popular_above` of them, each for `popular_after_ms`: so a burst of new accounts does not make it common at
once. From then on it stays common, and who shows it is told so (AI-18). So is everybody whose earlier avatar it is, for
as long as that counts (AI-19).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from operators.ids import timer_cause
from operators.operator import Context, Handler, Operator
from operators.retention import is_cleanup_timer, remove_expired, set_cleanup_timer
from schemas.records import PictureBecameCommon, PictureHeld
from state.catalog.entry_key import SELF
from state.catalog.pictures import CROWD, EARLIER_HOLDERS, HOLDERS
from state.entries.profiles import Crowd

COMMON = "common"


class Popularity(Operator):
    """Counts who shows its picture, until there are too many."""

    uid = "popularity"
    states = (HOLDERS, EARLIER_HOLDERS, CROWD)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {PictureHeld: on_held}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[PictureBecameCommon]:
        """Call the picture common if too many have shown it for long enough by now."""
        _remove_expired_holders(at_ms, ctx)
        crowd = ctx[CROWD].get(SELF)
        if crowd is None:
            return
        crowd = _with_due_time(replace(crowd, due_ms=None), ctx)  # a policy may have changed what is too many
        if crowd.due_ms is None or crowd.due_ms > at_ms:
            _write_crowd(crowd, at_ms, ctx)
            return
        crowd = Crowd(crowd.picture, common_ms=at_ms)
        _write_crowd(crowd, at_ms, ctx)
        for account_id in sorted((*_pop_earlier_holders(ctx), *(who for who, _ in ctx[HOLDERS].items()))):
            yield _became_common(timer_cause(crowd.picture, COMMON), at_ms, account_id, crowd)
        ctx[HOLDERS].clear()


def on_held(event: PictureHeld, ctx: Context) -> Iterator[Any]:
    """Count one more, or one less."""
    crowd, since_ms = ctx[CROWD].get(SELF) or Crowd(event.picture), ctx[HOLDERS].get(event.account_id)
    if crowd.common_ms is not None:
        if event.held:
            cause = timer_cause(event.event_id, COMMON)  # sorts behind the event that sets the picture
            yield _became_common(cause, event.at_ms, event.account_id, crowd)
    elif event.held and since_ms is None:
        ctx[HOLDERS].put(event.account_id, event.at_ms)
        _forget_earlier_holder(event, ctx)
        # One who comes later than all others does not change when there are too many.
        due_ms = None if ctx.late else crowd.due_ms
        _write_crowd(_with_due_time(replace(crowd, count=crowd.count + 1, due_ms=due_ms), ctx), event.at_ms, ctx)
    elif not event.held:
        _remove_holder(event, since_ms, crowd, ctx)


def _remove_holder(event: PictureHeld, since_ms: int | None, crowd: Crowd, ctx: Context) -> None:
    """Count one less, and remember it for as long as what was left counts."""
    if event.gone or since_ms is None or since_ms <= event.at_ms:
        _remember_earlier_holder(event, ctx)
    if since_ms is not None and since_ms <= event.at_ms:
        ctx[HOLDERS].remove(event.account_id)
        # One who goes can only put it off: the alarm finds out, so that not everybody is looked through for each.
        _write_crowd(_with_due_time(replace(crowd, count=crowd.count - 1), ctx), event.at_ms, ctx)


def _with_due_time(crowd: Crowd, ctx: Context) -> Crowd:
    """Return the crowd with the time at which it will be too large, if it stays as it is."""
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
        # Never before the event at hand: the policy that is in force then says what is too many.
        ctx.set_timer(max(crowd.due_ms, at_ms))


def _became_common(event_id: str, at_ms: int, account_id: str, crowd: Crowd) -> PictureBecameCommon:
    since_ms = at_ms if crowd.common_ms is None else crowd.common_ms
    return PictureBecameCommon(
        event_id=event_id, at_ms=at_ms, account_id=account_id, picture=crowd.picture, since_ms=since_ms
    )


def _remember_earlier_holder(event: PictureHeld, ctx: Context) -> None:
    """Remember who has ceased to show it, or forget one of whom it does not count any more."""
    if event.gone:
        ctx[EARLIER_HOLDERS].remove(event.account_id)
    else:
        ctx[EARLIER_HOLDERS].put(event.account_id, event.at_ms)
        set_cleanup_timer(ctx, event.at_ms + ctx.policy.avatar_impersonation.previous_for_ms + 1)


def _forget_earlier_holder(event: PictureHeld, ctx: Context) -> None:
    """Forget that somebody did who shows it again."""
    ctx[EARLIER_HOLDERS].remove(event.account_id)


def _pop_earlier_holders(ctx: Context) -> Iterator[str]:
    """Yield them all, and forget them."""
    yield from [account_id for account_id, _ in ctx[EARLIER_HOLDERS].items()]
    ctx[EARLIER_HOLDERS].clear()


def _remove_expired_holders(at_ms: int, ctx: Context) -> None:
    """Give up those of whom it does not count any more."""
    if is_cleanup_timer(at_ms):
        length_ms = ctx.policy.avatar_impersonation.previous_for_ms
        remove_expired(ctx, EARLIER_HOLDERS, at_ms, lambda left_ms: left_ms + length_ms + 1)

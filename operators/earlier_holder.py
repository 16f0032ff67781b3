"""Who has shown this picture before, so that it may still count (AI-19)? Key: the picture, as its pHash in hex."""

from collections.abc import Iterator

from operators.operator import Context
from operators.retention import is_reclaiming, reclaim, reclaim_at
from schemas.records import PictureHeld
from state.catalog import EARLIER_HOLDERS


def remember_earlier(event: PictureHeld, ctx: Context) -> None:
    """Remember who has ceased to show it, or forget one of whom it does not count any more."""
    if event.gone:
        ctx[EARLIER_HOLDERS].remove(event.account_id)
    else:
        ctx[EARLIER_HOLDERS].put(event.account_id, event.at_ms)
        reclaim_at(ctx, event.at_ms + ctx.policy.avatar_impersonation.previous_for_ms + 1)


def forget_earlier(event: PictureHeld, ctx: Context) -> None:
    """Forget that somebody did who shows it again."""
    ctx[EARLIER_HOLDERS].remove(event.account_id)


def take_earlier(ctx: Context) -> Iterator[str]:
    """Yield them all, and forget them."""
    yield from [account_id for account_id, _ in ctx[EARLIER_HOLDERS].items()]
    ctx[EARLIER_HOLDERS].clear()


def reclaim_earlier(at_ms: int, ctx: Context) -> None:
    """Give up those of whom it does not count any more."""
    if is_reclaiming(at_ms):
        length_ms = ctx.policy.avatar_impersonation.previous_for_ms
        reclaim(ctx, EARLIER_HOLDERS, at_ms, lambda left_ms: left_ms + length_ms + 1)

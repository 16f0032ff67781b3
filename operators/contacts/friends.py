"""Friend list of a protected account: start and end of friendships, trusted senders, alert number.

Keyed by protected account; used by the step `relationship`.
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from operators.contacts.pair import cancel_pending, read_pair, reset_pair, write_pair
from operators.erasure.markers import erased_after
from operators.operator import LATE_FACT_METRIC, Context
from operators.retention import set_cleanup_timer
from schemas.records import AccountUnblocked, AlertNumberSet, FriendAdded, FriendRemoved
from state.catalog.entry_key import SELF
from state.catalog.relationship import ALERT_NUMBER, BLOCKS, FRIENDS, REMOVED_FRIENDS
from state.entries.relationship import AlertNumber, Friendship

UNKNOWN_START = -1


def on_added(event: FriendAdded, ctx: Context) -> Iterator[Any]:
    """Add a friend to the list; an existing friendship keeps the earliest known start (FA-17, FA-18)."""
    friend = listed_friend(event, ctx.key)
    if friend is None:
        return
    if _is_outdated(friend, event.at_ms, ctx):
        yield LATE_FACT_METRIC
        return
    listed = ctx[FRIENDS].get(friend)
    ended_ms = ctx[REMOVED_FRIENDS].get(friend) if listed is None else listed.ended_ms
    if listed is None:
        reset_pair(ctx, friend, event.at_ms)
        ctx[REMOVED_FRIENDS].remove(friend)
    starts = (
        None if listed is None else listed.since_ms,
        _restart_after_end(ended_ms, reported_start(event), event.at_ms),
    )
    since_ms = min((start_ms for start_ms in starts if start_ms is not None), default=None)
    ctx[FRIENDS].put(friend, Friendship(since_ms, event.at_ms, ended_ms))


def reported_start(event: FriendAdded) -> int | None:
    """Return the reported start of the friendship; None if it is unknown (FA-17)."""
    if event.since_ms is None:
        return event.at_ms
    return None if event.since_ms == UNKNOWN_START else event.since_ms


def _restart_after_end(ended_ms: int | None, start_ms: int | None, at_ms: int) -> int | None:
    """Return the start of a friendship that ended at `ended_ms` and begins again: a reported earlier start is ignored.

    So the age restarts (FA-18). `ended_ms` None: the friendship never ended.
    """
    if ended_ms is None:
        return start_ms
    return at_ms if start_ms is None or start_ms < ended_ms else start_ms


def on_removed(event: FriendRemoved, ctx: Context) -> Iterator[Any]:
    """Remove a friend from the list; if the account itself did, a pending verification ends without outcome (FA-50)."""
    friend = listed_friend(event, ctx.key)
    if friend is None:
        return
    if _is_outdated(friend, event.at_ms, ctx):
        yield LATE_FACT_METRIC
        return
    ctx[FRIENDS].remove(friend)
    ctx[REMOVED_FRIENDS].put(friend, event.at_ms)  # kept: however late they are friends again, the age restarts (FA-18)
    if event.account_id == ctx.key:  # else whoever has taken the friend's account over could end the question
        cancel_pending(ctx, friend, event.at_ms)


def listed_friend(event: FriendAdded | FriendRemoved, account_id: str) -> str | None:
    """Return the friend who enters or leaves the account's list; None if only the other account's changes (FA-2)."""
    if event.account_id == account_id:
        return event.friend_id
    return event.account_id if event.mutual else None


def _is_outdated(friend: str, at_ms: int, ctx: Context) -> bool:
    """Return whether a newer fact about the friendship is stored, or one of the two accounts was erased since."""
    listed, removed_ms = ctx[FRIENDS].get(friend), ctx[REMOVED_FRIENDS].get(friend)
    newest_ms = max(at_ms if listed is None else listed.fact_ms, at_ms if removed_ms is None else removed_ms)
    return at_ms < newest_ms or erased_after(ctx, at_ms, friend) is not None


def on_unblocked(event: AccountUnblocked, ctx: Context) -> Iterator[Any]:
    """Remove block, marks and verifications of a sender that the account states to trust (FA-52)."""
    if event.account_id != ctx.key:
        return
    sender_id = event.other_id
    trusted_ms = read_pair(ctx, sender_id).trusted_ms
    if (trusted_ms is not None and event.at_ms < trusted_ms) or erased_after(ctx, event.at_ms, sender_id) is not None:
        yield LATE_FACT_METRIC
        return
    block = ctx[BLOCKS].get(sender_id)
    if block is not None and block.at_ms < event.at_ms:
        ctx[BLOCKS].remove(sender_id)
    reset_pair(ctx, sender_id, event.at_ms)
    write_pair(ctx, sender_id, replace(read_pair(ctx, sender_id), trusted_ms=event.at_ms))
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.friendship_age.trust_ms)


def on_alert_number_set(event: AlertNumberSet, ctx: Context) -> Iterator[Any]:
    """Store the number to which the account wants its warnings sent (FA-30)."""
    known = ctx[ALERT_NUMBER].get(SELF)
    if (known is not None and event.at_ms < known.fact_ms) or erased_after(ctx, event.at_ms) is not None:
        yield LATE_FACT_METRIC
        return
    ctx[ALERT_NUMBER].put(SELF, AlertNumber(event.number, event.at_ms))

"""State machine of follows: a follower asks to watch over an object, who accepts, refuses or revokes.

Keyed by the object. Emits `FollowChanged` whenever a follow begins or ends. Only `ACTIVE` counts anywhere (EG-5); every
change raises the consent version (EG-9).

| the follow is | request | acceptance | refusal | revocation | silence |
|---|---|---|---|---|---|
| nothing, `DECLINED`, `REVOKED` | `PENDING` | counted | counted | `REVOKED` | – |
| `PENDING` | counted | `ACTIVE` | `DECLINED` | `REVOKED` | removed at its deadline |
| `ACTIVE` | counted | counted | counted | `REVOKED` | – |
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from operators.counters import change_count
from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.operator import ERASED_METRIC, LATE_FACT_METRIC, Context, Handler, Metric, Operator
from operators.retention import is_cleanup_timer, set_cleanup_timer
from schemas.event_order import rank_of
from schemas.records import (
    AccountErased,
    AccountForgotten,
    FollowAnswered,
    FollowChanged,
    FollowRequested,
    FollowRevoked,
    FollowScope,
)
from state.catalog.attention import ACTIVE_COUNT, FOLLOWS, PENDING_COUNT, PENDING_UNTIL
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.entries.attention import Follow

FollowEvent = FollowAnswered | FollowRevoked | AccountErased | AccountForgotten

PENDING, ACTIVE, DECLINED, REVOKED = "PENDING", "ACTIVE", "DECLINED", "REVOKED"
NO_FOLLOW = Follow(status="", relation=None, requested_ms=-1, fact_ms=-1, deadline_ms=-1, version=0)


class Following(Operator):
    """Keeps the follows of one object: state, deadline and consent version of each follower."""

    uid = "following"
    states = (FOLLOWS, PENDING_UNTIL, PENDING_COUNT, ACTIVE_COUNT, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            FollowRequested: on_follow_requested,
            FollowAnswered: on_follow_answered,
            FollowRevoked: on_follow_revoked,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove pending requests at their deadline, and ended follows after their retention."""
        for follower_id in ctx[PENDING_UNTIL].get(at_ms) or ():
            follow = _follow_of(ctx, follower_id)
            if follow.status == PENDING and follow.deadline_ms <= at_ms:
                ctx[FOLLOWS].remove(follower_id)
                change_count(ctx[PENDING_COUNT], SELF, -1)
        ctx[PENDING_UNTIL].remove(at_ms)
        if is_cleanup_timer(at_ms):
            memory_ms = ctx.policy.common.removal_memory_ms
            _remove_ended(ctx, at_ms, memory_ms)
            remove_expired_markers(ctx, at_ms)
        yield from ()


def on_follow_requested(event: FollowRequested, ctx: Context) -> Iterator[Any]:
    """Store a request to watch over the object as pending (EG-1, EG-2)."""
    if erased_after(ctx, event.at_ms, event.follower_id) is not None:
        yield ERASED_METRIC
        return
    follow = _follow_of(ctx, event.follower_id)
    if follow.status in (PENDING, ACTIVE):
        yield Metric("repeated-follow")
    elif event.at_ms <= follow.fact_ms:  # of the same time, the end of a follow sorts after a request
        yield LATE_FACT_METRIC
    elif (ctx[PENDING_COUNT].get(SELF) or 0) >= ctx.policy.event_group.follow_pending_at_most:
        yield Metric("follow-beyond-limit")
    else:
        deadline_ms = event.at_ms + ctx.policy.event_group.follow_pending_ms
        asked = Follow(PENDING, event.relation, event.at_ms, event.at_ms, deadline_ms, follow.version + 1)
        ctx[FOLLOWS].put(event.follower_id, asked)
        ctx[PENDING_UNTIL].put(deadline_ms, (*(ctx[PENDING_UNTIL].get(deadline_ms) or ()), event.follower_id))
        change_count(ctx[PENDING_COUNT], SELF, 1)
        ctx.set_timer(deadline_ms)


def on_follow_answered(event: FollowAnswered, ctx: Context) -> Iterator[Any]:
    """Start or decline the follow as the object answered (EG-5). An answer without a request is ignored (EG-7)."""
    follow = _follow_of(ctx, event.follower_id)
    if follow.status != PENDING or not follow.requested_ms <= event.at_ms <= follow.deadline_ms:
        yield Metric("answer-without-request")
        return
    status = ACTIVE if event.accepted else DECLINED
    limited = event.accepted and event.scope == FollowScope.EMERGENCIES
    answered = replace(_next_version(follow, status, event.at_ms), emergencies_only=limited)
    yield from _change(event, answered, ctx)


def on_follow_revoked(event: FollowRevoked, ctx: Context) -> Iterator[Any]:
    """End the follow, even if the revocation is late; only a request made after it survives (EG-6, C-4)."""
    follow = _follow_of(ctx, event.follower_id)
    if erased_after(ctx, event.at_ms, event.follower_id) is not None:
        yield ERASED_METRIC
    elif event.at_ms < follow.requested_ms:
        yield LATE_FACT_METRIC
    elif follow.status == REVOKED and event.at_ms <= follow.fact_ms:
        yield Metric("repeated-follow")  # nothing changes, so the version stays
    else:
        yield from _change(event, _next_version(follow, REVOKED, max(event.at_ms, follow.fact_ms)), ctx)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """End every follow that is older than the object's erasure."""
    for follower_id, follow in sorted(ctx[FOLLOWS].items()):
        if follow.fact_ms < event.at_ms:
            yield from _forget(event, follower_id, follow, ctx)
    mark_erased(ctx, event.at_ms)


def on_forgotten(event: AccountForgotten, ctx: Context) -> Iterator[Any]:
    """End the follow that an erased follower has requested before, even if the object has accepted it since (C-18).

    A revocation since stays: it ends what was asked for before it (EG-6).
    """
    follow = ctx[FOLLOWS].get(event.erased_id)
    is_revoked = follow is not None and follow.status == REVOKED and follow.fact_ms >= event.at_ms
    if follow is not None and follow.requested_ms < event.at_ms and not is_revoked:
        yield from _forget(event, event.erased_id, follow, ctx)
    mark_erased(ctx, event.at_ms, event.erased_id)


def _follow_of(ctx: Context, follower_id: str) -> Follow:
    return ctx[FOLLOWS].get(follower_id) or NO_FOLLOW


def _next_version(follow: Follow, status: str, at_ms: int) -> Follow:
    relation = follow.relation if status == ACTIVE else None
    version = follow.version + 1
    return replace(follow, status=status, relation=relation, fact_ms=at_ms, version=version, emergencies_only=False)


def _change(event: FollowAnswered | FollowRevoked, follow: Follow, ctx: Context) -> Iterator[Any]:
    was = _follow_of(ctx, event.follower_id).status
    ctx[FOLLOWS].put(event.follower_id, follow)
    change_count(ctx[ACTIVE_COUNT], SELF, (follow.status == ACTIVE) - (was == ACTIVE))
    if was == PENDING:
        _remove_pending(ctx, event.follower_id, follow.deadline_ms)
    if follow.status != ACTIVE:
        set_cleanup_timer(ctx, follow.fact_ms + ctx.policy.common.removal_memory_ms)
    if ACTIVE in (follow.status, was):
        yield _follow_changed(event, event.follower_id, follow, ctx)


def _forget(event: AccountErased | AccountForgotten, follower_id: str, follow: Follow, ctx: Context) -> Iterator[Any]:
    ctx[FOLLOWS].remove(follower_id)
    if follow.status == PENDING:
        _remove_pending(ctx, follower_id, follow.deadline_ms)
    if follow.status == ACTIVE:
        change_count(ctx[ACTIVE_COUNT], SELF, -1)
        ended = replace(follow, status=REVOKED, version=follow.version + 1)
        yield replace(_follow_changed(event, follower_id, ended, ctx), erased=True)


def _follow_changed(event: FollowEvent, follower_id: str, follow: Follow, ctx: Context) -> FollowChanged:
    return FollowChanged(
        event_id=event.event_id,
        at_ms=event.at_ms,
        rank=rank_of(event),
        late=ctx.late,
        object_id=ctx.key,
        follower_id=follower_id,
        active=follow.status == ACTIVE,
        since_ms=follow.fact_ms,
        version=follow.version,
        watched=ctx[ACTIVE_COUNT].get(SELF) is not None,
        emergencies_only=follow.emergencies_only,
    )


def _remove_pending(ctx: Context, follower_id: str, deadline_ms: int) -> None:
    """Remove a follower from the list of a deadline: an id must not outlive the request it belongs to."""
    change_count(ctx[PENDING_COUNT], SELF, -1)
    left = tuple(one for one in ctx[PENDING_UNTIL].get(deadline_ms) or () if one != follower_id)
    if left:
        ctx[PENDING_UNTIL].put(deadline_ms, left)
    else:
        ctx[PENDING_UNTIL].remove(deadline_ms)


def _remove_ended(ctx: Context, at_ms: int, memory_ms: int) -> None:
    """Remove ended follows after their retention; an active follow has no expiry."""
    for follower_id, follow in list(ctx[FOLLOWS].items()):
        if follow.status in (DECLINED, REVOKED):
            if follow.fact_ms + memory_ms <= at_ms:
                ctx[FOLLOWS].remove(follower_id)
            else:
                set_cleanup_timer(ctx, follow.fact_ms + memory_ms)

"""Active followers of an account, and the open incidents that subscribed to their changes.

Keyed by the object. Answers `AttentionSought` with `FollowersFound`, and emits `FollowShifted` for every change as long
as an incident's group may be open (EG-24, EG-32). An account without followers is not an object and answers
nothing (EG-8). Counts the searches that find the account by its location (EG-48).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operators.attention.finds import count_find, remove_expired_finds
from operators.operator import Context, Handler, Operator
from operators.policy.durations import DAY
from operators.retention import remove_expired, set_cleanup_timer
from schemas.records import (
    AccountErased,
    AttentionSought,
    Concern,
    FollowChanged,
    FollowersFound,
    FollowShifted,
    Watcher,
)
from state.catalog.attention import FINDS, INQUIRIES, WATCHERS
from state.entries.attention import Inquiry, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Watchers(Operator):
    """Keeps the active followers of one account."""

    uid = "watchers"
    states = (WATCHERS, INQUIRIES, FINDS)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {FollowChanged: on_follow_changed, AttentionSought: on_attention_sought, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove the subscriptions of incidents whose groups must be closed by now, and old counts of searches."""
        remove_expired(ctx, INQUIRIES, at_ms, lambda inquiry: inquiry.until_ms + 1)
        remove_expired_finds(ctx, at_ms)
        yield from ()


def on_follow_changed(event: FollowChanged, ctx: Context) -> Iterator[Any]:
    """Store or remove a follower, and notify the subscribed incidents, except of an erasure (C-18)."""
    if event.active:
        ctx[WATCHERS].put(event.follower_id, Watch(event.since_ms, event.version, event.emergencies_only))
    else:
        ctx[WATCHERS].remove(event.follower_id)
    for incident_id, inquiry in sorted(ctx[INQUIRIES].items()):
        if event.at_ms <= inquiry.until_ms and not event.erased:
            yield FollowShifted(
                event_id=event.event_id,
                at_ms=event.at_ms,
                rank=event.rank,
                late=event.late or ctx.late,
                incident_id=incident_id,
                kind=inquiry.kind,
                object_id=ctx.key,
                follower_id=event.follower_id,
                active=event.active,
                version=event.version,
                emergencies_only=event.emergencies_only,
            )


def on_attention_sought(event: AttentionSought, ctx: Context) -> Iterator[Any]:
    """Subscribe an incident, and emit the followers if there are any."""
    known = ctx[INQUIRIES].get(event.incident_id)
    until_ms = max(event.until_ms, known.until_ms if known else event.until_ms)
    ctx[INQUIRIES].put(event.incident_id, Inquiry(event.kind, until_ms))
    set_cleanup_timer(ctx, until_ms + 1)
    watchers = tuple(_watcher(name, watch) for name, watch in sorted(ctx[WATCHERS].items()))
    if watchers:
        yield FollowersFound(
            event_id=event.event_id,
            at_ms=event.at_ms,
            late=event.late or ctx.late,
            incident_id=event.incident_id,
            kind=event.kind,
            object_id=ctx.key,
            reason=event.reason,
            followers=watchers,
        )
    if event.reason is Concern.NEAR:
        yield from count_find(event, ctx)


def _watcher(follower_id: str, watch: Watch) -> Watcher:
    return Watcher(
        follower_id=follower_id,
        since_ms=watch.since_ms,
        version=watch.version,
        emergencies_only=watch.emergencies_only,
    )


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Delete what is kept of an erased account; its follows are ended by the step `following`.

    A late or repeated erasure leaves the subscriptions since, or a new account's revocation would reach no incident.
    """
    life_ms = ctx.policy.event_group.group_life_ms
    for incident_id, inquiry in list(ctx[INQUIRIES].items()):
        if not ctx.late or inquiry.until_ms - life_ms < event.at_ms:
            ctx[INQUIRIES].remove(incident_id)
    for day, _ in list(ctx[FINDS].items()):
        if not ctx.late or day <= event.at_ms // DAY:
            ctx[FINDS].remove(day)
    yield from ()

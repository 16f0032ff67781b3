"""Groups that an account is in, as far as they may tell whether two accounts have one in common (FA-102).

Keyed by account; used by the step `account` for who sends a friend request, and by `relationship` for its target. A
group that the account has left is remembered for a while, so that an older join that comes late does not count (C-4):
its time is stored as the complement, which is negative.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from operators.erasure.markers import erased_after
from operators.operator import LATE_FACT_METRIC, Context
from operators.retention import set_cleanup_timer
from schemas.records import MemberJoined, MemberLeft
from state.catalog.entry_key import SELF
from state.catalog.relationship import MEMBERSHIPS
from state.entries.relationship import Memberships

GROUPS_AT_MOST = 100
"""Groups remembered of one account, the latest ones: all are read for each friend request. As many that it has left."""


def groups_of(ctx: Context) -> tuple[str, ...]:
    """Return the account's latest groups."""
    return tuple(group for group, told in _read(ctx).items() if told >= 0)


def on_joined(event: MemberJoined, ctx: Context) -> Iterator[Any]:
    """Remember a group; of too many the earliest is forgotten."""
    yield from _tell(event, event.at_ms, ctx)


def on_left(event: MemberLeft, ctx: Context) -> Iterator[Any]:
    """Remember that the account has left a group."""
    yield from _tell(event, ~event.at_ms, ctx)
    set_cleanup_timer(ctx, event.at_ms + ctx.policy.common.removal_memory_ms)


def _tell(event: MemberJoined | MemberLeft, told: int, ctx: Context) -> Iterator[Any]:
    """Store the newest fact about a group."""
    known = _read(ctx)
    is_outdated = event.at_ms < _time_of(known.get(event.group_id, 0))
    if is_outdated or erased_after(ctx, event.at_ms) is not None:
        yield LATE_FACT_METRIC
        return
    facts = {**known, event.group_id: told}.items()
    _write(ctx, {**_latest(fact for fact in facts if fact[1] >= 0), **_latest(fact for fact in facts if fact[1] < 0)})


def _time_of(told: int) -> int:
    """Return the time at which a group was joined or left."""
    return told if told >= 0 else ~told


def _latest(facts: Iterable[tuple[str, int]]) -> dict[str, int]:
    return dict(sorted(facts, key=lambda fact: (_time_of(fact[1]), fact[0]))[-GROUPS_AT_MOST:])


def forget_left_groups(at_ms: int, ctx: Context) -> None:
    """Forget the groups that were left so long ago that no older join is expected."""
    known, memory_ms = _read(ctx), ctx.policy.common.removal_memory_ms
    left = {group: told for group, told in known.items() if told >= 0 or ~told + memory_ms > at_ms}
    if len(left) < len(known):
        _write(ctx, left)
    for told in left.values():
        if told < 0:
            set_cleanup_timer(ctx, ~told + memory_ms)


def forget_memberships(before_ms: int, ctx: Context) -> None:
    """Forget the groups joined or left before a time (C-18)."""
    _write(ctx, {group: told for group, told in _read(ctx).items() if _time_of(told) >= before_ms})


def _read(ctx: Context) -> Mapping[str, int]:
    stored = ctx[MEMBERSHIPS].get(SELF)
    return {} if stored is None else stored.since


def _write(ctx: Context, since: Mapping[str, int]) -> None:
    if since:
        ctx[MEMBERSHIPS].put(SELF, Memberships(since))
    else:
        ctx[MEMBERSHIPS].remove(SELF)

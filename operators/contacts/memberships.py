"""Groups that an account is in, as far as they may tell whether two accounts have one in common (FA-102).

Keyed by account; used by the step `account` for who sends a friend request, and by `relationship` for its target.
"""

from collections.abc import Iterator
from typing import Any

from operators.erasure.markers import erased_after
from operators.operator import Context
from schemas.records import MemberJoined, MemberLeft
from state.catalog.entry_key import SELF
from state.catalog.relationship import MEMBERSHIPS
from state.entries.relationship import Memberships

GROUPS_AT_MOST = 100
"""Groups remembered of one account, the latest ones: all are read for each friend request."""


def groups_of(ctx: Context) -> tuple[str, ...]:
    """Return the account's latest groups."""
    return tuple(_read(ctx))


def on_joined(event: MemberJoined, ctx: Context) -> Iterator[Any]:
    """Remember a group; of too many the earliest is forgotten."""
    if erased_after(ctx, event.at_ms) is None:
        latest = sorted((_read(ctx) | {event.group_id: event.at_ms}).items(), key=lambda entry: (entry[1], entry[0]))
        ctx[MEMBERSHIPS].put(SELF, Memberships(dict(latest[-GROUPS_AT_MOST:])))
    yield from ()


def on_left(event: MemberLeft, ctx: Context) -> Iterator[Any]:
    """Forget a group that the account has joined before it left."""
    _write(ctx, {group: at_ms for group, at_ms in _read(ctx).items() if group != event.group_id or at_ms > event.at_ms})
    yield from ()


def forget_memberships(before_ms: int, ctx: Context) -> None:
    """Forget the groups joined before a time (C-18)."""
    _write(ctx, {group: at_ms for group, at_ms in _read(ctx).items() if at_ms >= before_ms})


def _read(ctx: Context) -> dict[str, int]:
    stored = ctx[MEMBERSHIPS].get(SELF)
    return {} if stored is None else dict(stored.since)


def _write(ctx: Context, since: dict[str, int]) -> None:
    if since:
        ctx[MEMBERSHIPS].put(SELF, Memberships(since))
    else:
        ctx[MEMBERSHIPS].remove(SELF)

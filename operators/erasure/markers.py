"""Markers of erased accounts, by which late events from before an erasure are dropped (C-18).

Kept by every step that holds accounts. A marker holds the erasure's time and outlives the account; neither the marker
nor its key contains an account id (`state.pseudonym`). Only late events are compared with it: in order, every event
after an erasure is newer.
"""

from collections.abc import Callable, Iterator
from typing import Any

from operators.ids import identify
from operators.operator import Context
from operators.retention import remove_expired, set_cleanup_timer
from schemas.records import AccountErased
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.spec import MapSpec, V


def mark_erased(ctx: Context, at_ms: int, other_id: str | None = None) -> None:
    """Store when the current key or another account was erased; of several erasures the latest counts."""
    entry = SELF if other_id is None else identify(other_id)
    ctx[ERASED].put(entry, max(at_ms, ctx[ERASED].get(entry) or at_ms))
    set_cleanup_timer(ctx, at_ms + ctx.policy.common.erasure_marker_ms)


def erased_at(ctx: Context, other_id: str) -> int | None:
    """Return when an account of this name was erased last, as far as a marker is stored; None if there is none."""
    return ctx[ERASED].get(identify(other_id))


def is_marked(ctx: Context, at_ms: int, other_id: str) -> bool:
    """Return whether a marker of another account's erasure at `at_ms` or later is stored."""
    return (erased_at(ctx, other_id) or -1) >= at_ms


def erased_after(ctx: Context, at_ms: int, *other_ids: str) -> int | None:
    """Return the latest erasure, after `at_ms`, of the current key or one of the other accounts; None if there is none.

    Always None for an event that is not late.
    """
    if not ctx.late:
        return None
    markers = (ctx[ERASED].get(entry) for entry in (SELF, *map(identify, other_ids)))
    return max((marker for marker in markers if marker is not None and at_ms < marker), default=None)


def remove_expired_markers(ctx: Context, at_ms: int, at_least_ms: int = 0) -> None:
    """Remove the expired markers; `at_least_ms` is how long a step needs them for what it remembers under a hash."""
    life_ms = max(ctx.policy.common.erasure_marker_ms, at_least_ms)
    remove_expired(ctx, ERASED, at_ms, lambda marker_ms: marker_ms + life_ms)


def erase(ctx: Context, event: AccountErased, *dates: tuple[MapSpec[str, Any], Callable[[Any], int]]) -> Iterator[Any]:
    """Handle the erasure of the key's own account: forget the older entries of some states, and mark it; emit nothing.

    `dates` has for each state the function that returns the time of an entry, in ms.
    """
    for spec, dated_ms in dates:
        forget_older(ctx, spec, event.at_ms, dated_ms)
    mark_erased(ctx, event.at_ms)
    yield from ()


def forget_older(ctx: Context, spec: MapSpec[str, V], before_ms: int, dated_ms: Callable[[V], int]) -> None:
    """Remove every entry that is older than `before_ms`; newer ones belong to a new account.

    `dated_ms` returns the time of an entry.
    """
    for entry, _ in list(ctx[spec].items()):
        forget_entry(ctx, spec, entry, before_ms, dated_ms)


def forget_entry(ctx: Context, spec: MapSpec[str, V], entry: str, before_ms: int, dated_ms: Callable[[V], int]) -> None:
    """Remove one entry if it is older than `before_ms`."""
    value = ctx[spec].get(entry)
    if value is not None and dated_ms(value) < before_ms:
        ctx[spec].remove(entry)

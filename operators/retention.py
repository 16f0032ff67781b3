"""Expiry (TTL) of state entries, in event time.

Timers that only clean up fire on the hour, so that many entries share one.
"""

from collections.abc import Callable, Container

from operators.operator import Context
from operators.policy.durations import HOUR
from state.spec import MapSpec, V


def set_cleanup_timer(ctx: Context, at_ms: int) -> None:
    """Set a timer at the first full hour from `at_ms` on."""
    ctx.set_timer(-(-at_ms // HOUR) * HOUR)


def set_window_timer(ctx: Context, end_ms: int) -> None:
    """Set the cleanup timer of a window; what is late has it later, for others as late that count with it (C-4)."""
    set_cleanup_timer(ctx, end_ms + (ctx.policy.common.removal_memory_ms if ctx.late else 0))


def is_cleanup_timer(at_ms: int) -> bool:
    """Return whether a timer at `at_ms` may be one that cleans up."""
    return at_ms % HOUR == 0


def remove_expired(
    ctx: Context, spec: MapSpec[str, V], at_ms: int, end_ms: Callable[[V], int], kept: Container[str] = ()
) -> None:
    """Remove the entries that have expired by `at_ms`, and set timers for the others.

    `end_ms` returns the time from which on an entry is no longer needed; entries in `kept` stay while something else
    needs them, whose own timer they share.
    """
    cell = ctx[spec]
    for entry, value in list(cell.items()):
        if entry in kept:
            continue
        if end_ms(value) <= at_ms:
            cell.remove(entry)
        else:
            set_cleanup_timer(ctx, end_ms(value))

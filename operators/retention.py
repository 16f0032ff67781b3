"""When is an entry given up that is remembered for a while? Key: the step's.

Time is event time. Alarms that only reclaim memory ring on the hour, so that many entries share one.
"""

from collections.abc import Callable

from operators.operator import Context
from operators.policy.durations import HOUR
from state.spec import MapSpec, V


def set_cleanup_timer(ctx: Context, at_ms: int) -> None:
    """Have `on_timer` called at the first full hour from `at_ms` on."""
    ctx.set_timer(-(-at_ms // HOUR) * HOUR)


def is_cleanup_timer(at_ms: int) -> bool:
    """Return whether an alarm at `at_ms` may be one that reclaims memory."""
    return at_ms % HOUR == 0


def remove_expired(ctx: Context, spec: MapSpec[str, V], at_ms: int, end_ms: Callable[[V], int]) -> None:
    """Remove the entries that have ended by `at_ms`, and come back for the others."""
    cell = ctx[spec]
    for entry, value in list(cell.items()):
        if end_ms(value) <= at_ms:
            cell.remove(entry)
        else:
            set_cleanup_timer(ctx, end_ms(value))

"""What of an incident is due when? Key: a shard of kinds of incident.

Every wait stands in the agenda under its time, so that an alarm looks at what is due and at nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from state.catalog import AGENDA

if TYPE_CHECKING:
    from operators.operator import Context


def remind(ctx: Context, at_ms: int, what: str, incident_id: str) -> None:
    """Have something come up at a time."""
    item = f"{what}:{incident_id}"
    items = ctx[AGENDA].get(at_ms) or ()
    if item not in items:
        ctx[AGENDA].put(at_ms, (*items, item))
        ctx.wake_at(at_ms)


def due(ctx: Context, at_ms: int) -> list[tuple[str, str]]:
    """Take out of the agenda what is due: what, and of which incident."""
    items = ctx[AGENDA].get(at_ms) or ()
    ctx[AGENDA].remove(at_ms)
    found = [item.partition(":") for item in items]
    return [(what, incident_id) for what, _, incident_id in found]

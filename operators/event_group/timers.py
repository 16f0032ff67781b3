"""Timers of incidents: which deadline of which incident is due at an event time.

Keyed by a shard of incident kinds. All timers of one time are one state entry, stored under that time, so a timer that
fires reads what is due and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from state.catalog.event_group import AGENDA

if TYPE_CHECKING:
    from operators.operator import Context

# The kinds of timers. Their values are stored in savepoints and enter the ids of decisions.
LATE_RESULTS: Final = "stray"
"""Search results of an event that nothing has used yet."""
AUDIT_TIMEOUT: Final = "audit"
PROMPT_TIMEOUT: Final = "prompt"
SILENCE: Final = "silence"
"""The end of the time that an object has to answer before its followers are told."""
GROUP_LIFE: Final = "life"
RETENTION: Final = "gone"
"""The end of the time for which an ended incident is kept."""


def schedule(ctx: Context, at_ms: int, timer: str, name: str) -> None:
    """Set a timer of a kind for an incident (or whatever `name` identifies); setting it twice sets it once."""
    item = f"{timer}:{name}"
    items = ctx[AGENDA].get(at_ms) or ()
    if item not in items:
        ctx[AGENDA].put(at_ms, (*items, item))
        ctx.set_timer(at_ms)


def pop_due(ctx: Context, at_ms: int) -> list[tuple[str, str]]:
    """Remove the timers that are due at a time, and return the kind and the name of each."""
    items = ctx[AGENDA].get(at_ms) or ()
    ctx[AGENDA].remove(at_ms)
    split = [item.partition(":") for item in items]
    return [(timer, name) for timer, _, name in split]

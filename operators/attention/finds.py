"""Review of a person whom reports find by the live location again and again.

Keyed by the object; runs inside the step `watchers`. Whoever wants to know where somebody is can report incidents in
one place after the other, of which each alone looks like any other (EG-48). Emits the decision `FOUND_AGAIN` and
`RequestReview`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from operators.commands import request_review
from operators.decision import Basis, Trigger
from operators.policy.action import Action
from operators.policy.durations import DAY
from operators.policy.event_group import EVENT_GROUP
from operators.retention import set_cleanup_timer
from state.catalog.attention import FINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context
    from schemas.records import AttentionSought

FOUND_AGAIN: Final = "FOUND_AGAIN"
DAYS: Final = 7
"""Days of UTC that count: the day of the search and those before it. Within a day the number only grows, so it says by
itself whether the day has had its review."""


def count_find(event: AttentionSought, ctx: Context) -> Iterator[Any]:
    """Count a search that has found the object by its location; from the limit on, request one review a day."""
    finds, day = ctx[FINDS], event.at_ms // DAY
    before_today = sum(finds.get(earlier) or 0 for earlier in range(day - DAYS + 1, day))
    today = (finds.get(day) or 0) + 1
    finds.put(day, today)
    set_cleanup_timer(ctx, _end_ms(day))
    section, found = ctx.policy.event_group, before_today + today
    limit = section.found_again_limit
    if section.enabled and (found == limit or (found > limit and today == 1)):
        yield from _decide(event, found, limit, ctx)


def _decide(event: AttentionSought, found: int, limit: int, ctx: Context) -> Iterator[Any]:
    basis = Basis(
        rule=EVENT_GROUP,
        step=FOUND_AGAIN,
        subject_id=ctx.key,
        incident_id=event.incident_id,
        trigger=Trigger.of_event(event, ctx),
        policy_version=ctx.policy.version,
    )
    basis.conditions.compare("found_in_7_d", found, ">=", limit)
    decision = basis.decide(FOUND_AGAIN, (Action.REVIEW,), {"kind": event.kind})
    yield decision
    yield request_review(decision, "Reports of incidents have found this person by their location again and again.")


def remove_expired_finds(ctx: Context, at_ms: int) -> None:
    """Remove the days that do not count any more."""
    for day, _ in list(ctx[FINDS].items()):
        if _end_ms(day) <= at_ms:
            ctx[FINDS].remove(day)
        else:
            set_cleanup_timer(ctx, _end_ms(day))


def _end_ms(day: int) -> int:
    return (day + DAYS) * DAY

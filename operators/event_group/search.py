"""Search for helpers when an incident may get its group: queries to grid cells and to named accounts.

Keyed by a shard of incidents; runs inside the step `incident-desk`. While nobody comes to help, the search widens step
by step (EG-50); the desk does not know that somebody has come, so it searches in any case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operators.ids import timer_cause
from operators.policy.event_group import Combination
from schemas.event_order import Rank, rank_of
from schemas.records import AttentionSought, Concern, HelpSought, IncidentAudited, IncidentReported
from state.catalog.event_group import FILED, WIDENINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.operator import Context
    from operators.policy.event_group import EventGroupPolicy
    from state.entries.event_group import Filed

_SEPARATOR: Final = "\x1e"  # differs from the control character by which the codec of a list joins its items


def ask_neighbours(
    event: IncidentReported | IncidentAudited, filed: Filed, ctx: Context
) -> Iterator[HelpSought | AttentionSought]:
    """Yield the queries to the cells around and to the accounts that the report names (EG-17)."""
    section = ctx.policy_of(filed.policy_version).event_group
    _schedule_widening(event, section, ctx)
    for object_id in filed.object_ids:
        yield AttentionSought(
            event_id=event.event_id,
            at_ms=event.at_ms,
            rank=rank_of(event),
            late=ctx.late,
            incident_id=event.incident_id,
            kind=filed.kind,
            object_id=object_id,
            reason=Concern.NAMED,
            until_ms=event.at_ms + section.group_life_ms,
        )
    yield HelpSought(
        event_id=event.event_id,
        at_ms=event.at_ms,
        rank=rank_of(event),
        late=ctx.late,
        incident_id=event.incident_id,
        kind=filed.kind,
        policy_version=filed.policy_version,
        latitude=filed.latitude,
        longitude=filed.longitude,
        reach_m=max(section.radius_m, section.concern_radius_m),
        by_age=is_follow_age_sufficient(section),
    )


def _schedule_widening(event: IncidentReported | IncidentAudited, section: EventGroupPolicy, ctx: Context) -> None:
    for number, step in enumerate(section.widen):
        due_ms = event.at_ms + step.after_ms
        item = _SEPARATOR.join((event.incident_id, event.event_id, str(number)))
        ctx[WIDENINGS].put(due_ms, (*(ctx[WIDENINGS].get(due_ms) or ()), item))
        ctx.set_timer(due_ms)


def widen_searches(at_ms: int, ctx: Context) -> Iterator[HelpSought]:
    """Yield the queries for people farther away that are due (EG-50). The group decides whether they are needed."""
    for item in ctx[WIDENINGS].get(at_ms) or ():
        incident_id, event_id, number = item.split(_SEPARATOR)
        filed = ctx[FILED].get(incident_id)
        steps = ctx.policy_of(filed.policy_version).event_group.widen if filed is not None else ()
        if filed is not None and int(number) < len(steps):  # fewer: the first policy of an earlier run is not known
            radius_m = steps[int(number)].radius_m
            yield HelpSought(
                event_id=widening_id(event_id, int(number)),
                at_ms=at_ms,
                rank=max(Rank),
                incident_id=incident_id,
                kind=filed.kind,
                policy_version=filed.policy_version,
                latitude=filed.latitude,
                longitude=filed.longitude,
                reach_m=radius_m,
                widened_m=radius_m,
            )
    ctx[WIDENINGS].remove(at_ms)


def widening_id(event_id: str, number: int) -> str:
    """Return the id of a step's search; `event_id` is that of the event by which the group may have been created."""
    return timer_cause(event_id, f"widen-{number}")


def uses_follow_age(section: EventGroupPolicy) -> bool:
    """Return whether the policy limits the age of a follow at all (EG-22)."""
    return section.concern_follow_age_min_ms is not None or section.concern_follow_age_max_ms is not None


def is_follow_age_sufficient(section: EventGroupPolicy) -> bool:
    """Return whether the age of a follow alone makes an object concerned, wherever it is (EG-22)."""
    return uses_follow_age(section) and section.concern_combine is Combination.OR


def is_follow_age_within(since_ms: int, at_ms: int, section: EventGroupPolicy) -> bool:
    """Return whether the age of a follow is within the policy's limits, both included (EG-22)."""
    least_ms, most_ms = section.concern_follow_age_min_ms, section.concern_follow_age_max_ms
    return (least_ms or 0) <= at_ms - since_ms and (most_ms is None or at_ms - since_ms <= most_ms)

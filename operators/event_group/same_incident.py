"""Duplicate detection: reports of the same incident, by kind, distance and time (EG-15).

Keyed by a shard of incident kinds; runs inside the step `event-group`. Both limits include their ends. Incidents are
indexed by kind and H3 cell. A reporter's own reports and open groups are listed apart, so that a report is compared
with few others, however many accounts report the same place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operators.attention.geometry import cell_of, cells_within, distance_m
from operators.decision import Conditions
from operators.event_group.incident import CLOSED, IncidentContext, is_event_user
from state.catalog.entry_key import join_ids
from state.catalog.event_group import PLACES, REPORTED_AT
from state.linked_sets import LinkedSets

if TYPE_CHECKING:
    from collections.abc import Iterator

_ANYBODY = ""


def index_report(context: IncidentContext) -> None:
    """Index a report that awaits its audit or its group, under its reporter."""
    _sets(context).add(_place(context, context.incident.reporter_id), context.incident_id)


def index_group(context: IncidentContext) -> None:
    """Index an incident with an open group."""
    _sets(context).add(_place(context, _ANYBODY), context.incident_id)


def forget_reporter(context: IncidentContext) -> None:
    """Remove a report from under its reporter, who is erased."""
    _sets(context).discard(_place(context, context.incident.reporter_id), context.incident_id)


def remove_place(context: IncidentContext) -> None:
    """Remove an incident that has ended."""
    forget_reporter(context)
    _sets(context).discard(_place(context, _ANYBODY), context.incident_id)
    places, entry = context.ctx[PLACES], _entry(context)
    listed = places.get(entry) or ()
    left = tuple(one for one in listed if one != context.incident_id)
    if left:
        places.put(entry, left)
    elif listed:
        places.remove(entry)


def find_duplicate(context: IncidentContext, conditions: Conditions) -> IncidentContext | None:
    """Return the reporter's own earliest report of the same incident that is under audit or open, if any."""
    reporter_id = context.incident.reporter_id
    own = (other for other in _reports_near(context) if other.incident.reporter_id == reporter_id)
    same = (other for other in own if is_same(context, other, Conditions()))
    found = min(same, key=lambda other: (other.incident.reported_ms, other.incident_id), default=None)
    if found is not None:
        is_same(context, found, conditions)
    return found


def find_mergeable(context: IncidentContext) -> IncidentContext | None:
    """Return the same incident with an open group, if any: of several the one created first."""
    if not context.section.merge:
        return None
    return min(_same_groups(context), key=lambda other: (other.incident.created_ms, other.incident_id), default=None)


def find_merged_into(context: IncidentContext, before_ms: int) -> IncidentContext | None:
    """Return the incident with an open group into which a report was merged after a time, if any."""
    reporter_id = context.incident.reporter_id
    for other in _same_groups(context):
        person = other.person(reporter_id)
        if other.incident.reporter_id != reporter_id and is_event_user(person) and person.found_ms > before_ms:
            return other
    return None


def find_named_into(context: IncidentContext) -> IncidentContext | None:
    """Return the open group for which the objects count that a merged report names, if any (EG-15)."""
    incident = context.stored
    if incident is None or incident.status != CLOSED or incident.created_ms >= 0 or not incident.named:
        return None
    named = {*incident.named}
    return next((other for other in _same_groups(context) if named <= {*other.incident.named}), None)


def is_same(context: IncidentContext, other: IncidentContext, conditions: Conditions) -> bool:
    """Return whether two reports of one kind are near enough in place and time, limits included (EG-15)."""
    section, one, another = context.section, context.incident, other.incident
    away_m = distance_m(one.latitude, one.longitude, another.latitude, another.longitude)
    apart_ms = abs(one.reported_ms - another.reported_ms)
    is_near = conditions.compare("distance_m", away_m, "<=", section.same_incident_m)
    return is_near and conditions.compare("apart_ms", apart_ms, "<=", section.same_incident_ms)


def _reports_near(context: IncidentContext) -> Iterator[IncidentContext]:
    """Yield other reports of the same reporter and kind that are under audit or open, in the cells around."""
    yield from _near(context, context.incident.reporter_id)


def _same_groups(context: IncidentContext) -> Iterator[IncidentContext]:
    """Yield other reports of the same incident that have an open group."""
    for other in _near(context, _ANYBODY):
        if other.is_open and is_same(context, other, Conditions()):
            yield other


def _near(context: IncidentContext, reporter_id: str) -> Iterator[IncidentContext]:
    incident = context.incident
    for cell in cells_within(incident.latitude, incident.longitude, context.section.same_incident_m):
        of_0_2 = context.ctx[PLACES].get(join_ids(incident.kind, cell)) or ()
        found = (*of_0_2, *_sets(context).members(join_ids(incident.kind, cell, reporter_id)))
        for incident_id in dict.fromkeys(found):
            if incident_id != context.incident_id:
                yield IncidentContext(incident_id, context.ctx)


def _sets(context: IncidentContext) -> LinkedSets:
    return LinkedSets(context.ctx[REPORTED_AT])


def _entry(context: IncidentContext) -> str:
    incident = context.incident
    return join_ids(incident.kind, cell_of(incident.latitude, incident.longitude))


def _place(context: IncidentContext, reporter_id: str) -> str:
    return join_ids(_entry(context), reporter_id)

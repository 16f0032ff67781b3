"""Duplicate detection: reports of the same incident, by kind, distance and time (EG-15).

Keyed by a shard of incident kinds; runs inside the step `event-group`. Both limits include their ends. Incidents under
audit or open are indexed by the H3 cell that they happened in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.attention.geometry import cell_of, cells_within, distance_m
from operators.decision import Conditions, Trigger
from operators.event_group.commands import add_member
from operators.event_group.ending import close
from operators.event_group.evidence import membership_as_evidence
from operators.event_group.incident import MEMBER, IncidentContext
from operators.event_group.roles import rank_roles
from schemas.records import EventRole
from state.catalog.entry_key import join_ids
from state.catalog.event_group import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.entries.event_group import Incident

MERGED = "MERGED"


def index_place(context: IncidentContext) -> None:
    """Index this incident by its cell, for later reports."""
    places, entry = context.ctx[PLACES], _place_entry(context.incident)
    places.put(entry, (*(places.get(entry) or ()), context.incident_id))


def find_duplicate(context: IncidentContext, conditions: Conditions) -> IncidentContext | None:
    """Return the reporter's own earliest report of the same incident that is under audit or open, if any."""
    own = (other for other in _same_incidents(context) if other.incident.reporter_id == context.incident.reporter_id)
    found = min(own, key=lambda other: (other.incident.reported_ms, other.incident_id), default=None)
    if found is not None:
        is_same(context, found, conditions)
    return found


def find_mergeable(context: IncidentContext) -> IncidentContext | None:
    """Return the same incident with an open group, if any: of several the one created first."""
    if not context.section.merge:
        return None
    found = (other for other in _same_incidents(context) if other.is_open)
    return min(found, key=lambda other: (other.incident.created_ms, other.incident_id), default=None)


def merge(context: IncidentContext, other: IncidentContext, trigger: Trigger, conditions: Conditions) -> Iterator[Any]:
    """Add the reporter to the other incident's group as event user, and end this incident (EG-15)."""
    account_id = context.incident.reporter_id
    person = other.person(account_id)
    person = replace(
        person,
        status=MEMBER,
        roles=rank_roles((*person.roles, EventRole.EVENT_USER)),
        found_ms=max(person.found_ms, trigger.at_ms),
        answered_ms=max(person.answered_ms, context.incident.reported_ms),
        joined=True,
    )
    other.add_people((account_id,))
    other.put_person(account_id, person)
    shown = membership_as_evidence(other, person) | {"merged_incident": context.incident_id}
    decision = other.decide(
        "MEMBER_ADDED", trigger, shown, other_id=account_id, reasons=(MERGED,), conditions=conditions
    )
    command = add_member(decision, other, account_id, person)
    yield decision
    yield command
    yield from close(context, trigger, MERGED, {"merged_into": other.incident_id}, conditions)


def is_same(context: IncidentContext, other: IncidentContext, conditions: Conditions) -> bool:
    """Return whether two reports of one kind are near enough in place and time, limits included (EG-15)."""
    section, one, another = context.section, context.incident, other.incident
    away_m = distance_m(one.latitude, one.longitude, another.latitude, another.longitude)
    apart_ms = abs(one.reported_ms - another.reported_ms)
    is_near = conditions.compare("distance_m", away_m, "<=", section.same_incident_m)
    return is_near and conditions.compare("apart_ms", apart_ms, "<=", section.same_incident_ms)


def _same_incidents(context: IncidentContext) -> Iterator[IncidentContext]:
    """Yield the incidents under audit or open that match this one."""
    incident, section = context.incident, context.section
    for cell in cells_within(incident.latitude, incident.longitude, section.same_incident_m):
        for incident_id in context.ctx[PLACES].get(join_ids(incident.kind, cell)) or ():
            other = IncidentContext(incident_id, context.ctx)
            if incident_id != context.incident_id and is_same(context, other, Conditions()):
                yield other


def _place_entry(incident: Incident) -> str:
    return join_ids(incident.kind, cell_of(incident.latitude, incident.longitude))

"""Is this the same incident as another one? Key: a shard of kinds of incident.

The same kind, near in place and near in time, both ends included (EG-15). Incidents that are under audit or open are
found by the cell that they happened in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.attention.geometry import cell_of, cells_within, distance_m
from operators.decision import Conditions
from operators.event_group.commands import add_member
from operators.event_group.ending import close
from operators.event_group.evidence import membership_as_evidence
from operators.event_group.incident import MEMBER, IncidentContext, Trigger
from operators.event_group.roles import rank_roles
from schemas.records import EventRole
from state.catalog.entry_key import joint
from state.catalog.event_group import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.entries.event_group import Incident

MERGED = "MERGED"


def index_place(context: IncidentContext) -> None:
    """Let later reports find this incident by its place."""
    places, entry = context.ctx[PLACES], _place_entry(context.incident)
    places.put(entry, (*(places.get(entry) or ()), context.incident_id))


def find_duplicate(context: IncidentContext, conditions: Conditions) -> IncidentContext | None:
    """Return what the reporter has reported before if it is the same, and under audit or open: the first of several."""
    own = (other for other in _same_incidents(context) if other.incident.reporter_id == context.incident.reporter_id)
    found = min(own, key=lambda other: (other.incident.reported_ms, other.incident_id), default=None)
    if found is not None:
        is_same(context, found, conditions)
    return found


def find_mergeable(context: IncidentContext) -> IncidentContext | None:
    """Return the incident whose open group serves this one too: of several the one that was created first."""
    if not context.section.merge:
        return None
    found = (other for other in _same_incidents(context) if other.is_open)
    return min(found, key=lambda other: (other.incident.created_ms, other.incident_id), default=None)


def merge(context: IncidentContext, other: IncidentContext, trigger: Trigger, conditions: Conditions) -> Iterator[Any]:
    """Make the reporter an event user of the group that is there, and end the own incident (EG-15)."""
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
    """Return whether two reports of one kind are of the same incident, both ends included (EG-15)."""
    section, one, another = context.section, context.incident, other.incident
    away_m = distance_m(one.latitude, one.longitude, another.latitude, another.longitude)
    apart_ms = abs(one.reported_ms - another.reported_ms)
    is_near = conditions.compare("distance_m", away_m, "<=", section.same_incident_m)
    return is_near and conditions.compare("apart_ms", apart_ms, "<=", section.same_incident_ms)


def _same_incidents(context: IncidentContext) -> Iterator[IncidentContext]:
    """Yield the incidents under audit or open that are the same as this one."""
    incident, section = context.incident, context.section
    for cell in cells_within(incident.latitude, incident.longitude, section.same_incident_m):
        for incident_id in context.ctx[PLACES].get(joint(incident.kind, cell)) or ():
            other = IncidentContext(incident_id, context.ctx)
            if incident_id != context.incident_id and is_same(context, other, Conditions()):
                yield other


def _place_entry(incident: Incident) -> str:
    return joint(incident.kind, cell_of(incident.latitude, incident.longitude))

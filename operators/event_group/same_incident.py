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
from operators.event_group.incident import MEMBER, Affair, Cause
from operators.event_group.roles import ranked
from schemas.records import EventRole
from state.catalog.entry_key import joint
from state.catalog.event_group import PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.entries.event_group import Incident

MERGED = "MERGED"


def settle_down(affair: Affair) -> None:
    """Let later reports find this incident by its place."""
    places, entry = affair.ctx[PLACES], _entry(affair.incident)
    places.put(entry, (*(places.get(entry) or ()), affair.incident_id))


def own_repeated(affair: Affair, conditions: Conditions) -> Affair | None:
    """Return what the reporter has reported before if it is the same, and under audit or open: the first of several."""
    own = (other for other in _same(affair) if other.incident.reporter_id == affair.incident.reporter_id)
    found = min(own, key=lambda other: (other.incident.reported_ms, other.incident_id), default=None)
    if found is not None:
        is_same(affair, found, conditions)
    return found


def mergeable(affair: Affair) -> Affair | None:
    """Return the incident whose open group serves this one too: of several the one that was created first."""
    if not affair.section.merge:
        return None
    found = (other for other in _same(affair) if other.is_open)
    return min(found, key=lambda other: (other.incident.created_ms, other.incident_id), default=None)


def merge(affair: Affair, other: Affair, cause: Cause, conditions: Conditions) -> Iterator[Any]:
    """Make the reporter an event user of the group that is there, and end the own incident (EG-15)."""
    account_id = affair.incident.reporter_id
    person = other.person(account_id)
    person = replace(
        person,
        status=MEMBER,
        roles=ranked((*person.roles, EventRole.EVENT_USER)),
        found_ms=max(person.found_ms, cause.at_ms),
        answered_ms=max(person.answered_ms, affair.incident.reported_ms),
        joined=True,
    )
    other.enlist((account_id,))
    other.keep(account_id, person)
    shown = membership_as_evidence(other, person) | {"merged_incident": affair.incident_id}
    decision = other.decide("MEMBER_ADDED", cause, shown, other_id=account_id, reasons=(MERGED,), conditions=conditions)
    command = add_member(decision, other, account_id, person)
    yield decision
    yield command
    yield from close(affair, cause, MERGED, {"merged_into": other.incident_id}, conditions)


def is_same(affair: Affair, other: Affair, conditions: Conditions) -> bool:
    """Return whether two reports of one kind are of the same incident, both ends included (EG-15)."""
    section, one, another = affair.section, affair.incident, other.incident
    away_m = distance_m(one.latitude, one.longitude, another.latitude, another.longitude)
    apart_ms = abs(one.reported_ms - another.reported_ms)
    is_near = conditions.compare("distance_m", away_m, "<=", section.same_incident_m)
    return is_near and conditions.compare("apart_ms", apart_ms, "<=", section.same_incident_ms)


def _same(affair: Affair) -> Iterator[Affair]:
    """Yield the incidents under audit or open that are the same as this one."""
    incident, section = affair.incident, affair.section
    for cell in cells_within(incident.latitude, incident.longitude, section.same_incident_m):
        for incident_id in affair.ctx[PLACES].get(joint(incident.kind, cell)) or ():
            other = Affair(incident_id, affair.ctx)
            if incident_id != affair.incident_id and is_same(affair, other, Conditions()):
                yield other


def _entry(incident: Incident) -> str:
    return joint(incident.kind, cell_of(incident.latitude, incident.longitude))

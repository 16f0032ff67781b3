"""The part of the dataflow graph that leads from incidents to event groups.

A dataflow graph has no loops, so no step can query another and wait for the answer. Instead, whatever may lead to a
group emits a query that passes through the steps of everybody who could help; the answers meet the trigger in the step
`event-group`, which decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from operators.attention.following import Following
from operators.attention.geometry import cells_containing, location_cells
from operators.attention.journey import Journey
from operators.attention.vicinity import Vicinity
from operators.attention.watchers import Watchers
from operators.enforcement.enforced_operator import EnforcedOperator
from operators.event_group.event_group import EventGroup
from operators.event_group.incident_desk import IncidentDesk
from operators.event_group.matching import Matching
from operators.event_group.reporter import Reporter
from operators.ids import SHARDS, shard_of
from schemas.records import HelpSought, IdentificationSought, IncidentFiled, LocationUpdated, PositionChanged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.dataflow.graph import Graph, Stream


@dataclass(frozen=True, slots=True)
class EventGroupInputs:
    """The input streams. `acquaintance` emits who has to forget whom after an erasure."""

    acquaintance: Stream
    follows: Stream
    locations: Stream
    incidents: Stream
    groups: Stream
    erasures: Stream


def add_event_group(job: Graph, inputs: EventGroupInputs) -> tuple[Stream, Stream]:
    """Add the steps from follows, locations and incidents to event groups; return the streams of those that decide."""
    follows, erasures = inputs.follows, inputs.erasures
    following = job.process(
        Following(), inputs.acquaintance.key_by(owner), follows.key_by(watch_object), erasures.key_by(owner)
    )
    journey = job.process(
        Journey(),
        following.key_by(watch_object),
        inputs.locations.key_by(position_owner),
        erasures.key_by(owner),
    )
    desk = job.process(IncidentDesk(), inputs.incidents.key_by(incident), erasures.key_by(every_shard))
    reporter = job.process(
        Reporter(), desk.key_by(reporter_of), inputs.groups.key_by(invited_member), erasures.key_by(owner)
    )
    vicinity = job.process(Vicinity(), journey.key_by(grid_cells), desk.key_by(grid_cells))
    matching = job.process(
        Matching(),
        following.key_by(watch_object_shard),
        follows.key_by(watch_object_shard),
        desk.key_by(search_shards),
        erasures.key_by(owner_shard),
    )
    watchers = job.process(
        EnforcedOperator(Watchers()),
        following.key_by(watch_object),
        desk.key_by(watch_object),
        vicinity.key_by(watch_object),
        matching.key_by(watch_object),
        erasures.key_by(owner),
    )
    event_group = job.process(
        EnforcedOperator(EventGroup()),
        desk.key_by(kind_unless_report),
        reporter.key_by(kind),
        vicinity.key_by(kind),
        matching.key_by(kind),
        watchers.key_by(kind),
        erasures.key_by(every_shard),
    )
    return watchers, event_group


def owner(event: Any) -> Iterable[str]:  # noqa: ANN401 - any record of the stream
    """Key by the account that the record is of."""
    return (event.account_id,)


def watch_object(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the watch object: the account that is, or may be, watched over."""
    return (event.object_id,)


def watch_object_shard(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of the watch object."""
    return (shard_of(event.object_id),)


def owner_shard(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of the account that the record is of."""
    return (shard_of(event.account_id),)


def position_owner(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account or the organisation whose position it is."""
    return (event.account_id if isinstance(event, LocationUpdated) else event.organisation_id,)


def grid_cells(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the grid cells that a position, a service area or a query for help concerns."""
    if isinstance(event, HelpSought):
        around = location_cells(event.latitude, event.longitude, event.reach_m)
        return sorted({*around, *cells_containing(event.latitude, event.longitude)})
    if isinstance(event, PositionChanged):
        return (event.cell,) if event.left_cell is None else (event.cell, event.left_cell)
    return event.cells  # type: ignore[no-any-return]


def incident(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of the incident, so that an erasure finds the reports that name an account."""
    return (shard_of(event.incident_id),)


def kind(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of the kind of incident: whether a report gets a group of its own depends on earlier groups."""
    return (shard_of(event.kind),)


def kind_unless_report(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of the kind, except incident reports: they arrive through the step `reporter`."""
    return () if isinstance(event, IncidentFiled) else kind(event)


def reporter_of(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the reporter; a record without one does not concern a reporter's history."""
    return (event.reporter_id,) if event.reporter_id else ()


def invited_member(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key a join by the account, if somebody has invited it."""
    return (event.account_id,) if event.inviter_id else ()


def search_shards(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Send searches by picture, digest or age to all shards of watch objects, and nothing else."""
    if isinstance(event, IdentificationSought):
        return SHARDS if event.pictures or event.digests else ()
    return SHARDS if event.by_age else ()


def every_shard(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure to all shards of incidents, for each may name the account."""
    return SHARDS

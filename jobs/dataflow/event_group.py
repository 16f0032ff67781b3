"""The part of the risk job that brings people together when something happens, drawn in code.

What may lead to a group makes a question, which runs ahead of it through everybody who could help; the answers come
together with it where the group is decided on. Streams have no loops: so nobody asks and waits.
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
    """What flows in. Of the acquaintances comes who has to forget whom."""

    acquaintance: Stream
    follows: Stream
    locations: Stream
    incidents: Stream
    erasures: Stream


def add_event_group(job: Graph, into: EventGroupInputs) -> Stream:
    """Draw the steps from follows, locations and incidents to event groups."""
    follows, erasures = into.follows, into.erasures
    following = job.process(
        Following(), into.acquaintance.key_by(owner), follows.key_by(watch_object), erasures.key_by(owner)
    )
    journey = job.process(
        Journey(),
        following.key_by(watch_object),
        into.locations.key_by(position_owner),
        erasures.key_by(owner),
    )
    desk = job.process(IncidentDesk(), into.incidents.key_by(incident), erasures.key_by(every_shard))
    reporter = job.process(Reporter(), desk.key_by(reporter_of), erasures.key_by(owner))
    vicinity = job.process(Vicinity(), journey.key_by(grid_cells), desk.key_by(grid_cells))
    matching = job.process(
        Matching(),
        following.key_by(watch_object_shard),
        follows.key_by(watch_object_shard),
        desk.key_by(search_shards),
        erasures.key_by(owner_shard),
    )
    watchers = job.process(
        Watchers(),
        following.key_by(watch_object),
        desk.key_by(watch_object),
        vicinity.key_by(watch_object),
        matching.key_by(watch_object),
        erasures.key_by(owner),
    )
    return job.process(
        EnforcedOperator(EventGroup()),
        desk.key_by(kind_unless_report),
        reporter.key_by(kind),
        vicinity.key_by(kind),
        matching.key_by(kind),
        watchers.key_by(kind),
        erasures.key_by(every_shard),
    )


def owner(event: Any) -> Iterable[str]:  # noqa: ANN401 - any record of the stream
    """Key by the account whose record it is."""
    return (event.account_id,)


def watch_object(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the account that is, or may be, watched over."""
    return (event.object_id,)


def watch_object_shard(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of the account that is, or may be, watched over."""
    return (shard_of(event.object_id),)


def owner_shard(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of the account whose record it is."""
    return (shard_of(event.account_id),)


def position_owner(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the person or the organisation that is somewhere."""
    return (event.account_id if isinstance(event, LocationUpdated) else event.organisation_id,)


def grid_cells(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the cells of the grid that a place, an area or a question concerns."""
    if isinstance(event, HelpSought):
        around = location_cells(event.latitude, event.longitude, event.reach_m)
        return sorted({*around, *cells_containing(event.latitude, event.longitude)})
    if isinstance(event, PositionChanged):
        return (event.cell,) if event.left_cell is None else (event.cell, event.left_cell)
    return event.cells  # type: ignore[no-any-return]


def incident(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of an incident, so that an erasure finds the reports that name an account."""
    return (shard_of(event.incident_id),)


def kind(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of a kind of incident: one group's end decides whether the next report of it gets its own."""
    return (shard_of(event.kind),)


def kind_unless_report(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the shard of a kind, except reports: they come by way of their reporter."""
    return () if isinstance(event, IncidentFiled) else kind(event)


def reporter_of(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Key by the reporter; what an auditor did not reject is none of the reporter's past."""
    return (event.reporter_id,) if event.reporter_id else ()


def search_shards(event: Any) -> Iterable[str]:  # noqa: ANN401
    """Send to all shards of objects what has to be searched for, and nothing else."""
    if isinstance(event, IdentificationSought):
        return SHARDS if event.pictures or event.digests else ()
    return SHARDS if event.by_age else ()


def every_shard(_: Any) -> Iterable[str]:  # noqa: ANN401
    """Send an erasure to all shards of incidents, for any may name the account."""
    return SHARDS

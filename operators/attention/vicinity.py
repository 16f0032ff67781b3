"""Accounts and service areas in one grid cell, searched for each incident.

Keyed by an H3 cell. An incident queries all cells that may hold somebody within its radius; each cell measures exactly
and emits `NeighboursFound` for its own accounts, and `AttentionSought` for each watched one. Positions end here: only
ids and distances go on (EG-26).
"""

from __future__ import annotations

from math import radians
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from operators.attention.geometry import EARTH_M, distance_m
from operators.operator import Context, Handler, Operator
from operators.retention import set_cleanup_timer
from schemas.records import (
    AttentionSought,
    Concern,
    HelpSought,
    NeighboursFound,
    PositionChanged,
    ServiceChanged,
)
from state.catalog.attention import LIVE, SERVICES, SWEEP
from state.catalog.entry_key import SELF
from state.entries.attention import Position, Service

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operators.policy.event_group import EventGroupPolicy


class Vicinity(Operator):
    """Keeps the accounts last located in its cell or near it, and the areas that may cover it."""

    uid = "vicinity"
    states = (LIVE, SERVICES, SWEEP)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {PositionChanged: on_position_changed, ServiceChanged: on_service_changed, HelpSought: on_help_sought}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove expired positions in one sweep over the cell; one timer serves all that came since the last."""
        life_ms, left_ms = ctx.policy.event_group.location_ttl_ms + 1, []
        for account_id, position in list(ctx[LIVE].items()):
            if position.seen_ms + life_ms <= at_ms:
                ctx[LIVE].remove(account_id)
            else:
                left_ms.append(position.seen_ms + life_ms)
        ctx[SWEEP].remove(SELF)
        if left_ms:
            _sweep_at(min(left_ms), ctx)
        yield from ()


def on_position_changed(event: PositionChanged, ctx: Context) -> Iterator[Any]:
    """Store an account's position, or remove an account that left the cell."""
    if event.gone or ctx.key == event.left_cell:
        ctx[LIVE].remove(event.account_id)
        return
    ctx[LIVE].put(event.account_id, Position(event.latitude, event.longitude, event.seen_ms, event.watched))
    if ctx[SWEEP].get(SELF) is None:
        _sweep_at(event.seen_ms + ctx.policy.event_group.location_ttl_ms + 1, ctx)
    yield from ()


def on_service_changed(event: ServiceChanged, ctx: Context) -> Iterator[Any]:
    """Store an organisation's service area, or remove one that no longer reaches this cell."""
    if event.gone:
        ctx[SERVICES].remove(event.organisation_id)
    else:
        area = Service(event.latitude, event.longitude, event.radius_m, event.incident_kinds, (), event.at_ms)
        ctx[SERVICES].put(event.organisation_id, area)
    yield from ()


def on_help_sought(event: HelpSought, ctx: Context) -> Iterator[Any]:
    """Emit the accounts near an incident and the organisations that serve it; query the followers of watched ones.

    The rules are EG-18 to EG-22. A search that widens finds nearby users alone, and nobody who is watched (EG-50).
    """
    section = ctx.policy_of(event.policy_version).event_group
    near = _find_near(event, section, ctx)
    serving = () if event.widened_m else ctx[SERVICES].items()
    organisations = sorted(name for name, area in serving if _is_served(event, area))
    for object_id in sorted(near.watched):
        yield _attention_sought(event, object_id, section)
    if near.distances or organisations:
        yield NeighboursFound(
            event_id=event.event_id,
            at_ms=event.at_ms,
            late=event.late or ctx.late,
            incident_id=event.incident_id,
            kind=event.kind,
            cell=ctx.key,
            account_ids=tuple(near.distances),
            distances_m=tuple(near.distances.values()),
            organisation_ids=tuple(organisations),
        )


def _sweep_at(at_ms: int, ctx: Context) -> None:
    ctx[SWEEP].put(SELF, True)  # noqa: FBT003 - a mark has one value
    set_cleanup_timer(ctx, at_ms)


class _Near(Struct, frozen=True):
    distances: dict[str, int] = field(default_factory=dict)
    watched: list[str] = field(default_factory=list)


def _find_near(event: HelpSought, section: EventGroupPolicy, ctx: Context) -> _Near:
    """Return the accounts within the radius (with distances), and the watched ones within the radius of concern."""
    near, oldest_ms = _Near(), event.at_ms - section.location_ttl_ms
    radius_m, concern_m, reach_m = section.radius_m, section.concern_radius_m, event.reach_m
    if event.widened_m:
        radius_m, concern_m = event.widened_m, -1
    band = (reach_m + 1) / (EARTH_M * radians(1))  # degrees of latitude: a cheap filter before measuring
    for account_id, position in ctx[LIVE].items():
        if position.seen_ms >= oldest_ms and abs(position.latitude - event.latitude) <= band:
            away_m = distance_m(event.latitude, event.longitude, position.latitude, position.longitude)
            if away_m <= radius_m and not (event.widened_m and position.watched):
                near.distances[account_id] = away_m
            if position.watched and away_m <= concern_m:
                near.watched.append(account_id)
    return near


def _is_served(event: HelpSought, area: Service) -> bool:
    away_m = distance_m(event.latitude, event.longitude, area.latitude, area.longitude)
    return event.kind in area.kinds and away_m <= area.radius_m


def _attention_sought(event: HelpSought, object_id: str, section: EventGroupPolicy) -> AttentionSought:
    return AttentionSought(
        event_id=event.event_id,
        at_ms=event.at_ms,
        rank=event.rank,
        late=event.late,
        incident_id=event.incident_id,
        kind=event.kind,
        object_id=object_id,
        reason=Concern.NEAR,
        until_ms=event.at_ms + section.group_life_ms,
    )

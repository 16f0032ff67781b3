"""Latest location of an account, and the service area of an organisation.

Keyed by the account. Emits `PositionChanged` and `ServiceChanged` to the grid cells concerned: only cells can be
searched, and only this step stores which cell an account is in, so it also notifies the cell that an account leaves. A
location costs one update here and one in its cell, wherever in the world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operators.attention.geometry import cells_of_area, location_cell
from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.operator import ERASED_METRIC, LATE_FACT_METRIC, Context, Handler, Operator
from operators.retention import set_cleanup_timer
from schemas.event_order import rank_of
from schemas.records import (
    AccountErased,
    FollowChanged,
    LocationUpdated,
    OrganisationRegistered,
    PositionChanged,
    ServiceChanged,
)
from state.catalog.attention import SERVICE_AREA, WATCHED, WHEREABOUTS
from state.catalog.entry_key import SELF
from state.catalog.erasure import ERASED
from state.entries.attention import Service, Whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PositionEvent = LocationUpdated | FollowChanged | AccountErased


class Journey(Operator):
    """Keeps the latest location and the service area of one account, and updates the cells."""

    uid = "journey"
    states = (WHEREABOUTS, WATCHED, SERVICE_AREA, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            LocationUpdated: on_location_updated,
            FollowChanged: on_follow_changed,
            OrganisationRegistered: on_organisation_registered,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove a location that has expired. One timer is set as long as a location is stored."""
        latest = ctx[WHEREABOUTS].get(SELF)
        if latest is not None:
            end_ms = latest.seen_ms + ctx.policy.event_group.location_ttl_ms + 1
            if end_ms <= at_ms:
                ctx[WHEREABOUTS].remove(SELF)
            else:
                set_cleanup_timer(ctx, end_ms)
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_location_updated(event: LocationUpdated, ctx: Context) -> Iterator[Any]:
    """Store the latest location; an older one that arrives late is ignored (EG-18)."""
    whereabouts = ctx[WHEREABOUTS]
    before = whereabouts.get(SELF)
    if erased_after(ctx, event.at_ms) is not None:
        yield ERASED_METRIC
    elif before is not None and event.at_ms < before.seen_ms:
        yield LATE_FACT_METRIC
    else:
        cell = location_cell(event.latitude, event.longitude, None if before is None else before.cell)
        now = Whereabouts(cell, event.latitude, event.longitude, event.at_ms)
        whereabouts.put(SELF, now)
        if before is None:
            set_cleanup_timer(ctx, event.at_ms + ctx.policy.event_group.location_ttl_ms + 1)
        left_cell = None if before is None or before.cell == now.cell else before.cell
        yield _position_changed(event, now, ctx, left_cell=left_cell)


def on_follow_changed(event: FollowChanged, ctx: Context) -> Iterator[Any]:
    """Update the cell when the account gains its first follower or loses its last: only then is it an object."""
    if event.watched == (ctx[WATCHED].get(SELF) is not None):
        return
    if event.watched:
        ctx[WATCHED].put(SELF, True)  # noqa: FBT003 - a mark has one value
    else:
        ctx[WATCHED].remove(SELF)
    latest = ctx[WHEREABOUTS].get(SELF)
    if latest is not None:
        yield _position_changed(event, latest, ctx)


def on_organisation_registered(event: OrganisationRegistered, ctx: Context) -> Iterator[Any]:
    """Store an organisation's area, and update the cells that it covers or covered before (EG-21)."""
    before = ctx[SERVICE_AREA].get(SELF)
    if erased_after(ctx, event.at_ms) is not None:
        yield ERASED_METRIC
    elif before is not None and event.at_ms < before.fact_ms:
        yield LATE_FACT_METRIC
    else:
        cells = cells_of_area(event.latitude, event.longitude, event.radius_m)
        kinds = tuple(sorted(set(event.incident_kinds)))
        now = Service(event.latitude, event.longitude, event.radius_m, kinds, tuple(cells), event.at_ms)
        ctx[SERVICE_AREA].put(SELF, now)
        if before is not None:
            yield _service_changed(event, before, sorted({*before.cells} - {*now.cells}), ctx, gone=True)
        yield _service_changed(event, now, cells, ctx)


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Delete the location and the service area of an erased account, here and in the cells (C-18)."""
    latest, area = ctx[WHEREABOUTS].get(SELF), ctx[SERVICE_AREA].get(SELF)
    if latest is not None and latest.seen_ms < event.at_ms:
        ctx[WHEREABOUTS].remove(SELF)
        yield _position_changed(event, latest, ctx, gone=True)
    if area is not None and area.fact_ms < event.at_ms:
        ctx[SERVICE_AREA].remove(SELF)
        yield _service_changed(event, area, area.cells, ctx, gone=True)
    mark_erased(ctx, event.at_ms)


def _position_changed(
    event: _PositionEvent, whereabouts: Whereabouts, ctx: Context, *, left_cell: str | None = None, gone: bool = False
) -> PositionChanged:
    return PositionChanged(
        event_id=event.event_id,
        at_ms=event.at_ms,
        rank=rank_of(event),
        account_id=ctx.key,
        cell=whereabouts.cell,
        latitude=whereabouts.latitude,
        longitude=whereabouts.longitude,
        seen_ms=whereabouts.seen_ms,
        watched=ctx[WATCHED].get(SELF) is not None,
        gone=gone,
        left_cell=left_cell,
    )


def _service_changed(
    event: OrganisationRegistered | AccountErased,
    area: Service,
    cells: list[str] | tuple[str, ...],
    ctx: Context,
    *,
    gone: bool = False,
) -> ServiceChanged:
    return ServiceChanged(
        event_id=event.event_id,
        at_ms=event.at_ms,
        rank=rank_of(event),
        organisation_id=ctx.key,
        cells=tuple(cells),
        latitude=area.latitude,
        longitude=area.longitude,
        radius_m=area.radius_m,
        incident_kinds=area.kinds,
        gone=gone,
    )

"""Great-circle distance (haversine) and the H3 cells within a distance.

The earth is a sphere; distances are rounded to whole metres (EG-19). The H3 grid has neither poles nor an edge at 180
degrees. Cells only narrow the search: what they contain is measured exactly.
"""

from __future__ import annotations

from math import asin, ceil, cos, floor, radians, sin, sqrt
from typing import Final

import h3

EARTH_M: Final = 6_371_008.8
"""Mean radius of the earth, in metres. It is part of the rule: another value changes who is nearby (EG-19)."""

LOCATION_RESOLUTION: Final = 7
"""H3 resolution of live locations. Savepoints hold cells of it: locations are not found at another one."""

REACH_AT_MOST_M: Final = 100_000
"""Largest search distance, in metres: it covers some 7,000 cells, and their number grows with its square."""

_EDGES_M: Final = tuple(float(h3.average_hexagon_edge_length(level, "m")) for level in range(LOCATION_RESOLUTION + 1))
_SHORTEST: Final = 0.6  # of the average edge: a lower bound, as hexagons are squeezed near the icosahedron's edges
_WIDEST: Final = 1.3  # average edges from a cell's centre to its farthest corner, at most
_NEIGHBOUR: Final = (
    1.3  # average edges beyond a cell's farthest corner: an upper bound for the centres of its neighbours
)
_RINGS: Final = 2  # rings of cells that may cover an organisation's area before larger cells are used
_ROUNDING_M: Final = 1
_HYSTERESIS_M: Final = (_WIDEST + _NEIGHBOUR) * _EDGES_M[LOCATION_RESOLUTION]


def distance_m(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> int:
    """Return the great-circle distance of two points (degrees) by the haversine formula, in whole metres (EG-19)."""
    north, other_north = radians(latitude), radians(other_latitude)
    across = sin(radians(other_longitude - longitude) / 2) ** 2 * cos(north) * cos(other_north)
    half_chord = sin((other_north - north) / 2) ** 2 + across
    return floor(2 * EARTH_M * asin(sqrt(min(1.0, half_chord))) + 0.5)


def cell_of(latitude: float, longitude: float) -> str:
    """Return the H3 cell that contains a point."""
    return str(h3.latlng_to_cell(latitude, longitude, LOCATION_RESOLUTION))


def cells_within(latitude: float, longitude: float, reach_m: float) -> list[str]:
    """Return the cells that can contain points at most `reach_m` away, sorted."""
    return _cells_around(latitude, longitude, reach_m, LOCATION_RESOLUTION)


def location_cell(latitude: float, longitude: float, before: str | None) -> str:
    """Return the cell that stores a live location, with hysteresis: the cell `before` as long as it is near enough.

    Otherwise an account that moves along an edge of the grid would change cells with every update.
    """
    cell = cell_of(latitude, longitude)
    if before is None or before == cell:
        return cell
    return before if distance_m(latitude, longitude, *h3.cell_to_latlng(before)) <= _HYSTERESIS_M else cell


def location_cells(latitude: float, longitude: float, reach_m: float) -> list[str]:
    """Return the cells that can store live locations at most `reach_m` away, sorted."""
    return _cells_around(latitude, longitude, reach_m + _NEIGHBOUR * _EDGES_M[LOCATION_RESOLUTION], LOCATION_RESOLUTION)


def cells_of_area(latitude: float, longitude: float, radius_m: float) -> list[str]:
    """Return the cells that store a circular service area: the smallest cells of which a few rings cover it."""
    levels = (level for level in reversed(range(LOCATION_RESOLUTION + 1)) if radius_m <= _covered_m(_RINGS, level))
    level = next(levels, None)
    return sorted(h3.get_res0_cells()) if level is None else _cells_around(latitude, longitude, radius_m, level)


def cells_containing(latitude: float, longitude: float) -> list[str]:
    """Return the cells that contain a point, one of each resolution: they store the areas that may cover it."""
    return [h3.latlng_to_cell(latitude, longitude, level) for level in range(LOCATION_RESOLUTION + 1)]


def _covered_m(rings: int, level: int) -> float:
    """Return the distance, in metres, within which `rings` rings around a cell cover every point near it."""
    return (1.5 * rings - 0.5) * _SHORTEST * _EDGES_M[level]


def _cells_around(latitude: float, longitude: float, reach_m: float, level: int) -> list[str]:
    reach_m += _ROUNDING_M
    edge_m = _EDGES_M[level]
    rings = ceil((reach_m / (_SHORTEST * edge_m) + 0.5) / 1.5)
    disk = h3.grid_disk(h3.latlng_to_cell(latitude, longitude, level), rings)
    near_m = reach_m + _WIDEST * edge_m
    return sorted(cell for cell in disk if distance_m(latitude, longitude, *h3.cell_to_latlng(cell)) <= near_m)

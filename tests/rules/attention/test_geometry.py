"""Distances by an independent formula, and completeness of the searched cells (EG-19, EG-21)."""

from __future__ import annotations

from math import acos, asin, atan2, cos, degrees, pi, radians, sin, sqrt

import h3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from operators.attention.geometry import (
    EARTH_M,
    LOCATION_RESOLUTION,
    cell_of,
    cells_containing,
    cells_of_area,
    cells_within,
    distance_m,
    location_cell,
    location_cells,
)

Point = tuple[float, float]

LATITUDES = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, -89.9999, 0.0, 89.9999, 90.0]))
LONGITUDES = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, -179.9999, 0.0, 179.9999, 180.0]))
# The grid is least regular around the vertices of the icosahedron that it is projected from.
CORNERS = [h3.cell_to_latlng(cell) for cell in h3.get_pentagons(LOCATION_RESOLUTION)]
POINTS = st.one_of(st.tuples(LATITUDES, LONGITUDES), st.sampled_from(CORNERS))
DIRECTIONS = st.floats(0, 2 * pi)


def vector(point: Point) -> tuple[float, float, float]:
    north, east = map(radians, point)
    return cos(north) * cos(east), cos(north) * sin(east), sin(north)


def independent_m(one: Point, other: Point) -> float:
    """The distance by the angle between two vectors (cross and dot product), without haversine."""
    (a, b, c), (x, y, z) = vector(one), vector(other)
    cross = sqrt((b * z - c * y) ** 2 + (c * x - a * z) ** 2 + (a * y - b * x) ** 2)
    return EARTH_M * atan2(cross, a * x + b * y + c * z)


def destination(point: Point, direction: float, metres: float) -> Point:
    """The point at a distance in a direction."""
    north, east, angle = *map(radians, point), metres / EARTH_M
    to_north = asin(max(-1, min(1, sin(north) * cos(angle) + cos(north) * sin(angle) * cos(direction))))
    across = sin(direction) * sin(angle) * cos(north)
    to_east = east + atan2(across, cos(angle) - sin(north) * sin(to_north))
    return degrees(to_north), (degrees(to_east) + 540) % 360 - 180


@given(POINTS, POINTS)
@example((90.0, 0.0), (-90.0, 77.0))
@example((0.0, 180.0), (0.0, -180.0))
@example((0.0, 0.0), (0.0, 180.0))
def test_a_distance_agrees_with_an_independent_formula__eg_19(one: Point, other: Point) -> None:
    assert abs(distance_m(*one, *other) - independent_m(one, other)) <= 0.5001
    assert distance_m(*one, *other) == distance_m(*other, *one)


@given(POINTS)
def test_a_point_is_at_distance_zero_from_itself_and_half_around_from_its_antipode__eg_19(point: Point) -> None:
    antipode = -point[0], point[1] - 180 if point[1] > 0 else point[1] + 180
    assert distance_m(*point, *point) == 0
    assert distance_m(*point, *antipode) == int(EARTH_M * acos(-1) + 0.5)


@given(POINTS, DIRECTIONS, st.floats(0, 1), st.sampled_from([0, 1, 500, 2_000, 2_001, 9_000]))
def test_every_near_point_is_in_a_searched_cell__eg_18(
    point: Point, direction: float, share: float, reach: int
) -> None:
    other = destination(point, direction, reach * share)
    assert cell_of(*other) in cells_within(*point, reach)


@given(
    POINTS, st.lists(st.tuples(DIRECTIONS, st.floats(0, 9_000)), min_size=1, max_size=9), DIRECTIONS, st.floats(0, 1)
)
def test_a_moved_location_is_stored_in_a_searched_cell__eg_18(
    point: Point, steps: list[tuple[float, float]], direction: float, share: float
) -> None:
    cell = location_cell(*point, None)
    for step in steps:
        point = destination(point, *step)
        cell = location_cell(*point, cell)
    assert cell in location_cells(*destination(point, direction, 2_000 * share), 2_000)


@given(POINTS)
def test_a_location_stays_in_its_cell_up_to_the_next_cell_but_not_to_the_third(point: Point) -> None:
    home = cell_of(*point)
    assert all(location_cell(*h3.cell_to_latlng(cell), home) == home for cell in h3.grid_ring(home, 1))
    assert all(location_cell(*h3.cell_to_latlng(cell), home) == cell for cell in h3.grid_ring(home, 3))


@pytest.mark.parametrize("reach", [50_000, 100_000])
def test_large_radii_are_searched_completely__eg_18(reach: int) -> None:
    for point in [(48.2, 16.4), (89.9, 0.0), (-1.0, 179.9), CORNERS[0]]:
        cells = set(cells_within(*point, reach))
        assert all(cell_of(*destination(point, turn / 20, reach)) in cells for turn in range(126))


@given(POINTS, DIRECTIONS, st.floats(0, 1), st.floats(0, 1))
def test_every_served_point_is_in_a_cell_of_the_area__eg_21(
    point: Point, direction: float, share: float, size: float
) -> None:
    radius = 20_000_000 * size**4
    other = destination(point, direction, radius * share)
    assert set(cells_containing(*other)) & set(cells_of_area(*point, radius))


@given(POINTS, st.floats(0, 20_037_509))
def test_an_area_of_any_size_is_stored_in_few_cells__eg_21(point: Point, radius: float) -> None:
    assert len(cells_of_area(*point, radius)) <= 122


@given(POINTS)
def test_a_search_of_the_usual_size_queries_few_cells__eg_18(point: Point) -> None:
    assert len(location_cells(*point, 2_000)) <= 40

"""CachedLast: a record that goes to several keys is packed once."""

from __future__ import annotations

from msgspec.structs import replace

from jobs.dataflow.graph import Route
from jobs.runtime.envelope import CachedLast
from tests.schemas.record_strategies import example


def test_the_result_for_the_same_record_is_cached() -> None:
    made: list[object] = []
    once = CachedLast(lambda route: made.append(route) or len(made))
    one, other = (Route("step", key, example("LocationUpdated")) for key in "ab")
    to_another_key = Route("step", "c", one.record)
    assert [once(one), once(to_another_key), once(other), once(other), once(one)] == [1, 1, 2, 2, 3]
    assert made == [one, other, one]


def test_it_is_computed_again_where_repetitions_are_not_dropped() -> None:
    once = CachedLast(lambda route: route.drops_repeats)
    route = Route("step", "a", example("LocationUpdated"))
    assert [once(route), once(replace(route, drops_repeats=False))] == [True, False]

"""CachedLast: a record that goes to several keys is packed once."""

from __future__ import annotations

from jobs.runtime.envelope import CachedLast
from tests.schemas.record_strategies import example


def test_the_result_for_the_same_record_is_cached() -> None:
    made: list[object] = []
    once = CachedLast(lambda record: made.append(record) or len(made))
    one, other = example("LocationUpdated"), example("LocationUpdated")
    assert [once(one), once(one), once(other), once(other), once(one)] == [1, 1, 2, 2, 3]
    assert made == [one, other, one]

"""What travels to several keys is packed for all of them at once."""

from __future__ import annotations

from jobs.runtime.envelope import CachedLast
from tests.schemas.record_strategies import example


def test_what_goes_to_several_keys_is_made_once() -> None:
    made: list[object] = []
    once = CachedLast(lambda record: made.append(record) or len(made))
    one, other = example("LocationUpdated"), example("LocationUpdated")
    assert [once(one), once(one), once(other), once(other), once(one)] == [1, 1, 2, 2, 3]
    assert made == [one, other, one]

"""Benchmark of the forest: accesses of a join, and of a case near the offender, are independent of size (IF-17)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from bench.steps.forest import GroupStep, join_event, suspicious_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.spec import MapSpec, RawMap


class Counted:
    """A state that counts its accesses."""

    def __init__(self, raw: RawMap, touched: Counter[str]) -> None:
        self._raw, self._touched = raw, touched

    def get(self, key: str | int) -> bytes | None:
        self._touched["get"] += 1
        return self._raw.get(key)

    def put(self, key: str | int, value: bytes) -> None:
        self._touched["put"] += 1
        self._touched["bytes"] += len(value)
        self._raw.put(key, value)

    def remove(self, key: str | int) -> None:
        self._touched["remove"] += 1
        self._raw.remove(key)

    def items(self) -> Iterator[tuple[str | int, bytes]]:
        self._touched["items"] += 1
        return self._raw.items()


class CountingDesk(GroupStep):
    """A desk that knows how often its state was touched."""

    def __init__(self) -> None:
        super().__init__()
        self.touched: Counter[str] = Counter()

    def cell(self, spec: MapSpec[Any, Any]) -> RawMap:
        return Counted(super().cell(spec), self.touched)

    def cost(self, record: Any) -> Counter[str]:
        self.touched.clear()
        self.measure_us(record)
        return Counter(self.touched)


@pytest.mark.parametrize("shape", ["chain", "star"])
def test_a_join_accesses_as_much_state_at_the_end_as_at_the_start__if_17(shape: str) -> None:
    desk = CountingDesk()
    costs = [desk.cost(join_event(shape, number)) for number in range(3_000)]
    for name in ("get", "put", "remove", "items"):
        assert costs[20][name] == costs[-1][name]
    assert costs[-1]["items"] == 0
    assert costs[-1]["bytes"] <= costs[20]["bytes"] + 50


def test_a_case_accesses_as_much_state_anywhere_beyond_the_accounts_that_it_names__if_17_if_22_if_53() -> None:
    desk = CountingDesk()
    for number in range(3_000):
        desk.measure_us(join_event("chain", number))
    near, far = desk.cost(suspicious_event(100, 0)), desk.cost(suspicious_event(2_900, 1))
    assert [near[name] for name in ("get", "put", "items")] == [far[name] for name in ("get", "put", "items")]
    assert far["items"] == 0

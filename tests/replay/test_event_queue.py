"""TimeOrderedRows: a persistent priority queue, whatever part of it is in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.replay import event_queue
from jobs.replay.event_queue import NEVER_MS, TimeOrderedRows, sequence_bytes
from state.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = st.tuples(st.integers(-3, 9), st.binary(max_size=1))
CHANGES = st.lists(st.one_of(ROWS, st.just("pop"), st.just("again")), max_size=60)


@pytest.fixture(params=[1, 2, 4_096], autouse=True)
def held(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_queue, "MAX_KEYS_IN_MEMORY", request.param)
        yield


@given(CHANGES)
def test_rows_are_popped_in_order_of_time_also_after_a_restart(changes: list[tuple[int, bytes] | str]) -> None:
    store, oracle = MemoryStore(), dict[tuple[int, bytes], bytes]()
    rows = TimeOrderedRows(store, "step", "alarms")
    TimeOrderedRows(store, "step", "waiting").add(0, b"of somebody else", b"")
    for number, change in enumerate(changes):
        if isinstance(change, tuple):
            oracle[change] = bytes([number])
            rows.add(*change, oracle[change])
        elif change == "again":
            rows = TimeOrderedRows(store, "step", "alarms")
        elif oracle:
            first = min(oracle)
            assert rows.pop() == (*first, oracle.pop(first))
        assert rows.earliest_ms == min((at_ms for at_ms, _ in oracle), default=NEVER_MS)


def test_rows_of_one_name_are_counted() -> None:
    rows = TimeOrderedRows(MemoryStore(), "step", "waiting")
    for number in range(40):
        assert rows.count(7, b"a") == number
        rows.add(7, b"a" + sequence_bytes(number), b"")
    assert [rows.count(7, b"b"), rows.count(8, b"a")] == [0, 0]

"""Counter of pending entries: the reported changes add up to the number of pending entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from state.codecs import NUMBER
from state.spec import MapSpec, PendingCountCell
from state.stores.memory import MemoryStore
from state.stores.store import Rows

if TYPE_CHECKING:
    from collections.abc import Callable

WAITING: MapSpec[str, int] = MapSpec(
    "waiting-for",
    str,
    NUMBER,
    entry="number",
    holds="a number",
    kept="until odd",
    is_pending=lambda number: number % 2 == 1,
)
CHANGES = st.lists(
    st.tuples(st.sampled_from("abc"), st.one_of(st.integers(0, 3), st.sampled_from(["remove", "clear"])))
)


@given(CHANGES)
def test_the_changes_add_up_to_the_number_of_pending_entries(changes: list[tuple[str, int | str]]) -> None:
    told: list[int] = []
    cell = WAITING.counted_cell(Rows(MemoryStore(), b"", textual=True), told.append)
    ways: dict[str, Callable[[str], None]] = {"remove": cell.remove, "clear": lambda _: cell.clear()}
    for key, change in changes:
        if isinstance(change, int):
            cell.put(key, change)
        else:
            ways[change](key)
        assert sum(told) == sum(number % 2 for _, number in cell.items())
    assert 0 not in told


def test_a_state_without_pending_entries_reports_nothing() -> None:
    told: list[int] = []
    plain: MapSpec[str, int] = MapSpec("plain", str, NUMBER, entry="number", holds="a number", kept="for ever")
    cell = plain.counted_cell(Rows(MemoryStore(), b"", textual=True), told.append)
    cell.put("a", 1)
    assert told == []
    assert not isinstance(cell, PendingCountCell)

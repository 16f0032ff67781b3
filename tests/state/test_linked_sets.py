"""Linked sets: they hold what a set would, in order of insertion, and every change costs a few entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from state.entries.linked import LINKED_CODEC
from state.entries.relationship import IDS_CODEC
from state.linked_sets import LinkedSets
from state.spec import MapCell
from state.stores.store import Rows, prefix_of
from tests.state.counting_store import CountingStore

if TYPE_CHECKING:
    from state.entries.linked import Linked

NAMES, MEMBERS = st.sampled_from(["ann", "bob"]), st.sampled_from(["i1", "i2", "i3", "i4"])
CHANGES = st.lists(st.tuples(st.sampled_from(["add", "discard"]), NAMES, MEMBERS))
MOST_ROWS: Final = 10


class Sets:
    """Linked sets on a store that counts, beside lists of an earlier release."""

    def __init__(self) -> None:
        self.store = CountingStore()
        self.cell: MapCell[str, Linked] = MapCell(Rows(self.store, prefix_of("mentions"), textual=True), LINKED_CODEC)
        self.lists: MapCell[str, tuple[str, ...]] = MapCell(
            Rows(self.store, prefix_of("mentioned-in"), textual=True), IDS_CODEC
        )
        self.sets = LinkedSets(self.cell, self.lists)


@given(CHANGES)
def test_it_holds_what_a_dictionary_without_values_holds(changes: list[tuple[str, str, str]]) -> None:
    made, model = Sets(), {"ann": dict[str, None](), "bob": dict[str, None]()}
    for change, name, member in changes:
        if change == "add":
            made.sets.add(name, member)
            model[name].setdefault(member)
        else:
            made.sets.discard(name, member)
            model[name].pop(member, None)
    for name, expected in model.items():
        assert (list(made.sets.members(name)), made.sets.size(name)) == (list(expected), len(expected))


@given(CHANGES)
def test_an_empty_set_leaves_no_entry(changes: list[tuple[str, str, str]]) -> None:
    made = Sets()
    for change, name, member in changes:
        getattr(made.sets, change)(name, member)
    for name in ("ann", "bob"):
        for member in made.sets.members(name):
            made.sets.discard(name, member)
    assert list(made.cell.items()) == []


@pytest.mark.parametrize("size", [1, 10, 1_000])
def test_a_change_costs_the_same_at_any_size(size: int) -> None:
    made = Sets()
    for number in range(size):
        made.sets.add("ann", f"i{number}")
    for change, member in (("add", "new"), ("discard", f"i{size // 2}"), ("add", "i0"), ("discard", "absent")):
        made.store.counts.clear()
        getattr(made.sets, change)("ann", member)
        assert made.store.counts["rows"] <= MOST_ROWS


def test_a_list_of_an_earlier_release_is_moved_over_once() -> None:
    made = Sets()
    made.lists.put("ann", ("i1", "i2"))
    made.lists.put("bob", ("i1",))
    made.sets.add("ann", "i3")
    assert list(made.sets.members("ann")) == ["i1", "i2", "i3"]
    assert dict(made.lists.items()) == {"bob": ("i1",)}
    assert list(LinkedSets(made.cell).members("bob")) == []

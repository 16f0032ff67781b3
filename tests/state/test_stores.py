"""Stores: the in-memory and the on-disk store behave alike."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from state.stores.memory import MemoryStore
from state.stores.rocks import REMOVED_AT_MOST, RocksStore
from state.stores.store import Rows, Store, entry_bytes, entry_number, prefix_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEYS = st.binary(max_size=4)
CHANGE = st.tuples(st.sampled_from(["put", "delete", "get", "scan"]), KEYS, st.binary(max_size=3))
CHANGES = st.lists(CHANGE, max_size=30)


@pytest.fixture(params=[MemoryStore, RocksStore])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = request.param() if request.param is MemoryStore else RocksStore(tmp_path / "rows")
    yield made
    made.close()


def test_a_written_row_is_read(store: Store) -> None:
    store.put(b"a", b"1")
    assert store.get(b"a") == b"1"


def test_a_row_never_written_is_none(store: Store) -> None:
    assert store.get(b"a") is None


def test_the_last_write_wins(store: Store) -> None:
    store.put(b"a", b"1")
    store.put(b"a", b"2")
    assert store.get(b"a") == b"2"


def test_a_deleted_row_is_gone_and_deleting_an_absent_row_is_fine(store: Store) -> None:
    store.put(b"a", b"1")
    store.delete(b"a")
    store.delete(b"a")
    assert store.get(b"a") is None


def test_a_scan_yields_only_its_prefix_in_order(store: Store) -> None:
    for key in (b"b2", b"a", b"b1", b"c", b"b"):
        store.put(key, key)
    assert list(store.scan(b"b")) == [(b"b", b"b"), (b"b1", b"b1"), (b"b2", b"b2")]


def test_an_empty_value_is_a_value(store: Store) -> None:
    store.put(b"a", b"")
    assert store.get(b"a") == b""
    assert list(store.scan(b"")) == [(b"a", b"")]


def test_rows_of_two_keys_never_overlap(store: Store) -> None:
    one = Rows(store, prefix_of("step", "friends", "ab"), textual=True)
    other = Rows(store, prefix_of("step", "friends", "a"), textual=True)
    one.put("c", b"1")
    other.put("bc", b"2")
    assert list(one.items()) == [("c", b"1")]
    assert list(other.items()) == [("bc", b"2")]


def test_rows_may_be_removed_during_a_scan_of_entries(store: Store) -> None:
    rows = Rows(store, prefix_of("step"), textual=False)
    for number in (-5, 0, 7):
        rows.put(number, b"x")
    for entry in rows.items():
        rows.remove(entry[0])
    assert list(rows.items()) == []


@given(CHANGES)
@settings(max_examples=60)
def test_both_stores_give_the_same_results(changes: list[tuple[str, bytes, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stores: list[Store] = [MemoryStore(), RocksStore(Path(folder) / "rows")]
        answers = [[_DO[what](store, key, value) for what, key, value in changes] for store in stores]
        stores[1].close()
    assert answers[0] == answers[1]


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_numbers_sort_as_numbers(one: int, other: int) -> None:
    assert (entry_bytes(one) < entry_bytes(other)) == (one < other)
    assert entry_number(entry_bytes(one)) == one


def test_rows_on_disk_survive_a_restart(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "rows")
    store.put(b"a", b"1")
    store.close()
    again = RocksStore(tmp_path / "rows")
    assert again.get(b"a") == b"1"
    again.close()


def test_no_byte_of_a_removed_row_stays_on_disk__c_18(tmp_path: Path) -> None:
    place, name, rows = tmp_path / "rows", b"who-was-erased", {b"a": b"1", b"who-comes-next": b"2"}
    for changes in (
        {b"key": name, name: b"value", b"zz" + name: b""},
        {b"key": b"nobody", name: None, b"zz" + name: None},
    ):
        store = RocksStore(place)
        for key, value in (rows | changes).items():
            if value is None:
                store.delete(key)
            else:
                store.put(key, value)
        store.close()
    assert [path.name for path in place.iterdir() if name in path.read_bytes()] == []


def test_no_byte_of_a_row_written_and_removed_in_one_session_stays_on_disk__c_18(tmp_path: Path) -> None:
    store = RocksStore(tmp_path / "rows")
    store.put(b"who-was-erased", b"")
    assert list(store.scan(b"")) == [(b"who-was-erased", b"")]
    store.delete(b"who-was-erased")
    store.put(b"who-comes-next", b"")
    store.close()
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"who-comes-next" in raw for raw in files)
    assert not any(b"who-was-erased" in raw for raw in files)


class WatchedStore(RocksStore):
    """An on-disk store that counts its compactions."""

    compactions = 0

    def _compact(self, start: bytes | None, end: bytes | None) -> None:
        self.compactions += 1
        super()._compact(start, end)


REMOVED = 3 * REMOVED_AT_MOST


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[WatchedStore]:
    store = WatchedStore(tmp_path / "rows")
    for number in range(REMOVED):
        store.put(b"b%06d" % number, b"")
    assert len(list(store.scan(b"b"))) == REMOVED
    for number in range(REMOVED):
        store.delete(b"b%06d" % number)
    yield store
    store.close()


def test_a_scan_does_not_pass_over_removed_rows_of_another_prefix(watched: WatchedStore) -> None:
    watched.put(b"a", b"1")
    watched.put(b"c", b"1")
    assert [list(watched.scan(prefix)) for prefix in (b"a", b"c")] == [[(b"a", b"1")], [(b"c", b"1")]]
    assert watched.compactions == 0


def test_rows_that_were_removed_are_passed_over_once(watched: WatchedStore) -> None:
    kept = {b"b": b"0", b"b000007": b"1", b"b999999": b"2"}
    for key, value in kept.items():
        watched.put(key, value)
    for _ in range(3):
        assert dict(watched.scan(b"b")) == kept
    assert watched.compactions == 1


@pytest.mark.parametrize(("prefix", "found"), [(b"", 3), (b"\xff", 2), (b"\xff\xff", 1), (b"a", 1)])
def test_a_prefix_of_the_largest_bytes_has_an_end_too(store: Store, prefix: bytes, found: int) -> None:
    for key in (b"a", b"\xff\x00", b"\xff\xff\xff"):
        store.put(key, b"")
    assert len(list(store.scan(prefix))) == found


_DO: dict[str, Callable[[Store, bytes, bytes], object]] = {
    "put": lambda store, key, value: store.put(key, value),
    "delete": lambda store, key, _: store.delete(key),
    "get": lambda store, key, _: store.get(key),
    "scan": lambda store, key, _: list(store.scan(key)),
}

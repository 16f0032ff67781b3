"""The state cache of a step: one call into Java per entry that is read, one flush per batch."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from weakref import WeakSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.flink import state_cache
from jobs.flink.state_cache import StateCache
from state.codecs import NUMBER
from state.spec import MapSpec
from tests.flink.steps.java_state import Java

TEXTS: MapSpec[str, int] = MapSpec("texts", str, NUMBER, entry="any", holds="a number", kept="a day")
NUMBERS: MapSpec[int, int] = MapSpec("numbers", int, NUMBER, entry="any", holds="a number", kept="a day")
SHARED: MapSpec[str, int] = MapSpec("shared", str, NUMBER, entry="any", holds="a number", kept="a day", by_engine=True)
STATES = (TEXTS, NUMBERS)


def new_cache(java: Java, pseudonym: str = "one") -> StateCache:
    cache = StateCache(java, STATES)
    cache.select_key(pseudonym)
    return cache


def test_an_entry_is_read_from_java_once__also_an_absent_one__across_batches() -> None:
    java = Java()
    java.entries["texts", "one"]["a"] = b"1"
    cache = new_cache(java)
    entries = cache["texts"]
    for _ in range(3):
        assert [entries.get("a"), entries.get("b")] == [b"1", None]
        cache.flush_later()
        cache.select_key("two")
        cache.select_key("one")
    assert java.calls == {"selectKey": 1, "get": 2}


def test_what_java_writes_too_is_cached_for_one_batch() -> None:
    java = Java()
    cache = StateCache(java, (TEXTS, SHARED))
    cache.select_key("one")
    read = []
    for value in (b"1", b"2"):
        java.entries["shared", "one"]["a"] = value
        read += [cache["shared"].get("a"), list(cache["shared"].items()), cache["shared"].get("a")]
        cache["texts"].put("a", b"kept")
        cache.flush_later()
    assert read == [b"1", [("a", b"1")], b"1", b"2", [("a", b"2")], b"2"]
    cache["shared"].put("a", b"3")
    cache.flush_later()
    assert java.entries["shared", "one"] == {"a": b"3"}
    assert cache.cached_bytes < 1_000


def test_the_key_is_selected_in_java_before_a_read_after_another_key_or_batch() -> None:
    java = Java()
    for name in ("one", "two"):
        java.entries["texts", name] = {"a": name.encode(), "b": name.encode()}
    cache = new_cache(java)
    read = [cache["texts"].get("a")]
    cache.select_key("two")
    read += [cache["texts"].get("a"), cache["texts"].get("b")]
    cache.flush_later()
    java.selected = "another key"
    read.append(cache["texts"].get("c"))
    assert read == [b"one", b"two", b"two", None]
    assert java.calls == {"selectKey": 3, "get": 4}


def test_changes_are_flushed_once_at_the_end_of_a_batch__and_are_readable_before() -> None:
    java = Java()
    java.entries["texts", "one"]["b"] = b"old"
    cache = new_cache(java)
    texts, numbers = cache["texts"], cache["numbers"]
    texts.put("a", b"1")
    texts.put("a", b"2")
    texts.remove("b")
    numbers.put(-7, b"")
    assert [texts.get("a"), texts.get("b"), numbers.get(-7)] == [b"2", None, b""]
    assert not java.calls
    cache.flush_later()
    assert java.entries == {("texts", "one"): {"a": b"2"}, ("numbers", "one"): {-7: b""}}
    cache.flush_later()
    assert java.calls == {"flushLater": 1}


def test_writes_that_change_nothing_are_not_flushed() -> None:
    java = Java()
    java.entries["texts", "one"]["a"] = b"1"
    cache = new_cache(java)
    entries = cache["texts"]
    assert [entries.get("a"), entries.get("b")] == [b"1", None]
    entries.put("a", b"1")
    entries.remove("b")
    cache.flush_later()
    assert java.calls == {"selectKey": 1, "get": 2}


def test_timers_are_flushed_with_the_changes__deduplicated() -> None:
    java = Java()
    cache = new_cache(java)
    for name, at_ms in (("one", 5), ("two", 5), ("one", -1), ("one", 5)):
        cache.select_key(name)
        cache.set_timer(at_ms)
    cache.flush_later()
    cache.flush_later()
    assert java.timers == {(5, "one"), (5, "two"), (-1, "one")}
    assert java.calls == {"flushLater": 1}


def test_a_timer_that_has_fired_can_be_set_once_more() -> None:
    java = Java()
    cache = new_cache(java)
    cache.set_timer(5)
    cache.flush_later()
    java.timers.clear()
    cache.forget_timer(5, "one")
    cache.set_timer(5)
    cache.flush_later()
    assert java.timers == {(5, "one")}


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("texts", {}),
        ("texts", {"": b"", "ä\x1f李": bytes(300)}),
        ("numbers", {0: b"x", -(2**63): b"", 2**63 - 1: b"y"}),
    ],
)
def test_all_entries_are_read_in_one_call__after_which_all_reads_are_cached(name: str, held: dict[Any, bytes]) -> None:
    java = Java()
    java.entries[name, "one"] = held
    entries = new_cache(java)[name]
    assert dict(entries.items()) == held == dict(entries.items())
    assert entries.get(12 if name == "numbers" else "absent") is None
    assert java.calls == {"selectKey": 1, "entries": 1}


def test_items_are_a_snapshot() -> None:
    java = Java()
    java.entries["texts", "one"] = {"a": b"1", "b": b"2"}
    cache = new_cache(java)
    entries = cache["texts"]
    for key, value in entries.items():
        entries.remove(key)
        assert value in {b"1", b"2"}
    assert dict(entries.items()) == {}
    cache.flush_later()
    assert java.entries["texts", "one"] == {}


def test_a_large_cache_is_evicted__after_its_changes_were_flushed() -> None:
    java = Java()
    cache = new_cache(java)
    cache["texts"].put("a", bytes(state_cache.MAX_CACHED_BYTES))
    assert not java.calls
    cache.select_key("one")
    assert java.calls == {"flush": 1}
    assert len(cache["texts"].get("a") or b"") == state_cache.MAX_CACHED_BYTES
    assert java.calls == {"flush": 1, "selectKey": 1, "get": 1}
    cache.select_key("two")
    cache.select_key("one")
    assert cache["texts"].get("a") is not None
    assert java.calls["flush"] == 1, "nothing has changed since"


def test_a_cache_may_be_as_large_as_the_others_leave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StateCache, "_open", WeakSet())  # none of other tests
    small, large = new_cache(Java()), new_cache(java := Java())
    large["texts"].put("a", bytes(2 * state_cache.MAX_CACHED_BYTES))
    for others, flushes in ((0, 0), (state_cache.MAX_SHARED_BYTES, 1)):
        small.cached_bytes = others
        large.flush_later()
        large["numbers"].put(1, others.to_bytes(8))
        large.select_key("two")
        assert java.calls["flush"] == flushes


def test_a_timer_is_passed_to_java_again_only_once_it_may_have_fired() -> None:
    java = Java()
    cache = new_cache(java)
    passed = []
    for reached_ms in (0, 9, 10):
        cache.reached_ms = reached_ms
        cache.set_timer(10)
        cache.flush_later()
        passed.append(java.timers)
        java.timers = set()
    assert passed == [{(10, "one")}, set(), {(10, "one")}]


PLACES = st.tuples(st.sampled_from(["one", "two"]), st.sampled_from(["texts", "numbers"]), st.integers(0, 2))
DEEDS = st.sampled_from(["get", "put", "put", "remove", "items", "clear", "leave", "forget"])


@given(st.lists(st.tuples(PLACES, DEEDS, st.binary(max_size=2)), max_size=40))
def test_any_operations_have_the_effect_of_unbuffered_writes(
    deeds: list[tuple[tuple[str, str, int], str, bytes]],
) -> None:
    java, held = Java(), defaultdict[tuple[str, str], dict[Any, bytes]](dict)
    cache = new_cache(java)
    for (pseudonym, name, number), deed, value in deeds:
        cache.select_key(pseudonym)
        do(deed, cache[name], held[name, pseudonym], (f"k{number}" if name == "texts" else number, value))
        if deed == "leave":
            cache.flush_later()
        elif deed == "forget":
            cache.cached_bytes = state_cache.MAX_SHARED_BYTES + 1
    cache.flush_later()
    assert {place: of for place, of in java.entries.items() if of} == {place: of for place, of in held.items() if of}


def do(deed: str, entries: Any, wanted: dict[Any, bytes], entry: tuple[str | int, bytes]) -> None:
    """Do something with a state, and the same with what it should be; what is read must be alike."""
    key, value = entry
    match deed:
        case "get":
            assert entries.get(key) == wanted.get(key)
        case "put":
            entries.put(key, value)
            wanted[key] = value
        case "remove":
            entries.remove(key)
            wanted.pop(key, None)
        case "items":
            assert dict(entries.items()) == wanted
        case "clear":
            for each in dict(entries.items()):
                entries.remove(each)
            wanted.clear()

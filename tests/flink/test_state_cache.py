"""How often is Java asked for the state of a step, and what is it told? Once for what is read, once for a batch."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.flink import state_cache
from jobs.flink.state_cache import StateCache
from state.codecs import NUMBER
from state.spec import MapSpec
from tests.flink.java_state import Java

TEXTS: MapSpec[str, int] = MapSpec("texts", str, NUMBER, entry="any", holds="a number", kept="a day")
NUMBERS: MapSpec[int, int] = MapSpec("numbers", int, NUMBER, entry="any", holds="a number", kept="a day")
STATES = (TEXTS, NUMBERS)


def begun(java: Java, pseudonym: str = "one") -> StateCache:
    memory = StateCache(java, STATES)
    memory.select_key(pseudonym)
    return memory


def test_what_is_read_again_is_asked_for_once__be_it_there_or_not__in_later_batches_too() -> None:
    java = Java()
    java.held["texts", "one"]["a"] = b"1"
    memory = begun(java)
    cells = memory["texts"]
    for _ in range(3):
        assert [cells.get("a"), cells.get("b")] == [b"1", None]
        memory.flush_later()
        memory.select_key("two")
        memory.select_key("one")
    assert java.asked == {"select": 1, "get": 2}


def test_a_key_is_selected_for_what_is_read_after_another_key_or_another_batch() -> None:
    java = Java()
    for name in ("one", "two"):
        java.held["texts", name] = {"a": name.encode(), "b": name.encode()}
    memory = begun(java)
    read = [memory["texts"].get("a")]
    memory.select_key("two")
    read += [memory["texts"].get("a"), memory["texts"].get("b")]
    memory.flush_later()
    java.selected = "another key"
    read.append(memory["texts"].get("c"))
    assert read == [b"one", b"two", b"two", None]
    assert java.asked == {"select": 3, "get": 4}


def test_what_changes_is_told_once__when_the_batch_ends__and_read_without_asking() -> None:
    java = Java()
    java.held["texts", "one"]["b"] = b"old"
    memory = begun(java)
    texts, numbers = memory["texts"], memory["numbers"]
    texts.put("a", b"1")
    texts.put("a", b"2")
    texts.remove("b")
    numbers.put(-7, b"")
    assert [texts.get("a"), texts.get("b"), numbers.get(-7)] == [b"2", None, b""]
    assert not java.asked
    memory.flush_later()
    assert java.held == {("texts", "one"): {"a": b"2"}, ("numbers", "one"): {-7: b""}}
    memory.flush_later()
    assert java.asked == {"changeAfterwards": 1}


def test_what_is_known_to_be_so_is_not_told() -> None:
    java = Java()
    java.held["texts", "one"]["a"] = b"1"
    memory = begun(java)
    cells = memory["texts"]
    assert [cells.get("a"), cells.get("b")] == [b"1", None]
    cells.put("a", b"1")
    cells.remove("b")
    memory.flush_later()
    assert java.asked == {"select": 1, "get": 2}


def test_alarms_are_told_with_the_changes__two_for_one_time_once() -> None:
    java = Java()
    memory = begun(java)
    for name, at_ms in (("one", 5), ("two", 5), ("one", -1), ("one", 5)):
        memory.select_key(name)
        memory.set_timer(at_ms)
    memory.flush_later()
    memory.flush_later()
    assert java.alarms == {(5, "one"), (5, "two"), (-1, "one")}
    assert java.asked == {"changeAfterwards": 1}


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("texts", {}),
        ("texts", {"": b"", "ä\x1f李": bytes(300)}),
        ("numbers", {0: b"x", -(2**63): b"", 2**63 - 1: b"y"}),
    ],
)
def test_all_entries_come_in_one_answer__after_which_nothing_is_asked(name: str, held: dict[Any, bytes]) -> None:
    java = Java()
    java.held[name, "one"] = held
    cells = begun(java)[name]
    assert dict(cells.items()) == held == dict(cells.items())
    assert cells.get(12 if name == "numbers" else "absent") is None
    assert java.asked == {"select": 1, "entries": 1}


def test_entries_are_as_they_were_when_asked_for() -> None:
    java = Java()
    java.held["texts", "one"] = {"a": b"1", "b": b"2"}
    memory = begun(java)
    cells = memory["texts"]
    for key, value in cells.items():
        cells.remove(key)
        assert value in {b"1", b"2"}
    assert dict(cells.items()) == {}
    memory.flush_later()
    assert java.held["texts", "one"] == {}


def test_a_step_that_knows_much_forgets_it__and_has_told_what_changed_before() -> None:
    java = Java()
    memory = begun(java)
    memory["texts"].put("a", bytes(state_cache.MAX_CACHED_BYTES))
    assert not java.asked
    memory.select_key("one")
    assert java.asked == {"change": 1}
    assert len(memory["texts"].get("a") or b"") == state_cache.MAX_CACHED_BYTES
    assert java.asked == {"change": 1, "select": 1, "get": 1}
    memory.select_key("two")
    memory.select_key("one")
    assert memory["texts"].get("a") is not None
    assert java.asked["change"] == 1, "nothing has changed since"


PLACES = st.tuples(st.sampled_from(["one", "two"]), st.sampled_from(["texts", "numbers"]), st.integers(0, 2))
DEEDS = st.sampled_from(["get", "put", "put", "remove", "items", "clear", "leave", "forget"])


@given(st.lists(st.tuples(PLACES, DEEDS, st.binary(max_size=2)), max_size=40))
def test_whatever_is_done_it_is_as_if_every_change_were_written_at_once(
    deeds: list[tuple[tuple[str, str, int], str, bytes]],
) -> None:
    java, held = Java(), defaultdict[tuple[str, str], dict[Any, bytes]](dict)
    memory = begun(java)
    for (pseudonym, name, number), deed, value in deeds:
        memory.select_key(pseudonym)
        do(deed, memory[name], held[name, pseudonym], (f"k{number}" if name == "texts" else number, value))
        if deed == "leave":
            memory.flush_later()
        elif deed == "forget":
            memory.cached_bytes = state_cache.MAX_CACHED_BYTES + 1
    memory.flush_later()
    assert {place: of for place, of in java.held.items() if of} == {place: of for place, of in held.items() if of}


def do(deed: str, cells: Any, wanted: dict[Any, bytes], entry: tuple[str | int, bytes]) -> None:
    """Do something with a state, and the same with what it should be; what is read must be alike."""
    key, value = entry
    match deed:
        case "get":
            assert cells.get(key) == wanted.get(key)
        case "put":
            cells.put(key, value)
            wanted[key] = value
        case "remove":
            cells.remove(key)
            wanted.pop(key, None)
        case "items":
            assert dict(cells.items()) == wanted
        case "clear":
            for each in dict(cells.items()):
                cells.remove(each)
            wanted.clear()

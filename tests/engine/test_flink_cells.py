"""How often is Java asked for the state of a step? Once for what one turn reads again."""

from __future__ import annotations

import struct
from collections import Counter
from typing import Any

import pytest

from jobs.flink_cells import Cells
from state.codecs import NUMBER
from state.spec import MapSpec

TEXTS: MapSpec[str, int] = MapSpec("texts", str, NUMBER, "a day")
NUMBERS: MapSpec[int, int] = MapSpec("numbers", int, NUMBER, "a day")


class Java:
    """Stands in for `InOrder.java` and `Cells.java`: one state of one key."""

    def __init__(self, **held: bytes) -> None:
        self.held: dict[Any, bytes] = dict(held)
        self.asked: Counter[str] = Counter()

    def texts(self, _: str) -> Java:
        return self

    def numbers(self, _: str) -> Java:
        return self

    def get(self, key: str | int) -> bytes | None:
        self.asked["get"] += 1
        return self.held.get(key)

    def put(self, key: str | int, value: bytes) -> None:
        self.asked["put"] += 1
        self.held[key] = value

    def remove(self, key: str | int) -> None:
        self.asked["remove"] += 1
        self.held.pop(key, None)

    def entries(self) -> bytes:
        self.asked["entries"] += 1
        return b"".join(
            struct.pack(">H", len(name := str(key).encode())) + name + struct.pack(">I", len(value)) + value
            for key, value in self.held.items()
        )


def test_what_a_turn_reads_again_is_asked_for_once__be_it_there_or_not() -> None:
    java = Java(a=b"1")
    cells = Cells(java, TEXTS, [])
    assert [cells.get("a"), cells.get("a"), cells.get("b"), cells.get("b")] == [b"1", b"1", None, None]
    assert java.asked == {"get": 2}


def test_what_a_turn_writes_is_written_at_once_and_read_without_asking() -> None:
    java = Java()
    cells = Cells(java, TEXTS, [])
    cells.put("a", b"1")
    assert java.held == {"a": b"1"}
    assert cells.get("a") == b"1"
    cells.remove("a")
    assert java.held == {}
    assert cells.get("a") is None
    assert java.asked == {"put": 1, "remove": 1}


def test_an_entry_that_is_known_to_be_absent_is_not_removed_again() -> None:
    java = Java(a=b"1")
    cells = Cells(java, TEXTS, [])
    cells.remove("a")
    cells.remove("a")
    assert cells.get("b") is None
    cells.remove("b")
    assert java.asked == {"remove": 1, "get": 1}


def test_all_that_a_turn_knows_is_told_so_that_the_next_one_can_begin_without_it() -> None:
    java, seen = Java(a=b"1"), []
    cells = Cells(java, TEXTS, seen)
    assert cells.get("a") == b"1"
    for known in seen:
        known.clear()
    seen.clear()
    java.held["a"] = b"of another key"
    assert cells.get("a") == b"of another key"
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("spec", "held"),
    [(TEXTS, {}), (TEXTS, {"": b"", "ä\x1f李": bytes(300)}), (NUMBERS, {0: b"x", -(2**63): b"", 2**63 - 1: b"y"})],
)
def test_all_entries_come_in_one_answer(spec: MapSpec[Any, Any], held: dict[Any, bytes]) -> None:
    java = Java()
    java.held = held
    assert dict(Cells(java, spec, []).items()) == held
    assert java.asked == {"entries": 1}


def test_entries_are_as_they_were_when_asked_for() -> None:
    java = Java(a=b"1", b=b"2")
    cells = Cells(java, TEXTS, [])
    for key, value in cells.items():
        cells.remove(key)
        assert value in {b"1", b"2"}
    assert java.held == {}

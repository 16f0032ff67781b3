"""A test double of `StepState.java` and `StateCells.java`, as `jobs/flink/state_cache.py` calls them."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Entries = dict[tuple[str, str], dict[Any, bytes]]
"""Entries by state and pseudonym."""


class Java:
    """Stands in for `StepState.java`: unpacks changes as its `flush` does, and counts the calls in `calls`."""

    def __init__(self) -> None:
        self.entries: Entries = defaultdict(dict)
        self.timers: set[tuple[int, str]] = set()
        self.calls: Counter[str] = Counter()
        self.selected = ""
        self.states: list[State] = []

    def openTextState(self, name: str) -> State:  # noqa: N802 - Java's names
        self.states.append(State(self, name, Reader.text))
        return self.states[-1]

    def openNumberState(self, name: str) -> State:  # noqa: N802
        self.states.append(State(self, name, _number))
        return self.states[-1]

    def selectKey(self, pseudonym: str) -> None:  # noqa: N802
        self.calls["selectKey"] += 1
        self.selected = pseudonym

    def flush(self, changes: bytes, timers: bytes) -> None:
        self.calls["flush"] += 1
        self._apply(changes, timers)

    def flushLater(self, changes: bytes, timers: bytes) -> None:  # noqa: N802
        self.calls["flushLater"] += 1
        self._apply(changes, timers)

    def _apply(self, changes: bytes, timers: bytes) -> None:
        rest = Reader(changes)
        while rest.left:
            state = self.states[rest.number(">B")]
            self.selected = rest.text()
            state.apply(rest)
        rest = Reader(timers)
        while rest.left:
            self.timers.add((rest.number(">q"), rest.text()))
        self.selected = "another key"


class Reader:
    """Reads packed bytes field by field."""

    def __init__(self, left: bytes) -> None:
        self.left = left

    def bytes(self, size: int) -> bytes:
        assert len(self.left) >= size
        field, self.left = self.left[:size], self.left[size:]
        return field

    def number(self, form: str) -> int:
        (number,) = struct.unpack(form, self.bytes(struct.calcsize(form)))
        return int(number)

    def text(self) -> str:
        return self.bytes(self.number(">H")).decode()


class State:
    """Stands in for `StateCells.java`: one state, always that of the selected key."""

    def __init__(self, java: Java, name: str, entry: Callable[[Reader], str | int]) -> None:
        self.java, self.name, self.entry = java, name, entry

    @property
    def entries_of_key(self) -> dict[Any, bytes]:
        return self.java.entries[self.name, self.java.selected]

    def get(self, key: str | int) -> bytes | None:
        self.java.calls["get"] += 1
        return self.entries_of_key.get(key)

    def entries(self) -> bytes:
        self.java.calls["entries"] += 1
        return b"".join(
            struct.pack(">H", len(name := str(key).encode())) + name + struct.pack(">I", len(value)) + value
            for key, value in self.entries_of_key.items()
        )

    def apply(self, rest: Reader) -> None:
        for _ in range(rest.number(">i")):
            key = self.entry(rest)
            size = rest.number(">i")
            if size < 0:
                self.entries_of_key.pop(key, None)
            else:
                self.entries_of_key[key] = rest.bytes(size)


def _number(rest: Reader) -> int:
    return rest.number(">q")

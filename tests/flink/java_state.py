"""A double of `EventTimeBuffer.java` and `StateCells.java`, as `jobs/flink/state_cache.py` calls them."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Held = dict[tuple[str, str], dict[Any, bytes]]
"""Entries by state and pseudonym."""


class Java:
    """Stands in for `EventTimeBuffer.java`: it reads what it is told as its `change` does."""

    def __init__(self) -> None:
        self.held: Held = defaultdict(dict)
        self.alarms: set[tuple[int, str]] = set()
        self.asked: Counter[str] = Counter()
        self.selected = ""
        self.lent: list[Lent] = []

    def texts(self, name: str) -> Lent:
        self.lent.append(Lent(self, name, Rest.text))
        return self.lent[-1]

    def numbers(self, name: str) -> Lent:
        self.lent.append(Lent(self, name, _number))
        return self.lent[-1]

    def select(self, pseudonym: str) -> None:
        self.asked["select"] += 1
        self.selected = pseudonym

    def change(self, changes: bytes, alarms: bytes) -> None:
        self.asked["change"] += 1
        self._take(changes, alarms)

    def changeAfterwards(self, changes: bytes, alarms: bytes) -> None:  # noqa: N802 - Java's name
        self.asked["changeAfterwards"] += 1
        self._take(changes, alarms)

    def _take(self, changes: bytes, alarms: bytes) -> None:
        rest = Rest(changes)
        while rest.left:
            state = self.lent[rest.number(">B")]
            self.selected = rest.text()
            state.change(rest)
        rest = Rest(alarms)
        while rest.left:
            self.alarms.add((rest.number(">q"), rest.text()))
        self.selected = "another key"


class Rest:
    """Packed bytes, of which a piece is taken after the other."""

    def __init__(self, left: bytes) -> None:
        self.left = left

    def bytes(self, size: int) -> bytes:
        assert len(self.left) >= size
        taken, self.left = self.left[:size], self.left[size:]
        return taken

    def number(self, form: str) -> int:
        (number,) = struct.unpack(form, self.bytes(struct.calcsize(form)))
        return int(number)

    def text(self) -> str:
        return self.bytes(self.number(">H")).decode()


class Lent:
    """Stands in for `StateCells.java`: one state, always that of the selected key."""

    def __init__(self, java: Java, name: str, entry: Callable[[Rest], str | int]) -> None:
        self.java, self.name, self.entry = java, name, entry

    @property
    def held(self) -> dict[Any, bytes]:
        return self.java.held[self.name, self.java.selected]

    def get(self, key: str | int) -> bytes | None:
        self.java.asked["get"] += 1
        return self.held.get(key)

    def entries(self) -> bytes:
        self.java.asked["entries"] += 1
        return b"".join(
            struct.pack(">H", len(name := str(key).encode())) + name + struct.pack(">I", len(value)) + value
            for key, value in self.held.items()
        )

    def change(self, rest: Rest) -> None:
        for _ in range(rest.number(">i")):
            key = self.entry(rest)
            size = rest.number(">i")
            if size < 0:
                self.held.pop(key, None)
            else:
                self.held[key] = rest.bytes(size)


def _number(rest: Rest) -> int:
    return rest.number(">q")

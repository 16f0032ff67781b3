"""How does a step in Flink get at its state? Through Java, which is asked once for what one turn reads again.

Each call crosses from the interpreter to the JVM and costs microseconds, most of them spent on finding out what its
arguments are. `Cells.java` is the other side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.wire import unpacked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from state.spec import MapSpec

Known = dict[Any, "bytes | None"]
"""What is known of a state of the key at hand: entries by their keys; None: there is none."""


class Cells:
    """One state of the key at hand. `seen` is told of what is known, for whoever turns to another key to clear it."""

    __slots__ = ("_entries", "_known", "_read", "_remove", "_seen", "_textual", "_write")

    def __init__(self, before: Any, spec: MapSpec[Any, Any], seen: list[Known]) -> None:  # noqa: ANN401
        self._textual = spec.entry_key is str
        cells = before.texts(spec.name) if self._textual else before.numbers(spec.name)  # an object of the JVM
        self._read, self._write, self._remove, self._entries = cells.get, cells.put, cells.remove, cells.entries
        self._known: Known = {}
        self._seen = seen

    def get(self, key: str | int) -> bytes | None:
        """Return the entry's bytes, or None."""
        known = self._known
        if key not in known:
            self._learn(key, self._read(key))
        return known[key]

    def put(self, key: str | int, value: bytes) -> None:
        """Write an entry."""
        self._learn(key, value)
        self._write(key, value)

    def remove(self, key: str | int) -> None:
        """Remove an entry; absent is fine."""
        if self._known.get(key, b"") is not None:
            self._learn(key, None)
            self._remove(key)

    def _learn(self, key: str | int, value: bytes | None) -> None:
        if not self._known:
            self._seen.append(self._known)
        self._known[key] = value

    def items(self) -> Iterator[tuple[Any, bytes]]:
        """Yield the entries as they were when asked: Flink's own iterator sees some later changes and not others."""
        for key, value in unpacked(self._entries(), (2, 4)):
            yield key.decode() if self._textual else int(key), value

"""How does a step in Flink get at its state? Through Java, which is asked once and told at the end of a batch.

Each call crosses from the interpreter to the JVM and costs microseconds, most of them spent on finding out what its
arguments are. `EventTimeBuffer.java` and `StateCells.java` are the other side. This step is the only reader and
writer of its state, so the cache is never stale; it is dropped only to bound memory.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from jobs.runtime.wire_format import pack_name, unpack_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from state.spec import MapSpec

MAX_CACHED_BYTES: Final = 4 << 20
"""Bytes that a step may know of its state before it forgets all of it: each step knows so much, and all share one JVM's
memory beside the heap."""

_TIME: Final = struct.Struct(">q")


class StateCache:
    """All states of a step, always those of the key at hand. `before` is the step's `EventTimeBuffer.java`."""

    def __init__(self, before: Any, states: Sequence[MapSpec[Any, Any]]) -> None:  # noqa: ANN401 - an object of the JVM
        self.pseudonym = ""
        self.cached_bytes = 0  # bytes, about
        self._before, self._selected = before, ""
        self._cells = {spec.name: StateEntries(self, before, number, spec) for number, spec in enumerate(states)}
        self._alarms: set[tuple[int, str]] = set()

    def __getitem__(self, name: str) -> StateEntries:
        """Return a state."""
        return self._cells[name]

    def select_key(self, pseudonym: str) -> None:
        """Make the state that of the key with this pseudonym."""
        if self.cached_bytes > MAX_CACHED_BYTES:
            self._flush(self._before.change)
            for cells in self._cells.values():
                cells.evict()
            self.cached_bytes = 0
        self.pseudonym = pseudonym

    def select_in_java(self) -> None:
        """Make the key at hand that of Java, which is asked next."""
        if self._selected != self.pseudonym:
            self._before.select(self.pseudonym)
            self._selected = self.pseudonym

    def set_timer(self, at_ms: int) -> None:
        """Set an alarm for the key at hand; twice for one time is once."""
        self._alarms.add((at_ms, self.pseudonym))

    def flush_later(self) -> None:
        """End a batch: what has changed is left to Java, which writes it while others have their turn."""
        self._flush(self._before.changeAfterwards)

    def _flush(self, change: Callable[[bytes, bytes], None]) -> None:
        changes = b"".join(cells.drain_changes() for cells in self._cells.values())
        alarms = b"".join(_TIME.pack(at_ms) + pack_name(name) for at_ms, name in self._alarms)
        self._alarms.clear()
        self._selected = ""  # Java turns to keys of its own
        if changes or alarms:
            change(changes, alarms)


_ENTRY: Final = 200  # bytes that an entry takes beside its own


_STATE, _NUMBER, _SIZE = struct.Struct(">B"), struct.Struct(">q"), struct.Struct(">i")


class StateEntries:
    """One state of the key at hand."""

    __slots__ = ("_changed", "_entries", "_known", "_memory", "_number", "_read", "_textual", "_whole")

    def __init__(self, memory: StateCache, before: Any, number: int, spec: MapSpec[Any, Any]) -> None:  # noqa: ANN401
        self._memory, self._number, self._textual = memory, number, spec.entry_key is str
        cells = before.texts(spec.name) if self._textual else before.numbers(spec.name)  # an object of the JVM
        self._read, self._entries = cells.get, cells.entries
        # By pseudonym, then by entry; None: there is no such entry. Of those in `_whole` all that there is is known.
        self._known: defaultdict[str, dict[Any, bytes | None]] = defaultdict(dict)
        self._changed: defaultdict[str, dict[Any, bytes | None]] = defaultdict(dict)
        self._whole: set[str] = set()

    def get(self, key: str | int) -> bytes | None:
        """Return the entry's bytes, or None."""
        memory = self._memory
        known = self._known[memory.pseudonym]
        if key in known or memory.pseudonym in self._whole:
            return known.get(key)
        memory.select_in_java()
        value: bytes | None = self._read(key)
        known[key] = value
        memory.cached_bytes += _ENTRY + len(value or b"")
        return value

    def put(self, key: str | int, value: bytes) -> None:
        """Write an entry."""
        if self._known[self._memory.pseudonym].get(key) != value:
            self._change(key, value)

    def remove(self, key: str | int) -> None:
        """Remove an entry; absent is fine."""
        if self._known[self._memory.pseudonym].get(key, b"") is not None:
            self._change(key, None)

    def items(self) -> Iterator[tuple[Any, bytes]]:
        """Yield the entries as they were when asked."""
        memory = self._memory
        known = self._known[memory.pseudonym]
        if memory.pseudonym not in self._whole:
            memory.select_in_java()
            for name, value in unpack_parts(self._entries(), (2, 4)):
                known.setdefault(name.decode() if self._textual else int(name), value)  # a change is newer
                memory.cached_bytes += _ENTRY + len(value)
            memory.cached_bytes += _ENTRY
            self._whole.add(memory.pseudonym)
        yield from [(key, value) for key, value in known.items() if value is not None]

    def drain_changes(self) -> bytes:
        """Return what has changed since this was last asked for, as `StateCells.java` reads it.

        By key: number of the state (1 byte), pseudonym (two-byte length), number of entries (4); of each its key, a
        text (two-byte length) or a number (8), and its value (four-byte length, -1: removed).
        """
        parts: list[bytes] = []
        for pseudonym, entries in self._changed.items():
            parts += (_STATE.pack(self._number), pack_name(pseudonym), _SIZE.pack(len(entries)))
            for key, value in entries.items():
                parts += (self._named(key), *((_SIZE.pack(-1),) if value is None else (_SIZE.pack(len(value)), value)))
        self._changed.clear()
        return b"".join(parts)

    def evict(self) -> None:
        """Know nothing any more. Java has been told all."""
        self._known.clear()
        self._whole.clear()

    def _change(self, key: str | int, value: bytes | None) -> None:
        pseudonym = self._memory.pseudonym
        self._known[pseudonym][key] = self._changed[pseudonym][key] = value
        self._memory.cached_bytes += _ENTRY + len(value or b"")

    def _named(self, key: Any) -> bytes:  # noqa: ANN401 - a text or a number, as the state's entries have
        return pack_name(key) if self._textual else _NUMBER.pack(key)

"""Read and write cache of a step's keyed state in Flink: Java is queried once per entry, changes are flushed per batch.

Each call from Python into the JVM costs microseconds, most of them spent on resolving the types of its arguments.
`StepState.java` and `StateCells.java` are the other side. This step is the only reader and writer of most of its
state, so the cache is never stale; it is dropped only to bound memory. What `Contacts.java` writes between two batches
is cached for one of them.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from jobs.runtime.wire_format import pack_name, unpack_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from state.spec import MapSpec

MAX_CACHED_BYTES: Final = 4 << 20
"""Size of a step's cache that is never too large: every step has one, in one JVM's memory outside the heap."""
MAX_SHARED_BYTES: Final = 32 << 20
"""Size of all caches of an interpreter together; one that is larger than the others leave it is evicted as a whole."""

_ENTRY_OVERHEAD: Final = 200  # bytes that a cached entry takes besides its value
_NEVER_MS: Final = -(1 << 63)
_KEY, _TIME, _NUMBER, _SIZE = struct.Struct(">BH"), struct.Struct(">q"), struct.Struct(">q"), struct.Struct(">i")
_REMOVED: Final = _SIZE.pack(-1)
_UNREAD: Final[Any] = object()


class StateCache:
    """All states of a step, always those of the selected key. `java` is the step's `StepState.java`.

    `reached_ms`: the latest event time that a batch has reached. Java's timers up to it may have fired.
    """

    _open: Final[WeakSet[StateCache]] = WeakSet()

    def __init__(self, java: Any, states: Sequence[MapSpec[Any, Any]]) -> None:  # noqa: ANN401 - an object of the JVM
        self.pseudonym = ""
        self.reached_ms = _NEVER_MS
        self.cached_bytes = 0  # approximately
        self._max_bytes = MAX_CACHED_BYTES
        self._open.add(self)
        self._java, self._selected_in_java = java, ""
        self._states = {spec.name: StateEntries(self, java, index, spec) for index, spec in enumerate(states)}
        self._shared = [self._states[spec.name] for spec in states if spec.by_engine]
        self._timers: set[tuple[int, str]] = set()
        self._set_timers: set[tuple[int, str]] = set()  # those that Java knows, so far as cached

    def __getitem__(self, name: str) -> StateEntries:
        """Return a state."""
        return self._states[name]

    def select_key(self, pseudonym: str) -> None:
        """Make the key with this pseudonym the current one; evict the cache first if it has grown too large."""
        if self.cached_bytes > self._max_bytes:
            self._flush(self._java.flush)
            for entries in self._states.values():
                entries.evict()
            self._set_timers.clear()
            self.cached_bytes = 0
        self.pseudonym = pseudonym

    def select_in_java(self) -> None:
        """Make the current key that of Java too, which is queried next."""
        if self._selected_in_java != self.pseudonym:
            self._java.selectKey(self.pseudonym)
            self._selected_in_java = self.pseudonym

    def set_timer(self, at_ms: int) -> None:
        """Set a timer for the current key; timers of one time are deduplicated, in Java by a write to its state."""
        timer = (at_ms, self.pseudonym)
        if timer not in self._set_timers or at_ms <= self.reached_ms:
            self._timers.add(timer)
            self._set_timers.add(timer)
            self.cached_bytes += _ENTRY_OVERHEAD

    def forget_timer(self, at_ms: int, pseudonym: str) -> None:
        """Forget a timer that Java has fired."""
        if (at_ms, pseudonym) in self._set_timers:
            self._set_timers.remove((at_ms, pseudonym))
            self.cached_bytes -= _ENTRY_OVERHEAD

    def flush_later(self) -> None:
        """End a batch: pass all changes to Java, which writes them once this step has released the interpreter."""
        self._flush(self._java.flushLater)
        for entries in self._shared:
            entries.evict()
        if self.cached_bytes > MAX_CACHED_BYTES // 2:
            others = sum(cache.cached_bytes for cache in self._open) - self.cached_bytes
            self._max_bytes = max(MAX_SHARED_BYTES - others, MAX_CACHED_BYTES)

    def _flush(self, write: Callable[[bytes, bytes], None]) -> None:
        changes = b"".join(entries.drain_changes() for entries in self._states.values())
        timers = b"".join(_TIME.pack(at_ms) + pack_name(pseudonym) for at_ms, pseudonym in self._timers)
        self._timers.clear()
        self._selected_in_java = ""  # Java selects other keys in between
        if changes or timers:
            write(changes, timers)


class StateEntries:
    """One map state of the current key: cached reads, buffered writes."""

    __slots__ = (
        *("_cache", "_cached", "_cached_bytes", "_changed", "_complete", "_index", "_read", "_read_all", "_textual"),
    )

    def __init__(self, cache: StateCache, java: Any, index: int, spec: MapSpec[Any, Any]) -> None:  # noqa: ANN401
        self._cache, self._index, self._textual = cache, index, spec.entry_key is str
        cells = java.openTextState(spec.name) if self._textual else java.openNumberState(spec.name)
        self._read, self._read_all = cells.get, cells.entries
        # By pseudonym, then by entry key; None: there is no such entry. Of keys in `_complete` all entries are cached.
        self._cached: defaultdict[str, dict[Any, bytes | None]] = defaultdict(dict)
        self._changed: defaultdict[str, dict[Any, bytes | None]] = defaultdict(dict)
        self._complete: set[str] = set()
        self._cached_bytes = 0

    def get(self, key: str | int) -> bytes | None:
        """Return the entry's bytes, or None."""
        cache = self._cache
        cached = self._cached[cache.pseudonym]
        value: bytes | None = cached.get(key, _UNREAD)
        if value is not _UNREAD:
            return value
        if cache.pseudonym in self._complete:
            return None
        cache.select_in_java()
        value = cached[key] = self._read(key)
        self._grow(value)
        return value

    def put(self, key: str | int, value: bytes) -> None:
        """Write an entry."""
        if self._cached[self._cache.pseudonym].get(key) != value:
            self._change(key, value)

    def remove(self, key: str | int) -> None:
        """Remove an entry; absent is fine."""
        if self._cached[self._cache.pseudonym].get(key, b"") is not None:
            self._change(key, None)

    def items(self) -> Iterator[tuple[Any, bytes]]:
        """Yield a snapshot of the entries."""
        cache = self._cache
        cached = self._cached[cache.pseudonym]
        if cache.pseudonym not in self._complete:
            cache.select_in_java()
            for name, value in unpack_parts(self._read_all(), (2, 4)):
                cached.setdefault(name.decode() if self._textual else int(name), value)  # a buffered change is newer
                self._grow(value)
            self._grow(None)
            self._complete.add(cache.pseudonym)
        yield from [(key, value) for key, value in cached.items() if value is not None]

    def drain_changes(self) -> bytes:
        """Return the changes since the last call, serialized as `StateCells.java` reads them.

        By key: index of the state (1 byte), pseudonym (two-byte length), number of entries (4); of each its key, a
        text (two-byte length) or a number (8), and its value (four-byte length, -1: removed).
        """
        if not self._changed:
            return b""
        parts: list[bytes] = []
        for pseudonym, entries in self._changed.items():
            name = pseudonym.encode()
            parts += (_KEY.pack(self._index, len(name)), name, _SIZE.pack(len(entries)))
            for key, value in entries.items():
                parts.append(pack_name(key) if self._textual else _NUMBER.pack(key))
                parts += (_REMOVED,) if value is None else (_SIZE.pack(len(value)), value)
        self._changed.clear()
        return b"".join(parts)

    def evict(self) -> None:
        """Drop all cached entries. Their changes must have been flushed."""
        self._cache.cached_bytes -= self._cached_bytes
        self._cached_bytes = 0
        self._cached.clear()
        self._complete.clear()

    def _change(self, key: str | int, value: bytes | None) -> None:
        pseudonym = self._cache.pseudonym
        self._cached[pseudonym][key] = self._changed[pseudonym][key] = value
        self._grow(value)

    def _grow(self, value: bytes | None) -> None:
        size = _ENTRY_OVERHEAD + len(value or b"")
        self._cached_bytes += size
        self._cache.cached_bytes += size

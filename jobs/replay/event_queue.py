"""The event queue of a step in a replay: pending events, timers, deduplication. In Flink this is EventTimeBuffer.java.

All are rows in a store, sorted by their names: a pending event is named by its time, key, rank and event id, so the
first row is the next one to handle.
"""

from __future__ import annotations

from bisect import bisect_left
from heapq import heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from jobs.runtime.envelope import Envelope
from state.codecs import NUMBER
from state.stores.store import entry_bytes, entry_number, prefix_of

if TYPE_CHECKING:
    from state.stores.store import Store

END_OF_TIME_MS: Final = (1 << 63) - 1
NEVER_MS: Final = END_OF_TIME_MS + 1

MAX_KEYS_IN_MEMORY: Final = 4_096
"""Row names that each queue of a step keeps in memory; twice as many before it drops the latest."""

_TIME: Final = 8
_SIZE: Final = 4
_MANY: Final = b"\xff\xff"
"""What begins a sequence number of six bytes instead of two. No id and no key has these bytes: they are UTF-8."""


class DueEvent(NamedTuple):
    """An event that is due, and its key."""

    key: str
    envelope: Envelope


def sequence_bytes(number: int) -> bytes:
    """Return a number as bytes that sort as it does: two of them below 65,535, six from there on."""
    short = int.from_bytes(_MANY, "big")
    return number.to_bytes(2, "big") if number < short else _MANY + number.to_bytes(4, "big")


class TimeOrderedRows:
    """A persistent priority queue of rows by time; `place` is the step's uid and the name of the queue.

    Keeps the names of the earliest rows in an in-memory heap: seeking to the first row is slow after many deletes. The
    names from `_beyond` on are only in the store.
    """

    def __init__(self, store: Store, *place: str) -> None:
        self._store, self._prefix = store, prefix_of(*place)
        self._names: list[bytes] = []
        self._beyond: bytes | None = None
        self._read_ahead()
        self.earliest_ms = entry_number(self._names[0]) if self._names else NEVER_MS

    def add(self, at_ms: int, rest: bytes, value: bytes) -> None:
        """Write a row."""
        name = entry_bytes(at_ms) + rest
        self._store.put(self._prefix + name, value)
        if self._beyond is not None and name >= self._beyond:
            return
        heappush(self._names, name)
        self.earliest_ms = min(self.earliest_ms, at_ms)
        if len(self._names) > 2 * MAX_KEYS_IN_MEMORY:
            self._names.sort()
            self._beyond = self._names[MAX_KEYS_IN_MEMORY]
            del self._names[MAX_KEYS_IN_MEMORY:]

    def count(self, at_ms: int, rest: bytes) -> int:
        """Return how many rows of a time have the name `rest` plus a sequence number, of which none is left out."""
        place = self._prefix + entry_bytes(at_ms) + rest

        def is_free(number: int) -> bool:
            return self._store.get(place + sequence_bytes(number)) is None

        if is_free(0):
            return 0
        beyond = 1
        while not is_free(beyond):
            beyond *= 2
        return bisect_left(range(beyond), True, lo=beyond // 2 + 1, key=is_free)  # noqa: FBT003 - what is looked for

    def pop(self) -> tuple[int, bytes, bytes]:
        """Remove and return the earliest row: its time, the rest of its name, its value."""
        name = heappop(self._names)
        while self._names and self._names[0] == name:  # a duplicate
            heappop(self._names)
        row = self._prefix + name
        value = self._store.get(row) or b""
        self._store.delete(row)
        if not self._names and self._beyond is not None:
            self._read_ahead()
        self.earliest_ms = entry_number(self._names[0]) if self._names else NEVER_MS
        return entry_number(name), name[_TIME:], value

    def _read_ahead(self) -> None:
        start = len(self._prefix)
        found = [row[start:] for row, _ in islice(self._store.scan(self._prefix), MAX_KEYS_IN_MEMORY + 1)]
        self._beyond = found[MAX_KEYS_IN_MEMORY] if len(found) > MAX_KEYS_IN_MEMORY else None
        self._names = found[:MAX_KEYS_IN_MEMORY]  # in order, and so a heap


class PendingEvents:
    """The events of a step that are buffered until the watermark has passed them."""

    def __init__(self, store: Store, uid: str) -> None:
        self._rows = TimeOrderedRows(store, uid, "waiting")

    @property
    def earliest_ms(self) -> int:
        """The time of the next event; NEVER_MS if there is none."""
        return self._rows.earliest_ms

    def add(self, key: str, envelope: Envelope) -> None:
        """Add an event. Events of one time, rank and id keep the order of their arrival."""
        place = prefix_of(key) + bytes([envelope.rank]) + envelope.event_id + b"\0"
        number = self._rows.count(envelope.at_ms, place)
        until = entry_bytes(envelope.until_ms)
        self._rows.add(envelope.at_ms, place + sequence_bytes(number), until + envelope.record)

    def pop(self) -> DueEvent:
        """Remove and return the next event."""
        at_ms, name, value = self._rows.pop()
        start = _SIZE + int.from_bytes(name[:_SIZE], "big")
        end = -7 if name[-7:-4] == b"\0" + _MANY else -3
        envelope = Envelope(at_ms, name[start], entry_number(value), name[start + 1 : end], value[_TIME:])
        return DueEvent(name[_SIZE:start].decode(), envelope)


class Timers:
    """The event-time timers of a step."""

    def __init__(self, store: Store, uid: str) -> None:
        self._rows = TimeOrderedRows(store, uid, "alarms")

    @property
    def earliest_ms(self) -> int:
        """The time of the next timer; NEVER_MS if none is set."""
        return self._rows.earliest_ms

    def add(self, key: str, at_ms: int) -> None:
        """Set a timer for a key; timers of one key and time are deduplicated."""
        self._rows.add(at_ms, key.encode(), b"")

    def pop(self) -> tuple[int, str]:
        """Remove and return the next timer: its time and its key."""
        at_ms, name, _ = self._rows.pop()
        return at_ms, name.decode()


class SeenEvents:
    """Deduplication: the ids of the events that a step has handled, with the time until which each is kept (C-12)."""

    def __init__(self, store: Store, uid: str) -> None:
        self._store, self._seen = store, prefix_of(uid, "judged")
        self._expiries = TimeOrderedRows(store, uid, "judged-until")

    @property
    def earliest_ms(self) -> int:
        """When the next id expires; NEVER_MS if there is none."""
        return self._expiries.earliest_ms

    def is_duplicate(self, key: str, envelope: Envelope, late_by_ms: int) -> bool:
        """Return whether an event is a repetition; if not, record its id.

        The retention of a late event counts from now, or its id would expire before the repetition comes.
        """
        if not envelope.until_ms:
            return False
        name = prefix_of(key) + envelope.event_id
        seen = self._store.get(self._seen + name)
        if seen is not None and envelope.at_ms < NUMBER.loads(seen):
            return True
        until_ms = envelope.until_ms + late_by_ms
        self._store.put(self._seen + name, NUMBER.dumps(until_ms))
        self._expiries.add(until_ms, name, b"")
        return False

    def expire(self, watermark_ms: int) -> None:
        """Remove the ids whose retention ends at or before the watermark."""
        while self._expiries.earliest_ms <= watermark_ms:
            until_ms, name, _ = self._expiries.pop()
            seen = self._store.get(self._seen + name)
            if seen is not None and NUMBER.loads(seen) <= until_ms:
                self._store.delete(self._seen + name)

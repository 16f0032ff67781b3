"""In which order, and how often, does a step see its events in a replay? What EventTimeBuffer.java does in Flink.

Rows in a store: what waits is named by its time, key, class and event id, so that the first row is the next to act.
"""

from __future__ import annotations

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
"""Names that a step holds of what waits, of its alarms and of what it has judged: twice as many, for a moment."""

_TIME: Final = 8
_SIZE: Final = 4


class DueEvent(NamedTuple):
    """An event whose time has come, and the key that it is for."""

    key: str
    envelope: Envelope


class TimeOrderedRows:
    """Rows by their time, the earliest first. Key: a step's name and what it keeps.

    The names of the earliest are a heap in memory, for to look for a first row is dear where many were removed before
    it. Names that come at `_beyond` or after it stand in the store alone.
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
        """Return how many rows of a time are named `rest` and two bytes, which number them."""
        place, number = self._prefix + entry_bytes(at_ms) + rest, 0
        while self._store.get(place + number.to_bytes(2, "big")) is not None:
            number += 1
        return number

    def pop(self) -> tuple[int, bytes, bytes]:
        """Take the earliest row out: its time, the rest of its name, its value."""
        name = heappop(self._names)
        while self._names and self._names[0] == name:  # added again, which is once
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
    """The events of a step that wait for the watermark."""

    def __init__(self, store: Store, uid: str) -> None:
        self._rows = TimeOrderedRows(store, uid, "waiting")

    @property
    def earliest_ms(self) -> int:
        """The time of the next one; NEVER_MS where none waits."""
        return self._rows.earliest_ms

    def add(self, key: str, parcel: Envelope) -> None:
        """Let an event wait. Of two of one time, class and id the first to come is the first to act."""
        place = prefix_of(key) + bytes([parcel.rank]) + parcel.event_id + b"\0"
        number = self._rows.count(parcel.at_ms, place)
        until = entry_bytes(parcel.until_ms)
        self._rows.add(parcel.at_ms, place + number.to_bytes(2, "big"), until + parcel.record)

    def pop(self) -> DueEvent:
        """Take out the next one."""
        at_ms, name, value = self._rows.pop()
        start = _SIZE + int.from_bytes(name[:_SIZE], "big")
        parcel = Envelope(at_ms, name[start], entry_number(value), name[start + 1 : -3], value[_TIME:])
        return DueEvent(name[_SIZE:start].decode(), parcel)


class Timers:
    """When which key of a step wants to be woken."""

    def __init__(self, store: Store, uid: str) -> None:
        self._rows = TimeOrderedRows(store, uid, "alarms")

    @property
    def earliest_ms(self) -> int:
        """The time of the next one; NEVER_MS where none is set."""
        return self._rows.earliest_ms

    def add(self, key: str, at_ms: int) -> None:
        """Set an alarm; twice for one time is once."""
        self._rows.add(at_ms, key.encode(), b"")

    def pop(self) -> tuple[int, str]:
        """Take out the next one: its time and its key."""
        at_ms, name, _ = self._rows.pop()
        return at_ms, name.decode()


class SeenEvents:
    """Which events a step has judged, and until when their repetition does nothing (C-12)."""

    def __init__(self, store: Store, uid: str) -> None:
        self._store, self._known = store, prefix_of(uid, "judged")
        self._ends = TimeOrderedRows(store, uid, "judged-until")

    @property
    def earliest_ms(self) -> int:
        """When the next one need not be known any more; NEVER_MS where none is."""
        return self._ends.earliest_ms

    def is_duplicate(self, key: str, parcel: Envelope, late_by_ms: int) -> bool:
        """Return whether an event has been judged, and remember that it is now.

        A late one is remembered from now on, or it would be forgotten before its repetition comes.
        """
        if not parcel.until_ms:
            return False
        name = prefix_of(key) + parcel.event_id
        known = self._store.get(self._known + name)
        if known is not None and parcel.at_ms < NUMBER.loads(known):
            return True
        until_ms = parcel.until_ms + late_by_ms
        self._store.put(self._known + name, NUMBER.dumps(until_ms))
        self._ends.add(until_ms, name, b"")
        return False

    def expire(self, watermark_ms: int) -> None:
        """Give up what need not be known any more."""
        while self._ends.earliest_ms <= watermark_ms:
            until_ms, name, _ = self._ends.pop()
            known = self._store.get(self._known + name)
            if known is not None and NUMBER.loads(known) <= until_ms:
                self._store.delete(self._known + name)

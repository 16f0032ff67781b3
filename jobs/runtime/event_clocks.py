"""Clocks of mapped topics: up to which event time a partition has come, beside the time that the broker knows.

The source's watermark goes by the broker's timestamps, since only the mapping knows the time of an event. So each
partition's clock is told to `MappedWatermarks.java`, which holds the watermark back to it.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from jobs.runtime.wire_format import pack_route

if TYPE_CHECKING:
    from jobs.runtime.wire_format import KafkaRecord

DESTINATION: Final = "event-clocks"
_CLOCK: Final = struct.Struct(">hiqq")
_UNKNOWN_MS: Final = 2**61
"""Before the first event: longer than any time, and still a 64-bit number when added to one."""


class EventClocks:
    """Clocks of the partitions that a worker reads. `idle_ms` is how long a silent input holds the watermark (C-4)."""

    def __init__(self, idle_ms: int) -> None:
        self._idle_ms = idle_ms
        self._clocks: dict[tuple[int, int], _Clock] = {}
        self._moved: dict[tuple[int, int], _Clock] = {}

    def note(self, raw: KafkaRecord, at_ms: int | None) -> None:
        """Note a record, with the latest time of the events in it; None: nothing in it is an event.

        Such a record moves the clock as if it was as far behind the broker's time as the last event; and to the
        broker's time where no event has come for so long that the partition counts as silent.
        """
        place, broker_ms = (raw.topic, raw.partition), raw.timestamp_ms
        clock = self._clocks.get(place)
        if clock is None:
            clock = self._clocks[place] = _Clock(broker_ms)
        if at_ms is not None:
            reached_ms = at_ms
            clock.heard_ms, clock.behind_ms = max(clock.heard_ms, broker_ms), max(broker_ms - at_ms, 0)
        else:
            reached_ms = broker_ms - (0 if broker_ms - clock.heard_ms > self._idle_ms else clock.behind_ms)
        clock.broker_ms, clock.event_ms = max(clock.broker_ms, broker_ms), max(clock.event_ms, reached_ms)
        self._moved[place] = clock

    def route(self) -> bytes:
        """Return the route that tells the clocks of the records since the last call; nothing if there are none."""
        if not self._moved:
            return b""
        told = (_CLOCK.pack(*place, clock.broker_ms, clock.event_ms) for place, clock in self._moved.items())
        packed = pack_route(DESTINATION, "", b"".join(told))
        self._moved.clear()
        return packed


class _Clock:
    """The highest times of a partition; how far its last event was behind the broker's time, and when it came."""

    __slots__ = ("behind_ms", "broker_ms", "event_ms", "heard_ms")

    def __init__(self, first_ms: int) -> None:
        self.broker_ms = self.heard_ms = first_ms
        self.event_ms, self.behind_ms = -_UNKNOWN_MS, _UNKNOWN_MS

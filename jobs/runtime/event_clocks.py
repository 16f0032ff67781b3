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


class EventClocks:
    """Clocks of the partitions that a worker reads."""

    def __init__(self) -> None:
        self._clocks: dict[tuple[int, int], _Clock] = {}
        self._moved: dict[tuple[int, int], _Clock] = {}

    def note(self, raw: KafkaRecord, at_ms: int | None) -> None:
        """Note a record, with the latest time of the events in it; None: nothing in it is an event.

        Such a record moves the clock as if it was as far behind the broker's time as the last event that moved it.
        """
        place = raw.topic, raw.partition
        clock = self._clocks.get(place)
        if clock is None:
            clock = self._clocks[place] = _Clock()
        if at_ms is not None and at_ms >= clock.event_ms:
            clock.behind_ms = max(raw.timestamp_ms - at_ms, 0)
        reached_ms = raw.timestamp_ms - clock.behind_ms if at_ms is None else at_ms
        clock.broker_ms = max(clock.broker_ms, raw.timestamp_ms)
        clock.event_ms = max(clock.event_ms, reached_ms)
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
    """The highest times of a partition, and how far the latest event was behind the broker's time."""

    __slots__ = ("behind_ms", "broker_ms", "event_ms")

    def __init__(self) -> None:
        self.broker_ms = self.event_ms = -(2**62)
        self.behind_ms = 0

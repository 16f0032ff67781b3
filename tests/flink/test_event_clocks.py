"""Clocks of mapped topics, which hold the watermark back to the events' own times (C-4, C-32)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jobs.runtime.event_clocks import EventClocks
from jobs.runtime.wire_format import KafkaRecord, unpack_parts

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway

LATE_MS = 100
IDLE_MS = 1_000
HOUR = 3_600_000


def noted(clocks: EventClocks, broker_ms: int, at_ms: int | None, partition: int = 0) -> None:
    clocks.note(KafkaRecord(broker_ms, 0, partition, 2, None, b""), at_ms)


def told(clocks: EventClocks) -> list[tuple[int, int, int]]:
    """Return the partition, broker's time and event time of each clock that is told."""
    routes = list(unpack_parts(clocks.route(), (2, 4, 4)))
    assert [dest for dest, _, _ in routes] == [b"event-clocks"] * len(routes)
    bytes_ = b"".join(payload for _, _, payload in routes)
    parts = [bytes_[at : at + 22] for at in range(0, len(bytes_), 22)]
    assert all(int.from_bytes(part[:2], "big") == 2 for part in parts)
    return [
        (
            int.from_bytes(part[2:6], "big"),
            int.from_bytes(part[6:14], "big"),
            int.from_bytes(part[14:], "big", signed=True),
        )
        for part in parts
    ]


def test_a_clock_is_the_latest_time_of_events_and_is_told_when_it_has_moved() -> None:
    clocks = EventClocks(IDLE_MS)
    for broker_ms, at_ms in ((HOUR, 5_000), (HOUR + 2, 7_000), (HOUR + 1, 6_000)):
        noted(clocks, broker_ms, at_ms)
    noted(clocks, 2 * HOUR, 9_000, partition=1)
    assert told(clocks) == [(0, HOUR + 2, 7_000), (1, 2 * HOUR, 9_000)]
    assert clocks.route() == b""


def test_what_is_no_event_is_as_far_behind_as_the_last_event() -> None:
    clocks = EventClocks(IDLE_MS)
    noted(clocks, 3 * HOUR, 2 * HOUR)
    noted(clocks, 3 * HOUR + 500, None)
    assert told(clocks) == [(0, 3 * HOUR + 500, 2 * HOUR + 500)]
    noted(clocks, 3 * HOUR + 600, HOUR)  # events come later and later: the clock waits for them
    noted(clocks, 3 * HOUR + 700, None)
    assert told(clocks) == [(0, 3 * HOUR + 700, 2 * HOUR + 500)]


def test_a_partition_of_which_nothing_is_an_event_is_silent_and_holds_nothing_back__c_4() -> None:
    clocks = EventClocks(IDLE_MS)
    noted(clocks, HOUR, None)
    ((_, _, before_any),) = told(clocks)
    assert before_any < 0
    noted(clocks, HOUR + IDLE_MS, None)
    assert told(clocks) == [(0, HOUR + IDLE_MS, before_any + IDLE_MS)]
    noted(clocks, HOUR + IDLE_MS + 1, None)
    assert told(clocks) == [(0, HOUR + IDLE_MS + 1, HOUR + IDLE_MS + 1)]


@pytest.fixture
def held(gateway: JavaGateway) -> Any:
    return gateway.jvm.kithward.MappedWatermarks.Clocks(LATE_MS)


def tell(gateway: JavaGateway, held: Any, clocks: EventClocks) -> None:
    ((_, _, payload),) = unpack_parts(clocks.route(), (2, 4, 4))
    held.tell(gateway.jvm.java.nio.ByteBuffer.wrap(payload))


@pytest.mark.jvm
def test_the_watermark_is_held_back_to_the_slowest_partition_that_is_not_idle__c_4(
    gateway: JavaGateway, held: Any
) -> None:
    assert held.hold(HOUR) == HOUR
    clocks = EventClocks(IDLE_MS)
    noted(clocks, HOUR, 5_000)
    noted(clocks, 2 * HOUR, 9_000, partition=1)
    tell(gateway, held, clocks)
    assert held.hold(3_000) == 3_000
    assert held.hold(HOUR - LATE_MS - 1) == 5_000 - LATE_MS - 1
    # Beyond the time of its latest record: the source has found the partition idle.
    assert held.hold(HOUR - LATE_MS) == 9_000 - LATE_MS - 1
    assert held.hold(2 * HOUR) == 2 * HOUR
    noted(clocks, 3 * HOUR, 6_000)
    tell(gateway, held, clocks)
    assert held.hold(2 * HOUR) == 6_000 - LATE_MS - 1

"""Idle partitions in `PartitionWatermarks.java`, as Flink's source calls it, on a clock that the test sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

LATE_MS, IDLE_MS, EMIT_EVERY_MS = 100, 2_000, 50


class Output:
    """The last output of a partition's watermark generator."""

    def __init__(self) -> None:
        self.last: int | str = "nothing"

    def emitWatermark(self, mark: Any) -> None:  # noqa: N802 - Java's names
        self.last = mark.getTimestamp()

    def markIdle(self) -> None:  # noqa: N802
        self.last = "idle"

    def markActive(self) -> None:  # noqa: N802
        self.last = "active"

    class Java:
        implements = ("org.apache.flink.api.common.eventtime.WatermarkOutput",)


class Partition:
    """A partition of a source, and the source's clock."""

    def __init__(self, jvm: Any) -> None:
        flink, self.unit = jvm.org.apache.flink, jvm.java.util.concurrent.TimeUnit.MILLISECONDS
        self.clock, self.output = flink.util.clock.ManualClock(), Output()
        unmeasured = flink.metrics.groups.UnregisteredMetricsGroup()
        context = flink.streaming.api.operators.source.TimestampsAndWatermarksContext(unmeasured, self.clock)
        self.generator = jvm.kithward.PartitionWatermarks(LATE_MS, IDLE_MS).createWatermarkGenerator(context)

    def event(self, at_ms: int) -> None:
        self.generator.onEvent(b"", at_ms, self.output)

    def emit_periodically(self, number: int = 1, *, every_ms: int = EMIT_EVERY_MS) -> int | str:
        """Let time pass with periodic emits; return the last output."""
        for _ in range(number):
            self.clock.advanceTime(every_ms, self.unit)
            self.generator.onPeriodicEmit(self.output)
        return self.output.last


@pytest.fixture
def partition(gateway: JavaGateway) -> Partition:
    return Partition(gateway.jvm)


def test_the_watermark_is_the_latest_event_time_minus_the_out_of_orderness(partition: Partition) -> None:
    for at_ms in (5_000, 7_000, 6_000):
        partition.event(at_ms)
    assert partition.emit_periodically() == 7_000 - LATE_MS - 1


def test_a_partition_is_idle_after_the_idle_timeout(partition: Partition) -> None:
    partition.event(5_000)
    emits = IDLE_MS // EMIT_EVERY_MS
    assert partition.emit_periodically(emits - 1) == 5_000 - LATE_MS - 1
    assert partition.emit_periodically() == "idle"
    partition.event(6_000)
    assert partition.emit_periodically() == 6_000 - LATE_MS - 1


def test_a_partition_without_any_event_becomes_idle(partition: Partition) -> None:
    assert partition.emit_periodically(IDLE_MS // EMIT_EVERY_MS) == "idle"


def test_backpressure_does_not_make_a_partition_idle_at_once(partition: Partition) -> None:
    partition.event(5_000)
    assert partition.emit_periodically(7, every_ms=10 * IDLE_MS) == 5_000 - LATE_MS - 1
    assert partition.emit_periodically(every_ms=10 * IDLE_MS) == "idle"

"""Rate and processor time of a running job, by the records that it reads after its warm-up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from bench.job.usage import Usage, cluster_usage
from jobs.flink.rest_client import FlinkError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jobs.flink.rest_client import Job

METRICS_EVERY_MS: Final = 200
"""Interval at which the cluster collects metrics; to be set as `metrics.fetcher.update-interval`."""

HEADS: Final = f"{'overall':>10} {'slowest':>10} {'fastest':>10}"
_LOOKS: Final = (
    8  # samples in a measurement: each makes the cluster collect the metrics of all steps, which costs time too
)
_READ: Final = "Source__{name}.numRecordsIn"
_US: Final = 1_000_000
_LAPS: Final = 4  # parts of a measurement, whose spread shows how steady it was


@dataclass(frozen=True, slots=True)
class Rate:
    """Records a second: overall, and in the slowest and fastest part of the time."""

    overall: float
    slowest: float
    fastest: float

    @property
    def columns(self) -> str:
        """The three rates, as columns below `HEADS`."""
        return f"{self.overall:>10,.0f} {self.slowest:>10,.0f} {self.fastest:>10,.0f}"


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement: its rate, how many records it lasted, and what the cluster used meanwhile."""

    rate: Rate
    records: int
    used: Usage

    @property
    def cost_us(self) -> float:
        """Processor time a record of all processes together, in microseconds."""
        return self.each_us(sum(self.used.processes.values()))

    def each_us(self, seconds: float) -> float:
        """Return seconds of the whole measurement as microseconds a record."""
        return seconds * _US / self.records if self.records else 0.0


@dataclass(frozen=True, slots=True)
class Span:
    """A measurement of `measured_s` seconds, which begins `warm_s` after `first` records have been read.

    There are `records` of them; the measurement ends early when all are read.
    """

    first: int
    warm_s: float
    measured_s: float
    records: int
    within_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Point:
    """The number of records read at a time of the monotonic clock, and what the cluster had used."""

    at_s: float
    read: int
    used: Usage = field(default_factory=Usage)


def measure(read: Callable[[], int], span: Span) -> Measured:
    """Sample a counter and the cluster's processor time. Raises `FlinkError` where the records do not last."""
    points = list(_points(read, span))
    if len(points) <= _LAPS:
        raise FlinkError(f"{span.records} records are too few to measure with")
    first, last = points[0], points[-1]
    return Measured(rate_of(points), last.read - first.read, last.used.since(first.used))


def rate_of(points: Sequence[Point]) -> Rate:
    """Return the rate over sampled points."""
    edges = [points[round(lap * (len(points) - 1) / _LAPS)] for lap in range(_LAPS + 1)]
    laps = [_between(*two) for two in pairwise(edges)]
    return Rate(_between(points[0], points[-1]), min(laps), max(laps))


def records_read(job: Job, source: str) -> Callable[[], int]:
    """Return a function that reads the number of records that a job's source has emitted, over all subtasks."""
    vertices: list[dict[str, Any]] = job.rest.get(f"/jobs/{job.id}")["vertices"]
    vertex = next(vertex["id"] for vertex in vertices if vertex["name"].startswith("Source: "))
    path = f"/jobs/{job.id}/vertices/{vertex}/subtasks/metrics?get={_READ.format(name=source)}&agg=sum"

    def look() -> int:
        found = job.rest.get(path)
        return int(found[0]["sum"]) if found else 0

    return look


def _points(read: Callable[[], int], span: Span) -> list[Point]:
    points: list[Point] = []
    moving_s = None
    deadline_s = time.monotonic() + span.within_s
    while not points or points[-1].at_s - points[0].at_s < span.measured_s:
        point = Point(time.monotonic(), read(), cluster_usage())
        if point.read >= span.records:
            break  # the sample before this one was the last at which everything ran
        if point.at_s > deadline_s:
            raise FlinkError(f"only {point.read} records were read within {span.within_s:.0f} s")
        moving_s = moving_s or (point.at_s if point.read >= max(span.first, 1) else None)
        if moving_s is not None and point.at_s - moving_s >= span.warm_s:
            points.append(point)
        time.sleep(span.measured_s / _LOOKS)
    return points


def _between(first: Point, last: Point) -> float:
    return (last.read - first.read) / (last.at_s - first.at_s)

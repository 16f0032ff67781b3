"""Memory and latency of the whole job over hours, at about half of the rate that it can take: both have to stay flat.

Messages are sent at a steady rate with the time of then, and topics keep the last minutes. Delays are those of
commands: from the time of their message to the broker's append.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from kafka import KafkaConsumer

from bench.job.feed import feed
from bench.job.growth import bar_chart
from bench.job.latency import share, stamp_appends
from bench.job.memory import bytes_on_disk, heap_after_collections
from bench.job.processes import JOB_MANAGER, TASK_MANAGER, WORKER, resident
from bench.job.progress import METRICS_EVERY_MS, records_read
from bench.job.throughput import SOURCE, broker, cluster, whole_job
from bench.job.traffic import MESSAGES, RELATIONS, friendships, messages
from bench.job.usage import cluster_usage
from bench.report import at_least, at_most
from jobs.flink.rest_client import FlinkError
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from schemas.codec import decode
from schemas.topics import COMMANDS, DECISIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jobs.flink.rest_client import Job

FLAT: Final = 1.15
"""Target: the most that a figure of the last quarter may be of that of the first one."""
KEPT_UP: Final = 0.99
"""Target: the share of the messages sent that was read in time."""

_FRIENDS: Final = 50_000
_KEPT: Final = {"retention.ms": "600000", "segment.bytes": "67108864"}
_POLL_MS: Final = 100
_QUARTERS: Final = 4
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """Messages a second, for how long, and in how many intervals it is measured; the messages that are repeated."""

    load: int = 20_000
    hours: float = 2.0
    intervals: int = 24
    repeated: int = 500_000

    @property
    def interval_s(self) -> float:
        """The seconds of an interval."""
        return self.hours * 3_600 / self.intervals

    @property
    def laps(self) -> int:
        """How often the messages are sent: in one interval before the others, and until the job has been stopped."""
        return math.ceil(self.load * self.interval_s * (self.intervals + 2) / self.repeated)


QUICK: Final = Sizes(load=1_000, hours=0.02, intervals=4, repeated=20_000)


@dataclass(frozen=True, slots=True)
class Interval:
    """What an interval has measured: rate, cost, milliseconds of delays; at its end, bytes."""

    minutes: float
    rate: float
    cost_us: float
    delays: Sequence[float]
    task_manager: int
    worker: int
    job_manager: int
    heap: int
    disk: int

    @property
    def median_ms(self) -> float:
        """The delay of half of the commands."""
        return median(self.delays)

    @property
    def most_ms(self) -> float:
        """The delay of 95 of 100 commands."""
        return share(self.delays, 0.95)


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure interval by interval; yield a row for each, then the figures over time, and the targets."""
    yield _HEADS
    found: list[Interval] = []
    for interval in measure(directory, sizes, say):
        found.append(interval)
        yield row(interval)
    yield ""
    yield from conclusions(found, sizes.load)


def measure(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[Interval]:
    """Yield the intervals, each as soon as it is over. Raises `FlinkError` if no command comes in one."""
    with broker(directory / "broker") as kafka, cluster(directory / "flink") as flink:
        create_topics(Brokers(kafka.bootstrap))
        feed(kafka.bootstrap, RELATIONS, friendships(range(_FRIENDS), 2 * _FRIENDS, int(time.time() * 1000)))
        job = flink.submit(*whole_job(kafka.bootstrap, directory / "job"))
        stamp_appends(kafka.bootstrap, MESSAGES, COMMANDS, DECISIONS, **_KEPT)
        say(f"sending {sizes.load:,} messages a second for {sizes.hours:g} hours")
        sent = messages(sizes.repeated, _FRIENDS)
        threading.Thread(
            target=feed,
            args=(kafka.bootstrap, MESSAGES, sent),
            kwargs={"laps": sizes.laps, "rate": sizes.load},
            daemon=True,
        ).start()
        read = records_read(job, SOURCE)
        job.wait_for(lambda: read() > _FRIENDS, "no message is read", 300.0)
        time.sleep(sizes.interval_s)  # the start is behind by what came meanwhile, and Java compiles
        with _delays_of_commands(kafka.bootstrap) as delays:
            yield from _intervals(job, directory, sizes, read, delays)
        job.cancel()


def _intervals(
    job: Job, directory: Path, sizes: Sizes, read: Callable[[], int], delays: list[float]
) -> Iterator[Interval]:
    begun_s = time.monotonic()
    for number in range(1, sizes.intervals + 1):
        from_read, from_s, from_used = _now_read(read), time.monotonic(), cluster_usage()
        time.sleep(max(0.0, begun_s + number * sizes.interval_s - time.monotonic()))
        count, took_s, used = _now_read(read) - from_read, time.monotonic() - from_s, cluster_usage().since(from_used)
        seen, delays[:] = tuple(delays), ()
        if not (seen and count):
            raise FlinkError(f"in {took_s:.0f} s {count} records were read and {len(seen)} commands came")
        yield Interval(
            minutes=(time.monotonic() - begun_s) / 60,
            rate=count / took_s,
            cost_us=sum(used.processes.values()) / count * 1e6,
            delays=seen,
            task_manager=resident(TASK_MANAGER),
            worker=resident(WORKER),
            job_manager=resident(JOB_MANAGER),
            heap=heap_after_collections(job),
            disk=bytes_on_disk(directory / "flink" / "tmp"),
        )


def _now_read(read: Callable[[], int]) -> int:
    """Return the number of records read. Asked once, the cluster answers with the metrics of the time before."""
    read()
    time.sleep(3 * METRICS_EVERY_MS / 1000)
    return read()


@contextmanager
def _delays_of_commands(bootstrap: str) -> Iterator[list[float]]:
    """Provide a list to which the delay of each command is added, in milliseconds, as commands come."""
    delays: list[float] = []
    ends = threading.Event()

    def read() -> None:
        consumer = KafkaConsumer(COMMANDS, bootstrap_servers=bootstrap, auto_offset_reset="latest")
        with closing(consumer):
            while not ends.is_set():
                for records in consumer.poll(timeout_ms=_POLL_MS).values():
                    delays.extend(each.timestamp - decode(each.value).at_ms for each in records)  # type: ignore[attr-defined]

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        yield delays
    finally:
        ends.set()
        reader.join()


_HEADS: Final = (
    f"{'minutes':>8} {'messages/s':>11} {'us a message':>13} {'commands':>9} {'median, ms':>11} {'95 %, ms':>9} "
    f"{'task manager':>13} {'worker':>7} {'job manager':>12} {'heap':>6} {'disk, MiB':>10}"
)


def row(each: Interval) -> str:
    """Return the row of an interval below the heads."""
    resident_mib = f"{each.task_manager / _MIB:>13,.0f} {each.worker / _MIB:>7,.0f} {each.job_manager / _MIB:>12,.0f}"
    return (
        f"{each.minutes:>8.1f} {each.rate:>11,.0f} {each.cost_us:>13.1f} {len(each.delays):>9,} "
        f"{each.median_ms:>11,.0f} {each.most_ms:>9,.0f} {resident_mib} "
        f"{each.heap / _MIB:>6,.0f} {each.disk / _MIB:>10,.0f}"
    )


def conclusions(found: Sequence[Interval], load: int) -> Iterator[str]:
    """Yield memory and delays over time, and the targets: the last quarter beside the first one."""
    yield from bar_chart("task manager", [(round(each.minutes), each.task_manager / _MIB) for each in found])
    yield from bar_chart("95 %, ms", [(round(each.minutes), each.most_ms) for each in found])
    yield ""
    size = max(1, len(found) // _QUARTERS)
    first, last = found[:size], found[-size:]
    for what, figure in _FLAT_FIGURES:
        growth = median(map(figure, last)) / median(map(figure, first))
        yield at_most(f"{what}, last quarter beside the first: x", growth, FLAT, ".2f")
    yield at_least("messages read of those sent: x", min(each.rate for each in found) / load, KEPT_UP, ".2f")


_FLAT_FIGURES: Final[tuple[tuple[str, Callable[[Interval], float]], ...]] = (
    ("task manager, resident", lambda each: each.task_manager),
    ("task manager, heap", lambda each: each.heap),
    ("worker, resident", lambda each: each.worker),
    ("job manager, resident", lambda each: each.job_manager),
    ("delay, median", lambda each: each.median_ms),
    ("delay, 95 %", lambda each: each.most_ms),
)

"""Size of state: bytes on disk a friendship, and memory as the number of keys grows.

The whole job receives friendships, each between two accounts that no other names, so that there are twice as many keys;
or every account has several friends, and there are fewer keys.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.job.feed import feed
from bench.job.processes import TASK_MANAGER, WORKER, collect_garbage, resident
from bench.job.progress import METRICS_EVERY_MS
from bench.job.throughput import cluster, whole_job
from bench.job.traffic import RELATIONS, friendships
from bench.report import at_most
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.local.broker import Broker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bench.job.traffic import Sent
    from jobs.flink.rest_client import Job

BYTES_PER_FRIENDSHIP: Final = 100
GROWTH: Final = 1.25
"""Growth of memory that still counts as constant: allocators and compilers vary."""

_APPLIED: Final = "relationship.applied"
_WITHIN_S: Final = 7200.0
_SIDES: Final = 2
_END_MS: Final = 60_000
_COLLECTIONS: Final = 8
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of friendships at first and in the end, and friends of each account."""

    few: int = 5_000
    friendships: int = 100_000
    friends_each: int = 1

    @property
    def accounts(self) -> int:
        """The number of accounts in the end."""
        return _SIDES * (self.friendships // self.friends_each)


QUICK: Final = Sizes(friendships=10_000)


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes at a number of keys: resident memory, heap in use after a garbage collection, disk."""

    keys: int
    friendships: int
    worker: int
    task_manager: int
    heap: int
    disk: int

    @property
    def disk_per_friendship(self) -> float:
        """Bytes on disk a friendship."""
        return self.disk / self.friendships


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Send friendships to the job; return the table of its size, and the targets."""
    return report_lines(*measure(directory, sizes, say))


def report_lines(few: Footprint, many: Footprint) -> list[str]:
    """Return the table of sizes, and the targets."""
    return [
        f"{'what is held, MiB':42} {f'{few.keys:,} keys':>17} {f'{many.keys:,} keys':>17}",
        _row("screening worker, resident", few.worker, many.worker),
        _row("task manager, resident", few.task_manager, many.task_manager),
        _row("task manager, heap after collection", few.heap, many.heap),
        _row("RocksDB tables on disk", few.disk, many.disk),
        "",
        at_most("bytes on disk a friendship:", many.disk_per_friendship, BYTES_PER_FRIENDSHIP, ".0f"),
        at_most("growth of the screening worker with the keys: x", many.worker / few.worker, GROWTH, ".2f"),
        at_most("growth of the task manager's heap with the keys: x", many.heap / few.heap, GROWTH, ".2f"),
    ]


def measure(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> tuple[Footprint, Footprint]:
    """Return the footprints after few friendships and after all. Raises `FlinkError` where they are not applied."""
    with Broker(directory / "broker") as broker, cluster(directory / "flink") as flink:
        create_topics(Brokers(broker.bootstrap), partitions=1)
        job = flink.submit(*whole_job(broker.bootstrap, directory / "job"))
        _feed(broker.bootstrap, job, range(sizes.few), sizes.accounts, say)
        few = _measure(job, directory, sizes.few, sizes.accounts)
        _feed(broker.bootstrap, job, range(sizes.few, sizes.friendships), sizes.accounts, say)
        return few, _measure(job, directory, sizes.friendships, sizes.accounts)


def _feed(bootstrap: str, job: Job, numbers: range, accounts: int, say: Callable[[str], None]) -> None:
    say(f"sending friendships up to {numbers.stop:,}")
    feed(bootstrap, RELATIONS, with_end_marker(friendships(numbers, accounts)))
    wanted = _SIDES * numbers.stop
    job.wait_for(lambda: applied_records(job) >= wanted, "the friendships are not applied", _WITHIN_S)
    done = job.checkpoints()
    job.wait_for(lambda: job.checkpoints() >= done + 2, "no checkpoint comes", 120.0)


def with_end_marker(records: Iterable[Sent]) -> Iterator[Sent]:
    """Yield records, and the last once more, later: it changes nothing, but the watermark passes all others."""
    for record in records:
        yield record
    yield record._replace(at_ms=record.at_ms + _END_MS)


def applied_records(job: Job) -> int:
    """Return the number of records that the relationship step has applied: two a friendship."""
    return sum(count for name, count in job.counters("kithward").items() if name.endswith(_APPLIED))


def _measure(job: Job, directory: Path, friends: int, accounts: int) -> Footprint:
    return Footprint(
        keys=min(_SIDES * friends, accounts),
        friendships=friends,
        worker=resident(WORKER),
        task_manager=resident(TASK_MANAGER),
        heap=heap_after_collections(job),
        disk=bytes_on_disk(directory / "flink" / "tmp"),
    )


def bytes_on_disk(directory: Path) -> int:
    """Return the bytes of the RocksDB tables under a directory. Some may vanish meanwhile, by compaction."""
    total = 0
    for table in directory.rglob("*.sst"):
        try:
            total += table.stat().st_size
        except FileNotFoundError:
            continue
    return total


def heap_after_collections(job: Job) -> int:
    """Return the least heap in use after several collections, in bytes: the job runs on, and metrics lag."""
    return min(_heap_in_use(job) for _ in range(_COLLECTIONS))


def _heap_in_use(job: Job) -> int:
    collect_garbage(TASK_MANAGER)
    time.sleep(3 * METRICS_EVERY_MS / 1000)
    metric = "Status.JVM.Memory.Heap.Used"
    managers = [manager["id"] for manager in job.rest.get("/taskmanagers")["taskmanagers"]]
    found = (job.rest.get(f"/taskmanagers/{manager}/metrics?get={metric}") for manager in managers)
    return sum(int(values[0]["value"]) for values in found if values)


def _row(what: str, few: int, many: int) -> str:
    return f"{what:42} {few / _MIB:>17,.1f} {many / _MIB:>17,.1f}"

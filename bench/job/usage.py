"""Processor time of a local cluster by process and by group of threads. Linux only: it reads /proc."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from bench.job.processes import JOB_MANAGER, TASK_MANAGER, WORKER, spent_s, thread_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

K = TypeVar("K")
PROCESSES: Final = {"task manager": TASK_MANAGER, "worker": WORKER, "job manager": JOB_MANAGER}
"""The processes of a cluster by what they are called in results."""

_BEHIND_NAME: Final = re.compile(r"\s*\(.*|[#\d:-]*\d*$|\s->.*")
"""What Flink and Java append to the name of a thread: the subtask, a number."""
_GROUPS: Final = {
    "C1 Compiler": "compiler",
    "C2 Compiler": "compiler",
    "G1": "garbage collection",
    "GC Thread": "garbage collection",
    "OutputFlusher": "output flusher",
    "Source: ": "source",
    "rocksdb": "RocksDB's background",
    "kafka-producer": "Kafka producer",
    "Source Data Fet": "Kafka consumer",
    "flink-pekko": "Pekko",
    "flink-metrics": "metrics",
}
"""Groups of threads by how their names begin; Linux keeps fifteen characters of a name."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Processor seconds by process, and by process and group of threads. Threads that have ended are in no group."""

    processes: Mapping[str, float] = field(default_factory=dict)
    threads: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def since(self, before: Usage) -> Usage:
        """Return what was used since an earlier usage."""
        return Usage(_minus(self.processes, before.processes), _minus(self.threads, before.threads))


def cluster_usage() -> Usage:
    """Return what the cluster below this process has used so far."""
    threads: dict[tuple[str, str], float] = {}
    for process, name in PROCESSES.items():
        for thread, seconds in thread_seconds(name):
            of_group = process, group_of(thread)
            threads[of_group] = threads.get(of_group, 0.0) + seconds
    return Usage({process: spent_s(name) for process, name in PROCESSES.items()}, threads)


def group_of(thread: str) -> str:
    """Return the group of a thread by its name as Linux keeps it."""
    known = next((group for begin, group in _GROUPS.items() if thread.startswith(begin)), None)
    return known or _BEHIND_NAME.sub("", thread) or thread


def _minus(later: Mapping[K, float], earlier: Mapping[K, float]) -> dict[K, float]:
    return {key: seconds - earlier.get(key, 0.0) for key, seconds in later.items()}

"""Memory and processor time of the descendants of this process. Linux only: it reads /proc."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jobs.deploy.installation import java

if TYPE_CHECKING:
    from collections.abc import Iterator

TASK_MANAGER: Final = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
JOB_MANAGER: Final = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
WORKER: Final = "pyflink.fn_execution.beam.beam_boot"

_PROC: Final = Path("/proc")
_PARENT: Final = 1  # index of the parent among the fields after the process name
_USED: Final = slice(11, 13)  # user and system time, likewise
_KIB: Final = 1024


def resident(name: str) -> int:
    """Return the resident bytes of all descendants that have `name` on their command line."""
    return sum(map(_resident_bytes, _pids(name)))


def spent_s(name: str) -> float:
    """Return the processor seconds so far of all descendants called `name`."""
    return sum(_seconds(_PROC / str(pid) / "stat") for pid in _pids(name))


def thread_seconds(name: str) -> Iterator[tuple[str, float]]:
    """Yield name and processor seconds so far of each thread of all descendants called `name`."""
    for pid in _pids(name):
        for thread in (_PROC / str(pid) / "task").glob("*"):
            try:
                called = (thread / "comm").read_text().rstrip("\n")
            except OSError:
                continue
            yield called, _seconds(thread / "stat")


def collect_garbage(name: str) -> None:
    """Run a garbage collection in the JVMs among our descendants that are called `name`."""
    for pid in _pids(name):
        subprocess.run((Path(java()).with_name("jcmd"), str(pid), "GC.run"), check=False, capture_output=True)  # noqa: S603


def is_called(pid: int, name: str) -> bool:
    """Return whether a process has a word on its command line; False if it has ended."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return name.encode() in words and b"bash" not in words[0]


def _pids(name: str) -> list[int]:
    return [pid for pid in _descendants(os.getpid()) if is_called(pid, name)]


def _descendants(ancestor: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            behind_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(behind_name[_PARENT]), []).append(int(stat.parent.name))
    found = children.get(ancestor, [])
    for pid in found:
        found.extend(children.get(pid, ()))
    return found


def _seconds(stat: Path) -> float:
    try:
        behind_name = stat.read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, behind_name[_USED])) / os.sysconf("SC_CLK_TCK")


def _resident_bytes(pid: int) -> int:
    try:
        status = (_PROC / str(pid) / "status").read_text()
    except OSError:
        return 0
    lines = (line.split() for line in status.splitlines())
    return next((int(words[1]) * _KIB for words in lines if words[0] == "VmRSS:"), 0)

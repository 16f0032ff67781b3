"""Replays in processes of their own, killed at a step: a call that changes a file or a directory, or syncs one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from jobs.replay.runner import ReplayRequest, replay_files
from operators.policy.model import Policy
from state.stores.memory import MemoryStore
from tests.support.given import NOON, message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_CHANGES: Final = frozenset(("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"))
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT

# Forked from a process that has the modules, but has never opened a database: its threads would not be forked.
_PROCESSES: Final = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])

_WARM: Final = Replay(risk_graph(), MemoryStore(), Policy())  # what takes a second to build, before a process is forked
_WARM.prefilter([message("m", NOON)])
list(_WARM.push(message("m", NOON)))

Files = tuple["Sequence[Path]", Path, Path | None]
"""Event files, the directory of outputs, the directory of state."""


def replay_until(step: int, run: Files) -> bool:
    """Run a replay in a process that is killed at a step, counted from 1; return whether it got that far."""
    process = _PROCESSES.Process(target=_run, args=(step, run))
    process.start()
    process.join()
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def replay_whole(run: Files) -> None:
    events, out, state = run
    replay_files(ReplayRequest(tuple(events), out, Policy(), state))


def _run(step: int, run: Files) -> None:
    _, out, state = run
    _kill_at(step, os.path.commonpath([out, state or out]))
    replay_whole(run)


def _kill_at(step: int, place: str) -> None:
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and str(arguments[0]).startswith(place) and arguments[2] & _WRITING
        if writes or event in _CHANGES:
            count()

    sys.addaudithook(hear)
    os.fsync = _counted(os.fsync, count)
    for name in ("write_text", "write_bytes"):
        setattr(Path, name, _torn(count))


def _counted(call: Callable[[int], None], count: Callable[[], None]) -> Callable[[int], None]:
    def counted(descriptor: int) -> None:
        count()
        call(descriptor)

    return counted


def _torn(count: Callable[[], None]) -> Callable[..., None]:
    """Return how a path is written in two halves, with a step between them."""

    def write(path: Path, content: str | bytes, *_: object) -> None:
        raw = content if isinstance(content, bytes) else content.encode()
        with path.open("wb") as file:
            file.write(raw[: len(raw) // 2])
            file.flush()
            count()
            file.write(raw[len(raw) // 2 :])

    return write

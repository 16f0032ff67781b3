"""Lock of a directory that one run at a time may write to."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from jobs.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def lock_directory(directory: Path, name: str) -> Iterator[None]:
    """Hold the lock file `name` of a directory, and remove it at the end. Raise BadInput if another run holds it.

    The operating system ends the lock with its process, so a file that a killed run has left locks nothing.
    """
    path = directory / name
    lock = FileLock(path, blocking=False)
    try:
        lock.acquire()
    except Timeout as fault:
        raise BadInput(directory, f"is in use by another run{_process_of(path)}") from fault
    try:
        path.write_text(f"{os.getpid()}\n", "utf-8")
        yield
    finally:
        path.unlink(missing_ok=True)  # before the release: afterwards it may be the next run's
        lock.release()


def _process_of(path: Path) -> str:
    """Return the id of the process that holds a lock, in brackets; empty if it has just ended."""
    with suppress(OSError, ValueError):
        return f" (process {int(path.read_text('utf-8'))})"
    return ""

"""The directory of a demo, which belongs to it alone."""

from __future__ import annotations

from shutil import rmtree
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_OWN_FILES: Final = {"broker", "checkpoints", "connector", "job.log", "out", "replay", "report.html", "synapse"}


class DemoError(Exception):
    """The demo cannot use a directory, or a part of it did not start or ended early; the message names its log."""


def clear(directory: Path) -> None:
    """Remove what an earlier demo left in a directory, and the directory. Raise DemoError if it holds anything else."""
    if not directory.exists():
        return
    try:
        others = sorted({path.name for path in directory.iterdir()} - _OWN_FILES)
        if others:
            message = f"{directory} holds {others[0]}, which is not the demo's: name another directory with --dir"
            raise DemoError(message)
        rmtree(directory)
    except OSError as fault:
        raise DemoError(f"{directory}: {fault.strerror}") from fault

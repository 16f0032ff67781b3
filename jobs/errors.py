"""What is said when the tool is used wrongly or given something that it cannot take: one line, exit code 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class BadInput(Exception):
    """A fault of what was given. The message is one line that names the fault and its place."""

    def __init__(self, place: object, fault: str) -> None:
        super().__init__(" ".join(f"{place}: {fault}".split()))


def bad_path(path: Path, fault: OSError) -> BadInput:
    """Return what to say about a file or directory that the system refuses."""
    return BadInput(path, (fault.strerror or str(fault)).lower())

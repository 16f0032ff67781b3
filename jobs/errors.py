"""User errors of the command line: wrong use or bad input, reported in one line with exit code 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class BadInput(Exception):
    """An error in what the user gave. The message is one line: the place, then what is wrong with it."""

    def __init__(self, place: object, fault: str) -> None:
        super().__init__(" ".join(f"{place}: {fault}".split()))


def bad_path(path: Path, fault: OSError) -> BadInput:
    """Return the error for a file or directory that the operating system refuses."""
    return BadInput(path, (fault.strerror or str(fault)).lower())

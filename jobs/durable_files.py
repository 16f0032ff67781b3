"""Durable files: written to disk, with their names, before the next step relies on them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a directory's names, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Wait until a directory, its files and its own name are on disk."""
    for path in sorted(directory.iterdir()):
        sync(path)
    sync(directory)
    sync(directory.parent)


def write_durably(path: Path, text: str) -> None:
    """Replace a file in one step: after a crash it has its former content or the new one."""
    draft = path.with_name(f".{path.name}")
    draft.write_text(text, "utf-8")
    sync(draft)
    draft.replace(path)
    sync(path.parent)

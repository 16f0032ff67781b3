"""Layout of a state directory: generations, the file `CURRENT` that names one, and the record of the run that made it.

A committed generation is complete and is never written to again: it can be copied and read at any time.
"""

from __future__ import annotations

import json
import os
from shutil import copy2, rmtree
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct, ValidationError, convert
from msgspec.structs import asdict

from jobs.durable_files import write_durably
from jobs.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

R = TypeVar("R", bound=Struct)
CURRENT: Final = "CURRENT"
PREFIX: Final = "generation-"
_RUN: Final = "RUN"
_NOT_COPIED: Final = ("LOG", _RUN)  # RocksDB's log is for people, and the next run has a record of its own


class RunRecord(Struct, frozen=True):
    """What a run read and where it wrote, as a digest. Two runs in a row with equal digests count once (C-29)."""

    digest: str
    out: str


def current_generation(directory: Path) -> Path:
    """Return the current generation. Raise BadInput for a directory that has none."""
    try:
        name = (directory / CURRENT).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(directory, "holds no state of a replay") from fault
    generation = directory / name
    if not name.removeprefix(PREFIX).isdecimal() or not generation.is_dir():
        raise BadInput(directory / CURRENT, "names no generation of state")
    return generation


def current_if_any(directory: Path) -> Path | None:
    """Return the current generation; None if no run has been committed yet."""
    return current_generation(directory) if (directory / CURRENT).exists() else None


def number_of(generation: Path) -> int:
    """Return a generation's number."""
    return int(generation.name.removeprefix(PREFIX))


def run_of(generation: Path) -> RunRecord | None:
    """Return the record of the run that made a generation; None if it has none, like those of 0.2.0."""
    try:
        return from_json((generation / _RUN).read_bytes(), RunRecord)
    except (OSError, ValueError):
        return None


def write_run(generation: Path, run: RunRecord) -> None:
    """Write the record of the run that makes a generation."""
    (generation / _RUN).write_text(to_json(run), "utf-8")


def to_json(record: Struct) -> str:
    """Return a record as JSON. Paths in it may have any bytes, of which the standard library makes escapes."""
    return json.dumps(asdict(record))


def from_json(text: bytes, kind: type[R]) -> R:
    """Return the record of a text that `to_json` wrote. Raise ValueError for any other text."""
    try:
        return convert(json.loads(text), kind)
    except ValidationError as fault:
        raise ValueError(str(fault)) from fault


def make_current(generation: Path) -> None:
    """Make a generation its directory's current one, in one step."""
    write_durably(generation.parent / CURRENT, f"{generation.name}\n")


def copy_generation(source: Path, target: Path) -> None:
    """Copy the database of a generation."""
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        if path.is_file() and not path.name.startswith(_NOT_COPIED):
            _link_or_copy(path, target / path.name)


def remove_old_generations(directory: Path) -> None:
    """Remove every generation but the current one."""
    kept = current_if_any(directory)
    for path in directory.glob(f"{PREFIX}*"):
        if path != kept:
            rmtree(path)


def _link_or_copy(source: Path, target: Path) -> None:
    # RocksDB never writes to a finished table file again, so a hard link is as good as a copy.
    if source.suffix == ".sst":
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return
    copy2(source, target)

"""Paths of event files: files as given, the event files of folders, and standard input."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput, bad_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STANDARD_INPUT: Final = Path("-")
_SUFFIXES: Final = (".jsonl", ".ndjson", ".json", ".avro")
_PACKED: Final = ".gz"


def event_paths(given: Iterable[Path]) -> list[Path]:
    """Return the paths of event files, in the order in which they are given.

    Of a folder these are all files below it with the name of an event file, sorted by their paths. Raise BadInput for a
    folder without any, or that cannot be read, and for standard input that is given twice.
    """
    events: list[Path] = []
    for path in given:
        if path == STANDARD_INPUT and path in events:
            raise BadInput("--events -", "standard input can be read only once")
        if path == STANDARD_INPUT or not path.is_dir():
            events.append(path)
            continue
        found = sorted(filter(_is_named_as_events, _visible_files(path)), key=lambda each: each.parts)
        if not found:
            names = ", ".join(_SUFFIXES)
            raise BadInput(path, f"holds no event file: their names end in {names}, or these and {_PACKED}")
        events += found
    return events


def is_named_avro(path: Path) -> bool:
    """Return whether a file's name says that it is a container file."""
    return path.name.lower().removesuffix(_PACKED).endswith(".avro")


def _is_named_as_events(path: Path) -> bool:
    return path.name.lower().removesuffix(_PACKED).endswith(_SUFFIXES)


def _visible_files(directory: Path) -> Iterator[Path]:
    """Yield the files below a directory. Hidden ones, and those that writers mark with `_`, are being written."""

    def refuse(fault: OSError) -> None:
        raise bad_path(Path(fault.filename), fault) from fault

    for folder, folders, files in os.walk(directory, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        yield from (Path(folder) / name for name in files if not name.startswith((".", "_")))

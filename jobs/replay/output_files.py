"""The output files of a replay: written as a whole or not at all, and read again.

A run writes five files of JSON lines, under names that begin with a dot; they are renamed together at the end.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import ExitStack, suppress
from shutil import copyfile
from typing import IO, TYPE_CHECKING, Final, Self

from jobs.errors import BadInput, bad_path
from jobs.replay.evidence import check_depth
from schemas.jsonl import BadLine, read_file, write_line
from schemas.malformed import Malformed
from schemas.records import Decision, Record
from schemas.topics import DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEAD_LETTERS: Final = "dead-letters"
OUTPUT_NAMES: Final = ("decisions", "commands", "risk-windows", "shadow-decisions", DEAD_LETTERS)
SHADOW_DECISIONS_FILE: Final = f"{SHADOW_DECISIONS}.jsonl"


class OutputFiles:
    """The output files of one run, as a context manager: without `publish`, nothing is left behind."""

    def __init__(self, directory: Path, *, append: bool = False) -> None:
        """Create the temporary files; with `append`, as copies of the existing ones. Raise BadInput on failure."""
        self.directory = directory
        self._stack = ExitStack()
        self._files: dict[str, IO[str]] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for name in OUTPUT_NAMES:
                self._files[name] = self._create(name, append=append)
        except OSError as fault:
            raise bad_path(directory, fault) from fault

    def __enter__(self) -> Self:
        """Return these output files."""
        return self

    def __exit__(self, *_: object) -> None:
        """Discard what was not published."""
        self.discard()

    def write(self, topic: str, record: Record) -> None:
        """Write a record to its topic's file. Raise BadInput if that fails, for example on a full disk."""
        self._write_line(topic, write_line(record))

    def write_dead_letter(self, letter: BadLine, file: str | None = None) -> None:
        """Write a dead letter; `file` is the event file of the bad line, if there are several."""
        members = letter.to_json() | ({} if file is None else {"file": file})
        self._write_line(DEAD_LETTERS, json.dumps(members))

    def publish(self) -> None:
        """Rename all temporary files to their final names. Raise BadInput on failure, for example a full disk."""
        try:
            self._stack.close()
            for name in OUTPUT_NAMES:
                self._temporary(name).replace(self.directory / f"{name}.jsonl")
        except OSError as fault:
            raise bad_path(self.directory, fault) from fault

    def discard(self) -> None:
        """Remove the temporary files, if there are any."""
        with suppress(OSError):  # unwritten output is discarded anyway
            self._stack.close()
        for name in OUTPUT_NAMES:
            self._temporary(name).unlink(missing_ok=True)

    def _write_line(self, name: str, line: str) -> None:
        try:
            self._files[name].write(line + "\n")
        except OSError as fault:
            raise bad_path(self.directory, fault) from fault

    def _create(self, name: str, *, append: bool) -> IO[str]:
        existing, temporary = self.directory / f"{name}.jsonl", self._temporary(name)
        temporary.unlink(missing_ok=True)
        if append and existing.exists():
            copyfile(existing, temporary)
        return self._stack.enter_context(temporary.open("a", encoding="utf-8", newline="\n"))

    def _temporary(self, name: str) -> Path:
        return self.directory / f".{name}.jsonl.part"


def topic_of(file: Path, otherwise: str = DECISIONS) -> str:
    """Return the topic of a file's decisions, by the beginning of its name: the records themselves do not show it."""
    return next((topic for topic in (DECISIONS, SHADOW_DECISIONS) if file.name.startswith(topic)), otherwise)


def decisions_of(file: Path) -> Iterator[Decision]:
    """Yield a file's decisions. Raise BadInput, with its number, for any other record and for evidence too deep."""
    for number, record in enumerate(records_of(file), start=1):
        place = f"{file}, record {number}"
        if not isinstance(record, Decision):
            raise BadInput(place, f"{type(record).__name__} is not a decision")
        yield check_depth(record, place)


def commands_of(file: Path) -> dict[str, list[Record]]:
    """Return a file's commands by decision id; an empty mapping if the file does not exist."""
    commands: dict[str, list[Record]] = defaultdict(list)
    for record in records_if_any(file):
        commands[getattr(record, "decision_id", "")].append(record)
    return commands


def records_if_any(file: Path) -> Iterator[Record]:
    """Yield a file's records as `records_of` does; none if the file does not exist."""
    if file.exists():
        yield from records_of(file)


def records_of(file: Path) -> Iterator[Record]:
    """Yield a file's records. Raise BadInput, with the line, for an invalid record or an unreadable file."""
    try:
        for found in read_file(file):
            if isinstance(found, BadLine):
                raise BadInput(f"{file}:{found.line}", f"{found.reason}: {found.message}")
            yield found
    except OSError as fault:
        raise bad_path(file, fault) from fault
    except Malformed as fault:
        raise BadInput(file, fault.message) from fault

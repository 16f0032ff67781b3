"""The output files of a replay: written as a whole or not at all, and read again.

A run writes five files of JSON lines as drafts, which replace the files together at the end.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from contextlib import ExitStack, suppress
from shutil import copyfile
from typing import IO, TYPE_CHECKING, Final, Self

from jobs.directory_lock import lock_directory
from jobs.errors import BadInput, bad_path
from jobs.replay.evidence import check_depth
from jobs.replay.publication import LOCK, OUTPUT_NAMES, Journal, begin, draft_of, file_of, settle, settle_unlocked
from schemas.jsonl import BadLine, read_file, write_line
from schemas.malformed import Malformed
from schemas.records import Decision, Record
from schemas.topics import DEAD_LETTERS, DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SHADOW_DECISIONS_FILE: Final = f"{SHADOW_DECISIONS}.jsonl"


class OutputFiles:
    """The output files of one run, as a context manager: without `publish`, nothing is left behind."""

    def __init__(self, directory: Path, *, append: bool = False) -> None:
        """Lock the directory and create the drafts; with `append`, as copies of the existing files.

        Raise BadInput for a directory that cannot be written to or is in use.
        """
        self.directory = directory
        self._drafts: dict[str, IO[str]] = {}
        with ExitStack() as stack:
            try:
                directory.mkdir(parents=True, exist_ok=True)
                stack.enter_context(lock_directory(directory, LOCK))
                settle(directory)
                stack.callback(self._discard)
                for name in OUTPUT_NAMES:
                    self._drafts[name] = self._create(name, append=append)
            except OSError as fault:
                raise bad_path(directory, fault) from fault
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        """Return these output files."""
        return self

    def __exit__(self, *_: object) -> None:
        """Discard what was not published, and release the directory."""
        self._stack.close()

    @property
    def exist(self) -> bool:
        """Whether all files have been published before."""
        return all(file_of(self.directory, name).exists() for name in OUTPUT_NAMES)

    def write(self, topic: str, record: Record) -> None:
        """Write a record to its topic's file. Raise BadInput if that fails, for example on a full disk."""
        self._write_line(topic, write_line(record))

    def write_dead_letter(self, letter: BadLine, file: str | None = None) -> None:
        """Write a dead letter; `file` is the event file of the bad line, if there are several."""
        members = letter.to_json() | ({} if file is None else {"file": file})
        self._write_line(DEAD_LETTERS, json.dumps(members))

    def publish(self, journal: Journal | None = None, commit: Callable[[], None] = lambda: None) -> None:
        """Make the drafts the directory's files. Raise BadInput if that fails, for example on a full disk.

        Where the journal names a state, `commit` makes it current, and that makes the files valid as well.
        """
        try:
            for draft in self._drafts.values():
                draft.flush()
                os.fsync(draft.fileno())
            begin(self.directory, journal or Journal())
            commit()
            settle(self.directory)
        except OSError as fault:
            raise bad_path(self.directory, fault) from fault

    def _discard(self) -> None:
        """Remove the drafts, unless they belong to a publication that only the next run can settle."""
        for draft in self._drafts.values():
            with suppress(OSError):  # what is left in the buffer is discarded anyway
                draft.close()
        with suppress(BadInput, OSError):
            settle(self.directory)
            for name in OUTPUT_NAMES:
                draft_of(self.directory, name).unlink(missing_ok=True)

    def _write_line(self, name: str, line: str) -> None:
        try:
            self._drafts[name].write(line + "\n")
        except OSError as fault:
            raise bad_path(self.directory, fault) from fault

    def _create(self, name: str, *, append: bool) -> IO[str]:
        existing, draft = file_of(self.directory, name), draft_of(self.directory, name)
        draft.unlink(missing_ok=True)
        if append and existing.exists():
            copyfile(existing, draft)
        return draft.open("a", encoding="utf-8", newline="\n")


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
    settle_unlocked(file.parent)
    if file.exists():
        yield from records_of(file)


def records_of(file: Path) -> Iterator[Record]:
    """Yield a file's records. Raise BadInput, with the line, for an invalid record or an unreadable file."""
    settle_unlocked(file.parent)
    try:
        for found in read_file(file):
            if isinstance(found, BadLine):
                raise BadInput(f"{file}:{found.line}", f"{found.reason}: {found.message}")
            yield found
    except OSError as fault:
        raise bad_path(file, fault) from fault
    except Malformed as fault:
        raise BadInput(file, fault.message) from fault

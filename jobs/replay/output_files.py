"""What did a run conclude? Its output files, read again. Key: the decision's id."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import ExitStack, suppress
from shutil import copyfile
from typing import IO, TYPE_CHECKING, Final, Self

from jobs.errors import BadInput, bad_path
from schemas.jsonl import BadLine, read_file, write_line
from schemas.malformed import Malformed
from schemas.records import Decision, Record
from schemas.topics import DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHADOW_DECISIONS_FILE: Final = f"{SHADOW_DECISIONS}.jsonl"


def topic_of(file: Path, otherwise: str = DECISIONS) -> str:
    """Return where a file's decisions belong, as its name begins: what is in it does not say so."""
    return next((topic for topic in (DECISIONS, SHADOW_DECISIONS) if file.name.startswith(topic)), otherwise)


def decisions_of(file: Path) -> Iterator[Decision]:
    """Yield a file's decisions. Raise BadInput, with the place, for anything else in it."""
    for number, record in enumerate(records_of(file), start=1):
        if not isinstance(record, Decision):
            raise BadInput(f"{file}, record {number}", f"{type(record).__name__} is no decision")
        yield record


def commands_of(file: Path) -> dict[str, list[Record]]:
    """Return a file's commands by the decision that they belong to; none where there is no such file."""
    commands: dict[str, list[Record]] = defaultdict(list)
    for record in records_if_any(file):
        commands[getattr(record, "decision_id", "")].append(record)
    return commands


def records_if_any(file: Path) -> Iterator[Record]:
    """Yield a file's records as `records_of` does; none where there is no such file."""
    if file.exists():
        yield from records_of(file)


def records_of(file: Path) -> Iterator[Record]:
    """Yield a file's records. Raise BadInput, with the place, for what is none or cannot be read."""
    try:
        for found in read_file(file):
            if isinstance(found, BadLine):
                raise BadInput(f"{file}:{found.line}", f"{found.reason}: {found.message}")
            yield found
    except OSError as fault:
        raise bad_path(file, fault) from fault
    except Malformed as fault:
        raise BadInput(file, fault.message) from fault


DEAD_LETTERS: Final = "dead-letters"


OUTPUT_NAMES: Final = ("decisions", "commands", "risk-windows", "shadow-decisions", DEAD_LETTERS)


class OutputFiles:
    """The files of one run. Left without `publish`, a run leaves nothing behind."""

    def __init__(self, directory: Path, *, append: bool = False) -> None:
        """Prepare the files; with `append`, after what stands there. Raise BadInput where that cannot be done."""
        self.directory = directory
        self._stack = ExitStack()
        self._files: dict[str, IO[str]] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for name in OUTPUT_NAMES:
                self._files[name] = self._begin(name, append=append)
        except OSError as fault:
            raise bad_path(directory, fault) from fault

    def __enter__(self) -> Self:
        """Return these outputs."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what was not published."""
        self.discard()

    def write(self, topic: str, record: Record) -> None:
        """Write a record to its topic's file. Raise BadInput where there is no room for it."""
        self._put(topic, write_line(record))

    def write_dead_letter(self, letter: BadLine, place: str | None = None) -> None:
        """Write what could not be taken; `place` is its file, where there are several."""
        members = letter.to_json() | ({} if place is None else {"file": place})
        self._put(DEAD_LETTERS, json.dumps(members))

    def publish(self) -> None:
        """Put all files in their places. Raise BadInput where there is no room for them."""
        try:
            self._stack.close()
            for name in OUTPUT_NAMES:
                self._draft(name).replace(self.directory / f"{name}.jsonl")
        except OSError as fault:
            raise bad_path(self.directory, fault) from fault

    def discard(self) -> None:
        """Remove the drafts, if there are any."""
        with suppress(OSError):  # of what is still to be written: it is given up
            self._stack.close()
        for name in OUTPUT_NAMES:
            self._draft(name).unlink(missing_ok=True)

    def _put(self, name: str, line: str) -> None:
        try:
            self._files[name].write(line + "\n")
        except OSError as fault:
            raise bad_path(self.directory, fault) from fault

    def _begin(self, name: str, *, append: bool) -> IO[str]:
        standing, draft = self.directory / f"{name}.jsonl", self._draft(name)
        draft.unlink(missing_ok=True)
        if append and standing.exists():
            copyfile(standing, draft)
        return self._stack.enter_context(draft.open("a", encoding="utf-8", newline="\n"))

    def _draft(self, name: str) -> Path:
        return self.directory / f".{name}.jsonl.part"

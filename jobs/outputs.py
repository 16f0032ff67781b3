"""Where does a replay write, and when does it count? Five files of JSON lines, whole or not at all.

They are written under names that begin with a dot and take their places together at the end.
"""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from shutil import copyfile
from typing import IO, TYPE_CHECKING, Final, Self

from jobs.bad_input import unusable
from schemas.jsonl import BadLine, write_line

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.records import Record

DEAD_LETTERS: Final = "dead-letters"
NAMES: Final = ("decisions", "commands", "risk-windows", "shadow-decisions", DEAD_LETTERS)


class Outputs:
    """The files of one run. Left without `publish`, a run leaves nothing behind."""

    def __init__(self, directory: Path, *, append: bool = False) -> None:
        """Prepare the files; with `append`, after what stands there. Raise BadInput where that cannot be done."""
        self.directory = directory
        self._stack = ExitStack()
        self._files: dict[str, IO[str]] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for name in NAMES:
                self._files[name] = self._begin(name, append=append)
        except OSError as fault:
            raise unusable(directory, fault) from fault

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
            for name in NAMES:
                self._draft(name).replace(self.directory / f"{name}.jsonl")
        except OSError as fault:
            raise unusable(self.directory, fault) from fault

    def discard(self) -> None:
        """Remove the drafts, if there are any."""
        with suppress(OSError):  # of what is still to be written: it is given up
            self._stack.close()
        for name in NAMES:
            self._draft(name).unlink(missing_ok=True)

    def _put(self, name: str, line: str) -> None:
        try:
            self._files[name].write(line + "\n")
        except OSError as fault:
            raise unusable(self.directory, fault) from fault

    def _begin(self, name: str, *, append: bool) -> IO[str]:
        standing, draft = self.directory / f"{name}.jsonl", self._draft(name)
        draft.unlink(missing_ok=True)
        if append and standing.exists():
            copyfile(standing, draft)
        return self._stack.enter_context(draft.open("a", encoding="utf-8", newline="\n"))

    def _draft(self, name: str) -> Path:
        return self.directory / f".{name}.jsonl.part"

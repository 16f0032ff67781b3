"""Faults of a policy file: key, line, and a message that says what would be right (C-20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN_CHARACTERS = 60  # of a wrong value; a message stays one readable line


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, or a warning about what is valid.

    `key` is a path such as `friendship_age.bands[1].to_ms`, empty for the whole document. `line` counts from 1; None if
    the fault has no line, because the document could not be read.
    """

    key: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """Return one line: place, key and message, with unprintable characters escaped."""
        place = "" if self.line is None else f"line {self.line}"
        text = ": ".join(part for part in (place, self.key, self.message) if part)
        return printable(text)


class InvalidPolicy(Exception):
    """A policy that is refused. `faults` has all its faults in order of their lines; at least one."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line or 0))
        super().__init__("\n".join(map(str, self.faults)))

    @property
    def key(self) -> str:
        """The key of the first fault."""
        return self.faults[0].key

    @property
    def line(self) -> int | None:
        """The line of the first fault."""
        return self.faults[0].line

    @property
    def message(self) -> str:
        """The message of the first fault, without its place."""
        return self.faults[0].message


def format_value(value: object) -> str:
    """Return a wrong value for a message: on one line, truncated."""
    text = value if isinstance(value, str) else _plain(value)
    line = " ".join(repr(text)[1:-1].split()) if isinstance(value, str) else text
    cut = line if len(line) <= SHOWN_CHARACTERS else line[: SHOWN_CHARACTERS - 1] + "…"
    return f'"{cut}"' if isinstance(value, str) else cut


def _plain(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "a mapping" if value else "{}"
    if isinstance(value, list | tuple):
        return "a list" if value else "[]"
    return str(value)


def format_path(path: Iterable[str | int]) -> str:
    """Return a path in the form `friendship_age.bands[1].to_ms`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step[:SHOWN_CHARACTERS]}"
    return text.removeprefix(".")

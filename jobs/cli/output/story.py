"""A story on the terminal: its title, what happened line by line, and what would have happened without the job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from rich.text import Text

from jobs.explain.narration import narrate, passage_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.console import Console

    from jobs.explain.narration import Passage
    from jobs.local.chapters import Chapter

_WIDEST: Final = 80
_TIME: Final = len("03-01 09:30  ")
_FORMS: Final = {
    "event": ("", 0, ""),
    "decision": ("", 2, "bold"),
    "reason": ("", 4, ""),
    "command": ("-> ", 4, "green"),
    "seen": ("", 0, "cyan"),
}
"""By the kind of a passage: what stands before it, how far it is indented, and its style."""


class Told(Protocol):
    """What is said of a story beside what happens in it."""

    @property
    def title(self) -> str:
        """What it is called."""

    @property
    def about(self) -> str:
        """What it is about."""

    @property
    def without(self) -> str:
        """What would have happened without the job."""


def print_story(console: Console, number: int, chapter: Chapter) -> None:
    """Print a story of the scenario with its number."""
    passages = narrate(chapter.events, chapter.decisions, chapter.commands)
    print_told(console, number, chapter.story, passages, passage_time)


def print_told(
    console: Console, number: int, story: Told, passages: Iterable[Passage], clock: Callable[[int], str]
) -> None:
    """Print a story with its number; `clock` tells the times of its passages, in at most eleven characters."""
    console.print()
    _print_wrapped(console, f"{number}. ", story.title, "bold underline")
    _print_wrapped(console, "", story.about, "")
    print_passages(console, passages, clock)
    _print_wrapped(console, "", f"Without the job: {story.without}", "italic")


def print_passages(console: Console, passages: Iterable[Passage], clock: Callable[[int], str]) -> None:
    """Print passages, each behind its time."""
    for passage in passages:
        mark, indent, style = _FORMS[passage.kind]
        time = "" if passage.at_ms is None else clock(passage.at_ms)
        _print_wrapped(console, f"{time:{_TIME + indent}}{mark}", passage.text, style)


def _print_wrapped(console: Console, head: str, text: str, style: str) -> None:
    """Print a text behind its head, with the lines that it needs below each other."""
    width = min(console.width, _WIDEST) - len(head)
    for place, line in enumerate(Text(text).wrap(console, max(width, 1))):
        line.rstrip()
        console.print(Text(head if place == 0 else " " * len(head)) + Text(line.plain, style))

"""A story on the terminal: its title, what happened line by line, and what would have happened without the job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from jobs.explain.narration import narrate, passage_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from jobs.local.chapters import Chapter

_WIDEST: Final = 80
_TIME: Final = len("03-01 09:30  ")
_FORMS: Final = {
    "event": ("", 0, ""),
    "decision": ("", 2, "bold"),
    "reason": ("", 4, ""),
    "command": ("-> ", 4, "green"),
}
"""By the kind of a passage: what stands before it, how far it is indented, and its style."""


def print_story(console: Console, number: int, chapter: Chapter) -> None:
    """Print a story with its number."""
    for line in _story_lines(console, number, chapter):
        console.print(line)


def _story_lines(console: Console, number: int, chapter: Chapter) -> Iterator[Text]:
    story = chapter.story
    yield Text()
    yield from _wrapped(console, f"{number}. ", story.title, "bold underline")
    yield from _wrapped(console, "", story.about, "")
    for passage in narrate(chapter.events, chapter.decisions, chapter.commands):
        mark, indent, style = _FORMS[passage.kind]
        time = "" if passage.at_ms is None else passage_time(passage.at_ms)
        yield from _wrapped(console, f"{time:{_TIME + indent}}{mark}", passage.text, style)
    yield from _wrapped(console, "", f"Without the job: {story.without}", "italic")


def _wrapped(console: Console, head: str, text: str, style: str) -> Iterator[Text]:
    """Yield a text behind its head, with the lines that it needs below each other."""
    width = min(console.width, _WIDEST) - len(head)
    for place, line in enumerate(Text(text).wrap(console, max(width, 1))):
        line.rstrip()
        yield Text(head if place == 0 else " " * len(head)) + Text(line.plain, style)

"""Output of the tool: every text and tree that reaches the terminal is escaped here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.segment import Segment

from jobs.errors import BadInput
from jobs.printable import printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNWRAPPED = 10_000  # columns: output that a program or a pager reads is not wrapped


def echo(text: str, *, err: bool = False) -> None:
    """Print lines to standard output, or to standard error; what could steer a terminal is escaped."""
    if not err:
        _require_output()
    typer.echo(printable_lines(text), err=err)


def ask(question: str, default: str) -> str:
    """Ask a question and return the answer; `default` for an empty one. Raise Abort at the end of the input."""
    _require_input()
    answer: str = typer.prompt(printable_lines(question), default=default, show_default=bool(default))
    return answer


def confirm(question: str, *, default: bool) -> bool:
    """Ask a question and return whether the answer is yes. Raise Abort at the end of the input."""
    _require_input()
    return typer.confirm(printable_lines(question), default=default)


def open_console(*, stderr: bool = False, soft_wrap: bool = False) -> Console:
    """Return a console for trees and progress bars, which escapes texts as `echo` does."""
    if not stderr:
        _require_output()
    console = _EscapingConsole(highlight=False, markup=False, stderr=stderr, soft_wrap=soft_wrap)
    if not console.is_terminal:
        console.width = _UNWRAPPED
    return console


def columns(*, err: bool = False) -> int:
    """Return the width of the terminal; where the output goes elsewhere, one in which no line has to be broken."""
    return open_console(stderr=err).width


def _require_output() -> None:
    """Raise BadInput where standard output is closed: Typer and Rich would drop what they print, and say nothing."""
    if sys.stdout is None:
        raise BadInput("standard output", "is closed")


def _require_input() -> None:
    """Raise Abort where standard input is closed, as at its end."""
    if sys.stdin is None:
        raise typer.Abort


class _EscapingConsole(Console):
    """A console whose own control sequences (colours, the cursor) are the only ones."""

    def render(self, *arguments: Any, **options: Any) -> Iterator[Segment]:  # noqa: ANN401 - as Console.render
        """Yield the segments of something to print, with their texts escaped."""
        for text, style, control in super().render(*arguments, **options):
            yield Segment(text if control else printable_lines(text), style, control)

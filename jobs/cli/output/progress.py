"""Progress of a long run, where standard error is a terminal: a bar, or a spinner where the length is unknown."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from jobs.cli.output.terminal import open_console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.replay.event_files import InputEvent
    from jobs.replay.session import ProgressCallback

_LONG_BYTES = 4 * 2**20  # smaller inputs end before a bar is of use
_UPDATE_EVERY = 1000  # events


@contextmanager
def show_progress(what: str) -> Iterator[ProgressCallback | None]:
    """Provide a callback that updates a progress bar; None where there is no terminal."""
    console = open_console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _progress_callback(progress, what)


@contextmanager
def show_activity(what: str) -> Iterator[None]:
    """Show that something goes on whose length is unknown; nothing where there is no terminal."""
    console = open_console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield


def _progress_callback(progress: Progress, what: str) -> ProgressCallback:
    task, read_bytes, events = progress.add_task(what, visible=False, total=None), 0, 0

    def update(event: InputEvent, size: int) -> None:
        nonlocal read_bytes, events
        read_bytes, events = read_bytes + len(event.raw) + 1, events + 1
        if events % _UPDATE_EVERY == 0:
            progress.update(task, total=size, completed=min(read_bytes, size), visible=size > _LONG_BYTES)

    return update

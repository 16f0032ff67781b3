"""How does somebody at a terminal see that a long run goes on? A bar, where there is a terminal. Key: none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.replay.event_files import InputEvent
    from jobs.replay.session import ProgressCallback

_LONG_BYTES = 4 * 2**20  # input of which the end is not in sight at once
_SHOWN_EVERY = 1000  # arrivals


@contextmanager
def show_progress(what: str) -> Iterator[ProgressCallback | None]:
    """Lend a watch that shows how far a run has come; None where nobody looks."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield _progress_callback(progress, what)


def _progress_callback(progress: Progress, what: str) -> ProgressCallback:
    task, seen, arrivals = progress.add_task(what, visible=False, total=None), 0, 0

    def watch(arrival: InputEvent, size: int) -> None:
        nonlocal seen, arrivals
        seen, arrivals = seen + len(arrival.raw) + 1, arrivals + 1
        if arrivals % _SHOWN_EVERY == 0:
            progress.update(task, total=size, completed=min(seen, size), visible=size > _LONG_BYTES)

    return watch

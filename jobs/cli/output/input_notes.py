"""Notes about the events that a run read: what is not mapped, ignored fields, times in another unit, blank lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.replay.input_report import InputReport


def unmapped(report: InputReport) -> Iterator[str]:
    """Yield a line about events to which no rule of the mapping applies, if there are any."""
    if report.unmapped:
        yield f"not mapped: {report.unmapped:,}, to which no rule applies"


def ignored_fields(report: InputReport) -> Iterator[str]:
    """Yield a line about fields that no record has, if there are any."""
    if report.ignored:
        listed = ", ".join(f"{name} {count:,}" for name, count in sorted(report.ignored.items()))
        yield f"ignored fields: {listed}"


def wrong_units(report: InputReport) -> Iterator[str]:
    """Yield a warning for each field with times in another unit."""
    for name, found in sorted(report.wrong_units.items()):
        events = "1 event" if found.count == 1 else f"{found.count:,} events"
        yield f"warning: {name} is {found.fault}, in {events}, first in {found.place}; nothing is concluded from them"

"""Event files in the forms that `event_file` reads, merged by event time.

It is a merge, not a sort: of the next events of all files the earliest comes first, of equal ones that of the first
file. So each file keeps its own order, and events that are out of order within a file stay so.
"""

from __future__ import annotations

import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from jobs.replay.event_file import EventFile, InputEvent, LineFilter
from jobs.replay.event_parser import EventParser
from jobs.replay.event_paths import event_paths
from jobs.replay.input_report import InputReport, Tally, require_events, require_mapped, require_share
from jobs.replay.mapped_events import MappedParser
from jobs.replay.open_files import OpenFiles
from jobs.replay.time_units import has_own_clock, wrong_unit
from jobs.runtime.future_events import ahead_of
from schemas.jsonl import BadLine
from schemas.topics import MAX_AHEAD_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from fractions import Fraction
    from pathlib import Path

    from jobs.mapping.mapping import EventMapping
    from jobs.replay.event_parser import Parser
    from schemas.records import PolicyPublished

_CLOCK: Final = "the clock at the start of the run"

__all__ = ["EventFiles", "InputEvent", "InputRules", "LineFilter", "open_events"]


@dataclass(frozen=True, slots=True)
class InputRules:
    """How input is read, and what is refused.

    With a `mapping` the events are a platform's own. Fields that no schema has are refused as dead letters, if
    `strict_fields` says so; and input with more bad lines than `max_bad`. Without `max_bad` it is a file of which
    nothing is an event; with a share of 1 no input is refused.
    """

    strict_fields: bool = False
    max_bad: Fraction | None = None
    mapping: EventMapping | None = None


class EventFiles:
    """Open event files; `open_events` opens and closes them. `report` is about the events that were read last."""

    def __init__(
        self, files: Sequence[EventFile], size: int, rules: InputRules, line_filter: LineFilter | None, now_ms: int
    ) -> None:
        self._files, self._rules, self._line_filter, self._now_ms = files, rules, line_filter, now_ms
        self.size, self.report = size, InputReport()

    @property
    def count(self) -> int:
        """The number of files."""
        return len(self._files)

    def events(self) -> Iterator[InputEvent]:
        """Yield the events and bad lines of all files, merged.

        Raise BadInput for a file that is damaged; at the end of a file for one in which nothing is an event, and at the
        end of all for too many bad lines, or if no rule of a mapping applies to anything.
        """
        report = self.report = InputReport()
        parser = self._parser(report)
        streams = [self._events(file, parser, report) for file in self._files]
        merged = streams[0] if len(streams) == 1 else merge(*streams, key=attrgetter("at_ms"))
        yield from _check_times(merged, report, self._now_ms)
        if self._rules.max_bad != 1:
            require_mapped(report)
        if self._rules.max_bad is not None:
            require_share(report, self._rules.max_bad)

    def policies(self) -> Iterator[PolicyPublished]:
        """Yield the policies in the files. Reads every file to its end."""
        parser = self._parser(InputReport())
        for file in self._files:
            yield from (each for each in file.policies(parser) if ahead_of(each, self._now_ms, _CLOCK) is None)

    def _parser(self, report: InputReport) -> Parser:
        if self._rules.mapping is not None:
            return MappedParser(self._rules.mapping, report.made)
        return EventParser(None if self._rules.strict_fields else report.add_ignored)

    def _events(self, file: EventFile, parser: Parser, report: InputReport) -> Iterator[InputEvent]:
        tally = report.tallies.setdefault(file.name, Tally())
        yield from file.events(parser, tally, self._line_filter, self._now_ms + MAX_AHEAD_MS)
        if self._rules.max_bad != 1:
            require_events(file.name, tally, file.looks_like() if self._rules.mapping is None else "")


@contextmanager
def open_events(
    given: Sequence[Path],
    line_filter: LineFilter | None = None,
    rules: InputRules | None = None,
    now_ms: int | None = None,
) -> Iterator[EventFiles]:
    """Open all event files before any is read. Raise BadInput for the first that cannot be read.

    A folder stands for the event files below it, and `-` for standard input. Texts for which `line_filter` is false are
    skipped unparsed; of container files every record is read. Events ahead of `now_ms`, by default the wall clock, are
    bad lines (C-30).
    """
    paths = event_paths(given)
    with closing(OpenFiles(len(paths))) as files:
        size = sum(files.add(path) for path in paths)
        clock_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        opened = [EventFile(path, files) for path in paths]
        yield EventFiles(opened, size, rules or InputRules(), line_filter, clock_ms)


def _check_times(events: Iterable[InputEvent], report: InputReport, now_ms: int) -> Iterator[InputEvent]:
    """Yield the events, those of the future and those with a time in another unit as bad lines.

    Units are not checked if the stream has a clock of its own.
    """
    own_clock: bool | None = None
    for event in events:
        parsed = event.parsed
        if isinstance(parsed, BadLine):
            yield event
            continue
        if own_clock is None:
            own_clock = has_own_clock(parsed.at_ms)  # type: ignore[attr-defined]
        fault = None if own_clock else wrong_unit(parsed)
        if fault is not None:
            report.add_wrong_unit(f"{event.file}:{event.line}", fault)
        else:
            fault = ahead_of(parsed, now_ms, _CLOCK)
        yield event if fault is None else replace(event, parsed=event.as_bad_line(fault))

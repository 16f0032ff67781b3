"""Counts of what was read of event files, and the refusal of input in which too little is readable."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput
from jobs.replay.event_parser import place_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from schemas.jsonl import BadLine
    from schemas.malformed import Malformed

MAX_FIELD_NAMES: Final = 20
"""Names of ignored fields that are counted each; all others are counted together."""
OTHER_FIELDS: Final = "others"


@dataclass(slots=True)
class Tally:
    """What was read of one file: events, bad lines, blank lines, and with a mapping what no rule of it applies to.

    Events that are skipped unparsed count as events.
    """

    events: int = 0
    bad: int = 0
    blank: int = 0
    unmapped: int = 0
    first_bad: BadLine | None = None
    unit: str = "line"
    """What is counted: lines of a text, records of a container file."""

    def add_bad(self, line: BadLine) -> None:
        """Count a line that is no event."""
        self.bad += 1
        self.first_bad = self.first_bad or line


@dataclass(slots=True)
class WrongUnit:
    """A field whose times are in another unit: the place and the fault of the first, and how many there are."""

    place: str
    fault: str
    count: int = 0


@dataclass(slots=True)
class InputReport:
    """What was noticed in the events of all files."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    """By file."""
    ignored: Counter[str] = field(default_factory=Counter)
    """Fields that no schema has, by record and name."""
    made: Counter[str] = field(default_factory=Counter)
    """Records by the rule of the mapping that made them."""
    wrong_units: dict[str, WrongUnit] = field(default_factory=dict)
    """By record and field."""

    @property
    def blank(self) -> int:
        """The number of blank lines."""
        return sum(tally.blank for tally in self.tallies.values())

    @property
    def unmapped(self) -> int:
        """The number of events to which no rule of the mapping applies."""
        return sum(tally.unmapped for tally in self.tallies.values())

    def add_ignored(self, names: Iterable[str]) -> None:
        """Count fields that were ignored."""
        for name in names:
            is_counted = name in self.ignored or len(self.ignored) < MAX_FIELD_NAMES
            self.ignored[name if is_counted else OTHER_FIELDS] += 1

    def add_wrong_unit(self, place: str, fault: Malformed) -> None:
        """Count an event with a time in another unit."""
        self.wrong_units.setdefault(fault.field, WrongUnit(place, fault.fault)).count += 1


def require_events(name: str, tally: Tally, looks_like: str = "") -> None:
    """Raise BadInput for a file with content, but without any event."""
    if tally.bad and not tally.events:
        found = f"{looks_like}; " if looks_like else ""
        raise BadInput(name, f"nothing in it is an event, so there is no result: {found}{_fault_of(tally)}")


def require_mapped(report: InputReport) -> None:
    """Raise BadInput for files to which no rule of a mapping applies."""
    if report.unmapped and not any(tally.events for tally in report.tallies.values()):
        names = ", ".join(report.tallies)
        raise BadInput(names, "no rule of the mapping applies to anything in it, so there is no result")


def require_readable(report: InputReport, max_bad: Fraction | None) -> None:
    """Raise BadInput for a source without any event, unless any share may be bad, and for too many bad lines."""
    if max_bad != 1:
        for name, tally in report.tallies.items():
            require_events(name, tally)
    if max_bad is not None:
        require_share(report, max_bad)


def require_share(report: InputReport, max_bad: Fraction) -> None:
    """Raise BadInput where a larger share than `max_bad` is no event."""
    bad = sum(tally.bad for tally in report.tallies.values())
    total = bad + sum(tally.events for tally in report.tallies.values())
    if bad <= max_bad * total:
        return
    share = f"{bad:,} of {total:,} lines are no events, more than --max-bad allows, so there is no result"
    for name, tally in report.tallies.items():
        if tally.bad:
            raise BadInput(name, f"{share}; {_fault_of(tally)}")


def _fault_of(tally: Tally) -> str:
    bad = tally.first_bad
    if bad is None:
        return ""
    return f"{place_of(bad, tally.unit)}: {bad.reason}: {bad.message}"

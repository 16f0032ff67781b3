"""Durations in whole milliseconds: units, parsing (`3d`), and formatting for policies and for people."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_WEEK = 7 * DAY
_YEAR = 365 * DAY

_SYMBOLS: Final = {"ms": 1, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY, "w": _WEEK}
_FORMATTED: Final = ("d", "h", "m", "s", "ms")
_WORDS: Final = (
    ("year", _YEAR),
    ("day", DAY),
    ("hour", HOUR),
    ("minute", MINUTE),
    ("second", SECOND),
    ("millisecond", 1),
)
_WORDS_SHOWN: Final = 2

DURATION_PATTERN: Final = r"([0-9]{1,18}(?:\.[0-9]{1,18})?) ?(ms|s|m|h|d|w)"
"""The regular expression of a duration as text, without the minus sign that may precede it."""

WITH_UNIT_FORM: Final = "a number and one of ms, s, m, h, d, w, such as 3d, 10m, 250ms"
DURATION_FORM: Final = f"whole milliseconds, or {WITH_UNIT_FORM}"
_DURATION: Final = re.compile(DURATION_PATTERN, re.ASCII)
_INTERVAL: Final = re.compile(rf"\[(0|{DURATION_PATTERN}), (inf|{DURATION_PATTERN})\)", re.ASCII)


def parse_duration(text: str) -> int:
    """Return the milliseconds of a text such as `3d`, `1.5h` or `-250ms`. Raise ValueError for anything else."""
    match = _DURATION.fullmatch(text.removeprefix("-"))
    if match is None:
        message = f"must be a duration: {DURATION_FORM}"
        raise ValueError(message)
    exact = Fraction(match[1]) * _SYMBOLS[match[2]]
    if exact.denominator != 1:
        message = "must be whole milliseconds"
        raise ValueError(message)
    return int(-exact if text.startswith("-") else exact)


def format_duration(duration_ms: int) -> str:
    """Return a duration in its largest unit that divides it, exactly: `3d`, `90m`; `0` for none at all."""
    if not duration_ms:
        return "0"
    symbol = next(symbol for symbol in _FORMATTED if duration_ms % _SYMBOLS[symbol] == 0)
    return f"{duration_ms // _SYMBOLS[symbol]}{symbol}"


def describe_duration(duration_ms: int) -> str:
    """Return a duration in its two largest units, rounded down: `2 days 4 hours`. A year has 365 days."""
    if duration_ms < 0:
        return f"minus {describe_duration(-duration_ms)}"
    return " ".join(_words(duration_ms)[:_WORDS_SHOWN]) or "no time at all"


def describe_exactly(duration_ms: int) -> str:
    """Return a duration in words if two units tell all of it, else as in a policy: `2 days 4 hours`, `3121m`."""
    return describe_duration(duration_ms) if len(_words(duration_ms)) <= _WORDS_SHOWN else format_duration(duration_ms)


def _words(duration_ms: int) -> list[str]:
    parts = []
    for unit, size in _WORDS:
        count, duration_ms = divmod(duration_ms, size)
        if count:
            parts.append(f"{count:,} {unit}{'' if count == 1 else 's'}")
    return parts


def describe_range(from_ms: int, to_ms: int | None, describe: Callable[[int], str] = describe_duration) -> str:
    """Return the durations from one, inclusive, to another, exclusive or None: `3 to 30 days`, `30 days or more`."""
    if to_ms is None:
        return f"{describe(from_ms)} or more" if from_ms else "any time"
    end = describe(to_ms)
    if not from_ms:
        return f"less than {end}"
    begin, unit = describe(from_ms), end.partition(" ")[2]
    count, *units = begin.split()
    return f"{count if len(units) == 1 and units[0].rstrip('s') == unit.rstrip('s') else begin} to {end}"


def describe_interval(interval: str) -> str:
    """Return an interval as it stands in evidence, such as `[3d, 30d)`, in words; any other text as it is."""
    match = _INTERVAL.fullmatch(interval)
    if match is None:
        return interval
    begin, end = match[1], match[4]
    return describe_range(
        0 if begin == "0" else parse_duration(begin),
        None if end == "inf" else parse_duration(end),
    )

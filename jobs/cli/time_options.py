"""Times on the command line: ISO 8601, milliseconds since 1970, or an offset from now; ranges of them; durations."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from jobs.errors import BadInput
from jobs.kafka.start import Place, Start
from operators.policy.durations import DURATION_FORM, WITH_UNIT_FORM, parse_duration

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS: Final = re.compile(r"\d{1,15}")
_FROM_NOW: Final = re.compile(r"\+(\d{1,9})(ms|s|m|h|d)")
_UNIT_MS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PLACES: Final = (Place.EARLIEST, Place.LATEST, Place.COMMITTED)
TIME_FORMS: Final = "2026-03-01T09:30:00Z, or milliseconds since 1970"


def parse_time(option: str, text: str, now_ms: int | None = None) -> int:
    """Return a time in milliseconds since 1970; a text without a time zone is in UTC.

    With `now_ms`, `+10m` is ten minutes after it. Raise BadInput, which names the option, for any other text.
    """
    offset = _FROM_NOW.fullmatch(text)
    if offset and now_ms is not None:
        return now_ms + int(offset[1]) * _UNIT_MS[offset[2]]
    if _MILLISECONDS.fullmatch(text):
        return int(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        also = "" if now_ms is None else "; or +10m, from now"
        raise BadInput(f"{option} {text}", f"is not a time; write {TIME_FORMS}{also}") from fault
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) // timedelta(milliseconds=1)


def parse_length(text: str) -> int:
    """Return a duration in milliseconds. Raise ValueError for a text without a unit: 7 could be meant as days."""
    try:
        return parse_duration(text)
    except ValueError as fault:
        raise ValueError(str(fault).replace(DURATION_FORM, WITH_UNIT_FORM)) from fault


def parse_start(text: str) -> Start:
    """Return where a job begins to read. Raise BadInput for a text that is neither a place nor a time."""
    if text in _PLACES:
        return Start(Place(text))
    try:
        return Start(Place.TIME, parse_time("--from", text))
    except BadInput as fault:
        expected = f"expected {', '.join(_PLACES)} or a time: {TIME_FORMS}"
        raise BadInput(f"--from {text}", expected) from fault


def parse_range(since: str | None, until: str | None) -> tuple[int | None, int | None]:
    """Return the bounds of `--since` and `--until` in milliseconds. Raise BadInput for no time or an empty range."""
    since_ms = None if since is None else parse_time("--since", since)
    until_ms = None if until is None else parse_time("--until", until)
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise BadInput(f"--until {until}", f"must be later than --since {since}")
    return since_ms, until_ms


def reject_range(since: str | None, until: str | None) -> None:
    """Raise BadInput if a time range is given for files, which are always read whole."""
    for option, text in (("--since", since), ("--until", until)):
        if text is not None:
            raise BadInput(f"{option} {text}", "applies to --topic only; files are read whole")

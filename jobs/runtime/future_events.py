"""Limit of how far an event time may be ahead of the clock of its input (C-30)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.runtime.wire_format import time_of
from schemas.malformed import Malformed, Reason

if TYPE_CHECKING:
    from schemas.records import Record

MAX_AHEAD_MS: Final = 300_000
"""As far as a broker lets the timestamps of input records run ahead of its own clock.

An event further ahead would make all others late, since the watermark follows the highest time."""


def ahead_of(record: Record, clock_ms: int, clock: str) -> Malformed | None:
    """Return the fault of an event that is too far ahead of a clock, which is named in it; None if there is none."""
    if time_of(record) <= clock_ms + MAX_AHEAD_MS:
        return None
    return Malformed(Reason.OUT_OF_RANGE, f"at_ms is more than five minutes ahead of {clock}")

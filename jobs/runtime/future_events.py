"""Limit of how far an event time may be ahead of the clock of its input (C-30)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.runtime.wire_format import time_of
from schemas.malformed import Malformed, Reason
from schemas.topics import MAX_AHEAD_MS

if TYPE_CHECKING:
    from jobs.mapping.mapping import Mapped
    from jobs.mapping.reading import Made
    from schemas.records import Record


def ahead_of(record: Record, clock_ms: int, clock: str) -> Malformed | None:
    """Return the fault of an event that is too far ahead of a clock, which is named in it; None if there is none.

    Such an event would make all others late, since the watermark follows the highest time.
    """
    if time_of(record) <= clock_ms + MAX_AHEAD_MS:
        return None
    return Malformed(Reason.OUT_OF_RANGE, f"at_ms is more than five minutes ahead of {clock}")


def refuse_future(made: Made, timestamp_ms: int) -> list[Mapped]:
    """Return the records that a mapped value became, and note a fault for each that is ahead of its timestamp."""
    kept: list[Mapped] = []
    for mapped in made.records:
        fault = ahead_of(mapped.record, timestamp_ms, "the record's timestamp")
        if fault is None:
            kept.append(mapped)
        else:
            made.refuse(fault)
    return kept

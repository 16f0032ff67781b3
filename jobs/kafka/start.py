"""Where a job without a savepoint or checkpoint begins to read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """A place in a partition: its ends, the position of the consumer group, or a record time."""

    EARLIEST = "earliest"
    LATEST = "latest"
    COMMITTED = "committed"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Start:
    """Where reading begins; `at_ms` is the record time of `TIME`."""

    place: Place = Place.EARLIEST
    at_ms: int = 0

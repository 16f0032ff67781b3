"""Task of a peer: from where to where, and how long to measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from bench.peers.meter import Meter
from bench.peers.small_part import read_screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.peers.small_part import Screen


@dataclass(frozen=True, slots=True)
class Task:
    """What a peer is told: a broker, the topics to read and to write, a screen, a directory for its state, a meter."""

    bootstrap: str
    messages: str
    counts: str
    screen: Screen
    directory: str
    meter: Meter

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Self:
        """Return the task of a command line: as the fields, with a file of keywords and the seconds of the meter."""
        bootstrap, messages, counts, keywords, directory, warm_s, measured_s = arguments
        meter = Meter(float(warm_s), float(measured_s))
        return cls(bootstrap, messages, counts, read_screen(keywords), directory, meter)

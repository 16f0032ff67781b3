"""Cost of a position update, and of an incident in a crowd.

Through the replay, on an in-memory store, in seconds of one core. What counts are the ratios: a position against the
cheapest update of a key in the job, anywhere in the world, in the same cell of the grid and in the next one; and the
incident in a crowd against its limit of two seconds. An update includes the decoding of its message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count, islice
from math import asin, degrees, pi, sqrt
from time import process_time
from typing import TYPE_CHECKING, Any, Final

import h3

from bench.ratio import ratio_line
from bench.report import at_most
from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.attention.geometry import LOCATION_RESOLUTION, cell_of
from operators.policy.model import Policy
from schemas.codec import decode, encode
from schemas.records import (
    AlertNumberSet,
    CreateEventGroup,
    IncidentAudited,
    IncidentReported,
    LocationUpdated,
    Record,
)
from state.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    Place = tuple[float, float]

BEGIN_MS = 1_700_000_000_000
TIMES_CHEAPEST: Final = 2.0
WITHIN_S: Final = 2.0
ACCOUNTS: Final = 1_000
"""Number of accounts, which take turns."""

EVERY_MS: Final = 300
"""Time between two updates: each account is updated every five minutes, and cells are cleaned up meanwhile."""

Made = Callable[[int, int], Record]
"""Makes the record of a number and a time."""

_SPREAD = 0.005  # degrees that the crowd is spread over: within one cell of the grid, and within the radius


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rounds of each kind of update, updates a round; and accounts in the cell of the crowd."""

    rounds: int = 20
    updates: int = 500
    crowd: int = 100_000


QUICK: Final = Sizes(rounds=2, updates=50, crowd=120)


class Way:
    """One kind of update, repeated in its own replay, by all accounts in turn."""

    def __init__(self, made: Made) -> None:
        self._run, self._made, self._numbers = Replay(risk_graph(), MemoryStore(), Policy()), made, count()

    def measure_us(self, updates: int) -> float:
        """Return the microseconds of an update, decoding, ordering and handling included."""
        messages = [encode(self._made(at, BEGIN_MS + EVERY_MS * at)) for at in islice(self._numbers, updates)]
        begun = process_time()
        for message in messages:
            _consume(self._run, decode(message))
        return (process_time() - begun) / updates * 1e6


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure everything."""
    cheapest = Way(alert_number)
    cheapest.measure_us(ACCOUNTS)
    for where, places in PLACES.items():
        for what, made in ways(places):
            say(f"updating locations {where}, {what}")
            way = Way(made)
            way.measure_us(ACCOUNTS)
            turns = ((cheapest.measure_us(sizes.updates), way.measure_us(sizes.updates)) for _ in range(sizes.rounds))
            yield ratio_line(f"the cheapest update of a key, and a location {where}, {what}", turns, TIMES_CHEAPEST)
    say(f"gathering a crowd of {sizes.crowd:,}")
    spent_s, asked = measure_crowd(sizes.crowd)
    yield at_most(f"s for an incident among {sizes.crowd:,}, of whom {asked} are asked:", spent_s, WITHIN_S, ".2f")


def _all_over(number: int) -> list[Place]:
    """Return points that are evenly distributed on the sphere: on a Fibonacci spiral from pole to pole."""
    turn = pi * (3 - sqrt(5))
    heights = ((2 * at + 1) / number - 1 for at in range(number))
    return [(degrees(asin(height)), degrees(turn * at) % 360 - 180) for at, height in enumerate(heights)]


PLACES: Final[dict[str, Sequence[Place]]] = {
    "anywhere": _all_over(ACCOUNTS),
    "at a pole": [(90.0, 0.0), (-90.0, 0.0)],
    "at 180 degrees": [(latitude / 2, 180.0) for latitude in range(-100, 101)],
    "at a pentagon": [h3.cell_to_latlng(cell) for cell in h3.get_pentagons(LOCATION_RESOLUTION)],
}
"""Places: everywhere alike, and where a grid may have an edge or an end."""


def ways(places: Sequence[Place]) -> Iterator[tuple[str, Made]]:
    """Yield the kinds of movement: none, to the next cell and back, to the other side of the earth and back."""
    at_home = at_fixed_places(places)
    yield "at home", at_home
    beside = at_fixed_places([h3.cell_to_latlng(min(h3.grid_ring(cell_of(*place), 1))) for place in places])
    away = at_fixed_places(
        [(-latitude, longitude - 180 if longitude > 0 else longitude + 180) for latitude, longitude in places]
    )
    for what, there in (("to the next cell", beside), ("far away", away)):
        yield what, lambda number, at_ms, there=there: (at_home, there)[number // ACCOUNTS % 2](number, at_ms)


def at_fixed_places(places: Sequence[Place]) -> Made:
    """Return the maker of positions of accounts that do not move."""
    return lambda number, at_ms: location_event(number, at_ms, places[number % ACCOUNTS % len(places)])


def measure_crowd(crowd: int) -> tuple[float, int]:
    """Return the seconds of an incident in a cell of `crowd` accounts, from report to prompts, and the prompts."""
    run, end_ms = Replay(risk_graph(), MemoryStore(), Policy()), BEGIN_MS + 2 * crowd
    for number in range(crowd):
        where = LocationUpdated(
            event_id=f"l{number}",
            at_ms=BEGIN_MS + number,
            account_id=f"account-{number}",
            latitude=_SPREAD * number / crowd,
            longitude=0.0,
        )
        _consume(run, where)
    _consume(run, alert_number(0, end_ms))
    begun = process_time()
    outputs = [
        record
        for event in (*_incident(end_ms + 1), alert_number(1, end_ms + 10_000))
        for _, _, record in run.push(event)
    ]
    spent_s = process_time() - begun
    asked = sum(type(record).__name__ == "PromptToJoin" for record in outputs)
    if not any(isinstance(record, CreateEventGroup) for record in outputs):
        message = "the incident has no group, so its cost means nothing"
        raise RuntimeError(message)
    return spent_s, asked


def _consume(run: Replay, event: Record) -> None:
    for _ in run.push(event):
        pass


def alert_number(number: int, at_ms: int) -> AlertNumberSet:
    """Return the cheapest update in the job: one step reads an entry and writes it, and emits nothing."""
    return AlertNumberSet(event_id=f"e{number}", at_ms=at_ms, account_id=f"a{number % ACCOUNTS}", number="110")


def location_event(number: int, at_ms: int, place: Place) -> LocationUpdated:
    """Return a position of an account."""
    latitude, longitude = place
    who = f"a{number % ACCOUNTS}"
    return LocationUpdated(event_id=f"e{number}", at_ms=at_ms, account_id=who, latitude=latitude, longitude=longitude)


def _incident(at_ms: int) -> list[Any]:
    where: dict[str, Any] = {"latitude": 0.0, "longitude": 0.0, "kind": "accident", "object_ids": ()}
    return [
        IncidentReported(event_id="report", at_ms=at_ms, incident_id="i", reporter_id="reporter", **where),
        IncidentAudited(event_id="audit", at_ms=at_ms + 1, incident_id="i", auditor_id="auditor", approved=True),
    ]

"""What does it cost to know who is where, and to find who is near in a crowd?

Through the replay, on a store in memory, in seconds of one core. What counts are the ratios: a location against the
cheapest update of one key that the job has, at home and on the move; and a crowd against the two seconds it may take.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count, islice
from time import process_time
from typing import TYPE_CHECKING, Any, Final

from bench.report import at_most
from bench.turns import times
from jobs.replay import Replay
from jobs.risk import risk
from operators.policy import Policy
from schemas.records import (
    AlertNumberSet,
    CreateEventGroup,
    IncidentAudited,
    IncidentReported,
    LocationUpdated,
    Record,
)
from state.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BEGIN_MS = 1_700_000_000_000
TIMES_CHEAPEST: Final = 2.0
WITHIN_S: Final = 2.0
_ACCOUNTS = 1_000  # how many accounts take turns
_SPREAD = 0.005  # degrees that the crowd is spread over: within one cell of the grid, and within the radius
_AWAY = 0.05  # degrees: another cell


@dataclass(frozen=True, slots=True)
class Sizes:
    """How often each kind of update is measured, over how many updates; and how many live in the crowd's cell."""

    rounds: int = 20
    updates: int = 1_000
    crowd: int = 100_000


QUICK: Final = Sizes(rounds=2, updates=50, crowd=120)


class Way:
    """One kind of update, made again and again in a replay of its own."""

    def __init__(self, made: Callable[[int, int], Record]) -> None:
        self._run, self._made, self._numbers = Replay(risk(), MemoryStore(), Policy()), made, count()

    def timed(self, updates: int) -> float:
        """Return the microseconds of an update, all waiting and handling included."""
        events = [self._made(number, BEGIN_MS + number) for number in islice(self._numbers, updates)]
        begun = process_time()
        for event in events:
            _consumed(self._run, event)
        return (process_time() - begun) / updates * 1e6


def run(_: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure everything."""
    say("updating locations")
    cheapest = Way(lambda number, at_ms: _number(f"a{number % _ACCOUNTS}", f"e{number}", at_ms))
    at_home = Way(lambda number, at_ms: _place(number, at_ms, 0.0))
    moving = Way(lambda number, at_ms: _place(number, at_ms, _AWAY * (number // _ACCOUNTS % 2)))
    for what, way in (("in the same cell", at_home), ("in another cell", moving)):
        turns = ((cheapest.timed(sizes.updates), way.timed(sizes.updates)) for _ in range(sizes.rounds))
        yield times(f"the cheapest update of a key, and a location {what}", turns, TIMES_CHEAPEST)
    say(f"gathering a crowd of {sizes.crowd:,}")
    spent_s, asked = in_a_crowd(sizes.crowd)
    yield at_most(f"s for an incident among {sizes.crowd:,}, of whom {asked} are asked:", spent_s, WITHIN_S, ".2f")


def in_a_crowd(crowd: int) -> tuple[float, int]:
    """Return what an incident costs in a cell of so many, from report to prompts, and how many are asked."""
    run, at_ms = Replay(risk(), MemoryStore(), Policy()), count(BEGIN_MS)
    for number in range(crowd):
        where = _SPREAD * number / crowd
        located = LocationUpdated(
            event_id=f"l{number}", at_ms=next(at_ms), account_id=f"account-{number}", latitude=where, longitude=0.0
        )
        _consumed(run, located)
    _consumed(run, _number("x", "settle", BEGIN_MS + 2 * crowd))
    begun = process_time()
    outputs = [
        record
        for event in (*_incident(BEGIN_MS + 2 * crowd + 1), _number("x", "later", BEGIN_MS + 2 * crowd + 10_000))
        for _, _, record in run.push(event)
    ]
    spent_s = process_time() - begun
    asked = sum(type(record).__name__ == "PromptToJoin" for record in outputs)
    if not any(isinstance(record, CreateEventGroup) for record in outputs):
        message = "the incident got no group, so nothing was measured"
        raise RuntimeError(message)
    return spent_s, asked


def _consumed(run: Replay, event: Record) -> None:
    for _ in run.push(event):
        pass


def _number(account_id: str, event_id: str, at_ms: int) -> Record:
    return AlertNumberSet(event_id=event_id, at_ms=at_ms, account_id=account_id, number="110")


def _place(number: int, at_ms: int, latitude: float) -> Record:
    who = number % _ACCOUNTS
    return LocationUpdated(
        event_id=f"e{number}", at_ms=at_ms, account_id=f"a{who}", latitude=latitude, longitude=who * 0.02
    )


def _incident(at_ms: int) -> list[Any]:
    where: dict[str, Any] = {"latitude": 0.0, "longitude": 0.0, "kind": "accident", "object_ids": ()}
    return [
        IncidentReported(event_id="report", at_ms=at_ms, incident_id="i", reporter_id="reporter", **where),
        IncidentAudited(event_id="audit", at_ms=at_ms + 1, incident_id="i", auditor_id="auditor", approved=True),
    ]

"""`python -m bench.vicinity`: what does it cost to know who is where, and to find who is near in a crowd?

Through the replay, on a store in memory, in seconds of one core. What counts are the ratios: a location against the
cheapest update of one key that the job has, at home and on the move; and a crowd against the two seconds it may take.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from itertools import count
from time import process_time
from typing import TYPE_CHECKING, Any

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
    from collections.abc import Callable, Sequence

BEGIN_MS = 1_700_000_000_000
UPDATES, CROWD = 20_000, 100_000
WITHIN_S = 2.0
_ACCOUNTS = 1_000  # how many accounts take turns
_SPREAD = 0.005  # degrees that the crowd is spread over: within one cell of the grid, and within the radius
_AWAY = 0.05  # degrees: another cell


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds of one core, per update and for one incident."""

    cheapest_s: float
    at_home_s: float
    moving_s: float
    crowd: int
    incident_s: float
    asked: int


def costs(updates: int, crowd: int) -> Costs:
    """Measure everything."""
    cheapest_s = per_update(updates, lambda number, at_ms: _number(f"a{number % _ACCOUNTS}", f"e{number}", at_ms))
    at_home_s = per_update(updates, lambda number, at_ms: _place(number, at_ms, 0.0))
    moving_s = per_update(updates, lambda number, at_ms: _place(number, at_ms, _AWAY * (number // _ACCOUNTS % 2)))
    incident_s, asked = in_a_crowd(crowd)
    return Costs(cheapest_s, at_home_s, moving_s, crowd, incident_s, asked)


def per_update(updates: int, made: Callable[[int, int], Record]) -> float:
    """Return what an update costs, all waiting and handling included."""
    run = Replay(risk(), MemoryStore(), Policy())
    events = [made(number, BEGIN_MS + number) for number in range(updates)]
    begun = process_time()
    for event in events:
        _consumed(run, event)
    return (process_time() - begun) / updates


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


def report(found: Costs) -> list[str]:
    """Return what was measured, a line each."""
    return [
        f"cheapest keyed update    {found.cheapest_s * 1e6:7.0f} us",
        f"location, same cell      {found.at_home_s * 1e6:7.0f} us  {found.at_home_s / found.cheapest_s:.1f} x",
        f"location, another cell   {found.moving_s * 1e6:7.0f} us  {found.moving_s / found.cheapest_s:.1f} x",
        f"incident among {found.crowd:,}   {found.incident_s:7.2f} s   (at most {WITHIN_S:.0f} s), {found.asked} asked",
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure and print it; 1 if the crowd takes too long."""
    parser = ArgumentParser(prog="python -m bench.vicinity", description=__doc__)
    parser.add_argument("--updates", type=int, default=UPDATES, help=f"default {UPDATES:,}")
    parser.add_argument("--crowd", type=int, default=CROWD, help=f"default {CROWD:,}")
    asked = parser.parse_args(arguments)
    found = costs(asked.updates, asked.crowd)
    print("\n".join(report(found)), flush=True)
    return int(found.incident_s > WITHIN_S)


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


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

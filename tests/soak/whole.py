"""The stream of the soak tests: all capabilities, changing policies, and the output of an undisturbed run."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from tests.e2e.support.stage import outputs_of_replay
from tests.parity.incidents import merged_incidents
from tests.parity.merged import merged, parted
from tests.support.incident_streams import policy
from tests.support.streams import shuffled

if TYPE_CHECKING:
    from jobs.flink.rest_client import Job
    from schemas.records import Record
    from tests.e2e.support.stage import Scene

POLICY = "tests.support.incident_streams:policy"
ONCE = ("decisions", "risk-windows", "shadow-decisions")
_SEED, _STORIES, _LENGTH, _INCIDENTS = 25, 80, 30, 12


@dataclass(frozen=True, slots=True)
class Whole:
    """Policies, which come first; all other events in an order of arrival in which none is late; what is concluded."""

    policies: list[Record]
    others: list[Record]
    concluded: Counter[str]

    def parts(self, count: int) -> list[list[Record]]:
        """Return the events in so many parts of about the same length."""
        cuts = [len(self.others) * part // count for part in range(count + 1)]
        return [self.others[first:last] for first, last in pairwise(cuts)]


@cache
def whole() -> Whole:
    """Return the stream."""
    told = [*merged(_STORIES, _LENGTH, _SEED), *merged_incidents(_INCIDENTS, 2 * _LENGTH, _SEED, apart_ms=20_000)]
    events = shuffled(told, random.Random(_SEED))
    policies, others = parted(events)
    return Whole(policies, others, outputs_of_replay(replay(risk_graph(), events, policy=policy())))


def started(scene: Scene, **changes: object) -> Job:
    """Publish the policies and start the job."""
    for published in whole().policies:
        scene.send_record(published)
    scene.flush()
    return scene.start(policy=POLICY, **changes)


def agrees(scene: Scene, prefix: str = "") -> bool:
    """Fail where readers do not see what an uninterrupted run concludes: each once, and a command at least once.

    The output topics' names begin with the prefix.
    """
    concluded = whole().concluded
    once = Counter({told: count for told, count in concluded.items() if not _is_command(told)})
    assert scene.outputs(*ONCE, prefix=prefix) == once
    assert set(scene.outputs("commands", prefix=prefix)) == set(filter(_is_command, concluded))
    assert scene.read("dead-letters", prefix) == []
    return True


def _is_command(told: str) -> bool:
    return told.startswith("('commands'")

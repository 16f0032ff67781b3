"""The parameters of a job under test, which `tests.e2e.support.submission` reads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Final

YEARS_MS: Final = 10**12
"""Longer than any stream of the tests, shorter than what overflows when added to a time."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is run.

    `follow` is where the screen's workers read policies, if not at `bootstrap`, and `lease_s` how long a look at them
    holds: where no policy is published on the way, for so long that no machine is too busy to look again. `is_told`
    is whether the job is told of the policies that were published before it began, as `kithward run` tells it.
    `idle_ms` is how long a partition may be silent, by the wall clock: for ever, since the tests say in the stream
    itself how far time has come. `resume` is whether the job goes on from the newest of the `checkpoints`.
    """

    bootstrap: str
    checkpoints: str
    name: str
    graph: str = "jobs.dataflow.risk:risk_graph"
    policy: str = "tests.support.streams:policy"
    parallelism: int = 1
    follow: str | None = None
    lease_s: float = 3600.0
    is_told: bool = False
    idle_ms: int = YEARS_MS
    ahead_ms: int = YEARS_MS
    resume: bool = False
    commands: str = "at-least-once"
    options: dict[str, str] = field(default_factory=dict)

    def json(self) -> str:
        return json.dumps(asdict(self))

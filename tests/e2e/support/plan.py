"""The parameters of a job under test, which `tests.e2e.support.submission` reads."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Final

YEARS_MS: Final = 10**12
"""Longer than any stream of the tests, shorter than what overflows when added to a time."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The parameters of a job.

    `follow` is where the screen's workers read policies, if not at `bootstrap`, and `lease_s` how long a read is valid:
    long enough for a busy machine, unless policies are published meanwhile. With `loads_policies` the job starts from
    the policies that were published before, as with `kithward run`. `idle_ms` is the wall-clock time after which a
    partition is idle: never, since the tests advance the watermark by events. With `resume` the job resumes from the
    newest of the `checkpoints`. `outputs` is a prefix of the output topics' names.
    """

    bootstrap: str
    checkpoints: str
    name: str
    graph: str = "jobs.dataflow.risk:risk_graph"
    policy: str = "tests.support.streams:policy"
    parallelism: int = 1
    follow: str | None = None
    lease_s: float = 3600.0
    loads_policies: bool = False
    idle_ms: int = YEARS_MS
    ahead_ms: int = YEARS_MS
    resume: bool = False
    commands: str = "at-least-once"
    outputs: str = ""
    options: dict[str, str] = field(default_factory=dict)

    def json(self) -> str:
        return json.dumps(asdict(self))

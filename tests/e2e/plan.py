"""What a test wants to have run: the words between a test and `tests.e2e.submission`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is run.

    `follow` is where the screen's workers read policies, if not at `bootstrap`, and `lease_s` how long a look at them
    holds: where no policy is published on the way, for so long that no machine is too busy to look again. `is_told`
    is whether the job is told of the policies that were published before it began, as `kithward run` tells it.
    """

    bootstrap: str
    checkpoints: str
    name: str
    graph: str = "jobs.risk:risk"
    policy: str = "tests.engine.streams:policy"
    parallelism: int = 1
    follow: str | None = None
    lease_s: float = 3600.0
    is_told: bool = False
    options: dict[str, str] = field(default_factory=dict)

    def json(self) -> str:
        return json.dumps(asdict(self))

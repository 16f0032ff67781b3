"""Peers: the control's small part by other Python stream processors, beside the control and the whole job.

Each runs in one process, in an environment of its own that `make` sets up from requirements-peers.lock.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.job.control import COUNTS, write_keywords
from bench.job.throughput import Sizes as Traffic
from bench.job.throughput import broker, control_way, measure_way, prepare, whole_way
from bench.job.throughput_report import ONE
from bench.job.traffic import MESSAGES, USUAL_PERCENT
from bench.report import at_least
from jobs.deploy.installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bench.job.progress import Measured

PYTHON: Final = ROOT / "build" / "peers" / "bin" / "python"
PEERS: Final = {
    "Bytewax, at least once": "bytewax_flow",
    "plain loop, exactly once": "plain_loop",
    "Quix Streams, exactly once": "quix_app",
}
"""Modules of `bench.peers` by what they are called in results."""
TIMES_PEER: Final = 2.0
_WITHIN_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of traffic, and seconds of warm-up and measurement of each way."""

    messages: int = 1_000_000
    laps: int = 24
    friends: int = 10_000
    peer_s: float = 15.0
    peer_warm_s: float = 5.0
    whole_s: float = 20.0
    warm_s: float = 8.0
    whole_warm_s: float = 40.0


QUICK: Final = Sizes(
    messages=150_000,
    friends=1_000,
    peer_s=1.0,
    peer_warm_s=0.5,
    whole_s=3.0,
    warm_s=0.2,
    whole_warm_s=2.0,
)


@dataclass(frozen=True, slots=True)
class Cost:
    """A rate in records a second, and the processor time of a record in microseconds."""

    rate: float
    each_us: float


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Measure peers, control and whole job; return the table, and the target."""
    traffic = Traffic(
        sizes.messages,
        sizes.laps,
        sizes.friends,
        whole_s=sizes.whole_s,
        warm_s=sizes.warm_s,
        whole_warm_s=sizes.whole_warm_s,
    )
    found: dict[str, Cost] = {}
    with broker(directory / "broker") as kafka:
        say(f"writing {traffic.sent:,} messages")
        prepare(kafka.bootstrap, traffic, USUAL_PERCENT)
        for name in PEERS:
            say(f"measuring: {name}")
            found[name] = measure_peer(name, directory, kafka.bootstrap, sizes)
        for way in (make(kafka.bootstrap, directory, traffic, USUAL_PERCENT) for make in (control_way, whole_way)):
            found[way.name] = _cost(measure_way(way, directory, kafka.bootstrap, say))
    return report_lines(found)


def report_lines(found: Mapping[str, Cost]) -> list[str]:
    """Return the table of rates and processor times, and the target."""
    fastest = max(found[name].rate for name in PEERS)
    return [
        f"{'way':30} {'records/s':>10} {'us a message':>13}",
        *(f"{name:30} {cost.rate:>10,.0f} {cost.each_us:>13.2f}" for name, cost in found.items()),
        "",
        at_least("rate, x the fastest peer's:", found[ONE].rate / fastest, TIMES_PEER, ".2f"),
    ]


def measure_peer(name: str, directory: Path, bootstrap: str, sizes: Sizes) -> Cost:
    """Run a peer until it has measured itself. Raises `OSError` if it fails."""
    keywords = write_keywords(directory / "keywords.txt")
    told = (bootstrap, MESSAGES, COUNTS, keywords, directory / PEERS[name], sizes.peer_warm_s, sizes.peer_s)
    command = (str(PYTHON), "-m", f"bench.peers.{PEERS[name]}", *map(str, told))
    # Without PYTHONPATH, which names our environment's packages.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603 - the command is our own
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=_WITHIN_S, check=False
    )
    if done.returncode:
        raise OSError(f"{name} failed:\n{done.stderr}")
    records, seconds, used_s = json.loads(done.stdout.splitlines()[-1])
    return Cost(records / seconds, used_s / records * 1e6)


def _cost(measured: Measured) -> Cost:
    return Cost(measured.rate.overall, measured.cost_us)

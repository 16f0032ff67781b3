"""Rate of a replay on one core, and the cost of an on-disk store, a shadow and many keywords.

Processor time of this process, files and outputs included, start-up excluded. Every variant replays the same traffic,
the variants take turns, and the fastest run of each counts.
"""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import dataclass, replace
from string import ascii_lowercase
from time import process_time
from typing import TYPE_CHECKING, Final

from bench.job.traffic import SEED, friendships, messages
from bench.report import at_least, at_most
from bench.steps.suspicion import seconds_per_suspicion
from jobs.policy.file import parse
from jobs.policy.registry import publication
from jobs.replay.runner import ReplayRequest, replay_files
from operators.policy.keywords import LISTED_KEYWORDS
from operators.policy.model import Policy
from schemas.codec import decode
from schemas.jsonl import write_file
from schemas.records import PolicyMode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LINES, CONTAINER, ON_DISK, SHADOWED, FEW_KEYWORDS, MANY_KEYWORDS = (
    "JSON lines, in memory",
    "Avro container file, in memory",
    "JSON lines, RocksDB",
    "JSON lines, with a policy in the shadow",
    "JSON lines, 50 keywords",
    "JSON lines, 5,000 keywords",
)
FEW, MANY = 50, 5_000
EVENTS_A_SECOND: Final = 20_000
EVENTS_A_SECOND_ON_DISK: Final = 10_000
TIMES_SHADOWED: Final = 1.6
TIMES_KEYWORDS: Final = 1.5
"""Targets: the most that a replay may slow down with a policy in the shadow, and with 5,000 keywords instead of 50."""

_LETTERS: Final = 12  # of a generated keyword, which occurs in no message


@dataclass(frozen=True, slots=True)
class Load:
    """Amounts of traffic, and runs of each variant."""

    messages: int = 200_000
    friends: int = 2_000
    runs: int = 3


QUICK = Load(messages=10_000, friends=100, runs=1)


@dataclass(frozen=True, slots=True)
class Rates:
    """Events a processor second, by variant; and the seconds of one suspicious message in the keyed steps."""

    rates: Mapping[str, float]
    suspicion_s: float


def run(directory: Path, load: Load, say: Callable[[str], None]) -> list[str]:
    """Replay all variants; return the table of rates, and the targets."""
    return report_lines(measure_all(directory, load, say))


def report_lines(found: Rates) -> list[str]:
    """Return the table of rates, and the targets."""
    rates = found.rates
    shadow, keywords = rates[LINES] / rates[SHADOWED], rates[FEW_KEYWORDS] / rates[MANY_KEYWORDS]
    return [
        f"{'events/s of processor time':42} {'rate':>10} {'us each':>10}",
        *(f"{name:42} {rate:>10,.0f} {1e6 / rate:>10.1f}" for name, rate in rates.items()),
        "",
        *(at_least(f"events/s, {name}:", rates[name], EVENTS_A_SECOND, ",.0f") for name in (LINES, CONTAINER)),
        at_least(f"events/s, {ON_DISK}:", rates[ON_DISK], EVENTS_A_SECOND_ON_DISK, ",.0f"),
        at_most("time with a policy in the shadow: x", shadow, TIMES_SHADOWED, ".2f"),
        at_most("time with a hundred times the keywords: x", keywords, TIMES_KEYWORDS, ".2f"),
        f"       {found.suspicion_s * 1e6:,.0f} us a suspicious message in account, relationship and risk-window",
    ]


def measure_all(directory: Path, load: Load, say: Callable[[str], None]) -> Rates:
    """Measure all variants. Raises `RuntimeError` for one that decides nothing."""
    ways = assignments(directory, load)
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(load.runs):
        for name, assignment in ways.items():
            say(f"replaying: {name}")
            found[name].append(measure_rate(assignment))
    return Rates({name: max(rates) for name, rates in found.items()}, seconds_per_suspicion(load.messages // 50))


def assignments(directory: Path, load: Load) -> dict[str, ReplayRequest]:
    """Write the traffic into files, and return the assignment of each variant."""
    directory.mkdir()
    lines, container, shadow = (directory / name for name in ("events.jsonl", "events.avro", "shadow.yaml"))
    sent = (*friendships(range(load.friends), 2 * load.friends), *messages(load.messages, load.friends))
    records = [decode(each.value) for each in sent]
    write_file(lines, records)
    write_file(container, records)
    shadow.write_text("version: tried\nfriendship_age: {t1_ms: 30d, t2_ms: 60d}\n")
    plain = ReplayRequest((lines,), directory / "out", Policy())
    return {
        LINES: plain,
        CONTAINER: replace(plain, events=(container,)),
        ON_DISK: replace(plain, state=directory / "state"),
        SHADOWED: replace(plain, shadow=publication(shadow, "tried", PolicyMode.SHADOW, 0, 0)),
        FEW_KEYWORDS: replace(plain, policy=with_keywords(FEW)),
        MANY_KEYWORDS: replace(plain, policy=with_keywords(MANY)),
    }


def with_keywords(number: int) -> Policy:
    """Return the default policy with `number` keywords: those that occur in the traffic, and generated ones."""
    chance = random.Random(SEED)
    made = ("".join(chance.choices(ascii_lowercase, k=_LETTERS)) for _ in range(number - len(LISTED_KEYWORDS)))
    return parse(json.dumps({"friendship_age": {"packs": [], "keywords": [*LISTED_KEYWORDS, *made]}}))


def measure_rate(assignment: ReplayRequest) -> float:
    """Return the events a processor second of a replay. Raises `RuntimeError` where it decides nothing."""
    begun = process_time()
    tallies = replay_files(assignment)
    spent_s = process_time() - begun
    if assignment.state is not None:
        shutil.rmtree(assignment.state)
    if not tallies.decisions:
        raise RuntimeError("the replay has decided nothing, so its rate means nothing")
    return tallies.read / spent_s

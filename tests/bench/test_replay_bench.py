"""Benchmark of the replay: its traffic, rates and targets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.steps import replay, suspicion
from bench.steps.replay import (
    CONTAINER,
    FEW_KEYWORDS,
    LINES,
    MANY_KEYWORDS,
    ON_DISK,
    SHADOWED,
    Load,
    Rates,
    assignments,
    measure_rate,
    with_keywords,
)
from jobs.replay.runner import replay_files
from operators.policy.friendship_age import FRIENDSHIP_AGE

if TYPE_CHECKING:
    from pathlib import Path

LITTLE = Load(messages=2_000, friends=20, runs=1)
GOOD = {
    LINES: 30_000.0,
    CONTAINER: 20_000.0,
    ON_DISK: 10_000.0,
    SHADOWED: 20_000.0,
    FEW_KEYWORDS: 30_000.0,
    MANY_KEYWORDS: 20_000.0,
}


def test_every_way_replays_the_same_traffic_to_the_same_decisions(tmp_path: Path) -> None:
    told = {name: replay_files(each) for name, each in assignments(tmp_path / "files", LITTLE).items()}
    plain = told[LINES]
    assert plain.read == LITTLE.messages + LITTLE.friends
    assert plain.decisions.total() > LITTLE.messages // 100
    assert told[CONTAINER] == plain
    for name in (SHADOWED, FEW_KEYWORDS, MANY_KEYWORDS):
        assert told[name].decisions == plain.decisions
    # With a state directory the last verification goes on waiting.
    assert told[ON_DISK].read == plain.read
    assert told[ON_DISK].decisions <= plain.decisions
    about_messages = [number for (rule, _), number in plain.decisions.items() if rule == FRIENDSHIP_AGE]
    assert told[SHADOWED].shadow_decisions.total() == sum(about_messages)


def test_every_variant_has_a_rate_and_starts_without_state(tmp_path: Path) -> None:
    found = replay.measure_all(tmp_path / "files", LITTLE, lambda _: None)
    assert found.rates.keys() == GOOD.keys()
    assert all(each > 0 for each in found.rates.values())
    assert not (tmp_path / "files" / "state").exists()


def test_a_replay_that_decides_nothing_is_refused(tmp_path: Path) -> None:
    ways = assignments(tmp_path / "files", replace(LITTLE, messages=0))
    with pytest.raises(RuntimeError, match="its rate means nothing"):
        measure_rate(ways[LINES])


def test_few_and_many_keywords_have_their_numbers() -> None:
    assert [len(with_keywords(number).friendship_age.screen.keywords) for number in (50, 5_000)] == [50, 5_000]


def test_a_suspicious_message_is_measured_in_the_steps_alone() -> None:
    assert suspicion.seconds_per_suspicion(300) > 0


def test_the_report_says_what_was_met_and_what_was_missed() -> None:
    assert not [line for line in replay.report_lines(Rates(GOOD, 1e-4)) if line.startswith("MISSED")]
    slow = Rates({name: each * 0.6 if name in {LINES, SHADOWED} else each for name, each in GOOD.items()}, 1e-4)
    assert [line.split(" (")[0] for line in replay.report_lines(slow) if line.startswith("MISSED")] == [
        f"MISSED events/s, {LINES}: 18,000"
    ]

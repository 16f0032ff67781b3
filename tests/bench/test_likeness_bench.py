"""Benchmark of likeness: a change of avatar accesses the state of each onlooker once (AI-15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.__main__ import main
from bench.steps.likeness import Inbox, count_accesses, report_lines
from operators.accounts.audience import PAGE_SIZE, PAGES_PER_BATCH

if TYPE_CHECKING:
    import pytest

FEW, MANY = 300, PAGE_SIZE * PAGES_PER_BATCH + 200


def test_each_onlooker_is_written_once_and_other_accesses_grow_with_pages_only__ai_15() -> None:
    few, many = count_accesses(FEW), count_accesses(MANY)
    assert (few["written"], many["written"]) == (FEW, MANY)
    assert few["read"] / FEW == many["read"] / MANY
    assert many["written beside"] <= few["written beside"] + 2  # where a timer notifies the rest, that timer is stored
    assert many["read beside"] <= few["read beside"] + 2 * -(-MANY // PAGE_SIZE)
    assert many["bytes written"] / MANY <= few["bytes written"] / FEW


def test_growth_faster_than_the_audience_misses_the_target() -> None:
    found = {onlookers: count_accesses(onlookers) for onlookers in (10, 20)}
    found[20]["written"] += 1
    assert [line.split(":")[0] for line in report_lines(found) if line.startswith("MISSED")] == [
        "MISSED written an onlooker, 20 of them against 10"
    ]


def test_the_messages_that_are_measured_are_compared_with_the_contacts() -> None:
    full = Inbox(3)
    assert full.known_profiles == 3
    assert full.measure_us(2) > 0


def test_the_part_has_a_verdict_for_every_target(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["likeness", "--quick", "--onlookers", "8"]) == 0
    verdicts = [line for line in capsys.readouterr().out.splitlines() if line.startswith(("met ", "MISSED "))]
    assert ["against no and 20 contacts" in line for line in verdicts] == [True, False, False, False, False]
    assert verdicts[-1] == "met    writes to the memory of 8 onlookers: 8 (wanted <= 8)"

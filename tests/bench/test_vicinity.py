"""The figures of who is where are about what they say."""

from __future__ import annotations

import pytest

from bench.vicinity import Costs, costs, main, report


def test_a_smoke_run_measures_everything() -> None:
    found = costs(50, 120)
    assert found.asked == 50
    assert min(found.cheapest_s, found.at_home_s, found.moving_s, found.incident_s) > 0


def test_a_report_says_the_ratios() -> None:
    lines = report(Costs(1e-6, 2e-6, 3e-6, 100_000, 0.5, 50))
    assert [line.split()[-2:] for line in lines[1:3]] == [["2.0", "x"], ["3.0", "x"]]
    assert "0.50 s" in lines[3]


def test_it_runs_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--updates", "20", "--crowd", "60"]) == 0
    assert "incident among 60" in capsys.readouterr().out

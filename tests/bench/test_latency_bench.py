"""Benchmark of latency: delays count from the causing message; its targets."""

from __future__ import annotations

import pytest

from bench.job.latency import Delays, Reader, Way, report_lines, share
from jobs.flink.delivery import Delivery
from jobs.flink.rest_client import FlinkError

USUAL, LONGER = Way(100, Delivery.AT_LEAST_ONCE), Way(1_000, Delivery.AT_LEAST_ONCE)


def reader(commands: int) -> Reader:
    return Reader(
        "localhost:1",
        causes={"d1": "m1", "d2": "m2"},
        decisions={"d1": 1_900.0, "d2": 5_000.0},
        commands=[("d1", 1_150, 1_160)] * commands + [("d2", 4_000, 4_100), ("unknown", 1, 2)],
    )


def test_delays_count_from_the_given_messages() -> None:
    found = reader(60).delays({"m1": 1_000})
    assert (set(found.appended), set(found.commands_seen), found.decisions_seen) == ({150}, {160}, [900.0])


def test_a_run_without_commands_is_refused() -> None:
    with pytest.raises(FlinkError, match="only 3 commands"):
        reader(3).delays({"m1": 1_000})


def test_a_quantile_is_the_nearest_rank() -> None:
    assert share([5, 1, 4, 2, 3], 0.95) == 5
    assert share(range(1, 101), 0.95) == 95


def test_every_target_has_a_verdict() -> None:
    said = "\n".join(report_lines({USUAL: Delays([150, 410], [1, 2], [3, 4]), LONGER: Delays([1_100], [1], [1])}))
    assert "MISSED command appended, median, ms: 280 (wanted <= 200)" in said
    assert "MISSED command appended, 95 %, ms: 410 (wanted <= 400)" in said
    assert "met    the same at 1000 ms: 1100 (wanted <= 1300)" in said

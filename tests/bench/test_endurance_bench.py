"""Benchmark of endurance: its sizes, its rows, and its targets."""

from __future__ import annotations

import pytest

from bench.job.endurance import Interval, Sizes, conclusions, row

MIB = 1 << 20


def interval(number: int, *, worker: int = 300, late_ms: float = 400.0, rate: float = 1_000.0) -> Interval:
    return Interval(
        minutes=5.0 * number,
        rate=rate,
        cost_us=40.0,
        delays=[late_ms / 2] * 90 + [late_ms] * 10,
        task_manager=1_500 * MIB,
        worker=worker * MIB,
        job_manager=500 * MIB,
        heap=80 * MIB,
        disk=10 * MIB,
    )


def test_messages_last_until_after_the_last_interval() -> None:
    sizes = Sizes(load=1_000, hours=1.0, intervals=6, repeated=100_000)
    assert sizes.interval_s == 600.0
    assert sizes.laps * sizes.repeated == 4_800_000


def test_a_row_has_the_delays_of_half_and_of_95_of_100() -> None:
    assert row(interval(1)).split() == ["5.0", "1,000", "40.0", "100", "200", "400", "1,500", "300", "500", "80", "10"]


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (interval(8), "met    worker, resident, last quarter beside the first: x 1.00 (wanted <= 1.15)"),
        (interval(8, worker=400), "MISSED worker, resident, last quarter beside the first: x 1.33 (wanted <= 1.15)"),
        (interval(8, late_ms=800.0), "MISSED delay, 95 %, last quarter beside the first: x 2.00 (wanted <= 1.15)"),
        (interval(8, rate=900.0), "MISSED messages read of those sent: x 0.90 (wanted >= 0.99)"),
    ],
)
def test_the_last_quarter_is_compared_with_the_first(last: Interval, said: str) -> None:
    assert said in list(conclusions([interval(1), interval(2), interval(3), last], 1_000))

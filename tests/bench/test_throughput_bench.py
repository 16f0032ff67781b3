"""Benchmark of throughput: what is measured at which share, processor time by thread, tables, targets."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.job import peers, usage
from bench.job.control import COUNTS, write_keywords
from bench.job.peers import PEERS, Cost
from bench.job.processes import thread_seconds
from bench.job.progress import Measured, Rate
from bench.job.throughput import DECISIONS, QUICK, ways
from bench.job.throughput_report import CONTROL, ONE, PROCESS, THREAD, TWO, conclusions, result_lines
from bench.job.usage import Usage, cluster_usage, group_of
from bench.peers.meter import Meter
from bench.peers.small_part import Screen

if TYPE_CHECKING:
    from pathlib import Path


def measured(rate: float, manager_s: float, worker_s: float = 0.0, records: int = 1_000_000) -> Measured:
    """Return a measurement whose seconds of processor time are microseconds a record."""
    used = Usage(
        {"task manager": manager_s, "worker": worker_s, "job manager": 0.5},
        {
            ("task manager", "relationship"): manager_s / 2,
            ("task manager", "source"): 0.25,
            ("worker", "python"): worker_s,
        },
    )
    return Measured(Rate(rate, rate, rate), records, used)


def test_what_is_compared_is_measured_at_every_share_and_the_rest_at_the_usual_one(tmp_path: Path) -> None:
    sizes = replace(QUICK, ways="thread,process,two")
    names = {
        percent: [way.name for way in ways("localhost:1", tmp_path, sizes, percent)] for percent in (0.0, 1.0, 3.0)
    }
    assert names == {0.0: [CONTROL, ONE], 1.0: [CONTROL, ONE], 3.0: [PROCESS, THREAD, CONTROL, ONE, TWO]}
    usual = {way.name: way for way in ways("localhost:1", tmp_path, sizes, 3.0)}
    assert (usual[ONE].task_managers, usual[TWO].task_managers) == (1, 2)
    assert (usual[CONTROL].output, usual[ONE].output, usual[THREAD].output) == (COUNTS, DECISIONS, None)
    assert [way.output for way in ways("localhost:1", tmp_path, sizes, 0.0)] == [None, None]


def test_the_control_gets_all_keywords_of_the_default_policy(tmp_path: Path) -> None:
    lines = write_keywords(tmp_path / "keywords.txt").read_text("utf-8").splitlines()
    assert {"payment", "付款"} < set(lines)
    assert any(" + " in line and " / " in line for line in lines)


@pytest.mark.parametrize(
    ("thread", "group"),
    [
        ("relationship (1", "relationship"),
        ("risk-window (1/", "risk-window"),
        ("Source: source ", "source"),
        ("Source: messages", "source"),
        ("C2 CompilerThre", "compiler"),
        ("GC Thread#1", "garbage collection"),
        ("rocksdb:low", "RocksDB's background"),
        ("OutputFlusher f", "output flusher"),
        ("kafka-producer-", "Kafka producer"),
        ("pool-3-thread-1", "pool-3-thread"),
        ("python", "python"),
        ("12", "12"),
    ],
)
def test_threads_are_grouped_by_their_names(thread: str, group: str) -> None:
    assert group_of(thread) == group


def test_processor_time_is_read_by_process_and_by_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "import sys; sum(range(20_000_000)); print(flush=True); input()"
    monkeypatch.setattr(usage, "PROCESSES", {"worker": "marked"})
    command = [sys.executable, "-c", script, "marked"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        used, threads = cluster_usage(), dict(thread_seconds("marked"))
        process.communicate(b"\n")
    assert used.processes["worker"] > 0
    assert sum(used.threads.values()) == pytest.approx(sum(threads.values())) == used.processes["worker"]


def test_usage_is_the_difference_of_two_readings() -> None:
    before, after = Usage({"worker": 1.0}, {("worker", "a"): 1.0}), Usage({"worker": 3.0}, {("worker", "b"): 2.0})
    assert after.since(before) == Usage({"worker": 2.0}, {("worker", "b"): 2.0})


def test_costs_are_told_by_process_and_by_thread() -> None:
    found = {(CONTROL, 0.0): measured(1_000, 1.0), (ONE, 0.0): measured(250, 2.0, 1.5)}
    said = [line.strip() for line in result_lines(found, (ONE, 0.0))]
    assert said[0].split()[-6:] == ["0.25", "-", "4.00", "2.00", "1.50", "0.50"]
    assert said[1:] == ["task manager: relationship 1.00, source 0.25", "worker: python 1.50", "job manager: -"]
    assert list(conclusions(found)) == ["MISSED time of a harmless message, x the control's: 2.7 (wanted <= 1.5)"]


def test_every_target_has_a_verdict() -> None:
    found = {
        (THREAD, 3.0): measured(4, 1.0),
        (CONTROL, 3.0): measured(400, 1.0),
        (ONE, 0.0): measured(300, 3.5),
        (ONE, 3.0): measured(100, 9.5),
        (ONE, 20.0): measured(24, 43.5),
    }
    said = "\n".join(conclusions(found))
    assert "met    rate, x the naive job's: 25.0 (wanted >= 25.0)" in said
    assert "MISSED rate, of the control's: 0.25 (wanted >= 0.30)" in said
    assert "MISSED rate, x the naive job's, a fifth suspicious: 6.0 (wanted >= 6.2)" in said
    assert f"{ONE}, 20 %: a suspicious message costs 200 us more than a harmless one" in said


def test_the_whole_job_is_compared_with_the_fastest_peer() -> None:
    costs = {name: Cost(rate, 5.0) for name, rate in zip((*PEERS, CONTROL, ONE), (10, 40, 20, 400, 100), strict=True)}
    assert peers.report_lines(costs)[-1] == "met    rate, x the fastest peer's: 2.50 (wanted >= 2.00)"


def test_a_peer_measures_after_its_warm_up() -> None:
    script = "from bench.peers.meter import Meter\nmeter = Meter(0.0, 0.0)\nwhile True: meter.count(1_000)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.startswith("[1000, ")


def test_a_meter_that_has_not_measured_long_enough_goes_on() -> None:
    meter = Meter(0.0, 3_600.0)
    for _ in range(5):
        meter.count(1_000)
    assert meter._count == 5_000


def test_a_peer_needs_every_part_of_a_keyword() -> None:
    screen = Screen(["he", "she", "hers / his + or"])
    assert [screen.find(text) for text in ("ushers", "his", "hi or his", "h")] == [True, False, True, False]

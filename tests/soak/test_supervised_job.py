"""A job manager that keeps its jobs in memory dies: `run --supervise` resubmits the job."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs.flink.supervision import find_running_job
from jobs.local.child_process import ChildProcess
from schemas.codec import decode
from schemas.records import Decision
from tests.support.given import HOUR, NOON, friends, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.support.stage import Scene


def test_a_supervised_job_is_resubmitted_with_its_state__c_12(scene: Scene) -> None:
    scene.send([friends(), message("m1", NOON + HOUR)])
    scene.advance_time(NOON + 2 * HOUR)
    with supervised(scene) as log:
        scene.wait_decisions(1)
        before = find_running_job(scene.cluster.rest, "kithward") or ""
        scene.cluster.kill_job_manager()
        scene.send([message("m2", NOON + 3 * HOUR)])
        scene.advance_time(NOON + 4 * HOUR)
        scene.cluster.start_job_manager()
        scene.wait_decisions(2)
    assert decided(scene) == Counter(["m1", "m2"])
    assert f"job {before} is supervised" in log.read_text()
    assert before not in scene.cluster.rest.jobs()


@contextmanager
def supervised(scene: Scene) -> Iterator[Path]:
    """Run `kithward run --supervise`; yield the file with its output."""
    scene.directory.mkdir(exist_ok=True)
    log = scene.directory / "supervision.log"
    where = ("--bootstrap", scene.bootstrap, "--checkpoints", str(scene.directory / "checkpoints"))
    process = ChildProcess(
        (sys.executable, "-m", "jobs", "run", *where, "--supervise"), log=log, environment=scene.cluster.environment
    )
    try:
        yield log
    finally:
        process.stop()


def decided(scene: Scene) -> Counter[str]:
    """Return which events readers see decisions about, and how often."""
    decisions = [decode(found.value or b"") for found in scene.read("decisions")]
    return Counter(decision.cause_event_id for decision in decisions if isinstance(decision, Decision))

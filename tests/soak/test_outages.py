"""Soak: outages of the broker and of the checkpoint storage."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jobs.flink.rest_client import wait
from tests.e2e.support.stage import WITHIN_S
from tests.soak.whole import agrees, started, whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.flink.rest_client import Job
    from tests.e2e.support.stage import Scene

AWAY_S = 30.0
REFUSED = 20
"""So many checkpoints in a row that cannot be written."""


def test_a_broker_outage_of_half_a_minute_does_not_change_the_output__c_12(scene: Scene) -> None:
    first, second, third = whole().parts(3)
    job = started(scene)
    scene.send(first)
    scene.wait_decisions(1)
    scene.send(second)
    scene.stage.broker.stop()
    time.sleep(AWAY_S)
    scene.stage.broker.start()
    scene.send(third)
    scene.end(job)
    assert agrees(scene)


def test_failing_checkpoints_do_not_restart_the_job__c_12(scene: Scene) -> None:
    first, second, third = whole().parts(3)
    job = started(scene)
    scene.send(first)
    scene.wait_decisions(1)
    with unwritable(job, scene.directory / "checkpoints" / job.id):
        before = count_refused(job)
        scene.send(second)
        wait(lambda: count_refused(job) >= before + REFUSED, "checkpoints are written all the same", WITHIN_S)
    scene.send(third)
    scene.end(job)
    assert job.failures() == []
    assert agrees(scene)


@contextmanager
def unwritable(job: Job, directory: Path) -> Iterator[None]:
    """Make checkpoints fail: a file blocks the directory of each, also for root."""
    done = job.rest.get(f"/jobs/{job.id}/checkpoints")["latest"]["completed"]["id"]
    places = [directory / f"chk-{number}" for number in range(done + 1, done + 1000)]
    for place in places:
        if not place.exists():
            place.touch()
    try:
        yield
    finally:
        for place in places:
            if place.is_file():
                place.unlink()


def count_refused(job: Job) -> int:
    return int(job.rest.get(f"/jobs/{job.id}/checkpoints")["counts"]["failed"])

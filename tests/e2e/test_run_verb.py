"""`kithward run` submits the job to the configured cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.flink.rest_client import wait
from schemas.codec import decode
from tests.support.given import HOUR, NOON, friends, message

if TYPE_CHECKING:
    from tests.e2e.support.stage import Scene

WITHIN_S = 120


def test_run_submits_the_job_to_the_configured_cluster_and_ends(scene: Scene) -> None:
    checkpoints = (scene.directory / "checkpoints").as_uri()
    job = scene.cluster.submit("-m", "jobs", "run", "--bootstrap", scene.bootstrap, "--checkpoints", checkpoints)
    scene.send([friends(), message("m1", NOON + HOUR)])
    scene.advance_time(NOON + 2 * HOUR)
    wait(lambda: len(scene.read("commands")) > 1, "nothing is decided", WITHIN_S)
    commands = {type(decode(stored.value or b"")).__name__ for stored in scene.read("commands")}
    assert commands == {"ExitSession", "Warn"}
    job.cancel()

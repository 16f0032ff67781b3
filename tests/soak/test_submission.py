"""Soak: the bundle has everything that a cluster needs, which has no access to the checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
import yaml

from jobs.deploy import bundle
from jobs.deploy.installation import FLINK_CONF, flink_home
from jobs.flink.rest_client import Job, wait
from jobs.local.child_process import ChildProcess
from jobs.local.cluster import Cluster
from schemas.codec import decode
from tests.e2e.support.stage import WITHIN_S
from tests.support.given import HOUR, NOON, friends, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.e2e.support.stage import Scene


class Elsewhere(Cluster):
    """A cluster with Flink, Python and our jars in its library, and without our code."""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"PYTHONPATH": sysconfig.get_paths()["purelib"]}


class Application(Elsewhere):
    """A cluster for one job, whose job manager runs the program itself: as on Kubernetes, without Kubernetes."""

    def __init__(self, directory: Path, entry: str, arguments: Sequence[str]) -> None:
        super().__init__(directory)
        self._program = ("--job-classname", entry, *arguments)

    def _start(self, role: str) -> ChildProcess:
        if role != "jobmanager":
            return super()._start(role)
        command = ("bash", str(flink_home() / "bin" / "standalone-job.sh"), "start-foreground", *self._program)
        return ChildProcess(command, log=self._log("standalone-job.out"), environment=self.environment)


def decision_ids(scene: Scene) -> set[str]:
    """Send a story, and return which commands come of it."""
    scene.send([friends(), message("m1", NOON + HOUR)])
    scene.advance_time(NOON + 2 * HOUR)
    wait(lambda: len(scene.read("commands")) > 1, "nothing is decided", WITHIN_S)
    return {type(decode(stored.value or b"")).__name__ for stored in scene.read("commands")}


def test_the_arguments_of_the_deployment_start_the_job(scene: Scene, tmp_path: Path) -> None:
    with ZipFile(bundle.write(tmp_path / "kithward.zip")) as archive:
        archive.extractall(tmp_path / "kithward")
    job = yaml.safe_load((FLINK_CONF / "flinkdeployment.yaml").read_text("utf-8"))["spec"]["job"]
    here = {
        "/opt/venv/bin/python": sys.executable,
        "/opt/kithward": str(tmp_path / "kithward"),
        "kafka-bootstrap:9092": scene.bootstrap,
        "s3://kithward/checkpoints": (tmp_path / "checkpoints").as_uri(),
        "2": "1",
    }
    assert here.keys() <= set(job["args"])
    arguments = [here.get(word, word) for word in job["args"]]
    with Application(tmp_path / "application", job["entryClass"], arguments) as cluster:
        wait(lambda: bool(cluster.rest.jobs()), "the program does not submit its job", WITHIN_S)
        (started,) = cluster.rest.jobs()
        Job(cluster.rest, started).wait_running(WITHIN_S)
        assert decision_ids(scene) == {"ExitSession", "Warn"}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    with Elsewhere(tmp_path / "elsewhere") as running:
        yield running


def test_flinks_own_client_submits_the_bundle(scene: Scene, elsewhere: Elsewhere, tmp_path: Path) -> None:
    brought = bundle.write(tmp_path / "kithward.zip")
    client = ("bash", str(flink_home() / "bin" / "flink"), "run", "--detached")
    code = ("-pyfs", str(brought), "-pym", "jobs")
    verb = ("run", "--bootstrap", scene.bootstrap, "--checkpoints", (tmp_path / "checkpoints").as_uri())
    done = subprocess.run(
        (*client, *code, *verb), env=elsewhere.environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (job,) = elsewhere.rest.jobs()
    Job(elsewhere.rest, job).wait_running(WITHIN_S)
    assert decision_ids(scene) == {"ExitSession", "Warn"}

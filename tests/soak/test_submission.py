"""Soak: Flink's own client submits the bundle to a cluster that has no access to the checkout."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from jobs.deploy import bundle
from jobs.deploy.installation import flink_home
from jobs.flink.rest_client import Job
from tests.e2e.support.stage import WITHIN_S
from tests.e2e.test_bundle_submission import Elsewhere, decision_ids

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.support.stage import Scene


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

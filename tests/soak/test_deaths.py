"""Soak: task managers and job managers are killed at random times."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import yaml

from jobs.deploy.installation import FLINK_CONF
from tests.soak.whole import POLICY, agrees, started, whole

if TYPE_CHECKING:
    import random

    from tests.e2e.support.stage import Scene

DEATHS = 10
SOON_S = 4.0


def test_ten_kills_of_the_task_manager_do_not_change_the_output__c_12(scene: Scene, chance: random.Random) -> None:
    first, *parts = whole().parts(DEATHS + 1)
    job = started(
        scene, options=shipped("restart-strategy")
    )  # the kills count as failures and must stay below its rate
    scene.send(first)
    for part in parts:
        time.sleep(chance.uniform(0, SOON_S))
        scene.replace_task_manager(job)
        scene.send(part)
    scene.end(job)
    assert len(job.failures()) >= DEATHS
    assert agrees(scene)


def test_two_kills_of_the_job_manager_do_not_change_the_output__c_12(scene: Scene, chance: random.Random) -> None:
    first, *parts = whole().parts(3)
    job = started(scene)
    scene.send(first)
    scene.wait_decisions(1)
    for part in parts:
        time.sleep(chance.uniform(0, SOON_S))
        scene.cluster.kill_job_manager()
        scene.send(part)
        scene.cluster.start_job_manager()
        job = scene.start(policy=POLICY, resume=True)
    scene.end(job)
    assert agrees(scene)


def shipped(prefix: str) -> dict[str, str]:
    """Return the product's own settings of a kind."""
    settings = yaml.safe_load((FLINK_CONF / "config.yaml").read_text())
    return {name: str(value) for name, value in settings.items() if name.startswith(prefix)}

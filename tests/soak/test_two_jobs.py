"""Soak: two jobs of different names on one broker and one cluster."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from schemas.topic_names import TopicNames
from tests.e2e.support.stage import PARTITIONS, WITHIN_S
from tests.soak.whole import POLICY, agrees, started, whole

if TYPE_CHECKING:
    import random

    from tests.e2e.support.stage import Scene

DEATHS = 2
SOON_S = 4.0
PREFIX = "other."


def test_two_jobs_of_different_names_read_the_same_events_and_do_not_touch_each_other__c_12(
    scene: Scene, chance: random.Random
) -> None:
    """Both write in transactions, and lose their task managers one after the other."""
    create_topics(Brokers(scene.bootstrap, topics=TopicNames(PREFIX)), partitions=PARTITIONS)
    other_name, checkpoints = f"{scene.name}-other", (scene.directory / "other").as_uri()
    first, *parts = whole().parts(DEATHS + 1)
    scene.cluster.start_task_manager()
    job = started(scene)
    other = scene.start(policy=POLICY, name=other_name, checkpoints=checkpoints, outputs=PREFIX)
    scene.send(first)
    scene.wait_decisions(1)
    for part in parts:
        time.sleep(chance.uniform(0, SOON_S))
        scene.replace_task_manager(job)
        other.wait_running(WITHIN_S)
        scene.send(part)
    scene.end(job)
    scene.end(other, other_name)
    assert agrees(scene)
    assert agrees(scene, PREFIX)

"""Soak: a topic is deleted under the running job, and created again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.flink.rest_client import wait
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from tests.e2e.support.stage import PARTITIONS, WITHIN_S
from tests.soak.whole import agrees, started, whole

if TYPE_CHECKING:
    from jobs.flink.rest_client import Job
    from tests.e2e.support.stage import Scene


@pytest.mark.parametrize("topic", ["messages", "dead-letters"])
def test_a_topic_that_is_deleted_is_named_and_the_job_goes_on_when_it_is_there_again__c_12(
    scene: Scene, topic: str
) -> None:
    """An input that has been read to its end, and an output that nobody needs any more."""
    first, second = whole().parts(2)
    job = started(scene)
    scene.send(first)
    scene.wait_consumed()
    scene._admin.delete_topics([topic])
    named = f"the broker has no topic {topic}: it was deleted, or never created"
    wait(lambda: named in causes(job), "the deleted topic is not named", WITHIN_S)
    create_topics(Brokers(scene.bootstrap), partitions=PARTITIONS)
    scene.ends = {place: end for place, end in scene.ends.items() if place.topic != topic}
    scene._producer.close()
    scene._producer = scene._connected()  # the earlier one knows the topic that was deleted
    job.wait_running(WITHIN_S)
    scene.send(second)
    scene.end(job)
    assert agrees(scene)


def causes(job: Job) -> str:
    return "\n".join(job.failures())

"""Soak: a job with friendship age only is upgraded to every capability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.codec import decode
from schemas.records import Decision
from tests.e2e.support.earlier import earlier
from tests.e2e.support.stage import outputs_of_replay
from tests.e2e.test_new_capabilities import FRIENDSHIPS, outputs_without_upgrade, told
from tests.parity.merged import parted

if TYPE_CHECKING:
    from tests.e2e.support.stage import Scene


POLICY = "tests.e2e.test_new_capabilities:policy"


def test_a_job_with_friendship_age_only_resumes_with_every_capability__c_12(scene: Scene) -> None:
    before, after = told()
    every_topic = scene.topics
    scene.topics = frozenset({*earlier().sources, "policies"})
    scene.send(before)
    first = scene.start(graph="tests.e2e.support.earlier:earlier", policy=POLICY)
    scene.wait_consumed()
    scene.wait_decisions(1)
    savepoint = scene.stop(first)
    assert rules_of(scene) <= FRIENDSHIPS

    scene.topics = every_topic
    policies, others = parted(after)
    for published in policies:
        scene.send_record(published)
    scene.send([])  # the watermark must not advance until the job has found the new topics, or their events are late
    second = scene.start(savepoint, policy=POLICY, loads_policies=True)
    scene.wait_consumed()
    scene.send(others)
    scene.end(second)
    assert scene.outputs() == outputs_of_replay(outputs_without_upgrade())


def rules_of(scene: Scene) -> set[str]:
    found = [decode(each.value or b"") for each in scene.read("decisions")]
    return {record.rule for record in found if isinstance(record, Decision)}

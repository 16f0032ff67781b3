"""Upgrade: a changed job resumes from the savepoint of an older one, with more parallelism."""

from __future__ import annotations

import random
from collections import Counter

from jobs.dataflow.risk import risk_graph
from jobs.flink.metrics import METRIC_GROUP
from jobs.flink.rest_client import Job, wait
from jobs.replay.engine import replay
from schemas.records import Decision, PolicyPublished, Record
from tests.e2e.support.changed import MIGRATED
from tests.e2e.support.stage import WITHIN_S, Scene, outputs_of_replay
from tests.parity.merged import merged
from tests.support.streams import policy, shuffled, time_ms

SEED = 22
FIRST = 1_200
"""After so many events the job is stopped: where many verifications are pending."""
SOME = 5
"""The minimum number of outputs that depend on the savepoint."""
CHANGED = "tests.e2e.support.changed:changed"


def test_a_changed_job_resumes_from_a_savepoint_with_two_task_managers__c_12(scene: Scene) -> None:
    events = shuffled(merged(stories=80, length=30, seed=SEED), random.Random(SEED))
    outputs = replay(risk_graph(), events, policy=policy())
    assert conclusions_across(events, FIRST, [record for _, _, record in outputs]) >= SOME
    assert judged_across(events, FIRST, [record for _, _, record in outputs]) >= SOME

    scene.send(events[:FIRST])
    first = scene.start()
    scene.wait_consumed()
    scene.wait_decisions(1)  # what is read is judged when the clock has moved, and that can be later
    savepoint = scene.stop(first)
    before = Counter(found.value for found in scene.read("decisions"))

    scene.send(events[FIRST:])
    scene.cluster.start_task_manager()
    second = scene.start(savepoint, graph=CHANGED, parallelism=2)
    assert parallelism_of(second, "relationship") == 2
    wait(lambda: count_migrated(second) > 0, "nothing that the first job remembered is read", WITHIN_S)
    scene.end(second)

    echoes = Counter(found.value for found in scene.read("shadow-decisions"))
    assert echoes == Counter(found.value for found in scene.read("decisions")) - before
    assert scene.outputs("decisions", "commands", "risk-windows") == outputs_of_replay(outputs)


def conclusions_across(events: list[Record], cut: int, outputs: list[Record]) -> int:
    """Return the number of verifications pending in the savepoint: begun before the cut and ended after it."""
    sent = {event.event_id for event in events[:cut]}  # type: ignore[attr-defined]
    cut_ms = max(time_ms(event) for event in events[:cut])
    found = [record for record in outputs if isinstance(record, Decision) and record.rule == "verification"]
    return sum(record.cause_event_id.split(":")[0] in sent and record.at_ms > cut_ms for record in found)


def judged_across(events: list[Record], cut: int, outputs: list[Record]) -> int:
    """Return the number of messages after the cut under a policy from before it, which is only in the savepoint."""
    versions = {event.version for event in events[:cut] if isinstance(event, PolicyPublished)}
    sent = {event.event_id for event in events[cut:]}  # type: ignore[attr-defined]
    found = [record for record in outputs if isinstance(record, Decision) and record.cause_event_id in sent]
    return sum(record.policy_version in versions for record in found)


def count_migrated(job: Job) -> int:
    """Return how often the job has read bytes of the release before."""
    return sum(value for name, value in job.counters(METRIC_GROUP).items() if name.endswith(MIGRATED))


def parallelism_of(job: Job, uid: str) -> int:
    """Return in how many instances a step runs."""
    vertices = job.rest.get(f"/jobs/{job.id}")["vertices"]
    return next(int(vertex["parallelism"]) for vertex in vertices if uid in vertex["name"].split(" -> ")[0])

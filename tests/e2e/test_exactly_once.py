"""What if a machine dies? Every conclusion is read once, none is missing, none is new."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from jobs.flink_rest import wait
from jobs.replay import replay
from jobs.risk import risk
from schemas.records import PolicyPublished, Record
from tests.e2e.stage import WITHIN_S, Scene, answers_of
from tests.engine.streams import policy, shuffled
from tests.parity.merged import merged

if TYPE_CHECKING:
    from jobs.flink_rest import Job

SEED = 21


def test_three_deaths_in_the_middle_of_the_stream_leave_no_trace_in_what_comes_out__c_12(scene: Scene) -> None:
    events = shuffled(merged(stories=80, length=30, seed=SEED), random.Random(SEED))
    part = len(events) // 4
    # A policy takes effect no sooner after its publication than the workers' lease lasts, and this stream is quicker.
    policies, others = parted(events)
    for published in policies:
        scene.give(published)
    scene.send(others[:part])
    job = scene.start()
    seen = scene.wait_decided(1)

    scene.send(others[part : 2 * part])
    scene.wait_decided(seen + 1)  # something of the second part is committed, and the rest of it on its way
    scene.replace_task_manager(job)

    scene.send(others[2 * part : 3 * part])
    scene.replace_task_manager(job)  # before much could be committed since the last death

    scene.send(others[3 * part :])
    wait(lambda: is_at_a_checkpoint(job), "no checkpoint begins", WITHIN_S)
    scene.replace_task_manager(job)

    scene.end(job)
    assert len(job.failures()) >= 3
    assert scene.answers() == answers_of(replay(risk(), events, policy=policy()))


def parted(events: list[Record]) -> tuple[list[Record], list[Record]]:
    """Return the policies, and everything else."""
    policies: list[Record] = [event for event in events if isinstance(event, PolicyPublished)]
    return policies, [event for event in events if not isinstance(event, PolicyPublished)]


def is_at_a_checkpoint(job: Job) -> bool:
    """Return whether a checkpoint has begun and is not yet complete."""
    return bool(job.rest.get(f"/jobs/{job.id}/checkpoints")["counts"]["in_progress"])

"""Parity of Flink and the replay on incidents: the same groups, record by record."""

from __future__ import annotations

import random
from collections import Counter

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from tests.e2e.support.stage import Scene, outputs_of_replay
from tests.parity.incidents import merged_incidents
from tests.support.incident_streams import delayed, policy

SEED, STORIES, LENGTH = 7, 40, 60


def test_flink_and_the_replay_have_the_same_output_for_incidents(scene: Scene) -> None:
    events = delayed(merged_incidents(STORIES, LENGTH, SEED), random.Random(SEED))
    expected = outputs_of_replay(replay(risk_graph(), events, policy=policy()))
    scene.send(events)
    scene.end(scene.start(policy="tests.support.incident_streams:policy"))
    assert scene.outputs() == expected
    assert scene.read("dead-letters") == []


def test_the_stream_reaches_every_outcome() -> None:
    events = merged_incidents(STORIES, LENGTH, SEED)
    outputs = [record for topic, _, record in replay(risk_graph(), events, policy=policy()) if topic == "decisions"]
    reached = Counter(record.outcome for record in outputs)  # type: ignore[attr-defined]
    wanted = "CREATED REJECTED MEMBER_ADDED MEMBER_DECLINED PROMPT_EXPIRED CLOSED MATCHED NOT_FOUND FORBIDDEN_ROLE"
    assert set(wanted.split()) <= set(reached)

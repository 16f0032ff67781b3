"""Parity of Flink and the replay: the same output, record by record, with timers and changing policies."""

from __future__ import annotations

import random
from collections import Counter

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from schemas.records import PolicyPublished, RevokeCommand
from tests.e2e.support.stage import Scene, outputs_of_replay
from tests.parity.merged import merged
from tests.support.streams import policy, shuffled

SEED = 20


def test_flink_and_the_replay_have_the_same_output(scene: Scene) -> None:
    events = shuffled(merged(stories=200, length=25, seed=SEED), random.Random(SEED))
    expected = outputs_of_replay(replay(risk_graph(), events, policy=policy()))
    scene.send(events)
    scene.end(scene.start())
    assert scene.outputs() == expected
    assert scene.read("dead-letters") == []


def test_the_stream_reaches_every_policy_and_every_rule() -> None:
    events = merged(stories=200, length=25, seed=SEED)
    replayed = replay(risk_graph(), events, policy=policy())
    outputs = [record for topic, _, record in replayed if topic == "decisions"]
    reached = Counter((record.policy_version, record.rule) for record in outputs)  # type: ignore[attr-defined]
    versions = {event.version for event in events if isinstance(event, PolicyPublished)} | {"short"}
    assert set(reached) >= {(version, rule) for version in versions for rule in ("friendship-age", "verification")}
    assert {rule for _, rule in reached} >= {"avatar-impersonation", "friend-gate", "invite-forest"}
    assert len(outputs) > 1_000
    taken_back = Counter(record.revoked_type for _, _, record in replayed if isinstance(record, RevokeCommand))
    assert set(taken_back) >= {"ManageMember", "RequestVerification"}

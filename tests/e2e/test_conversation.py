"""Parity of Flink and the replay on real conversations."""

from __future__ import annotations

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from operators.policy.model import Policy
from tests.e2e.support.conversation import DATA, conversation
from tests.e2e.support.stage import Scene, outputs_of_replay

MESSAGES = 40_000


@pytest.mark.skipif(not DATA.exists(), reason="the two published data sets are not beside this checkout")
def test_forty_thousand_messages_give_the_decisions_of_the_replay(scene: Scene) -> None:
    events = conversation(MESSAGES)
    expected = outputs_of_replay(replay(risk_graph(), events, policy=Policy()))
    assert sum(expected.values()) > 1_000
    scene.send(events)
    scene.end(scene.start(policy="operators.policy.model:Policy"))
    assert scene.outputs() == expected

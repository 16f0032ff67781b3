"""Does the job, between real Kafka topics, conclude from real people's messages what the replay concludes?"""

from __future__ import annotations

import pytest

from jobs.replay import replay
from jobs.risk import risk
from operators.policy import Policy
from tests.e2e.conversation import DATA, conversation
from tests.e2e.stage import Scene, answers_of

MESSAGES = 40_000


@pytest.mark.skipif(not DATA.exists(), reason="the two published data sets are not beside this checkout")
def test_a_conversation_of_forty_thousand_messages_is_judged_as_in_the_replay(scene: Scene) -> None:
    events = conversation(MESSAGES)
    expected = answers_of(replay(risk(), events, policy=Policy()))
    assert sum(expected.values()) > 1_000
    scene.send(events)
    scene.end(scene.start(policy="operators.policy:Policy"))
    assert scene.answers() == expected

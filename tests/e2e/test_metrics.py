"""Counters in Flink and in the replay are equal: late, repeated, unknown, refused."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from jobs.dataflow.risk import risk_graph
from jobs.flink.metrics import METRIC_GROUP
from jobs.flink.rest_client import wait
from jobs.replay.engine import Replay
from schemas.records import AnswerVia, FriendAdded, MessageSent, Record, VerificationAnswered
from state.stores.memory import MemoryStore
from tests.e2e.support.stage import WITHIN_S, Scene
from tests.support.streams import BASE_MS, LATENESS_MS, TEXTS, policy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.flink.rest_client import Job

LATER_MS = BASE_MS + 10 * LATENESS_MS
REFUSED = 3
SCREEN_OR_FIRST_LOOK = re.compile(r"PythonCalc\[\d+\]\.|first-look\.")
"""How the names of both begin. Flink numbers the screen, on from those of earlier jobs of the submitting process."""
REFUSALS = "reason.UNDECODABLE.topic.messages.dead-letters"
NOT_COMPARED = ("kept", "policy-in-force", ".decisions", ".pending", ".approached", ".missed")
"""How the names end of what a replay does not count, as it has its files and its end; or as often as caches have it; or
under the same labels: ticks of the clock count as misses."""


def message(event_id: str, at_ms: int) -> Record:
    return MessageSent(event_id=event_id, at_ms=at_ms, sender_id="a", recipient_id="b", text=TEXTS[0])


def answer(event_id: str, at_ms: int) -> Record:
    return VerificationAnswered(
        event_id=event_id,
        at_ms=at_ms,
        verification_id="nobody's",
        account_id="b",
        genuine=True,
        via=AnswerVia.FIRST_APP,
    )


def test_late_repeated_unknown_and_refused_events_are_counted_as_in_the_replay__c_4_c_17(scene: Scene) -> None:
    friends = FriendAdded(event_id="f", at_ms=BASE_MS, account_id="b", friend_id="a", since_ms=-1)
    scene.send([friends, *[message("twice", BASE_MS + 1)] * 2, answer("unknown", BASE_MS + 2)])
    scene.advance_time(LATER_MS)
    job = scene.start()
    scene.wait_decisions(1)  # so the watermark has reached the last tick
    for _ in range(REFUSED):
        scene.produce("messages", b"poison", key=b"b", at_ms=LATER_MS)
    scene.send([message("late", BASE_MS + 3), answer("late and unknown", BASE_MS + 4)])

    expected = counters_of_replay(scene.sent) | {"read": len(scene.sent) + REFUSED, REFUSALS: REFUSED}
    assert {"account.late", "relationship.late", "account.repeated"} <= expected.keys()
    wait(lambda: counters_of_job(job) == expected, f"it does not come to {expected}", WITHIN_S)


def counters_of_replay(sent: Sequence[Record]) -> dict[str, int]:
    run = Replay(risk_graph(), MemoryStore(), policy())
    for record in sent:
        list(run.push(record))
    return {name: count for name, count in run.counts.items() if not name.endswith(NOT_COMPARED)}


def counters_of_job(job: Job) -> dict[str, int]:
    """Return what the job has counted; of the screen and of the first look in front of it without the step."""
    counters = Counter[str]()
    for name, count in job.counters(METRIC_GROUP).items():
        counters[SCREEN_OR_FIRST_LOOK.sub("", name, count=1)] += count
    return {name: count for name, count in counters.items() if count and not name.endswith(NOT_COMPARED)}

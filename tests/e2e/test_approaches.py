"""Who wrote to whom first, told by the first look past the screen: known when a message is judged (ST-9, ST-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.dataflow.risk import risk_graph
from jobs.flink.metrics import METRIC_GROUP
from jobs.flink.rest_client import wait
from jobs.replay.engine import replay
from operators.policy.strangers import STRANGERS
from schemas.codec import decode
from schemas.records import Decision, MessageSent
from tests.e2e.support.stage import WITHIN_S, Scene, outputs_of_replay
from tests.support.streams import BASE_MS, LATENESS_MS, SECOND_MS, TEXTS, policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.flink.rest_client import Job

PAIRS = range(20)
GREETING, REQUEST = "see you at noon", TEXTS[0]


def messages(at_ms: int, text: str, sender: str, recipient: str) -> Iterator[MessageSent]:
    """Yield a message of each pair at a time."""
    for number in PAIRS:
        ids = {"sender_id": f"{sender}{number}", "recipient_id": f"{recipient}{number}"}
        yield MessageSent(event_id=f"{sender}{number}-{at_ms}", at_ms=at_ms, text=text, **ids)


def test_whom_the_recipient_wrote_to_is_known_after_a_restart_by_another_number_of_tasks__st_10(scene: Scene) -> None:
    scene.send(messages(BASE_MS, REQUEST, "stranger", "bob"))
    at_ms = BASE_MS + 2 * LATENESS_MS
    scene.advance_time(at_ms)
    job = scene.start()
    scene.wait_decisions(len(PAIRS))

    def has_dropped() -> bool:
        nonlocal at_ms
        at_ms += SECOND_MS
        scene.send(messages(at_ms, GREETING, "bob", "alice"))
        return bool(counters(job)["first-look.read"])

    wait(has_dropped, "the first look drops nothing", WITHIN_S)
    scene.send(messages(at_ms + SECOND_MS, REQUEST, "alice", "bob"))
    scene.wait_consumed()
    savepoint = scene.stop(job)
    scene.cluster.start_task_manager()
    job = scene.start(savepoint, parallelism=2)
    scene.send(messages(at_ms + 2 * SECOND_MS, REQUEST, "alice", "bob"))
    scene.send(messages(at_ms + 3 * SECOND_MS, REQUEST, "bob", "alice"))
    scene.end(job)

    assert scene.outputs() == outputs_of_replay(replay(risk_graph(), scene.sent, policy=policy()))
    decided = [decode(found.value or b"") for found in scene.read("decisions")]
    warned = {each.subject_id for each in decided if isinstance(each, Decision) and each.rule == STRANGERS}
    assert warned == {f"{name}{number}" for name in ("stranger", "bob") for number in PAIRS}


def counters(job: Job) -> dict[str, int]:
    return {"first-look.read": 0} | dict(job.counters(METRIC_GROUP))

"""From when on does a new policy hold? From its effective time, to the millisecond, whoever has heard of it or not."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from jobs.flink_rest import Job, wait
from jobs.flink_step import METRICS
from jobs.follower import LEASE_S
from jobs.replay import Replay, replay
from jobs.risk import risk
from schemas.codec import decode
from schemas.records import Decision, FriendAdded, MessageSent, PolicyMode, PolicyPublished, Record
from state.memory import MemoryStore
from tests.e2e.stage import WITHIN_S, Scene, answers_of
from tests.engine.streams import BASE_MS, T2_MS, policy

if TYPE_CHECKING:
    from collections.abc import Sequence

EFFECTIVE_MS = BASE_MS + 60_000
BEFORE, AT, AFTER = EFFECTIVE_MS - 1, EFFECTIVE_MS, EFFECTIVE_MS + 1
UNTIL_NOW, FROM_NOW_ON, NEVER = "please send the payment now", "hello there", "see you at noon"
PAIRS = [(text, at_ms) for text in (UNTIL_NOW, FROM_NOW_ON) for at_ms in (BEFORE, AT, AFTER)]
HARMLESS = 300
APPLIED = "late-screening.applied"
HEARD_S = LEASE_S + 1.0
"""A policy takes effect no sooner after its publication: by then a worker has heard of it, or knows that it has not."""


class Worker(Replay):
    """A replay whose screen may be cut off."""

    is_cut_off = False

    def are_all_known(self) -> bool:
        return not self.is_cut_off


@pytest.mark.parametrize("is_cut_off", [False, True], ids=["followed", "cut off"])
def test_a_policy_published_mid_stream_holds_from_its_effective_time_on__c_19(
    scene: Scene, *, is_cut_off: bool
) -> None:
    with scene.stage.proxied() as proxy:
        scene.send(friendships())
        job = scene.start(follow=proxy.address, lease_s=LEASE_S)
        scene.wait_taken()
        if is_cut_off:
            proxy.cut()
        scene.send([published()])
        scene.wait_taken()  # every step has heard of it
        heard_s = time.monotonic() + HEARD_S
        wait(lambda: time.monotonic() > heard_s, "time stands still", WITHIN_S)
        place = len(scene.sent)
        scene.send(messages())
        scene.tick(EFFECTIVE_MS + 60_000)
        check_what_passed(job, scene, place, is_cut_off=is_cut_off)
        scene.end(job)

    assert judged(scene) == {
        (UNTIL_NOW, BEFORE): "short",
        (FROM_NOW_ON, AT): "new",
        (FROM_NOW_ON, AFTER): "new",
    }
    assert scene.answers() == answers_of(replay(risk(), scene.sent, policy=policy()))


def check_what_passed(job: Job, scene: Scene, place: int, *, is_cut_off: bool) -> None:
    """A worker that is cut off passes every message from `place` on, any other nearly none."""
    none, later, all_ = (applied(scene.sent, cut) for cut in (len(scene.sent), place, 0))
    assert none + HARMLESS <= later <= all_
    least = later if is_cut_off else none
    wait(lambda: job.counters(METRICS).get(APPLIED, 0) >= least, "messages do not pass", WITHIN_S)
    assert job.counters(METRICS).get(APPLIED, 0) <= (all_ if is_cut_off else none + HARMLESS // 2)


def applied(sent: Sequence[Record], cut: int) -> int:
    """Return how many messages come with their text if the screen is cut off from the `cut`-th record on."""
    run = Worker(risk(), MemoryStore(), policy())
    for number, record in enumerate(sent):
        run.is_cut_off = number >= cut
        list(run.push(record))
    return run.counts[APPLIED]


def judged(scene: Scene) -> dict[tuple[str, int], str]:
    """Return by text and time of a message the policy that found it suspicious."""
    found = [decode(each.value or b"") for each in scene.stored("decisions")]
    causes = {
        record.cause_event_id: record.policy_version
        for record in found
        if isinstance(record, Decision) and record.rule == "friendship-age"
    }
    return {PAIRS[int(event_id)]: version for event_id, version in causes.items()}


def friendships() -> list[Record]:
    return [
        FriendAdded(
            event_id=f"f{n}", at_ms=BASE_MS, account_id=f"b{n}", friend_id=f"a{n}", since_ms=BASE_MS - 2 * T2_MS
        )
        for n in range(len(PAIRS))
    ]


def published() -> Record:
    return PolicyPublished(
        event_id="policy",
        at_ms=BASE_MS + 1,
        version="new",
        effective_at_ms=EFFECTIVE_MS,
        mode=PolicyMode.LIVE,
        document=json.dumps({"friendship_age": {"keywords": [FROM_NOW_ON]}}),
    )


def messages() -> list[Record]:
    told = [(str(n), f"a{n}", f"b{n}", text, at_ms) for n, (text, at_ms) in enumerate(PAIRS)]
    told += [(f"h{n}", f"a{n % 7}", f"b{n % 5}-", NEVER, BEFORE + n % 3) for n in range(HARMLESS)]
    return [
        MessageSent(event_id=event_id, at_ms=at_ms, sender_id=sender, recipient_id=recipient, text=text)
        for event_id, sender, recipient, text, at_ms in told
    ]

"""A published policy is in force from its effective time, to the millisecond, in every worker."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.flink.metrics import METRIC_GROUP
from jobs.flink.rest_client import Job, wait
from jobs.kafka.policy_watcher import LEASE_S
from jobs.replay.engine import Replay, replay
from schemas.codec import decode, encode
from schemas.records import Decision, FriendAdded, MessageSent, PolicyMode, PolicyPublished, Record
from state.stores.memory import MemoryStore
from tests.e2e.support.stage import WITHIN_S, Scene, outputs_of_replay
from tests.support.streams import BASE_MS, T2_MS, policy

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 25
EFFECTIVE_MS = BASE_MS + 60_000
BEFORE, AT, AFTER = EFFECTIVE_MS - 1, EFFECTIVE_MS, EFFECTIVE_MS + 1
UNTIL_NOW, FROM_NOW_ON, IN_THE_SHADOW = "please send the payment now", "hello there", "bring the umbrella"
NEVER = "see you at noon"
EACH = 4
PAIRS = [(text, at_ms) for text in (UNTIL_NOW, FROM_NOW_ON, IN_THE_SHADOW) for at_ms in (BEFORE, AT, AFTER)] * EACH
HARMLESS = 300
APPLIED = "late-screening.applied"
HEARD_S = LEASE_S + 1.0
"""The minimum time from publication to effect: by then a worker has read it, or its lease has expired."""


class Worker(Replay):
    """A replay whose screen may be cut off."""

    is_cut_off = False

    def are_all_known(self) -> bool:
        return not self.is_cut_off


@pytest.mark.parametrize("is_cut_off", [False, True], ids=["followed", "cut off"])
def test_a_policy_published_mid_stream_is_in_force_from_its_effective_time__c_19(
    scene: Scene, *, is_cut_off: bool
) -> None:
    with scene.stage.proxied() as proxy:
        scene.send(friendships())
        job = scene.start(follow=proxy.address, lease_s=LEASE_S)
        scene.wait_consumed()
        if is_cut_off:
            proxy.cut()
        scene.send([published("new", FROM_NOW_ON), published("shade", IN_THE_SHADOW, mode=PolicyMode.SHADOW)])
        for wrong in unreadable():
            scene.produce("policies", wrong, at_ms=BASE_MS + 1)
        scene.wait_consumed()  # every step has received it
        heard_s = time.monotonic() + HEARD_S
        wait(lambda: time.monotonic() > heard_s, "time stands still", WITHIN_S)
        place = len(scene.sent)
        scene.send(random.Random(SEED).sample(messages(), len(messages())))
        scene.advance_time(EFFECTIVE_MS + 60_000)
        if is_cut_off:
            check_that_all_pass(job, scene, place)
        else:
            wait_until_none_passes(job, scene)
        scene.end(job)

    assert judgements(scene, "decisions") == Counter(
        {(UNTIL_NOW, BEFORE, "short"): EACH, (FROM_NOW_ON, AT, "new"): EACH, (FROM_NOW_ON, AFTER, "new"): EACH}
    )
    assert judgements(scene, "shadow-decisions") == Counter(
        {(IN_THE_SHADOW, AT, "shade"): EACH, (IN_THE_SHADOW, AFTER, "shade"): EACH}
    )
    letters = [letter.value or b"" for letter in scene.read("dead-letters")]
    assert sorted(letters) == sorted(unreadable())  # whatever partitions they are in
    assert scene.outputs() == outputs_of_replay(replay(risk_graph(), scene.sent, policy=policy()))


def check_that_all_pass(job: Job, scene: Scene, place: int) -> None:
    """A worker that is cut off passes every message from `place` on."""
    later = count_applied(scene.sent, place)
    assert HARMLESS <= later <= count_passed(job, scene) <= count_applied(scene.sent, 0)


def wait_until_none_passes(job: Job, scene: Scene) -> None:
    """A worker with a valid lease forwards no message; on a stalled machine the lease may expire once."""
    seen = 0

    def are_held_back() -> bool:
        nonlocal seen
        before, seen = seen, count_passed(job, scene)
        if seen > before:
            scene.send(harmless(f"{seen}-", EFFECTIVE_MS + 60_000))
        return seen == before

    wait(are_held_back, "harmless messages pass", WITHIN_S)


def count_passed(job: Job, scene: Scene) -> int:
    """Return how many of the messages so far have come with their text."""
    scene.wait_consumed()
    scene.send([])  # once this is counted, everything before is counted too
    wait(lambda: counted(job, ".read") >= sum(scene.ends.values()), "nothing is counted", WITHIN_S)
    return counted(job, APPLIED)


def counted(job: Job, name: str) -> int:
    return sum(count for counter, count in job.counters(METRIC_GROUP).items() if counter.endswith(name))


def count_applied(sent: Sequence[Record], cut: int) -> int:
    """Return how many messages come with their text if the screen is cut off from the `cut`-th record on."""
    run = Worker(risk_graph(), MemoryStore(), policy())
    for number, record in enumerate(sent):
        run.is_cut_off = number >= cut
        list(run.push(record))
    return run.counts[APPLIED]


def judgements(scene: Scene, topic: str) -> Counter[tuple[str, int, str]]:
    """Return by text and time of a message the policy that found it suspicious, and how often."""
    found = [decode(each.value or b"") for each in scene.read(topic)]
    return Counter(
        (*PAIRS[int(record.cause_event_id)], record.policy_version)
        for record in found
        if isinstance(record, Decision) and record.rule == "friendship-age"
    )


def friendships() -> list[Record]:
    return [
        FriendAdded(
            event_id=f"f{n}", at_ms=BASE_MS, account_id=f"b{n}", friend_id=f"a{n}", since_ms=BASE_MS - 2 * T2_MS
        )
        for n in range(len(PAIRS))
    ]


def published(version: str, keyword: str, **changes: object) -> Record:
    known = {
        "event_id": version,
        "at_ms": BASE_MS + 1,
        "effective_at_ms": EFFECTIVE_MS,
        "mode": PolicyMode.LIVE,
        "document": json.dumps({"friendship_age": {"detectors": ["keyword"], "packs": [], "keywords": [keyword]}}),
    }
    return PolicyPublished(version=version, **(known | changes))  # type: ignore[arg-type]


def unreadable() -> list[bytes]:
    """Return an invalid policy with a later effective time: it must be ignored."""
    wrong = {"friendship_age": {"keywords": [NEVER], "t1_ms": -1}}
    return [
        b"no policy",
        encode(published("wrong", NEVER, document=json.dumps(wrong))),
        encode(published("new", NEVER, event_id="a name that is taken")),
    ]


def messages() -> list[Record]:
    told: list[Record] = [
        MessageSent(event_id=f"{n}", at_ms=at_ms, sender_id=f"a{n}", recipient_id=f"b{n}", text=text)
        for n, (text, at_ms) in enumerate(PAIRS)
    ]
    return [*told, *harmless("h", BEFORE)]


def harmless(prefix: str, from_ms: int) -> list[Record]:
    return [
        MessageSent(
            event_id=f"{prefix}{n}", at_ms=from_ms + n % 3, sender_id=f"a{n % 7}", recipient_id=f"b{n % 5}-", text=NEVER
        )
        for n in range(HARMLESS)
    ]

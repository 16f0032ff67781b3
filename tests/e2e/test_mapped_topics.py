"""The job reads a team's own topics by mappings: JSON of its bus, and Debezium's changes of its friendships."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from kafka import KafkaProducer

from jobs.deploy.installation import ROOT
from jobs.flink.rest_client import wait
from jobs.kafka.dead_letters import header
from schemas.codec import SingleObjectFraming
from schemas.json_framing import EitherOutputs
from schemas.records import Decision
from tests.e2e.support.stage import WITHIN_S
from tests.support.given import HOUR, NOON, written
from tests.support.typed_commands import desk, run, typed_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jobs.flink.rest_client import Job
    from tests.e2e.support.stage import Scene

PAGE = (ROOT / "docs" / "your-events.md").read_text("utf-8")
BUS, FRIENDSHIPS = "bus.events", "app.public.friendships"
MINUTE = 60_000
BEHIND = 10 * MINUTE
"""How much later than they happen events reach the broker: more than the job waits for any of them."""
BROKEN = b'{"id": "e9", "kind": "message.created", "time": "2025-03-03T10:04:00Z", "data": {"to": {"type": "user"}}}'
VICTIM, SENDERS = 4, (17, 18, 19)


class Platform:
    """The platform's own topics on the scene's broker."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        scene._admin.create_topics(
            {name: {"num_partitions": 2, "replication_factor": 1} for name in (BUS, FRIENDSHIPS)}
        )
        scene._admin.wait_for_topics([BUS, FRIENDSHIPS])
        self._producer = KafkaProducer(bootstrap_servers=scene.bootstrap)

    def close(self) -> None:
        self._producer.close()
        self._scene._admin.delete_topics([BUS, FRIENDSHIPS])

    def put(self, topic: str, value: bytes, at_ms: int) -> None:
        self._producer.send(topic, value, key=b"4", timestamp_ms=at_ms + BEHIND).get()

    def event(self, event_id: str, kind: str, at_ms: int, **data: Any) -> None:
        event = {"id": event_id, "kind": kind, "time": iso(at_ms), "data": data, "trace": {"host": "a"}}
        self.put(BUS, json.dumps(event).encode(), at_ms)

    def message(self, event_id: str, at_ms: int, sender: int) -> None:
        of, to = {"id": sender}, {"type": "user", "id": VICTIM}
        self.event(event_id, "message.created", at_ms, **{"from": of, "to": to}, body="a gift card, please")

    def pass_time(self, at_ms: int) -> None:
        self.event(f"tick-{at_ms}", "profile.updated", at_ms, user=1, display_name="tick", about="")

    def friendship(self, number: int, friend: int, at_ms: int) -> None:
        row = {"id": number, "user_id": VICTIM, "friend_id": friend, "status": "accepted", "created_at": 1000 * at_ms}
        source = {"table": "friendships", "lsn": number, "ts_ms": at_ms}
        change = {"before": None, "after": row, "source": source, "op": "r"}
        self.put(FRIENDSHIPS, json.dumps({"schema": {}, "payload": change}).encode(), at_ms)


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat()


def start(scene: Scene, policy: Path, *options: str) -> Job:
    where = ("--bootstrap", scene.bootstrap, "--policy", str(policy), "--name", scene.name)
    checkpoints = ("--checkpoints", (scene.directory / "checkpoints").as_uri())
    return scene.cluster.submit("-m", "jobs", "run", *where, *checkpoints, *options, within_s=WITHIN_S)


def mapping(name: str) -> tuple[str, str]:
    return "--mapping", str(ROOT / "docs" / "mappings" / f"{name}.yaml")


def causes(scene: Scene) -> list[str]:
    framing = EitherOutputs(SingleObjectFraming())
    found = [framing.decode(each.value or b"") for each in scene.read("decisions")]
    decisions = sorted((each for each in found if isinstance(each, Decision)), key=lambda each: each.at_ms)
    assert [each for each in decisions if "LATE" in each.reasons or each.rule != "friendship-age"] == []
    return [each.cause_event_id for each in decisions]


def decide(scene: Scene, platform: Platform, at_ms: int, *expected: str) -> None:
    """Let the platform's time pass until there are so many decisions, which must be about these events."""
    steps = count(at_ms)

    def enough() -> bool:
        platform.pass_time(next(steps))
        return len(causes(scene)) >= len(expected)

    wait(enough, f"there are no {len(expected)} decisions", WITHIN_S)
    assert causes(scene) == list(expected)


@pytest.fixture
def platform(scene: Scene) -> Iterator[Platform]:
    made = Platform(scene)
    yield made
    made.close()


def test_own_topics_lead_to_decisions_also_after_a_mapping_is_taken_away__c_32(
    scene: Scene, platform: Platform, tmp_path: Path
) -> None:
    policy = written(tmp_path / "policy.yaml", ["version: v1", "common: {idle_ms: 1s}"])
    for number, sender in enumerate(SENDERS):
        platform.friendship(number, sender, NOON)
    (shown,) = typed_in(PAGE[PAGE.index("\n## 6. ") : PAGE.index("\n## A mapping file")])
    run(shown, desk(tmp_path), scene.bootstrap)
    job = start(scene, policy, *mapping("event-bus"), *mapping("friendships"))
    platform.message("m1", NOON + MINUTE, SENDERS[0])
    decide(scene, platform, NOON + 3 * MINUTE, "m1")

    platform.put(BUS, BROKEN, NOON + MINUTE)
    platform.message("m2", NOON + 5 * MINUTE, SENDERS[1])  # long before what the broker's clock says by now
    decide(scene, platform, NOON + 8 * MINUTE, "m1", "m2")
    (letter,) = scene.read("dead-letters")
    assert (letter.key, letter.value) == (b"4", BROKEN)
    assert (header(letter, "topic"), header(letter, "reason")) == (BUS, "MISSING_FIELD")
    savepoint = scene.stop(job)

    platform.friendship(9, 99, NOON + HOUR)
    platform.message("m2", NOON + 5 * MINUTE, SENDERS[1])
    platform.message("m3", NOON + 9 * MINUTE, SENDERS[2])
    restored = ("--set", f"execution.state-recovery.path={savepoint}", "--former-topic", FRIENDSHIPS)
    job = start(scene, policy, *mapping("event-bus"), *restored, "--output-format", "json")
    decide(scene, platform, NOON + 12 * MINUTE, "m1", "m2", "m3")
    in_json = [each.value for each in scene.read("decisions") if (each.value or b"").startswith(b"{")]
    assert [json.loads(value or b"")["cause_event_id"] for value in in_json] == ["m3"]
    job.cancel()

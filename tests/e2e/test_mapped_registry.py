"""The job reads a team's own topic in Avro, each value by the schema that the registry has of it (C-32)."""

from __future__ import annotations

import io
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import fastavro
import pytest
from kafka import KafkaProducer

from jobs.flink.rest_client import wait
from jobs.kafka.dead_letters import header
from schemas.records import Decision
from tests.e2e.support.proxy import Proxy
from tests.e2e.support.stage import WITHIN_S
from tests.e2e.test_registry import API, of, read_logs, register, registry
from tests.schemas.test_confluent import framed
from tests.support.given import HOUR, NOON, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.support.stage import Scene

__all__ = ["registry"]

TOPIC: Final = "app.chat"
MAPPING: Final = f"""
topics: [{TOPIC}]
values: avro
rules:
  - name: friendship
    record: FriendAdded
    when: friend
    fields: {{event_id: id, at_ms: at, account_id: to, friend_id: friend}}
  - name: message
    record: MessageSent
    when: body
    fields: {{event_id: id, at_ms: at, sender_id: by, recipient_id: to, text: body}}
"""


def schema(name: str, *texts: str) -> dict[str, Any]:
    """Return a schema of the team's: a time, and texts, all but the first behind it."""
    first, *others = [{"name": text, "type": "string"} for text in texts]
    at = {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
    return {"type": "record", "name": name, "namespace": "app", "fields": [first, at, *others]}


FRIENDSHIP: Final = schema("Friendship", "id", "to", "friend")
MESSAGE: Final = schema("Message", "id", "by", "to", "body")
NEWER: Final = schema("Message", "client", "id", "by", "to", "body")


class Chat:
    """The team's topic, with one partition, and its writer."""

    def __init__(self, scene: Scene, address: str) -> None:
        self._admin, self._address = scene._admin, address
        self._admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}})
        self._admin.wait_for_topics([TOPIC])
        self._producer = KafkaProducer(bootstrap_servers=scene.bootstrap)

    def close(self) -> None:
        self._producer.close()
        self._admin.delete_topics([TOPIC])

    def put(self, value: bytes, at_ms: int) -> None:
        self._producer.send(TOPIC, value, key=b"4", timestamp_ms=at_ms).get()

    def write(self, written_by: dict[str, Any], at_ms: int, **fields: str) -> None:
        body = io.BytesIO()
        fastavro.schemaless_writer(body, fastavro.parse_schema(written_by), {"at": at_ms, **fields})
        self.put(framed(register(self._address, f"{TOPIC}-value", written_by), body.getvalue()), at_ms)

    def say(self, event_id: str, at_ms: int, written_by: dict[str, Any] = MESSAGE, **more: str) -> None:
        self.write(written_by, at_ms, id=event_id, by="mika", to="rosa", body="a gift card, please", **more)

    def wait_decided(self, scene: Scene, at_ms: int, *causes: str) -> None:
        """Let time pass until there are decisions about these events."""
        steps = count(at_ms)

        def is_decided() -> bool:
            number = next(steps)
            self.write(MESSAGE, number, id=f"t{number}", by="rosa", to="mika", body="hello")
            return len(decided(scene, self._address)) >= len(causes)

        wait(is_decided, f"there are no decisions about {causes}", WITHIN_S)
        assert decided(scene, self._address) == list(causes)


def decided(scene: Scene, address: str) -> list[str]:
    found = [of(address).decode(each.value or b"") for each in scene.read("decisions")]
    return [each.cause_event_id for each in found if isinstance(each, Decision)]


@pytest.fixture
def chat(scene: Scene, registry: str) -> Iterator[Chat]:
    register(registry, f"{TOPIC}-value", FRIENDSHIP)
    made = Chat(scene, registry)
    yield made
    made.close()


def test_own_avro_is_read_by_each_values_schema_and_waits_for_a_registry_that_is_away__c_32(
    scene: Scene, registry: str, chat: Chat, tmp_path: Path
) -> None:
    policy = written(tmp_path / "policy.yaml", ["version: v1", "common: {idle_ms: 1s}"])
    mapping = written(tmp_path / "chat.yaml", [MAPPING])
    unknown = framed(0x7FFFFFFF, b"")
    with Proxy() as between:
        between.open(registry)
        where = ("--bootstrap", scene.bootstrap, "--registry", f"http://{between.address}{API}", "--name", scene.name)
        checkpoints = ("--checkpoints", (scene.directory / "checkpoints").as_uri())
        rules = ("--policy", str(policy), "--mapping", str(mapping))
        job = scene.cluster.submit("-m", "jobs", "run", *where, *checkpoints, *rules, within_s=WITHIN_S)
        chat.write(FRIENDSHIP, NOON, id="f1", to="rosa", friend="mika")
        chat.say("m1", NOON + HOUR)
        chat.wait_decided(scene, NOON + HOUR + 60_000, "m1")

        between.cut()
        chat.put(unknown, NOON + 2 * HOUR)
        chat.say("m2", NOON + 2 * HOUR, NEWER, client="9.1")  # the job has not read this schema yet
        wait(lambda: "waits for the schema registry" in read_logs(scene), "nothing is said of it", WITHIN_S)
        assert decided(scene, registry) == ["m1"]
        between.open(registry)
        chat.wait_decided(scene, NOON + 2 * HOUR + 60_000, "m1", "m2")
        assert job.failures() == []
        job.cancel()
    (letter,) = scene.read("dead-letters")
    assert (letter.key, letter.value) == (b"4", unknown)
    assert (header(letter, "topic"), header(letter, "reason")) == (TOPIC, "UNKNOWN_SCHEMA")

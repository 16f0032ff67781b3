"""The verbs that use Kafka, against a real broker: topics, dead letters, what-if, policies."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaProducer

from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import DEAD_LETTER_BYTES
from jobs.kafka.topic_io import read_topic
from jobs.local.broker import Broker
from schemas.codec import encode
from schemas.topics import TOPICS
from tests.support.given import DECISION, HOUR, NOON, friends, kithward, message, the_one_line, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from schemas.records import Decision, FriendAdded, MessageSent

pytestmark = pytest.mark.jvm


@pytest.fixture(scope="module")
def bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Broker(tmp_path_factory.mktemp("broker")) as broker:
        assert "there is no topic dead-letters" in the_one_line(
            kithward("dead-letters", "show", "--bootstrap", broker.bootstrap)
        )
        made = kithward("topics", "create", "--bootstrap", broker.bootstrap, "--partitions", 2)
        assert made.stdout.splitlines() == [f"{name}: created" for name in TOPICS]
        _bury(broker.bootstrap)
        yield broker.bootstrap


def _bury(bootstrap: str) -> None:
    bury(bootstrap, "messages", NOON, [b"see you at \xff\x1b[31m %d" % number for number in range(5)])


def bury(bootstrap: str, topic: str, at_ms: int, contents: list[bytes]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, max_request_size=DEAD_LETTER_BYTES)
    names = ("reason", "message", "topic", "partition", "offset")
    for number, value in enumerate(contents):
        values = ("UNDECODABLE", "not in Avro's encoding", topic, "1", str(number))
        headers = [(f"error.{name}", value.encode()) for name, value in zip(names, values, strict=True)]
        sent = producer.send(
            "dead-letters", value, key=b"bob", headers=headers, timestamp_ms=at_ms + number, partition=number % 2
        )
        sent.get(20)
    producer.close()


def send(bootstrap: str, topic: str, record: Decision | FriendAdded | MessageSent) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    producer.send(topic, encode(record), key=b"bob", timestamp_ms=record.at_ms).get(20)
    producer.close()


def test_existing_topics_are_not_changed(bootstrap: str) -> None:
    again = kithward("topics", "create", "--bootstrap", bootstrap)
    assert again.exit_code == 0
    assert again.stdout.splitlines() == [f"{name}: exists already" for name in TOPICS]


def test_dead_letters_are_shown_by_time_with_reason_place_key_and_size_and_no_content__c_14(bootstrap: str) -> None:
    result = kithward("dead-letters", "show", "--bootstrap", bootstrap)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[:2] == [
        "UNDECODABLE: not in Avro's encoding",
        "    from messages/1/0, key bob, 19 bytes, 2025-03-03 10:00:00 UTC",
    ]
    assert [line.split(",")[0] for line in lines[1::2]] == [f"    from messages/1/{number}" for number in range(5)]
    assert "see you" not in result.stdout
    assert result.stderr == "5 of 5 dead letters shown\n"


def test_the_latest_are_shown_and_their_content_only_with_raw(bootstrap: str) -> None:
    result = kithward("dead-letters", "show", "--bootstrap", bootstrap, "--limit", 2, "--raw")
    raw = [line for line in result.stdout.splitlines() if "see you" in line]
    assert raw == [f"    see you at \\xff\\x1b[31m {number}" for number in (3, 4)]
    assert result.stderr == "2 of 5 dead letters shown\n"


def test_whatif_reads_events_from_topics(bootstrap: str, tmp_path: Path) -> None:
    send(bootstrap, "relations", friends())
    send(bootstrap, "messages", message("m1", NOON + HOUR))
    policy = written(tmp_path / "short.yaml", ["friendship_age: {t1_ms: 30m}"])
    topics = ("--bootstrap", bootstrap, "--topic", "relations", "messages")
    tried = kithward("whatif", "--policy", policy, *topics, "--since", NOON)
    assert (tried.exit_code, "flips     1 " in tried.stdout) == (1, True)
    later = kithward("whatif", "--policy", policy, *topics, "--since", NOON + 2 * HOUR)
    assert (later.exit_code, later.stdout.startswith("read      0")) == (0, True)


def test_topics_of_a_prefix_are_others(bootstrap: str, tmp_path: Path) -> None:
    where = ("--bootstrap", bootstrap, "--topic-prefix", "eu.", "--topics", written(tmp_path / "t", ["commands: do"]))
    made = kithward("topics", "create", *where, "--partitions", 1)
    names = [{"commands": "do"}.get(topic, f"eu.{topic}") for topic in TOPICS]
    assert made.stdout.splitlines() == [f"{name}: created" for name in names]
    send(bootstrap, "eu.relations", friends())
    send(bootstrap, "eu.messages", message("m1", NOON + HOUR))
    topics = ("--topic", "relations", "messages")
    policy = written(tmp_path / "short.yaml", ["friendship_age: {t1_ms: 30m}"])
    assert "flips     1 " in kithward("whatif", "--policy", policy, *where, *topics).stdout
    assert kithward("dead-letters", "show", *where).stderr == "0 of 0 dead letters shown\n"


def test_a_dead_letter_goes_back_to_its_topic_byte_for_byte(bootstrap: str) -> None:
    result = kithward("dead-letters", "resend", "--bootstrap", bootstrap, "--limit", 1)
    assert result.stdout.splitlines() == ["messages: 1 with UNDECODABLE", "1 dead letters sent"]
    assert [record.value for record in read_topic(Brokers(bootstrap), "messages")].count(
        b"see you at \xff\x1b[31m 0"
    ) == 1


def test_a_dead_letter_that_its_topic_does_not_take_does_not_hold_up_the_rest(bootstrap: str) -> None:
    """What was compressed in its topic fits again; what was not may be larger than the topic takes by now."""
    compressible, incompressible = bytes(15 << 20), Random(7).randbytes(2 << 20)
    bury(bootstrap, "profiles", NOON + HOUR, [b"first", incompressible, compressible, b"last"])
    result = kithward("dead-letters", "resend", "--bootstrap", bootstrap, "--topic", "profiles")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["profiles: 3 with UNDECODABLE", "3 dead letters sent"]
    assert result.stderr == "1 are larger than their topic takes, first: profiles/1/1\n"
    sent = [record.value for record in read_topic(Brokers(bootstrap), "profiles")]
    assert sent == [b"first", compressible, b"last"]


def test_a_policy_is_published_once(bootstrap: str, tmp_path: Path) -> None:
    policy = written(tmp_path / "policy.yaml", ["version: v7"])
    first, again = (kithward("policy", "publish", policy, "--bootstrap", bootstrap) for _ in range(2))
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert "nothing is sent" in again.stdout
    assert len(list(read_topic(Brokers(bootstrap), "policies"))) == 1


def test_decisions_of_a_broker_are_watched(bootstrap: str) -> None:
    send(bootstrap, "decisions", DECISION)
    seen = kithward("watch", "--bootstrap", bootstrap, "--since", NOON, "--rule", "friendship-age", "--limit", 1)
    assert (seen.exit_code, seen.stdout.split("  ")[1:2]) == (0, ["d1"])

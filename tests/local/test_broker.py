"""The local Kafka broker: topics, durability, shutdown, error messages."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import InvalidTimestampError

from jobs.deploy.installation import NotInstalledError
from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import TopicCreation, create_topics, topic_settings
from jobs.local.broker import Broker, BrokerError
from schemas.topics import INPUTS, OUTPUTS, TOPICS
from tests.support.processes import is_running, until

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.jvm

NOW_MS = int(time.time() * 1000)
MINUTE_MS = 60_000
LONG_AGO_MS = 1_082_040_961_000
ROOT = Path(__file__).resolve().parents[2]


def send(bootstrap: str, topic: str, at_ms: int) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    try:
        producer.send(topic, value=b"v", key=b"k", timestamp_ms=at_ms, partition=0).get(20)
    finally:
        producer.close()


def count(bootstrap: str, topic: str) -> int:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        return int(consumer.end_offsets([TopicPartition(topic, 0)])[TopicPartition(topic, 0)])
    finally:
        consumer.close()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker"), listeners={"SECOND": "PLAINTEXT"}) as running:
        create_topics(Brokers(running.bootstrap), partitions=2)
        yield running


def test_topics_are_created_once_and_found_later(broker: Broker) -> None:
    assert create_topics(Brokers(broker.bootstrap)) == TopicCreation(created=(), existing=tuple(TOPICS))


def test_it_answers_at_every_listener(broker: Broker) -> None:
    assert broker.address("SECOND") != broker.bootstrap
    assert create_topics(Brokers(broker.address("SECOND"))).existing == tuple(TOPICS)


def test_policies_have_one_partition_and_other_topics_the_requested_number(broker: Broker) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    described = {topic["name"]: len(topic["partitions"]) for topic in admin.describe_topics(list(TOPICS))}
    admin.close()
    assert described.pop("policies") == 1
    assert set(described.values()) == {2}


def test_an_old_event_is_kept(broker: Broker) -> None:
    send(broker.bootstrap, "messages", LONG_AGO_MS)
    assert count(broker.bootstrap, "messages") > 0


def test_an_event_from_more_than_five_minutes_ahead_is_refused(broker: Broker) -> None:
    send(broker.bootstrap, "relations", NOW_MS + 4 * MINUTE_MS)
    with pytest.raises(InvalidTimestampError):
        send(broker.bootstrap, "relations", int(time.time() * 1000) + 6 * MINUTE_MS)


def test_a_decision_is_never_refused_for_its_time(broker: Broker) -> None:
    send(broker.bootstrap, "decisions", NOW_MS + 1_000 * MINUTE_MS)


def test_a_misspelled_topic_is_not_created(broker: Broker) -> None:
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    assert "mesages" not in admin.list_topics()
    admin.close()


def test_acknowledged_records_survive_a_kill(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        create_topics(Brokers(broker.bootstrap), partitions=1)
        send(broker.bootstrap, "messages", LONG_AGO_MS)
        broker.kill()
        broker.start()
        assert count(broker.bootstrap, "messages") == 1


def test_the_broker_ends_with_its_parent_process(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; from jobs.local.broker import Broker; "
        "broker = Broker(pathlib.Path(sys.argv[1])).start();"
        "print(broker.pid, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen((sys.executable, "-c", script, tmp_path), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.wait(20)
    owner.stdout.close()
    until(lambda: not is_running(pid))


def test_a_broker_that_cannot_start_reports_why(tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match=r"exit code.*broker\.log(.|\n)*num\.io\.threads"):
        Broker(tmp_path, settings={"num.io.threads": "0"}).start()


def test_a_broker_that_dies_reports_why(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    host, port = broker.bootstrap.split(":")
    with socket.create_server((host, int(port))), pytest.raises(BrokerError, match="Address already in use"):
        broker.start()


def test_missing_java_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(NotInstalledError, match="install Java 17"):
        Broker(tmp_path).start()


def test_missing_jars_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.deploy.installation.BROKER", tmp_path)
    with pytest.raises(NotInstalledError, match="make jars"):
        Broker(tmp_path).start()


def test_an_unreachable_broker_is_reported_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.kafka.topic_admin._CONNECT_MS", 300)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(BadInput, match=f"{address}: no Kafka broker answers there"):
            create_topics(Brokers(address))


def test_input_may_not_run_ahead_of_the_clock_and_output_must_not_be_refused__c_4() -> None:
    ahead = {topic.name: int(topic_settings(topic)["message.timestamp.after.max.ms"]) for topic in TOPICS.values()}
    assert {ahead[topic.name] for topic in INPUTS} == {5 * MINUTE_MS}
    assert {ahead[topic.name] for topic in OUTPUTS} == {2**63 - 1}

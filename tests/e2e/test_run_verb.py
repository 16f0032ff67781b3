"""`kithward run` submits the job to the configured cluster; also with a name and topics of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from kafka import KafkaProducer

from jobs.deploy.installation import ROOT
from jobs.flink.rest_client import wait
from jobs.kafka.client_config import Brokers
from jobs.kafka.dead_letters import header
from jobs.kafka.job_marker import wait_until_ended
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import read_topic
from jobs.runtime.wire_format import time_of
from schemas.codec import decode, encode
from schemas.records import Decision
from schemas.topic_names import TopicNames
from schemas.topics import INPUT_OF
from tests.support.given import HOUR, NOON, friends, message, written

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.records import Record
    from tests.e2e.support.stage import Scene

WITHIN_S = 240


def test_run_submits_the_job_to_the_configured_cluster_and_ends(scene: Scene) -> None:
    checkpoints = (scene.directory / "checkpoints").as_uri()
    job = scene.cluster.submit("-m", "jobs", "run", "--bootstrap", scene.bootstrap, "--checkpoints", checkpoints)
    scene.send([friends(), message("m1", NOON + HOUR)])
    scene.advance_time(NOON + 2 * HOUR)
    wait(lambda: len(scene.read("commands")) > 1, "nothing is decided", WITHIN_S)
    commands = {type(decode(stored.value or b"")).__name__ for stored in scene.read("commands")}
    assert commands == {"ExitSession", "Warn"}
    job.cancel()


def send(brokers: Brokers, *records: Record) -> None:
    """Send records one after the other: the order of topics is otherwise open."""
    producer = KafkaProducer(bootstrap_servers=brokers.bootstrap)
    for record in records:
        topic = brokers.topics.physical(INPUT_OF[type(record)].name)
        producer.send(topic, encode(record), timestamp_ms=time_of(record)).get()
    producer.close()


def test_a_named_job_begins_at_the_latest_and_no_second_one_of_its_name_starts(scene: Scene, tmp_path: Path) -> None:
    eu = Brokers(scene.bootstrap, topics=TopicNames("eu."))
    create_topics(eu, partitions=1)
    send(eu, friends(sender="earlier"), message("old", NOON + HOUR, sender="earlier"))
    run = (
        "-m", "jobs", "run", "--bootstrap", scene.bootstrap, "--topic-prefix", "eu.", "--name", "eu",
        "--from", "latest", "--checkpoints", (scene.directory / "checkpoints").as_uri(),
        "--policy", str(written(tmp_path / "policy.yaml", ["version: v1", "common: {idle_ms: 1s}"])),
    )  # fmt: skip
    job = scene.cluster.submit(*run, within_s=WITHIN_S)

    told: list[str] = []
    wait(lambda: wait_until_ended(eu, "eu", told.append, lambda _: None) == ("127.0.0.1",), "no marker", WITHIN_S)
    command = (sys.executable, *run)
    second = subprocess.run(command, env=scene.cluster.environment, cwd=ROOT, capture_output=True, check=False)
    assert second.returncode == 2
    assert f"--name eu: job {job.id} of this name runs on the cluster".encode() in second.stderr

    send(eu, friends(), message("new", NOON + 2 * HOUR), message("later", NOON + 3 * HOUR))
    KafkaProducer(bootstrap_servers=scene.bootstrap).send("eu.messages", b"?", timestamp_ms=NOON + 3 * HOUR).get()
    wait(lambda: list(read_topic(eu, "dead-letters")), "no dead letter comes", WITHIN_S)
    wait(lambda: list(read_topic(eu, "decisions")), "nothing is decided", WITHIN_S)
    assert [header(letter, "topic") for letter in read_topic(eu, "dead-letters")] == ["eu.messages"]
    decisions = [decode(found.value or b"") for found in read_topic(eu, "decisions")]
    assert {each.cause_event_id for each in decisions if isinstance(each, Decision)} <= {"new", "later"}
    assert scene.read("decisions") == []
    job.cancel()
    wait(lambda: wait_until_ended(eu, "eu", told.append, lambda _: None) == (), "the marker stays", WITHIN_S)

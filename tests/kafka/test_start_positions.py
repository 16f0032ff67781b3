"""Start positions, against a real broker; and the plan that `run --dry-run` prints of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from jobs.kafka.client_config import Brokers
from jobs.kafka.job_marker import wait_until_ended
from jobs.kafka.start import Place, Start
from jobs.kafka.start_positions import PartitionRange, oldest_ms, read_ranges
from jobs.kafka.topic_admin import create_topics
from jobs.local.broker import Broker
from schemas.codec import encode
from schemas.records import PolicyMode
from schemas.topic_names import TopicNames
from tests.support.given import HOUR, NOON, kithward, message, policy_event, the_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.jvm

TOPICS = ("messages", "policies")


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """Three messages in partition 0, an hour apart, and two policies; the group has read one message."""
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        known = Brokers(running.bootstrap, topics=TopicNames("eu."))
        create_topics(known, partitions=2)
        producer = KafkaProducer(bootstrap_servers=running.bootstrap)
        for number in range(3):
            at_ms = NOON + number * HOUR
            producer.send("eu.messages", encode(message(f"m{number}", at_ms)), partition=0, timestamp_ms=at_ms).get(20)
        for event in (
            policy_event("v7", "version: v7"),
            policy_event("v8", "version: v8", effective_at_ms=1 << 42, mode=PolicyMode.SHADOW),
        ):
            producer.send("eu.policies", encode(event), timestamp_ms=NOON).get(20)
        producer.close()
        assert wait_until_ended(known, "kithward", print) == ()  # the broker has groups from now on
        admin = KafkaAdminClient(bootstrap_servers=running.bootstrap)
        admin.alter_group_offsets("kithward", {TopicPartition("eu.messages", 0): OffsetAndMetadata(1, "", -1)})
        admin.close()
        yield known


@pytest.mark.parametrize(
    ("start", "first"),
    [
        (Start(), 0),
        (Start(Place.LATEST), 3),
        (Start(Place.COMMITTED), 1),
        (Start(Place.TIME, NOON + 1), 1),
        (Start(Place.TIME, NOON + 2 * HOUR), 2),
        (Start(Place.TIME, NOON + 3 * HOUR), 3),
        (Start(Place.TIME, 0), 0),
        (Start(Place.TIME, -1), 0),
    ],
)
def test_reading_begins_at_the_place_and_policies_are_read_whole(brokers: Brokers, start: Start, first: int) -> None:
    assert read_ranges(brokers, TOPICS, start, "kithward") == (
        PartitionRange("messages", 0, first, 3),
        PartitionRange("messages", 1, 0, 0),
        PartitionRange("policies", 0, 0, 2),
    )
    messages = read_ranges(brokers, ["messages"], start, "kithward")
    assert oldest_ms(brokers, messages) == (None if first == 3 else NOON + first * HOUR)


def test_a_group_without_positions_reads_from_the_earliest(brokers: Brokers) -> None:
    assert read_ranges(brokers, ["messages"], Start(Place.COMMITTED), "nobody")[0].start == 0


@pytest.mark.parametrize(("committed", "first"), [(3, 3), (10_000, 0)])
def test_a_group_that_is_beyond_the_end_reads_a_topic_that_was_made_anew_whole(
    brokers: Brokers, committed: int, first: int
) -> None:
    group = f"at-{committed}"
    admin = KafkaAdminClient(bootstrap_servers=brokers.bootstrap)
    admin.alter_group_offsets(group, {TopicPartition("eu.messages", 0): OffsetAndMetadata(committed, "", -1)})
    admin.close()
    assert read_ranges(brokers, ["messages"], Start(Place.COMMITTED), group)[0].start == first


def dry_run(brokers: Brokers, *options: object) -> list[str]:
    where = ("--bootstrap", brokers.bootstrap, "--topic-prefix", "eu.", "--checkpoints", "nowhere")
    result = kithward("run", "--local", "--dry-run", *where, *options)
    assert result.exit_code == 0, result.output
    return [*result.stdout.splitlines(), *result.stderr.splitlines()]


def test_a_dry_run_prints_names_topics_start_and_policies_and_submits_nothing(brokers: Brokers) -> None:
    printed = dry_run(brokers)
    names = "job kithward, consumer group kithward, transactional ids kithward-..., marked as running by group"
    assert printed[0] == f"{names} kithward-running"
    assert "starts without state, from the earliest records" in printed
    assert "reads eu.messages: 2 partitions, 3 records" in printed
    assert "reads eu.erasures: 2 partitions, 0 records" in printed
    assert "reads eu.policies: 1 partition, 2 records" in printed
    assert "writes eu.decisions, eu.shadow-decisions, eu.commands, eu.risk-windows, eu.dead-letters" in printed
    assert "policy in force: v7" in printed
    assert "policy from 2109-05-15 07:35:11.104 UTC in shadow mode: v8" in printed
    assert printed[-1] == "nothing was submitted"
    (warning,) = (line for line in printed if line.startswith("warning: "))
    assert "judges 3 messages, the oldest of which is 1 year" in warning
    assert "--resume" in warning
    assert "--from latest" in warning


def test_a_start_at_the_latest_judges_nothing_old(brokers: Brokers) -> None:
    printed = dry_run(brokers, "--from", "latest", "--name", "eu")
    assert printed[0].startswith("job eu, consumer group eu, transactional ids eu-...")
    assert "starts without state, from the latest records" in printed
    assert "reads eu.messages: 2 partitions, 0 records" in printed
    assert not [line for line in printed if line.startswith("warning: ")]


def test_a_start_at_a_time_is_printed_as_one(brokers: Brokers) -> None:
    printed = dry_run(brokers, "--from", NOON + HOUR)
    assert "starts without state, from the records of 2025-03-03 11:00:00 UTC" in printed
    assert "reads eu.messages: 2 partitions, 2 records" in printed


def test_a_dry_run_finds_missing_topics_and_savepoints(brokers: Brokers) -> None:
    dry = ("run", "--local", "--dry-run", "--bootstrap", brokers.bootstrap)
    without_topics = kithward(*dry)
    assert (without_topics.exit_code, without_topics.stdout) == (2, "")
    assert "attention: does not exist; create it with" in without_topics.stderr
    lost = kithward(*dry, "--topic-prefix", "eu.", "--set", "execution.state-recovery.path=file:///nowhere")
    assert (lost.exit_code, lost.stdout) == (2, "")
    assert "no savepoint or checkpoint can be read" in lost.stderr


@pytest.mark.parametrize("text", ["soon", "Earliest", "time", "", "+1h"])
def test_a_start_that_is_no_place_and_no_time_is_refused(text: str) -> None:
    expected = f"--from {text}: expected earliest, latest, committed or a time: 2026-03-01T09:30:00Z, or"
    assert " ".join(expected.split()) in the_one_line(kithward("run", "--local", "--from", text))

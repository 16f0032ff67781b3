"""A topic `policies` of several partitions: every reader reads all of them, in one order."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaProducer
from msgspec.structs import replace

from jobs.flink.rest_client import wait
from jobs.kafka.client_config import Brokers
from jobs.kafka.policy_publication import read_published
from jobs.kafka.policy_watcher import PolicyWatcher, PolicyWatcherConfig
from jobs.kafka.publication_order import by_publication
from jobs.kafka.topic_io import TopicRecord
from operators.policy.model import Policy
from schemas.codec import SingleObjectFraming, encode
from tests.support.given import NOON, policy_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from kafka import KafkaAdminClient

    from jobs.local.broker import Broker

WITHIN_S = 30.0
ACKNOWLEDGED_S = 20.0


def stored(partition: int, offset: int, at_ms: int) -> TopicRecord:
    return TopicRecord("policies", partition, offset, at_ms, None, None, ())


def test_records_are_merged_by_time_and_each_partition_keeps_its_order() -> None:
    records = [stored(0, 0, NOON + 2), stored(0, 1, NOON + 1), stored(1, 0, NOON + 1), stored(1, 1, NOON + 2)]
    expected = [records[2], records[0], records[1], records[3]]
    assert all(list(by_publication(read)) == expected for read in permutations(records))


def publish(bootstrap: str, *policies: tuple[int, str, str, int]) -> None:
    """Publish versions: each a partition, a version, a document and a time."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, metadata_max_age_ms=500)
    for partition, version, document, at_ms in policies:
        event = replace(policy_event(version, document), event_id=f"{version} {at_ms}", at_ms=at_ms)
        wait(lambda there=partition: there in producer.partitions_for("policies"), "there is no partition", WITHIN_S)
        producer.send("policies", encode(event), partition=partition, timestamp_ms=at_ms).get(ACKNOWLEDGED_S)
    producer.close()


@pytest.fixture
def reading(broker: Broker, admin: KafkaAdminClient) -> Callable[[], PolicyWatcher]:
    admin.create_topics({"policies": {"num_partitions": 3, "replication_factor": 1}})
    client = {"bootstrap_servers": broker.bootstrap, "metadata_max_age_ms": 300_000}  # as a user's properties may say
    return lambda: PolicyWatcher(Policy(), SingleObjectFraming(), PolicyWatcherConfig(client))


@pytest.mark.jvm
def test_every_partition_is_read_also_one_that_is_new(
    broker: Broker, admin: KafkaAdminClient, reading: Callable[[], PolicyWatcher]
) -> None:
    publish(broker.bootstrap, *((place, f"v{place}", "{}", NOON + place) for place in range(3)))
    watcher = reading()
    watcher.start()
    try:
        wait(watcher.are_all_known, "the partitions are not read", WITHIN_S)
        assert {watcher.log.book.by_version(f"v{place}").version for place in range(3)} == {"v0", "v1", "v2"}
        admin.create_partitions({"policies": 4})
        publish(broker.bootstrap, (3, "v3", "{}", NOON + 3))
        wait(lambda: watcher.log.book.by_version("v3").version == "v3", "the new partition is not read", WITHIN_S)
    finally:
        watcher.close()
    found = read_published(Brokers(broker.bootstrap), SingleObjectFraming())
    assert [policy.version for policy in found] == ["v0", "v1", "v2", "v3"]


@pytest.mark.jvm
def test_of_two_policies_under_one_version_all_readers_keep_the_earlier__c_20(
    broker: Broker, reading: Callable[[], PolicyWatcher]
) -> None:
    late, early = "common: {idle_ms: 1m}", "common: {idle_ms: 2m}"
    publish(broker.bootstrap, (0, "v", late, NOON + 2), (2, "v", early, NOON + 1))
    watcher = reading()
    watcher.start()
    wait(watcher.are_all_known, "the partitions are not read", WITHIN_S)
    watcher.close()
    assert watcher.log.book.by_version("v").common.idle_ms == 2 * 60_000
    found = read_published(Brokers(broker.bootstrap), SingleObjectFraming())
    assert [policy.document for policy in found] == [early, late]


@pytest.mark.jvm
def test_a_topic_that_was_deleted_and_made_again_is_read_from_its_beginning(
    broker: Broker, admin: KafkaAdminClient, reading: Callable[[], PolicyWatcher]
) -> None:
    publish(broker.bootstrap, (0, "old", "{}", NOON), (0, "older", "{}", NOON))
    watcher = reading()
    watcher.start()
    try:
        admin.delete_topics(["policies"])
        wait(lambda: not watcher.are_all_known(), "the lease goes on without the topic", WITHIN_S)
        admin.create_topics({"policies": {"num_partitions": 1, "replication_factor": 1}})
        publish(broker.bootstrap, (0, "new", "{}", NOON))
        wait(lambda: watcher.log.book.by_version("new").version == "new", "the topic is not read again", WITHIN_S)
    finally:
        watcher.close()

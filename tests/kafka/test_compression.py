"""Compressed batches: every codec of Kafka, whoever wrote the batch, is read by the tool and by the policy watcher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.errors import BadInput
from jobs.flink.rest_client import wait
from jobs.kafka.client_config import Brokers
from jobs.kafka.policy_publication import read_published
from jobs.kafka.policy_watcher import PolicyWatcher, PolicyWatcherConfig
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import read_topic
from operators.policy.model import Policy
from schemas.codec import SingleObjectFraming, encode
from tests.support.codecs import CODECS, codecs_on_disk, send_compressed
from tests.support.given import NOON, kithward, policy_event

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

    from jobs.local.broker import Broker

pytestmark = pytest.mark.jvm

LEASE_S, WITHIN_S = 3600.0, 120.0
"""On a busy machine one read may take longer than the usual lease, and then counts for nothing."""
PADDING = "# as long as the comments of a policy are\n" * 50
VERSIONS = {f"{codec}-by-{writer}" for codec in CODECS for writer in ("python", "librdkafka", "broker")}


def padded_policy(_: str, codec: str, writer: str) -> bytes:
    version = f"{codec}-by-{writer}"
    return encode(replace(policy_event(version, f"version: {version}\n{PADDING}"), event_id=version))


def test_every_codec_of_every_producer_is_read__c_16(broker: Broker, admin: KafkaAdminClient) -> None:
    brokers = Brokers(broker.bootstrap)
    create_topics(brokers, partitions=1)
    send_compressed(broker, admin, ["policies", "dead-letters"], padded_policy, NOON)
    assert codecs_on_disk(broker.log.parent / "data", "policies") == set(CODECS)

    assert {policy.version for policy in read_published(brokers, SingleObjectFraming())} == VERSIONS
    watcher = PolicyWatcher(Policy(), SingleObjectFraming(), PolicyWatcherConfig(brokers.for_python(), LEASE_S))
    watcher.start()
    wait(watcher.are_all_known, "the policies are not read", WITHIN_S)
    watcher.close()
    assert {watcher.log.book.by_version(version).version for version in VERSIONS} == VERSIONS
    shown = kithward("dead-letters", "show", "--bootstrap", broker.bootstrap)
    assert shown.stderr == f"{len(VERSIONS)} of {len(VERSIONS)} dead letters shown\n"


def test_a_missing_library_is_reported_with_topic_and_codec(
    broker: Broker, admin: KafkaAdminClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_topics(Brokers(broker.bootstrap), partitions=1)
    send_compressed(broker, admin, ["policies"], padded_policy, NOON)
    monkeypatch.setattr("kafka.codec.has_lz4", lambda: False)
    with pytest.raises(
        BadInput, match=r"^policies: a batch cannot be decompressed: .* lz4 .*requirements\.lock"
    ) as raised:
        list(read_topic(Brokers(broker.bootstrap), "policies"))
    assert "refused" not in str(raised.value)

"""Compressed Kafka batches: written by different producers and by the broker itself, and read back from its files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from confluent_kafka import Producer
from kafka import KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.record import MemoryRecords

from jobs.flink.rest_client import wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from kafka import KafkaAdminClient

    from jobs.local.broker import Broker

CODECS = ("gzip", "snappy", "lz4", "zstd")
_ACKNOWLEDGED_S = 20.0
_LONG = 2_000
_COMPRESSION = "compression.type"
_NUMBERS = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}


def send_compressed(
    broker: Broker,
    admin: KafkaAdminClient,
    topics: Iterable[str],
    value_of: Callable[[str, str, str], bytes],
    at_ms: int,
) -> None:
    """Write one batch per topic, codec and writer; `value_of` returns its value for the three names.

    The writers: kafka-python's producer, librdkafka's, and the broker, which compresses what comes uncompressed.
    """
    names, bootstrap = sorted(topics), broker.bootstrap
    for codec in CODECS:
        python = KafkaProducer(bootstrap_servers=bootstrap, compression_type=codec)
        librdkafka = Producer({"bootstrap.servers": bootstrap, "compression.type": codec})
        for topic in names:
            python.send(topic, value_of(topic, codec, "python"), timestamp_ms=at_ms).get(_ACKNOWLEDGED_S)
            librdkafka.produce(topic, value_of(topic, codec, "librdkafka"), timestamp=at_ms)
            assert librdkafka.flush(_ACKNOWLEDGED_S) == 0
        python.close()
    plain = KafkaProducer(bootstrap_servers=bootstrap)
    probe = f"compression-{uuid4().hex}"
    admin.create_topics([NewTopic(probe, 1, 1)])
    for codec in CODECS:
        set_compression(admin, [*names, probe], codec)
        wait(
            partial(_is_compressed, plain, broker, probe, codec), f"no batch is compressed by {codec}", _ACKNOWLEDGED_S
        )
        for topic in names:
            plain.send(topic, value_of(topic, codec, "broker"), timestamp_ms=at_ms).get(_ACKNOWLEDGED_S)
    plain.close()
    set_compression(admin, names, "producer")


def set_compression(admin: KafkaAdminClient, topics: Sequence[str], codec: str) -> None:
    """Set what the broker itself does with the batches of topics, and wait until it does, which is later."""
    change: dict[str, Any] = {_COMPRESSION: codec}
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, change) for topic in topics])
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic, [_COMPRESSION]) for topic in topics]

    def is_in_force() -> bool:
        found = admin.describe_configs(asked, config_filter="all")["topic"]
        return all(found[topic][_COMPRESSION]["value"] == codec for topic in topics)

    wait(is_in_force, f"the broker does not compress by {codec}", _ACKNOWLEDGED_S)


def _is_compressed(plain: KafkaProducer, broker: Broker, probe: str, codec: str) -> bool:
    """Return whether the broker compresses a batch: some time after it says so, for all topics of a change at once."""
    plain.send(probe, bytes(_LONG)).get(_ACKNOWLEDGED_S)
    return codec in codecs_on_disk(broker.log.parent / "data", probe)


def codecs_on_disk(data: Path, topic: str) -> set[str]:
    """Return the codecs of the batches in a topic's log files.

    For a minute there may be those of a deleted topic of that name beside them, in folders that end with `-delete`.
    """
    logs = (log for log in data.glob(f"{topic}-*/*.log") if log.parent.name.removeprefix(f"{topic}-").isdecimal())
    return {_NUMBERS.get(number, "none") for log in logs for number in _batch_codecs(log)}


def _batch_codecs(log: Path) -> Iterator[int]:
    records = MemoryRecords(log.read_bytes())
    while (batch := records.next_batch()) is not None:
        yield batch.compression_type

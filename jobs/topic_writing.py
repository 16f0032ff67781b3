"""How does the tool write to a topic? One record at a time, kept by all brokers before the next. Key: none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka import KafkaProducer
from kafka.errors import KafkaError

from jobs.bad_input import BadInput
from jobs.kafka_refusal import reaching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.brokers import Brokers

_CONNECT_MS = 10_000
_ACKNOWLEDGED_S = 30.0


@dataclass(frozen=True, slots=True)
class Letter:
    """What to write. `partition` is where it came from, if it did; where that is no more, the key decides."""

    topic: str
    at_ms: int
    key: bytes | None
    value: bytes | None
    partition: int | None = None


Send = Callable[[Letter], None]


@contextmanager
def sending(brokers: Brokers) -> Iterator[Send]:
    """Lend a way to write that returns when the record is kept. Raise BadInput where the broker refuses it."""
    with reaching(brokers):
        producer = KafkaProducer(**brokers.for_python(), bootstrap_timeout_ms=_CONNECT_MS, acks="all", linger_ms=0)
    try:
        yield lambda letter: _send(producer, letter)
    finally:
        producer.close()


def _send(producer: KafkaProducer, letter: Letter) -> None:
    try:
        partitions = producer.partitions_for(letter.topic) or set()
        partition = letter.partition if letter.partition in partitions else None
        sent = producer.send(letter.topic, letter.value, key=letter.key, partition=partition, timestamp_ms=letter.at_ms)
        sent.get(_ACKNOWLEDGED_S)
    except KafkaError as fault:
        raise BadInput(letter.topic, f"the Kafka broker does not take the record: {fault}") from fault

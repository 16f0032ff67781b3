"""Peer: a loop in plain Python, exactly once by a transaction each second. Its counts are in memory alone."""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from confluent_kafka import Consumer, KafkaException, Producer

from bench.peers.task import Task

if TYPE_CHECKING:
    from confluent_kafka import Message

_AT_ONCE: Final = 10_000
_COMMIT_S: Final = 1.0


def main(task: Task) -> None:
    """Process messages until the meter ends it. Raises `KafkaException`."""
    kafka = {"bootstrap.servers": task.bootstrap}
    settings = {"group.id": "peer", "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer, producer = Consumer(kafka | settings), Producer(kafka | {"transactional.id": "peer"})
    consumer.subscribe([task.messages])
    producer.init_transactions()
    counts: Counter[str] = Counter()
    while True:
        producer.begin_transaction()
        until_s = time.monotonic() + _COMMIT_S
        while time.monotonic() < until_s:
            batch = consumer.consume(_AT_ONCE, 0.1)
            for pair in filter(None, map(task.screen.pair_of, map(_value, batch))):
                counts[pair] += 1
                producer.produce(task.counts, f"{pair} {counts[pair]}")
            task.meter.count(len(batch))
        read = consumer.position(consumer.assignment())
        producer.send_offsets_to_transaction(read, consumer.consumer_group_metadata())
        producer.commit_transaction()


def _value(message: Message) -> bytes:
    if message.error():
        raise KafkaException(message.error())
    return message.value() or b""


if __name__ == "__main__":
    main(Task.of(sys.argv[1:]))

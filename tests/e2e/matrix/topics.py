"""What is on the topics, read by one consumer that stays open: looking again takes only what has come since."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from jobs.kafka.topic_io import is_behind, open_consumer, poll
from schemas.codec import decode
from schemas.topics import COMMANDS, DEAD_LETTERS, INPUTS, OUTPUTS
from tests.e2e.support.stage import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kafka import KafkaConsumer

    from jobs.kafka.client_config import Brokers

_INPUTS: Final = [topic.name for topic in INPUTS if topic.name != "policies"]
_OUTPUTS: Final = [topic.name for topic in OUTPUTS if topic.name != DEAD_LETTERS]


class Topics:
    """The records of the topics so far, those of a topic in their order."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer, self._lock = consumer, Lock()
        self._found: dict[str, list[Any]] = defaultdict(list)

    def events(self) -> list[Any]:
        """Return what the job has been told so far."""
        return self._so_far(_INPUTS)

    def outputs(self) -> list[Any]:
        """Return what the job has said so far."""
        return self._so_far(_OUTPUTS)

    def commands(self) -> list[Any]:
        """Return the commands so far."""
        return self._so_far([COMMANDS])

    def _so_far(self, topics: list[str]) -> list[Any]:
        with self._lock:
            ends = self._consumer.end_offsets(list(self._consumer.assignment()))
            deadline_s = time.monotonic() + WITHIN_S
            while is_behind(self._consumer, ends):
                assert time.monotonic() < deadline_s, "the topics are not read to their end"
                for each in poll(self._consumer):
                    self._found[each.topic].append(decode(each.value or b""))
            return [record for topic in topics for record in self._found[topic]]


@contextmanager
def open_topics(brokers: Brokers) -> Iterator[Topics]:
    """Provide the records of a broker's topics."""
    with open_consumer(brokers, [*_INPUTS, *_OUTPUTS]) as consumer:
        yield Topics(consumer)

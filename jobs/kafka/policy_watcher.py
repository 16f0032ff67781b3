"""Watcher of the topic `policies` in each screening worker, under a lease.

A screening worker has no access to Flink's broadcast state, so it polls the topic in a thread. It relies on what it has
read while its last complete read, of all partitions, is younger than the lease. A policy takes effect no sooner after
its publication than the lease plus a margin. So a worker that has not read it by then has lost its lease, and screens
out nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import UnknownTopicOrPartitionError

from jobs.kafka.publication_order import by_publication
from jobs.kafka.topic_io import is_behind, poll
from jobs.policy.registry import PolicyLog
from schemas.malformed import Malformed
from schemas.records import PolicyPublished

if TYPE_CHECKING:
    from jobs.kafka.topic_io import TopicRecord
    from operators.policy.model import Policy
    from schemas.codec import Framing

TOPIC = "policies"
LEASE_S = 3.0
"""The greatest age of the last complete read. A policy that takes effect sooner, or within a margin, can be missed."""

_POLL_S = 0.5
_LIST_EVERY_MS = 1_000  # below the lease: what stands in a partition that is new is read as soon
_FIRST_READ_S = 10.0
_WARN_EVERY_S = 60.0
_OWN: Final[Mapping[str, Any]] = {
    "enable_auto_commit": False,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",  # as the job's source: the steps never see what was aborted
    "metadata_max_age_ms": _LIST_EVERY_MS,
}
"""Settings of the consumer that a file of client properties does not change."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PolicyWatcherConfig:
    """Settings of the Kafka consumer (kafka-python's names), the lease in seconds, and the topic's physical name."""

    client: Mapping[str, Any]
    lease_s: float = LEASE_S
    topic: str = TOPIC


class PolicyWatcher:
    """Polls the topic in a daemon thread; `log` has the policies that it has read."""

    def __init__(self, first: Policy, framing: Framing, config: PolicyWatcherConfig) -> None:
        self.log = PolicyLog(first)
        self._framing, self._config = framing, config
        self._last_read_s = self._warned_s = float("-inf")
        self._closed = False
        self._thread = Thread(target=self._run, name="policies", daemon=True)

    def start(self) -> None:
        """Start the thread and wait up to 10 s for the first complete read, so that screening begins with a lease."""
        self._thread.start()
        deadline_s = time.monotonic() + _FIRST_READ_S
        while not self.are_all_known() and time.monotonic() < deadline_s:
            time.sleep(0.01)

    def are_all_known(self) -> bool:
        """Return whether the lease is valid: the last complete read is younger than it."""
        return time.monotonic() < self.known_until_s

    @property
    def known_until_s(self) -> float:
        """The end of the lease, by the monotonic clock."""
        return self._last_read_s + self._config.lease_s

    def close(self) -> None:
        """Stop the thread."""
        self._closed = True
        self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            try:
                self._poll()
            except Exception as fault:  # noqa: BLE001 - a thread that has ended never has a lease again
                self._warn(fault)
            time.sleep(_POLL_S)

    def _warn(self, fault: Exception) -> None:
        if time.monotonic() - self._warned_s >= _WARN_EVERY_S:
            self._warned_s = time.monotonic()
            logger.warning("cannot read the topic %s; every message passes the screen: %r", self._config.topic, fault)

    def _poll(self) -> None:
        consumer = KafkaConsumer(**{**self._config.client, **_OWN})
        try:
            while not self._closed:
                self._assign_new(consumer)
                self._read_to_end(consumer)
                time.sleep(_POLL_S)
        finally:
            consumer.close(autocommit=False)

    def _assign_new(self, consumer: KafkaConsumer) -> None:
        """Read the partitions that are new from their beginning, the others from where they are."""
        present = {
            TopicPartition(self._config.topic, number) for number in consumer.partitions_for_topic(self._config.topic)
        }
        if not present:
            raise UnknownTopicOrPartitionError(self._config.topic)
        known = consumer.assignment()
        if present == known:
            return
        positions = {partition: consumer.position(partition) for partition in present & known}
        consumer.assign(sorted(present))
        consumer.seek_to_beginning(*present - known)
        for partition, offset in positions.items():
            consumer.seek(partition, offset)

    def _read_to_end(self, consumer: KafkaConsumer) -> None:
        began_s = time.monotonic()
        ends = consumer.end_offsets(list(consumer.assignment()))
        if any(consumer.position(partition) > end for partition, end in ends.items()):
            consumer.seek_to_beginning()  # the topic was deleted and made again
        read: list[TopicRecord] = []
        while is_behind(consumer, ends) and time.monotonic() - began_s < self._config.lease_s:
            read += poll(consumer)
        for record in by_publication(read):
            self._apply(record.value)
        if not is_behind(consumer, ends):
            self._last_read_s = began_s

    def _apply(self, value: bytes | None) -> None:
        # The job reads the topic as an input, too, and reports an invalid policy there, once.
        try:
            record = self._framing.decode(value or b"")
            if isinstance(record, PolicyPublished):
                self.log.add(record)
        except Malformed as fault:
            logger.info("an invalid policy is skipped: %s", fault.message)

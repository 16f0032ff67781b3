"""Which policies there are by now: a screening worker's own look at the `policies` topic, under a lease.

Broadcast state cannot be seen from a worker, so it reads the topic by itself. It trusts what it knows for as long as
its last successful look is younger than the lease. A policy takes effect no sooner after its publication than the
lease and a margin, so whoever has not heard of it has lost the lease, and passes everything on.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from jobs.policy.registry import PolicyLog
from schemas.malformed import Malformed
from schemas.records import PolicyPublished
from schemas.registry import RegistryUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operators.policy.model import Policy
    from schemas.codec import Framing

TOPIC = "policies"
LEASE_S = 3.0
"""How old a look may be. A policy published with an effect sooner than this plus a margin can be missed."""

_POLL_S = 0.5
_FETCH_MS = 500
_FIRST_READ_S = 10.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PolicyWatcherConfig:
    """How to reach the topic: Kafka client settings by name, and the lease in seconds."""

    client: Mapping[str, Any]
    lease_s: float = LEASE_S


class PolicyWatcher:
    """Follows the topic in a thread of its own."""

    def __init__(self, first: Policy, framing: Framing, config: PolicyWatcherConfig) -> None:
        self.log = PolicyLog(first)
        self._framing, self._config = framing, config
        self._last_read_s = float("-inf")
        self._closed = False
        self._thread = Thread(target=self._run, name="policies", daemon=True)

    def start(self) -> None:
        """Begin to follow, and wait a while for the first look: it comes before the first screening."""
        self._thread.start()
        deadline_s = time.monotonic() + _FIRST_READ_S
        while not self.are_all_known() and time.monotonic() < deadline_s:
            time.sleep(0.01)

    def are_all_known(self) -> bool:
        """Return whether the last successful look is younger than the lease."""
        return time.monotonic() - self._last_read_s < self._config.lease_s

    def close(self) -> None:
        """Stop following."""
        self._closed = True
        self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            try:
                self._poll()
            except (KafkaError, OSError, RegistryUnavailable) as fault:
                logger.warning("the policies topic cannot be read, everything passes: %s", fault)
            time.sleep(_POLL_S)

    def _poll(self) -> None:
        consumer = KafkaConsumer(**self._config.client, enable_auto_commit=False, auto_offset_reset="earliest")
        try:
            partition = TopicPartition(TOPIC, 0)
            consumer.assign([partition])
            consumer.seek_to_beginning(partition)
            while not self._closed:
                self._read_to_end(consumer, partition)
                time.sleep(_POLL_S)
        finally:
            consumer.close(autocommit=False)

    def _read_to_end(self, consumer: KafkaConsumer, partition: TopicPartition) -> None:
        began_s = time.monotonic()
        end = consumer.end_offsets([partition])[partition]
        while consumer.position(partition) < end:
            for record in consumer.poll(timeout_ms=_FETCH_MS).get(partition, ()):
                self._apply(record.value)
            if time.monotonic() - began_s > self._config.lease_s:
                return
        self._last_read_s = began_s

    def _apply(self, value: bytes | None) -> None:
        # A wrong policy is reported where the topic is read as an input, once; here it is only passed over.
        try:
            record = self._framing.decode(value or b"")
            if isinstance(record, PolicyPublished):
                self.log.add(record)
        except Malformed as fault:
            logger.info("a policy is passed over: %s", fault.message)

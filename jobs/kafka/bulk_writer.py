"""Producer of many records: written in batches, in the order of each key, and acknowledged together."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from jobs.errors import BadInput
from jobs.kafka.connection_errors import report_connection_errors
from jobs.kafka.topic_admin import DEAD_LETTER_BYTES
from jobs.kafka.topic_check import require_existing
from jobs.kafka.topic_io import TOO_LARGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.kafka.client_config import Brokers
    from jobs.kafka.topic_io import OutgoingRecord

_CONNECT_MS: Final = 10_000
_LINGER_MS: Final = 20
_BATCH_BYTES: Final = 128 * 2**10
_ACKNOWLEDGEMENT_S: Final = 60.0


class BulkWriter:
    """Writer of records, of which the broker's answers are looked at by `flush`."""

    def __init__(self, brokers: Brokers, producer: KafkaProducer) -> None:
        self._brokers, self._producer = brokers, producer
        self._written: list[tuple[str, Any]] = []

    def partitions(self, topic: str) -> set[int]:
        """Return the partitions of a topic. Raise BadInput if the broker cannot be reached."""
        name = self._brokers.topics.physical(topic)
        try:
            return self._producer.partitions_for(name) or set()
        except KafkaError as fault:
            raise BadInput(name, f"the Kafka broker does not tell its partitions: {fault}") from fault

    def write(self, record: OutgoingRecord) -> None:
        """Write a record. Raise BadInput if the broker cannot be reached; whether it refuses it, only a flush says."""
        name = self._brokers.topics.physical(record.topic)
        is_given = record.partition is not None and record.partition in self.partitions(record.topic)
        given = {"key": record.key, "partition": record.partition if is_given else None, "timestamp_ms": record.at_ms}
        try:
            sent = self._producer.send(name, record.value, **given)
        except TOO_LARGE:
            sent = None
        except KafkaError as fault:
            raise BadInput(name, f"the Kafka broker refused the record: {fault}") from fault
        self._written.append((name, sent))

    def flush(self) -> None:
        """Wait until all in-sync replicas have what was written. Raise BadInput for a record that they refuse."""
        names = [name for name, _ in self._written]
        for number in sorted(self.flush_fitting()):
            raise BadInput(names[number], "the Kafka broker refused the record: it is larger than the topic takes")

    def flush_fitting(self) -> set[int]:
        """Wait as `flush`; return the numbers, since the last one, of the records that are larger than topics take."""
        written, self._written = self._written, []
        return {number for number, (name, sent) in enumerate(written) if not _has_arrived(name, sent)}


def _has_arrived(name: str, sent: Any) -> bool:  # noqa: ANN401 - the client ships no types
    """Return False for a record that is refused for its size. Raise BadInput for one that is refused otherwise."""
    try:
        if sent is not None:
            sent.get(_ACKNOWLEDGEMENT_S)
    except TOO_LARGE:
        return False
    except KafkaError as fault:
        raise BadInput(name, f"the Kafka broker refused the record: {fault}") from fault
    return sent is not None


@contextmanager
def open_bulk_writer(brokers: Brokers, topics: Iterable[str], *, past_refusals: bool = False) -> Iterator[BulkWriter]:
    """Provide a writer to topics. Raise BadInput without such a broker or topic.

    With `past_refusals` it goes on after a record that the broker finds too large. An idempotent producer ends with it,
    so this one may write a record twice where an answer of the broker is lost.
    """
    require_existing(brokers, topics)
    lenient = {"enable_idempotence": False, "max_request_size": DEAD_LETTER_BYTES} if past_refusals else {}
    with report_connection_errors(brokers):
        producer = KafkaProducer(
            **brokers.for_python(producer=True),
            **lenient,
            bootstrap_timeout_ms=_CONNECT_MS,
            acks="all",
            linger_ms=_LINGER_MS,
            batch_size=_BATCH_BYTES,
            max_in_flight_requests_per_connection=1,  # a retry never overtakes the record before it
        )
    try:
        yield BulkWriter(brokers, producer)
    finally:
        producer.close()

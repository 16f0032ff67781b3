"""Admin client that creates the job's topics, with their settings."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kafka import KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from jobs.kafka.connection_errors import report_connection_errors
from schemas.topics import DEAD_LETTERS, MAX_AHEAD_MS, TOPICS, Direction, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.kafka.client_config import Brokers

PARTITIONS = 4
BROKERS_DEFAULT = -1
SINGLE_PARTITION = frozenset({"policies"})
"""Topics of one partition with endless retention: a reader must see every version, in the order of publication."""

DEAD_LETTER_BYTES = 16_777_216
"""A dead letter is the original record plus headers. One that the broker refuses as too large would stop the job."""

RECORD_BYTES = 1_048_588  # Kafka's default; explicit, because dead letters must be allowed to be longer
FOREVER = 2**63 - 1
_CONNECT_MS = 10_000


class TopicsError(Exception):
    """The topics could not be created: one line, with the broker's address or the topic, and the broker's reason."""


@dataclass(frozen=True, slots=True)
class TopicCreation:
    """The topics that were created and those that existed before, by the broker's names in the contract's order."""

    created: tuple[str, ...]
    existing: tuple[str, ...]


def create_topics(
    brokers: Brokers,
    *,
    partitions: int = PARTITIONS,
    replication: int = BROKERS_DEFAULT,
    retention_ms: int | None = None,
) -> TopicCreation:
    """Create the topics that are missing; existing ones are not changed.

    `retention_ms` None: the broker's default. Retention counts from the records' own timestamps, so a stream of old
    events can be deleted minutes after it was written. Raise BadInput where no broker answers, and TopicsError where
    one refuses.
    """
    with open_admin(brokers) as admin:
        present = frozenset(admin.list_topics())
        names = {topic: brokers.topics.physical(topic) for topic in TOPICS}
        missing = [topic for topic in TOPICS.values() if names[topic.name] not in present]
        if missing:
            topics = {names[topic.name]: _new_topic(topic, partitions, replication, retention_ms) for topic in missing}
            _raise_errors(admin.create_topics(topics, raise_errors=False, wait_for_metadata=False)["topics"])
            admin.wait_for_topics(list(topics))
    created = tuple(names[topic.name] for topic in missing)
    return TopicCreation(created, tuple(name for name in names.values() if name not in created))


def topic_settings(topic: Topic, retention_ms: int | None = None) -> dict[str, str]:
    """Return a topic's configuration, by Kafka's keys."""
    settings = {
        "cleanup.policy": "delete",  # compaction would delete older decisions about the same subject, and old policies
        "message.timestamp.type": "CreateTime",  # event time is the record's own timestamp, never the broker's
        "message.timestamp.before.max.ms": str(FOREVER),  # old events are accepted: late events are handled
        # Input must not run ahead of the clock. Output has the timestamp of its cause, and refusing a record there
        # would stop the job.
        "message.timestamp.after.max.ms": str(MAX_AHEAD_MS if topic.direction is Direction.INPUT else FOREVER),
        "max.message.bytes": str(DEAD_LETTER_BYTES if topic.name == DEAD_LETTERS else RECORD_BYTES),
    }
    topic_retention_ms = -1 if topic.name in SINGLE_PARTITION else retention_ms
    return settings if topic_retention_ms is None else {**settings, "retention.ms": str(topic_retention_ms)}


def _new_topic(topic: Topic, partitions: int, replication: int, retention_ms: int | None) -> dict[str, object]:
    return {
        "num_partitions": 1 if topic.name in SINGLE_PARTITION else partitions,
        "replication_factor": replication,
        "configs": topic_settings(topic, retention_ms),
    }


def _raise_errors(answers: list[dict[str, object]]) -> None:
    for answer in answers:
        fault = for_code(answer["error_code"])
        # Another client may have created it since the topics were listed, which is as good.
        if answer["error_code"] and fault is not TopicAlreadyExistsError:
            message = f"topic {answer['name']}: {answer['error_message'] or fault.__name__}"
            raise TopicsError(message)


@contextmanager
def open_admin(brokers: Brokers) -> Iterator[KafkaAdminClient]:
    """Provide an admin client. Raise BadInput where no broker answers, and TopicsError where one refuses."""
    with report_connection_errors(brokers):
        admin = KafkaAdminClient(**brokers.for_python(), bootstrap_timeout_ms=_CONNECT_MS)
    try:
        yield admin
    except KafkaError as fault:
        message = f"the Kafka broker at {brokers} refused: {fault}"
        raise TopicsError(message) from fault
    finally:
        admin.close()

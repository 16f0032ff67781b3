"""Selection of dead letters to resend, by reason, topic and event time."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from jobs.kafka.topic_io import OutgoingRecord, read_topics
from schemas.topics import DEAD_LETTERS, TOPICS, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.kafka.client_config import Brokers
    from jobs.kafka.topic_io import TopicRecord
    from schemas.topic_names import TopicNames

NULL: Final = b"null"
"""The header `error.value` of a record that had no value."""
TOO_LONG: Final = b"too long"
"""The header `error.value` of a record that was too long to be kept."""

_LONGEST_NUMBER: Final = 10  # digits of a partition: a header can be anybody's


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters; None: any. Times are the original records' timestamps, in `[since_ms, until_ms)`.

    `topics` has the contract's names, and `mapped` the topics of mappings, whose letters are wanted, too.
    """

    reasons: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    mapped: frozenset[str] = frozenset()

    def matches(self, letter: TopicRecord, names: TopicNames) -> bool:
        """Return whether a dead letter has a wanted reason and came from a wanted input topic."""
        reason, name = header(letter, "reason"), header(letter, "topic")
        topic = names.contract(name)
        is_input = name in self.mapped if topic is None else TOPICS[topic].direction is Direction.INPUT
        return (
            is_input
            and (self.reasons is None or reason in self.reasons)
            and (self.topics is None or (topic or name) in self.topics)
        )


def select(brokers: Brokers, wanted: LetterFilter, limit: int) -> tuple[list[TopicRecord], int]:
    """Return the oldest `limit` dead letters that match, by time, and how many match in all."""
    count = 0

    def matching() -> Iterator[TopicRecord]:
        nonlocal count
        for letter in read_topics(brokers, [DEAD_LETTERS], wanted.since_ms, wanted.until_ms):
            if wanted.matches(letter, brokers.topics):
                count += 1
                yield letter

    return nsmallest(limit, matching(), key=_position), count


def _position(letter: TopicRecord) -> tuple[int, int, int]:
    return letter.at_ms, letter.partition, letter.offset


def is_kept(letter: TopicRecord) -> bool:
    """Return whether a dead letter has the record that it is about: one that was too long is not kept."""
    return header(letter, "value").encode() != TOO_LONG


def original_record(letter: TopicRecord, names: TopicNames) -> OutgoingRecord:
    """Return the record that became a dead letter: its topic, partition, timestamp, key and bytes.

    The header has the topic's name on the broker, as `names` has it.
    """
    partition = header(letter, "partition")
    return OutgoingRecord(
        topic=names.contract(header(letter, "topic")) or "",
        at_ms=letter.at_ms,
        key=letter.key,
        value=letter.value,
        partition=int(partition) if partition.isdecimal() and len(partition) <= _LONGEST_NUMBER else None,
    )


def header(letter: TopicRecord, name: str) -> str:
    """Return the value of the header `error.NAME` of a dead letter; empty if there is none."""
    values = (value for key, value in letter.headers if key == f"error.{name}")
    return next(values, b"").decode("utf-8", "backslashreplace")

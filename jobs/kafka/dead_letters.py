"""Which dead letters go back to where they came from? By reason, topic and time, never more than asked. Key: none."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING

from jobs.kafka.topic_io import OutgoingRecord, read_topics
from schemas.topics import DEAD_LETTERS, TOPICS, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.kafka.client_config import Brokers
    from jobs.kafka.topic_io import TopicRecord


@dataclass(frozen=True, slots=True)
class LetterFilter:
    """Which dead letters; None: any. Times are those of the original records, in `[since_ms, until_ms)`."""

    reasons: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    since_ms: int | None = None
    until_ms: int | None = None

    def matches(self, letter: TopicRecord) -> bool:
        """Return whether a dead letter is chosen. One that does not say where it came from never is."""
        reason, topic = header(letter, "reason"), header(letter, "topic")
        return (
            topic in TOPICS
            and TOPICS[topic].direction is Direction.INPUT
            and (self.reasons is None or reason in self.reasons)
            and (self.topics is None or topic in self.topics)
        )


def select(brokers: Brokers, choice: LetterFilter, limit: int) -> tuple[list[TopicRecord], int]:
    """Return the oldest `limit` dead letters that are chosen, by time, and how many are chosen in all."""
    count = 0

    def counted() -> Iterator[TopicRecord]:
        nonlocal count
        for letter in read_topics(brokers, [DEAD_LETTERS], choice.since_ms, choice.until_ms):
            if choice.matches(letter):
                count += 1
                yield letter

    return nsmallest(limit, counted(), key=_age), count


def _age(letter: TopicRecord) -> tuple[int, int, int]:
    return letter.at_ms, letter.partition, letter.offset


def original_record(letter: TopicRecord) -> OutgoingRecord:
    """Return what a dead letter was when it came: its topic, partition, time, key and bytes."""
    partition = header(letter, "partition")
    return OutgoingRecord(
        topic=header(letter, "topic"),
        at_ms=letter.at_ms,
        key=letter.key,
        value=letter.value,
        partition=int(partition) if partition.isdecimal() else None,
    )


def header(letter: TopicRecord, name: str) -> str:
    """Return one of the headers that say what was wrong; empty if it is not there."""
    named = (value for key, value in letter.headers if key == f"error.{name}")
    return next(named, b"").decode("utf-8", "backslashreplace")

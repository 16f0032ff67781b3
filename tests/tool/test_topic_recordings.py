"""In which order are events of topics met, and which of them? Merged by time, within the span; a broker is played."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from kafka import TopicPartition

from jobs import topic_reading
from jobs.bad_input import BadInput
from jobs.moment import moment_of
from jobs.topic_recordings import TopicSpan, recorded
from schemas.codec import encode
from schemas.framing import SingleObject
from schemas.jsonl import BadLine
from schemas.records import PolicyMode, PolicyPublished, Record
from tests.tool.given import HOUR, NOON, friends, kithward, message, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Held(NamedTuple):
    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


class Reader:
    """A broker's consumer, as far as it is used: gives one record at a time, of the partition with most to give."""

    def __init__(self) -> None:
        self.held: dict[TopicPartition, list[Held]] = defaultdict(list)
        self.at: dict[TopicPartition, int] = defaultdict(int)

    def add(self, topic: str, partition: int, at_ms: int, value: bytes) -> None:
        rows = self.held[TopicPartition(topic, partition)]
        rows.append(Held(topic, partition, len(rows), at_ms, value))

    def assignment(self) -> set[TopicPartition]:
        return set(self.held)

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: len(self.held[partition]) for partition in partitions}

    def offsets_for_times(self, times: dict[TopicPartition, int]) -> dict[TopicPartition, Any]:
        return {
            partition: next((row for row in self.held[partition] if row.timestamp >= at_ms), None)
            for partition, at_ms in times.items()
        }

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at[partition] = offset

    def position(self, partition: TopicPartition) -> int:
        return self.at[partition]

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Held]]:  # noqa: ARG002
        partition = max(self.held, key=lambda each: len(self.held[each]) - self.at[each])
        self.at[partition] += 1
        return {partition: self.held[partition][self.at[partition] - 1 : self.at[partition]]}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Reader:
    played = Reader()

    @contextmanager
    def consumer(*_: object) -> Iterator[Reader]:
        yield played

    monkeypatch.setattr(topic_reading, "consumer", consumer)
    return played


def give(reader: Reader, topic: str, partition: int, *records: Record) -> None:
    for record in records:
        reader.add(topic, partition, record.at_ms, encode(record))  # type: ignore[attr-defined]


def told(since_ms: int | None = None, until_ms: int | None = None, *topics: str) -> list[object]:
    span = TopicSpan("broker", topics or ("messages", "relations"), since_ms, until_ms)
    with recorded(span, SingleObject()) as recordings:
        first = [arrival.found for arrival in recordings.arrivals()]
        assert [arrival.found for arrival in recordings.arrivals()] == first, "they can be read again"
        return first


def test_partitions_are_merged_by_time_and_each_keeps_its_order(reader: Reader) -> None:
    give(reader, "messages", 0, message("m1", NOON + 5), message("m2", NOON + 9))
    give(reader, "messages", 1, message("m3", NOON + 7), message("m4", NOON + 6))
    give(reader, "relations", 0, friends(NOON + 1))
    assert [getattr(event, "event_id", None) for event in told()] == ["f-alice", "m1", "m3", "m4", "m2"]


def test_a_span_of_time_has_its_beginning_and_not_its_end(reader: Reader) -> None:
    give(reader, "messages", 0, *(message(f"m{n}", NOON + n) for n in (1, 3, 2, 4, 5)))
    found = told(NOON + 2, NOON + 4, "messages")
    assert [getattr(event, "event_id", None) for event in found] == ["m3", "m2"]


def test_what_cannot_be_read_is_a_bad_line_with_its_offset(reader: Reader) -> None:
    give(reader, "messages", 0, message("m1", NOON))
    reader.add("messages", 0, NOON, b"\x00")
    bad = told(None, None, "messages")[1]
    assert isinstance(bad, BadLine)
    assert (bad.line, bad.raw) == (1, b"\x00")


def test_policies_are_known_before_the_events(reader: Reader) -> None:
    quiet = PolicyPublished(
        event_id="p", at_ms=NOON, version="v2", effective_at_ms=NOON, mode=PolicyMode.LIVE, document="{}"
    )
    give(reader, "policies", 0, quiet)
    give(reader, "messages", 0, message("m1", NOON))
    with recorded(TopicSpan("broker", ("messages", "policies")), SingleObject()) as recordings:
        assert list(recordings.policies()) == [quiet]


def test_a_topic_of_outputs_brings_no_events() -> None:
    with pytest.raises(BadInput, match="--topic decisions: brings no events; those that do are messages"):
        told(None, None, "decisions")


def test_whatif_replays_what_topics_hold(reader: Reader, tmp_path: Path) -> None:
    give(reader, "relations", 0, friends())
    give(reader, "messages", 0, message("m1", NOON + HOUR), message("m2", NOON + 9 * HOUR))
    policy = written(tmp_path / "short.yaml", ["friendship_age: {t1_ms: 30m}"])
    options = ("--policy", policy, "--topic", "messages", "relations", "--until", "2025-03-03T18:00Z")
    result = kithward("whatif", *options)
    assert result.exit_code == 1
    assert "1 flips (1 decisions before, 1 now)" in result.stdout


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("1740996000000", NOON),
        ("2025-03-03T10:00:00Z", NOON),
        ("2025-03-03T10:00", NOON),
        ("2025-03-03T11:00+01:00", NOON),
        ("2025-03-03", NOON - 10 * HOUR),
        ("+10m", 600_007),
        ("+250ms", 257),
    ],
)
def test_a_time_may_be_written_in_several_ways(text: str, at_ms: int) -> None:
    assert moment_of("--at", text, now_ms=7) == at_ms

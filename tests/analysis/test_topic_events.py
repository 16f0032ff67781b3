"""Events of topics: merged by time, within a range; the broker is simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.analysis.topic_events import TopicRange, open_topic_events
from jobs.cli.time_options import parse_time
from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers
from schemas.codec import SingleObjectFraming, encode
from schemas.jsonl import BadLine
from tests.support.fake_broker import FakeBroker
from tests.support.given import HOUR, NOON, friends, kithward, message, policy_event, written

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.records import Record


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    return FakeBroker(monkeypatch)


def give(reader: FakeBroker, topic: str, partition: int, *records: Record) -> None:
    for record in records:
        reader.add(topic, partition, record.at_ms, encode(record))  # type: ignore[attr-defined]


def told(since_ms: int | None = None, until_ms: int | None = None, *topics: str) -> list[object]:
    span = TopicRange(Brokers("broker"), topics or ("messages", "relations"), since_ms, until_ms)
    with open_topic_events(span, SingleObjectFraming()) as recordings:
        first = [arrival.parsed for arrival in recordings.events()]
        assert [arrival.parsed for arrival in recordings.events()] == first, "they can be read again"
        return first


def test_partitions_are_merged_by_time_and_each_keeps_its_order(reader: FakeBroker) -> None:
    give(reader, "messages", 0, message("m1", NOON + 5), message("m2", NOON + 9))
    give(reader, "messages", 1, message("m3", NOON + 7), message("m4", NOON + 6))
    give(reader, "relations", 0, friends(NOON + 1))
    assert [getattr(event, "event_id", None) for event in told()] == ["f-alice", "m1", "m3", "m4", "m2"]


def test_a_span_of_time_has_its_beginning_and_not_its_end(reader: FakeBroker) -> None:
    give(reader, "messages", 0, *(message(f"m{n}", NOON + n) for n in (1, 3, 2, 4, 5)))
    found = told(NOON + 2, NOON + 4, "messages")
    assert [getattr(event, "event_id", None) for event in found] == ["m3", "m2"]


def test_an_undecodable_value_is_a_bad_line_with_its_offset(reader: FakeBroker) -> None:
    give(reader, "messages", 0, message("m1", NOON))
    reader.add("messages", 0, NOON, b"\x00")
    bad = told(None, None, "messages")[1]
    assert isinstance(bad, BadLine)
    assert (bad.line, bad.raw) == (1, b"\x00")


def test_what_the_job_refuses_is_a_bad_line__c_16_c_30(reader: FakeBroker) -> None:
    give(reader, "messages", 0, message("m1", NOON))
    reader.add("messages", 0, NOON, encode(policy_event("v2", "{}")))
    reader.add("messages", 0, NOON + 1, encode(message("m2", NOON + HOUR)))
    assert [(bad.reason, bad.message) for bad in told(None, None, "messages") if isinstance(bad, BadLine)] == [
        ("UNKNOWN_SCHEMA", "PolicyPublished belongs in the topic policies"),
        ("OUT_OF_RANGE", "at_ms is more than five minutes ahead of the record's timestamp"),
    ]


def test_policies_are_known_before_the_events(reader: FakeBroker) -> None:
    quiet = policy_event("v2", "{}")
    give(reader, "policies", 0, quiet)
    give(reader, "messages", 0, message("m1", NOON))
    with open_topic_events(
        TopicRange(Brokers("broker"), ("messages", "policies")), SingleObjectFraming()
    ) as recordings:
        assert list(recordings.policies()) == [quiet]


def test_a_topic_of_outputs_is_refused() -> None:
    with pytest.raises(BadInput, match="--topic decisions: is not an input topic; choose one of messages"):
        told(None, None, "decisions")


def test_whatif_replays_events_of_topics(reader: FakeBroker, tmp_path: Path) -> None:
    give(reader, "relations", 0, friends())
    give(reader, "messages", 0, message("m1", NOON + HOUR), message("m2", NOON + 9 * HOUR))
    policy = written(tmp_path / "short.yaml", ["friendship_age: {t1_ms: 30m}"])
    options = ("--policy", policy, "--topic", "messages", "relations", "--until", "2025-03-03T18:00Z")
    result = kithward("whatif", *options)
    assert result.exit_code == 1
    assert "flips     1 " in result.stdout


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
    assert parse_time("--at", text, now_ms=7) == at_ms

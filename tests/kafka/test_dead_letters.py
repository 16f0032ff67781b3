"""`dead-letters resend`: selection by reason, topic and time; records are sent unchanged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobs.kafka.topic_io import OutgoingRecord
from schemas.codec import encode
from schemas.records import AccountErased
from tests.support.fake_broker import FakeBroker
from tests.support.given import HOUR, NOON, kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

    from typer.testing import Result


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    played = FakeBroker(monkeypatch)
    bury(played, 0, NOON + 2, b"\xc3\x01 two", "UNDECODABLE", partition="3")
    bury(played, 1, NOON, b"\x00\xff one", "UNKNOWN_SCHEMA", topic="relations")
    bury(played, 1, NOON + HOUR, b"", "UNDECODABLE")
    return played


def bury(broker: FakeBroker, place: int, at_ms: int, value: bytes, reason: str, /, **said: str) -> None:
    known = {"reason": reason, "message": "wrong", "topic": "messages", "partition": "1", "offset": "7"}
    headers = tuple((f"error.{name}", text.encode()) for name, text in (known | said).items())
    broker.add("dead-letters", place, at_ms, value, key=b"key \xff", headers=headers)


def resend(*options: object) -> Result:
    return kithward("dead-letters", "resend", *options)


def test_all_are_sent_to_their_topics_unchanged_oldest_first(broker: FakeBroker) -> None:
    result = resend()
    assert broker.sent == [
        OutgoingRecord("relations", NOON, b"key \xff", b"\x00\xff one", 1),
        OutgoingRecord("messages", NOON + 2, b"key \xff", b"\xc3\x01 two", 3),
        OutgoingRecord("messages", NOON + HOUR, b"key \xff", b"", 1),
    ]
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "messages: 2 with UNDECODABLE",
        "relations: 1 with UNKNOWN_SCHEMA",
        "3 dead letters sent",
    ]


@pytest.mark.parametrize(
    ("options", "times"),
    [
        (("--reason", "UNKNOWN_SCHEMA"), [0]),
        (("--reason", "UNKNOWN_SCHEMA", "UNDECODABLE"), [0, 2, HOUR]),
        (("--topic", "messages"), [2, HOUR]),
        (("--since", NOON + 1), [2, HOUR]),
        (("--until", NOON + 2), [0]),
        (("--since", "2025-03-03T10:00:00.002Z", "--until", "2025-03-03T11:00:00Z"), [2]),
        (("--topic", "profiles"), []),
    ],
)
def test_they_are_selected_by_reason_topic_and_time(
    broker: FakeBroker, options: tuple[object, ...], times: list[int]
) -> None:
    assert resend(*options).exit_code == 0
    assert [letter.at_ms - NOON for letter in broker.sent] == times


def test_the_limit_holds_and_the_rest_is_counted(broker: FakeBroker) -> None:
    result = resend("--limit", 1)
    assert [letter.topic for letter in broker.sent] == ["relations"]
    assert result.stderr == "2 more match: raise --limit to send them\n"


def test_a_dry_run_prints_what_would_be_sent(broker: FakeBroker) -> None:
    result = resend("--dry-run")
    assert broker.sent == []
    assert result.stdout.splitlines()[-1] == "3 dead letters would be sent"


def test_without_the_original_partition_the_key_decides(broker: FakeBroker) -> None:
    bury(broker, 0, NOON - 1, b"x", "UNDECODABLE", partition="17")
    bury(broker, 0, NOON - 2, b"y", "UNDECODABLE", partition="?")
    bury(broker, 0, NOON - 3, b"z", "UNDECODABLE", partition="9" * 5_000)
    resend("--limit", 3)
    assert [letter.partition for letter in broker.sent] == [None, None, None]


@pytest.mark.parametrize("topic", ["decisions", "dead-letters", "nowhere", ""])
def test_nothing_is_sent_to_a_topic_that_is_no_input(broker: FakeBroker, topic: str) -> None:
    bury(broker, 0, NOON - 1, b"x", "UNDECODABLE", topic=topic)
    resend()
    assert {letter.topic for letter in broker.sent} == {"messages", "relations"}


def test_a_header_without_a_value_is_an_empty_one(broker: FakeBroker) -> None:
    """Kafka has such headers, and others than the job may write dead letters."""
    headers = (("error.topic", b"messages"), ("error.reason", None), ("error.message", None))
    broker.add("dead-letters", 0, NOON - 1, b"x", headers=headers)
    shown = kithward("dead-letters", "show")
    assert (shown.exit_code, shown.stdout.splitlines()[0]) == (0, ": ")
    assert "messages: 1 with no reason" in resend("--limit", 1).stdout


def test_after_a_refusal_the_records_sent_before_are_reported(broker: FakeBroker) -> None:
    broker.refuses_after = 1
    result = resend()
    assert result.exit_code == 2
    assert result.stdout.splitlines() == ["relations: 1 with UNKNOWN_SCHEMA", "1 dead letters sent"]
    assert result.stderr == "kithward: messages: the Kafka broker refused the record: KafkaError: no room\n"


def test_with_own_names_of_topics_they_go_back_where_they_came_from(broker: FakeBroker, tmp_path: Path) -> None:
    """The header has the name on the broker; `--topic` is a topic of the contract."""
    names = written(tmp_path / "topics.yaml", ["relations: social"])
    for row, topic in enumerate(("social", "eu.messages", "relations")):
        headers = (("error.topic", topic.encode()), ("error.reason", b"UNDECODABLE"))
        broker.add("eu.dead-letters", 0, NOON + row, b"x", headers=headers)
    resend("--topic-prefix", "eu.", "--topics", names, "--topic", "relations")
    assert [letter.topic for letter in broker.sent] == ["social"]
    resend("--topic-prefix", "eu.", "--topics", names)
    assert [letter.topic for letter in broker.sent[1:]] == ["social", "eu.messages"]


def test_what_was_too_long_to_be_kept_is_not_sent_but_counted(broker: FakeBroker) -> None:
    bury(broker, 0, NOON - 1, b"", "UNDECODABLE", value="too long")
    result = resend()
    assert (result.exit_code, len(broker.sent)) == (0, 3)
    assert result.stderr == "1 were too long to be kept: read them at their partition and offset\n"


def test_an_unknown_reason_is_refused(broker: FakeBroker) -> None:
    assert "--reason OOPS: is not a reason; the reasons are UNDECODABLE" in the_one_line(resend("--reason", "OOPS"))
    assert broker.sent == []


@pytest.mark.parametrize("topic", ["mesages", "decisions", "bus.events"])
def test_a_topic_that_the_job_does_not_read_is_refused(broker: FakeBroker, topic: str) -> None:
    refused = the_one_line(resend("--topic", "messages", topic))
    assert f"--topic {topic}: is not a topic that the job reads: messages, " in refused
    assert broker.sent == []


MAPPING = """
topics: [bus.events]
rules:
  - name: gone
    record: AccountErased
    fields: {event_id: id, at_ms: at, account_id: by}
"""


def test_what_was_in_an_own_topic_goes_to_the_topics_of_the_contract_by_a_mapping__c_32(
    broker: FakeBroker, tmp_path: Path
) -> None:
    at, mapping = NOON + 2 * HOUR, written(tmp_path / "bus.yaml", [MAPPING])
    value = json.dumps({"id": "e1", "at": NOON, "by": "ann"}).encode()
    bury(broker, 0, at, value, "MISSING_FIELD", topic="bus.events")
    bury(broker, 0, at + 1, b'{"id": "e2"}', "MISSING_FIELD", topic="bus.events")
    only = ("--since", at)
    assert resend(*only).stdout == "0 dead letters sent\n"
    result = resend(*only, "--mapping", mapping, "--topic", "bus.events")
    gone = AccountErased(event_id="e1", at_ms=NOON, account_id="ann")
    assert broker.sent == [OutgoingRecord("erasures", NOON, b"ann", encode(gone), None)]
    assert result.stdout.splitlines() == ["bus.events: 1 with MISSING_FIELD", "1 dead letters sent"]
    assert result.stderr == (
        "1 cannot be mapped as a whole, first: MISSING_FIELD: rule gone: at_ms: nothing there (path at)\n"
    )


def test_what_an_own_topic_said_of_the_future_is_not_sent__c_30_c_32(broker: FakeBroker, tmp_path: Path) -> None:
    at, mapping = NOON + 2 * HOUR, written(tmp_path / "bus.yaml", [MAPPING])
    value = json.dumps({"id": "e1", "at": at + HOUR, "by": "ann"}).encode()
    bury(broker, 0, at, value, "OUT_OF_RANGE", topic="bus.events")
    result = resend("--since", at, "--mapping", mapping)
    assert broker.sent == []
    assert result.stderr == (
        "1 cannot be mapped as a whole, first: "
        "OUT_OF_RANGE: at_ms is more than five minutes ahead of the record's timestamp\n"
    )

"""`kithward mapping`: counts, first failures and first records of a sample; the exit codes; the schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.fake_broker import FakeBroker
from tests.support.given import kithward, written

if TYPE_CHECKING:
    from pathlib import Path

RULES: Final = """
rules:
  - name: said
    record: MessageSent
    when: kind == 'said'
    fields: {event_id: id, at_ms: {path: at, unit: s}, sender_id: by, recipient_id: to, text: body}
  - name: gone
    record: AccountErased
    when: kind == 'gone'
    fields: {event_id: id, at_ms: {path: at, unit: s}, account_id: by}
"""
SAID: Final = {"kind": "said", "id": "m1", "at": 1_772_442_000, "by": "ann", "to": "bob", "body": "Hello"}


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(RULES)
    return path


def sample(tmp_path: Path, *values: object) -> Path:
    return written(tmp_path / "sample.jsonl", [json.dumps(value) for value in values])


def test_a_valid_mapping_is_summarised_in_one_line(mapping: Path) -> None:
    result = kithward("mapping", "check", mapping)
    expected = f"{mapping}: valid, 2 rules for AccountErased, MessageSent\n"
    assert (result.exit_code, result.stdout, result.stderr) == (0, expected, "")


def test_a_sample_is_counted_and_the_first_records_are_shown(mapping: Path, tmp_path: Path) -> None:
    events = sample(
        tmp_path, SAID, {"kind": "typing"}, SAID | {"id": "m2", "to": None, "extra": 1}, SAID | {"id": "m3"}
    )
    result = kithward("mapping", "check", mapping, "--sample", events, "--show", 1)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()[1:]
    assert lines == [
        "records     2  MessageSent 2",
        "failed      1",
        "not mapped  1  no rule applies",
        "",
        "rule  record         records",
        "said  MessageSent          2",
        "gone  AccountErased        0",
        "",
        "first failures:",
        "  line 3: IMPOSSIBLE: rule said: MessageSent: exactly one of recipient_id and group_id is required",
        "",
        "first records:",
        (
            '  line 1: {"type": "MessageSent", "event_id": "m1", "at_ms": 1772442000000, "sender_id": "ann", '
            '"recipient_id": "bob", "text": "Hello"}'
        ),
    ]


def test_a_sample_without_a_failure_is_done(mapping: Path, tmp_path: Path) -> None:
    result = kithward("mapping", "check", mapping, "--sample", sample(tmp_path, SAID))
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_sample_of_which_nothing_is_mapped_is_a_finding(mapping: Path, tmp_path: Path) -> None:
    result = kithward("mapping", "check", mapping, "--sample", sample(tmp_path, {"kind": "typing"}))
    assert result.exit_code == 1
    assert "not mapped  1  no rule applies" in result.stdout


def test_a_time_in_another_unit_is_a_finding(mapping: Path, tmp_path: Path) -> None:
    mapping.write_text(RULES.replace("unit: s", "unit: ms"))
    result = kithward("mapping", "check", mapping, "--sample", sample(tmp_path, SAID, SAID | {"id": "m2"}))
    assert result.exit_code == 1
    assert "MessageSent.at_ms is in seconds, must be in milliseconds, in 2 events" in result.stdout


def test_every_fault_is_printed_with_file_line_and_key(mapping: Path) -> None:
    mapping.write_text(RULES.replace("AccountErased", "AccountErasd").replace("text: body", "txt: body"))
    result = kithward("mapping", "check", mapping)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"{mapping}:6: rules[0].fields.txt: MessageSent has no such field; did you mean text?",
        f"{mapping}:6: rules[0].fields: text is missing, without which there is no MessageSent",
        f'{mapping}:8: rules[1].record: there is no input record "AccountErasd"; did you mean AccountErased?',
    ]


def test_an_avro_schema_that_cannot_be_read_is_a_fault_of_its_file(mapping: Path) -> None:
    mapping.write_text(f"values: avro\navro_schema: bus.avsc{RULES}")
    schema = mapping.with_name("bus.avsc")
    missing = kithward("mapping", "check", mapping)
    assert (missing.exit_code, missing.stderr) == (2, f"kithward: {schema}: no such file or directory\n")
    schema.write_text('{"type": "nothing"}')
    wrong = kithward("mapping", "check", mapping)
    assert (wrong.exit_code, wrong.stderr) == (2, f"kithward: {schema}: is no Avro schema in JSON\n")
    schema.write_text('"string"')
    assert kithward("mapping", "check", mapping).exit_code == 0


def test_records_are_printed_as_lines_that_a_replay_reads(mapping: Path, tmp_path: Path) -> None:
    events = sample(tmp_path, SAID, {"kind": "typing"}, {"kind": "gone", "id": "g", "at": 1_772_442_001, "by": "ann"})
    result = kithward("mapping", "apply", mapping, events)
    assert (result.exit_code, result.stderr) == (0, "not mapped: 1, to which no rule applies\n")
    made = tmp_path / "made.jsonl"
    made.write_text(result.stdout)
    assert [json.loads(line)["type"] for line in result.stdout.splitlines()] == ["MessageSent", "AccountErased"]
    replayed = kithward("replay", "--events", made, "--out", tmp_path / "out", "--strict", "--strict-fields")
    assert (replayed.exit_code, "applied 2" in replayed.stderr) == (0, True)


def test_what_cannot_be_mapped_is_not_printed(mapping: Path, tmp_path: Path) -> None:
    result = kithward("mapping", "apply", mapping, sample(tmp_path, SAID | {"by": None}))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "  line 1: MISSING_FIELD: rule said: sender_id: nothing there (path by)",
        "1 could not be mapped and are not printed",
    ]


def test_the_schema_is_printed() -> None:
    result = kithward("mapping", "schema")
    assert result.exit_code == 0
    assert set(json.loads(result.stdout)["properties"]) == {
        "topics",
        "values",
        "avro_schema",
        "envelope",
        "each",
        "rules",
    }


def test_a_topic_is_counted_as_a_sample_is(mapping: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broker = FakeBroker(monkeypatch)
    mapping.write_text(f"topics: [bus]{RULES}")
    for value in (SAID, {"kind": "typing"}, SAID | {"id": "m2", "to": None}, SAID | {"id": "m3"}):
        broker.add("bus", 0, 1_772_442_000_000, json.dumps(value).encode())
    result = kithward("mapping", "check", mapping, "--topic", "bus", "--limit", 3)
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:4] == [
        "records     1  MessageSent 1",
        "failed      1",
        "not mapped  1  no rule applies",
    ]
    assert "  partition 0, offset 0: {" in result.stdout
    assert "  partition 0, offset 2: IMPOSSIBLE: rule said: " in result.stdout
    refused = kithward("mapping", "check", mapping, "--topic", "other")
    assert refused.exit_code == 2
    assert refused.stderr == "kithward: --topic other: is none of the mapping, which has bus\n"


def test_a_topic_that_the_contract_has_too_is_checked_where_that_has_another_name(
    mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = FakeBroker(monkeypatch)
    mapping.write_text(f"topics: [messages]{RULES}")
    broker.add("messages", 0, 1_772_442_000_000, json.dumps(SAID).encode())
    refused = kithward("mapping", "check", mapping, "--topic", "messages")
    assert refused.stderr == f"kithward: {mapping}: topics: messages is a topic of the contract, as messages\n"
    for where in (("--topic-prefix", "eu."), ("--topics", written(mapping.with_name("names"), ["messages: chat"]))):
        result = kithward("mapping", "check", mapping, "--topic", "messages", *where)
        assert (result.exit_code, result.stderr) == (0, "")


def test_what_a_topic_says_of_the_future_fails_as_in_the_job__c_30(
    mapping: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = FakeBroker(monkeypatch)
    mapping.write_text(f"topics: [bus]{RULES}")
    for early_ms in (300_000, 300_001):
        broker.add("bus", 0, 1_772_442_000_000 - early_ms, json.dumps(SAID).encode())
    result = kithward("mapping", "check", mapping, "--topic", "bus")
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:3] == ["records     1  MessageSent 1", "failed      1"]
    assert "offset 1: OUT_OF_RANGE: at_ms is more than five minutes ahead of the record's timestamp" in result.stdout


@pytest.mark.parametrize(
    ("values", "said"), [([], ""), ([{"kind": "typing"}], "not mapped: 1, to which no rule applies\n")]
)
def test_apply_says_that_there_is_nothing_to_print(
    mapping: Path, tmp_path: Path, values: list[object], said: str
) -> None:
    result = kithward("mapping", "apply", mapping, sample(tmp_path, *values))
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", f"{said}there is no record to print\n")

"""`--mapping` of replay, whatif and verify: own files in each form, with dead letters and counts."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Final

import fastavro
import pytest

from tests.support.given import contents, kithward, lines, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

RULES: Final = """
rules:
  - name: friends
    record: FriendAdded
    when: kind == 'friends'
    fields: {event_id: id, at_ms: {path: at, unit: s}, account_id: to, friend_id: by}
  - name: said
    record: MessageSent
    when: kind == 'said'
    fields: {event_id: id, at_ms: {path: at, unit: s}, sender_id: by, recipient_id: to, text: body}
"""
FRIENDS: Final = {"kind": "friends", "id": "f1", "at": 1_740_996_000, "by": "alice", "to": "bob"}
SAID: Final = FRIENDS | {"kind": "said", "id": "m1", "at": 1_740_999_600, "body": "the payment, please"}
EVENTS: Final = [FRIENDS, {"kind": "typing"}, SAID, SAID | {"id": "m2", "at": 1_741_000_000}]


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(RULES)
    return path


def as_lines(path: Path, events: list[dict[str, Any]]) -> Path:
    return written(path, [json.dumps(event) for event in events])


def as_array(path: Path) -> Path:
    path.write_text(json.dumps(EVENTS, indent=2))
    return path


def as_gzip(path: Path) -> Path:
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, EVENTS)).encode()))
    return path


def as_container(path: Path) -> Path:
    fields = [
        {"name": "at", "type": ["null", "long"]},
        *({"name": name, "type": ["null", "string"]} for name in SAID if name != "at"),
    ]
    schema = {"type": "record", "name": "app.Event", "fields": [field | {"default": None} for field in fields]}
    with path.open("wb") as file:
        fastavro.writer(file, schema, EVENTS)
    return path


def replay(mapping: Path, events: Path, out: Path, *more: object) -> Any:
    return kithward("replay", "--events", events, "--mapping", mapping, "--out", out, *more)


def test_every_form_of_file_gives_the_same_decisions(mapping: Path, tmp_path: Path) -> None:
    files = [
        as_lines(tmp_path / "a.jsonl", EVENTS),
        as_array(tmp_path / "b.json"),
        as_gzip(tmp_path / "c.jsonl.gz"),
        as_container(tmp_path / "d.avro"),
    ]
    outputs = []
    for file in files:
        out = tmp_path / f"out-{file.name}"
        result = replay(mapping, file, out)
        assert result.exit_code == 0, result.stderr
        assert "read              3  applied 3" in result.stderr
        assert "not mapped        1  no rule of the mapping applies" in result.stderr
        outputs.append(contents(out))
    assert len(lines(tmp_path / "out-a.jsonl", "decisions")) == 2
    assert all(each == outputs[0] for each in outputs)


def test_what_cannot_be_mapped_is_a_dead_letter_with_the_original_line__c_16(mapping: Path, tmp_path: Path) -> None:
    bad = SAID | {"by": None, "body": "for nobody's eyes"}
    events = as_lines(tmp_path / "events.jsonl", [*EVENTS, bad])
    result = replay(mapping, events, tmp_path / "out", "--strict")
    assert result.exit_code == 1
    (letter,) = lines(tmp_path / "out", "dead-letters")
    assert letter == {
        "line": 5,
        "reason": "MISSING_FIELD",
        "message": "rule said: sender_id: nothing there (path by)",
        "raw": json.dumps(bad),
    }


def test_of_a_document_of_many_events_the_dead_letter_is_the_one(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    fields = (
        "{event_id: {hash: [room, event.id]}, at_ms: event.at, sender_id: event.by, group_id: room, text: event.body}"
    )
    mapping.write_text(f"each: {{event: events}}\nrules: [{{name: said, record: MessageSent, fields: {fields}}}]")
    good, bad = {"id": 1, "at": 1_740_996_000_000, "by": "a", "body": "x"}, {"id": 2, "at": "?", "by": "b", "body": "y"}
    events = tmp_path / "room.json"
    events.write_text(json.dumps({"room": "r", "events": [good, bad, good | {"id": 3}]}))
    assert replay(mapping, events, tmp_path / "out").exit_code == 0
    (letter,) = lines(tmp_path / "out", "dead-letters")
    assert (letter["line"], letter["event"], json.loads(letter["raw"])) == (1, [2], bad)


NESTED: Final = """
each: {room: rooms, event: room.events}
rules:
  - name: gone
    record: AccountErased
    fields: {event_id: event.id, at_ms: event.at, account_id: event.by}
"""
GONE: Final = {"id": "e1", "at": 1_740_996_000_000, "by": "ann"}


def test_events_beside_a_list_at_fault_count_and_each_has_its_place__c_32(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(NESTED)
    first = {"rooms": [{"events": [GONE]}, {"events": 5}, {"events": []}, {"events": [GONE | {"id": "e2"}]}]}
    second = {"rooms": [{"events": [GONE | {"id": "e3"}, GONE | {"id": None}]}]}
    events = tmp_path / "rooms.json"
    events.write_text(json.dumps([first, second, {"rooms": {}}], indent=1))
    checked = kithward("mapping", "check", mapping, "--sample", events)
    assert checked.stdout.splitlines()[1:4] == [
        "records     3  AccountErased 3",
        "failed      3",
        "not mapped  1  no rule applies",
    ]
    assert "  line 2, element 1, event 2: UNDECODABLE: each event: a number, not a list" in checked.stdout
    assert replay(mapping, events, tmp_path / "out").exit_code == 0
    letters = lines(tmp_path / "out", "dead-letters")
    assert [(letter["element"], letter.get("event")) for letter in letters] == [(1, [2]), (2, [1, 2]), (3, None)]
    assert json.loads(letters[0]["raw"]) == {"events": 5}


def test_what_is_about_no_row_is_counted(tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    fields = "{event_id: row.id, at_ms: row.at, account_id: row.by}"
    mapping.write_text(f"envelope: debezium\nrules: [{{name: gone, record: AccountErased, fields: {fields}}}]")
    about_no_row = ["null", '{"payload": null}', '{"op": "t"}', '{"op": "m"}']
    events = written(tmp_path / "table.jsonl", [json.dumps({"op": "c", "after": GONE}), *about_no_row])
    assert "not mapped    4" in replay(mapping, events, tmp_path / "out").stderr


def test_files_to_which_no_rule_applies_are_bad_input(mapping: Path, tmp_path: Path) -> None:
    events = as_lines(tmp_path / "events.jsonl", [{"kind": "typing"}])
    result = replay(mapping, events, tmp_path / "out")
    assert result.exit_code == 2
    assert "no rule of the mapping applies to anything in it, so there is no result" in the_one_line(result)
    assert not (tmp_path / "out" / "decisions.jsonl").exists()


def test_a_second_run_with_another_mapping_is_no_repetition(mapping: Path, tmp_path: Path) -> None:
    events, more = as_lines(tmp_path / "events.jsonl", EVENTS), ("--state", tmp_path / "state")
    assert "written to" in replay(mapping, events, tmp_path / "out", *more).stderr
    assert "nothing written" in replay(mapping, events, tmp_path / "out", *more).stderr
    mapping.write_text(RULES.replace("event_id: id", "event_id: {path: id, prefix: x}"))
    assert "written to" in replay(mapping, events, tmp_path / "out", *more).stderr


def test_whatif_and_verify_map_too(mapping: Path, tmp_path: Path) -> None:
    events = as_lines(tmp_path / "events.jsonl", EVENTS)
    assert replay(mapping, events, tmp_path / "out").exit_code == 0
    given = ("--events", events, "--mapping", mapping)
    verified = kithward("verify", "--decisions", tmp_path / "out" / "decisions.jsonl", *given)
    assert verified.exit_code == 0, verified.stderr
    assert "not mapped: 1, to which no rule applies" in verified.stderr
    policy = tmp_path / "policy.yaml"
    policy.write_text("version: new\nfriendship_age:\n  enabled: false\n")
    tried = kithward("whatif", "--policy", policy, *given, "--sample", "100%")
    assert (tried.exit_code, "flips" in tried.stdout) == (1, True)
    assert "not mapped: 1, to which no rule applies" in tried.stderr


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--strict-fields",), "--strict-fields: is about events of the contract; leave it out with --mapping"),
        (("--mapping", "none.yaml"), "none.yaml: cannot be read"),
    ],
)
def test_wrong_use_is_one_line(mapping: Path, tmp_path: Path, more: tuple[str, ...], words: str) -> None:
    events = as_lines(tmp_path / "events.jsonl", EVENTS)
    result = replay(mapping, events, tmp_path / "out", *more)
    assert (result.exit_code, words in the_one_line(result)) == (2, True)

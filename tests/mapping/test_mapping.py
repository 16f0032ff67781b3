"""Mapped values: records of the contract, or a fault that names rule, field and path, and never the value."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.mapping.file import parse_mapping
from jobs.mapping.mapping import EventMapping
from schemas.json_form import to_json
from schemas.jsonl import read_value
from schemas.malformed import Malformed
from schemas.records import FriendAdded, MemberJoined, MessageSent, Record
from tests.mapping.mapped import fault, records

MESSAGE: Final = """
rules:
  - name: said
    record: MessageSent
    when: kind == 'message'
    fields:
      event_id: id
      at_ms: {path: time, unit: UNIT}
      sender_id: {path: from.id, prefix: u}
      recipient_id: to
      text: body
"""
SAID: Final = {"kind": "message", "id": "m1", "time": 1_772_442_000, "from": {"id": 7}, "to": "bob", "body": "Hello"}


def mapping(text: str = MESSAGE, unit: str = "s") -> EventMapping:
    return parse_mapping(text.replace("UNIT", unit))


def field(name: str, section: str, value: object, record: str = "ProfileChanged", others: str = "") -> Any:
    """Return the field of a record that is made of `value` at the path `x`."""
    text = f"""
rules:
  - name: r
    record: {record}
    fields:
      event_id: {{value: e}}
      at_ms: {{value: 1}}
      account_id: {{value: a}}
      {others}
      {name}: {section}
"""
    (found,) = records(parse_mapping(text), {"x": value})
    return getattr(found, name)


def test_an_event_becomes_a_record() -> None:
    expected = MessageSent(
        event_id="m1", at_ms=1_772_442_000_000, sender_id="u7", recipient_id="bob", group_id=None, text="Hello"
    )
    assert records(mapping(), SAID) == [expected]
    assert records(mapping(), SAID | {"unknown": {"to": 3}}) == [expected]


def test_an_event_to_which_no_rule_applies_becomes_nothing() -> None:
    assert records(mapping(), {"kind": "presence"}) == []
    assert records(mapping(), {}) == []


@pytest.mark.parametrize(
    ("unit", "value", "ms"),
    [
        ("s", 1_772_442_000, 1_772_442_000_000),
        ("s", "1772442000.1239", 1_772_442_000_123),
        ("s", 1_772_442_000.123, 1_772_442_000_123),
        ("ms", "1772442000000", 1_772_442_000_000),
        ("us", 1_772_442_000_123_999, 1_772_442_000_123),
        ("ns", 1_772_442_000_123_999_999, 1_772_442_000_123),
        ("iso", "2026-03-02T09:00:00Z", 1_772_442_000_000),
        ("iso", "2026-03-02T10:00:00.123456789+01:00", 1_772_442_000_123),
        ("iso", "20260302T090000+0000", 1_772_442_000_000),
    ],
)
def test_a_time_is_read_in_its_unit(unit: str, value: object, ms: int) -> None:
    (found,) = records(mapping(unit=unit), SAID | {"time": value})
    assert found.at_ms == ms  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("iso", "2026-03-02T09:00:00", "a time without a zone, such as Z or +01:00"),
        ("iso", "yesterday", "not a time in ISO 8601"),
        ("iso", 1_772_442_000, "a number, not a time in ISO 8601"),
        ("s", "2026-03-02", "a text, not a time in s"),
        ("s", True, "true or false, not a time in s"),
        ("s", [1], "a list, not a time in s"),
        ("s", float("nan"), "a number, not a time in s"),
        ("s", 2**64, "a number beyond 64 bits"),
    ],
)
def test_a_time_in_another_form_is_a_fault(unit: str, value: object, words: str) -> None:
    said = fault(mapping(unit=unit), SAID | {"time": value})
    assert said.endswith(f"rule said: at_ms: {words} (path time)")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"from": {}}, "MISSING_FIELD: rule said: sender_id: nothing there (path from.id)"),
        ({"from": {"id": 2**64}}, "OUT_OF_RANGE: rule said: sender_id: a number beyond 64 bits (path from.id)"),
        ({"from": {"id": 7.5}}, "rule said: sender_id: a number, not a text or a whole number (path from.id)"),
        (
            {"from": {"id": ""}},
            "rule said: sender_id: an empty text, before which there would be a prefix (path from.id)",
        ),
        ({"body": ["a"]}, "rule said: text: a list, not a text or a whole number (path body)"),
        ({"to": "u7"}, "IMPOSSIBLE: rule said: MessageSent: sender_id and recipient_id are the same"),
        ({"to": None}, "IMPOSSIBLE: rule said: MessageSent: exactly one of recipient_id and group_id is required"),
    ],
)
def test_a_fault_names_rule_field_and_path__c_14_c_32(change: dict[str, object], words: str) -> None:
    assert fault(mapping(), SAID | change).endswith(words)


def test_a_fault_never_quotes_the_input__c_14() -> None:
    rules = parse_mapping(MESSAGE.replace("UNIT", "s").replace("text: body", "text: join('', body)"))
    said = fault(rules, SAID | {"body": "a secret"})
    assert said.endswith(
        "a function or an operator does not take the value that it is given here (path join('', body))"
    )
    assert "secret" not in said


@pytest.mark.parametrize("value", [None, 1, "text", [SAID], True])
def test_an_input_that_is_no_object_is_a_fault(value: object) -> None:
    assert fault(mapping(), value).endswith("not an object")


@pytest.mark.parametrize(
    ("name", "section", "value", "expected"),
    [
        ("nickname", "x", "Ann", "Ann"),
        ("nickname", "x", 12, "12"),
        ("nickname", "x", 12.0, "12"),
        ("nickname", "x", None, None),
        ("nickname", "{path: x, default: nobody}", None, "nobody"),
        ("nickname", "{path: x, enum: {'1': one, 'true': yes}}", 1, "one"),
        ("nickname", "{path: x, enum: {'1': one, 'true': yes}}", True, "yes"),
        ("nickname", "{path: x, enum: {none: null}}", "none", None),
        ("nickname", "{value: null}", "Ann", None),
        ("avatar_hash", "x", "AAAAAAAAAAA=", bytes(8)),
    ],
)
def test_a_value_is_converted_to_its_field(name: str, section: str, value: object, expected: object) -> None:
    assert field(name, section, value) == expected


def test_items_of_a_list_are_converted_each() -> None:
    others = "app: {value: other}\n      alternate_id: {value: b}\n      last_used_ms: {value: 1}\n      verified: x.ok"
    section = "{path: x.by, enum: {tel: PHONE, sms: TEXT, fax: null}}"
    value = {"ok": True, "by": ["tel", "fax", "sms"]}
    found = field("channels", section, value, "AlternateAccountLinked", others)
    assert [str(channel.value) for channel in found] == ["PHONE", "TEXT"]


def test_a_value_that_the_enum_map_lacks_is_a_fault() -> None:
    with pytest.raises(Malformed, match="nickname: a value that the enum map does not have"):
        field("nickname", "{path: x, enum: {a: b}}", "c")


INVITED: Final = """
each: {batch: batches, event: batch.events}
rules:
  - name: invited
    record: MemberJoined
    each: {member: event.members}
    when: member.id != event.by
    fields:
      event_id: {hash: HASH}
      at_ms: event.at
      group_id: batch.room
      account_id: member.id
      inviter_id: event.by
      via: {value: INVITE}
"""
BATCHES: Final = {
    "tenant": "eu",
    "batches": [
        {"room": "r1", "events": [{"id": 1, "at": 10, "by": "a", "members": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}]},
        {"room": "r2", "events": [{"id": 1, "at": 20, "by": "d", "members": [{"id": "e"}]}, {"id": 2}]},
    ],
}


def test_one_input_becomes_several_records_in_its_order() -> None:
    rules = parse_mapping(INVITED.replace("HASH", "[tenant, batch.room, event.id, member.id]"))
    found = records(rules, BATCHES)
    assert [(each.group_id, each.account_id) for each in found if isinstance(each, MemberJoined)] == [
        ("r1", "b"),
        ("r1", "c"),
        ("r2", "e"),
    ]
    assert len({each.event_id for each in found}) == 3  # type: ignore[attr-defined]
    assert found == records(rules, json.loads(json.dumps(BATCHES)))


def test_two_records_of_one_event_with_one_id_are_a_fault__c_32() -> None:
    rules = parse_mapping(INVITED.replace("HASH", "[batch.room, event.id]"))
    said = fault(rules, BATCHES)
    assert said.startswith("IMPOSSIBLE: rule invited: event_id: another record of the same event has this id")


def test_what_should_be_a_list_and_is_none_is_a_fault() -> None:
    rules = parse_mapping(INVITED.replace("HASH", "[member.id]"))
    assert fault(rules, {"batches": {}}) == "UNDECODABLE: each batch: an object, not a list (path batches)"


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "from", "to", "x"]), inner),
    max_leaves=8,
)


@given(JSON, JSON, JSON, JSON)
def test_any_value_becomes_a_valid_record_or_a_fault(key: object, time: object, sender: object, body: object) -> None:
    value = {"kind": "message", "id": key, "time": time, "from": sender, "to": "bob", "body": body}
    found = records_or_fault(value)
    if isinstance(found, Malformed):
        assert found.message.startswith("rule said: ")
        return
    (record,) = found
    assert to_json(record)["recipient_id"] == "bob"
    assert records(mapping(), value) == found


def records_or_fault(value: object) -> list[Record] | Malformed:
    try:
        return records(mapping(), value)
    except Malformed as refused:
        return refused


def test_numbers_of_json_beyond_64_bits_are_never_one_id() -> None:
    value = read_value(b'{"kind": "message", "id": 123456789012345678901, "time": 1, "from": {"id": 1}, "body": ""}')
    assert fault(mapping(), value).endswith("rule said: event_id: a number beyond 64 bits (path id)")


def test_friends_whose_start_is_unknown() -> None:
    rules = parse_mapping("""
rules:
  - name: known
    record: FriendAdded
    fields: {event_id: id, at_ms: at, account_id: a, friend_id: b, mutual: both, since_ms: {value: -1}}
""")
    (found,) = records(rules, {"id": 5, "at": 9, "a": 1, "b": 2, "both": False})
    assert found == FriendAdded(event_id="5", at_ms=9, account_id="1", friend_id="2", mutual=False, since_ms=-1)

"""Mapping files: every fault with its line, its key and a correction; and the JSON Schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.mapping.file import InvalidMapping, check_mapping, load_mapping, parse_mapping
from jobs.mapping.model import RECORDS, schema

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "rules:\n  - name: r\n    record: MemberJoined\n    fields:\n"
FIELDS = "      event_id: id\n      at_ms: at\n      group_id: g\n      account_id: a\n"


def faults(text: str) -> list[str]:
    with pytest.raises(InvalidMapping) as caught:
        parse_mapping(text)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("via: INVITE", "via: is a path here; for the constant write {value: INVITE}"),
        ("via: {value: INVIT}", 'via.value: "INVIT" is not one of INVITE, LINK, APPROVAL, FOUNDING'),
        ("via: {value: null}", "via.value: must have a value: the record needs one"),
        ("via: {path: v, default: nobody}", 'via.default: "nobody" is not one of INVITE, LINK, APPROVAL, FOUNDING'),
        ("via: {path: v, enum: {a: INVIT}}", 'via.enum.a: "INVIT" is not one of INVITE, LINK, APPROVAL, FOUNDING'),
        ("via: {path: v, unit: s}", "via.unit: is only for times, whose fields end in _ms"),
        ("via: {value: LINK, default: INVITE}", "via.default: is only for a path"),
        ("inviter_id: {hash: [v], default: ann}", "inviter_id.default: is only for a path"),
        ("via: {path: v, prefix: s}", "via.prefix: is only for ids and other texts"),
        ("via: {path: v, prefix: ''}", "via.prefix: must not be empty"),
        ("via: ''", "via: must not be empty"),
        (f"via: {{path: v, prefix: {'x' * 65}}}", f'via.prefix: "{"x" * 59}…" must have at most 64 characters'),
        ("via: {hash: [v]}", "via.hash: is only for an id"),
        ("via: {value: LINK, enum: {a: LINK}}", "via.value: a constant is in the contract's form"),
        ("via: {path: v, value: LINK}", "via: must have one of path, value and hash, and text alone is a path"),
        ("via: {}", "via: must have one of path, value and hash, and text alone is a path"),
        ("via: {pth: v}", 'via.pth: unknown key "pth"; did you mean path?'),
        ("via: 'v['", 'via: "v[" is no JMESPath expression'),
        ("via: {hash: ['v[']}", 'via.hash[0]: "v[" is no JMESPath expression'),
    ],
)
def test_a_fault_in_a_field_has_its_place(line: str, fault: str) -> None:
    assert any(each.startswith(f"line 9: rules[0].fields.{fault}") for each in faults(f"{HEAD}{FIELDS}      {line}\n"))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: rules: is missing; it must be given"),
        ("rules: []", "line 1: rules: must not be empty"),
        ("- a", "line 1: a mapping file has a list of rules, not a list"),
        ("rules: [{name: r, record: MemberJoind, fields: {}}]", "did you mean MemberJoined?"),
        ("rules: [{name: r, record: PolicyPublished, fields: {}}]", 'there is no input record "PolicyPublished"'),
        ("rules: [{name: r, record: Decision, fields: {}}]", 'there is no input record "Decision"'),
        ("rules: [{name: a b, record: AccountErased, fields: {}}]", '"a b" must be of the form'),
        (HEAD + FIELDS, "line 4: rules[0].fields: via is missing, without which there is no MemberJoined"),
        (HEAD + FIELDS + "      inviter: i\n", "MemberJoined has no such field; did you mean inviter_id?"),
        (HEAD.replace("fields", "changes: [insert]\n    fields") + FIELDS, "add envelope: debezium"),
        ("envelope: kafka\n" + HEAD + FIELDS, "line 1: envelope: \"kafka\" must be 'debezium'"),
        ("each: {a-b: x}\n" + HEAD + FIELDS, '"a-b" must be of the form'),
        ("each: {a: 'x['}\n" + HEAD + FIELDS, 'line 1: each.a: "x[" is no JMESPath expression'),
        (
            HEAD.replace("fields", "when: 'a =='\n    fields") + FIELDS,
            'rules[0].when: "a ==" is no JMESPath expression',
        ),
        (HEAD + FIELDS + "---\nrules: []", "a second document begins here; write one document"),
    ],
)
def test_a_fault_in_a_file_says_what_is_right(text: str, fault: str) -> None:
    assert any(fault in each for each in faults(text)), faults(text)


def test_a_unit_beside_an_enum_map_is_not_used() -> None:
    text = (
        HEAD + FIELDS.replace("at_ms: at", "at_ms: {path: at, unit: s, enum: {new: 5}}") + "      via: {value: LINK}\n"
    )
    assert faults(text) == [
        "line 6: rules[0].fields.at_ms.unit: is not used beside enum, whose values are times in milliseconds"
    ]


def test_names_of_rules_differ() -> None:
    rule = "{name: r, record: AccountErased, fields: {event_id: id, at_ms: at, account_id: a}}"
    assert faults(f"rules: [{rule}, {rule}]") == ['line 1: rules[1].name: "r" is the name of another rule, too']


def test_topics_differ() -> None:
    text = (
        "topics: [bus, bus]\nrules: [{name: r, record: AccountErased, fields: {event_id: a, at_ms: b, account_id: c}}]"
    )
    assert faults(text) == ['line 1: topics[1]: "bus" is given twice']


def test_the_first_fault_of_a_file_and_their_number_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("rules: [{name: r, record: x, fields: {}}, {name: q, record: y, fields: {}}]")
    with pytest.raises(BadInput, match=r"mapping.yaml: line 1: .* \(and 1 more: see kithward mapping check\)"):
        load_mapping(file)
    with pytest.raises(InvalidMapping, match="cannot be read"):
        check_mapping(tmp_path / "none.yaml")


def test_the_schema_has_every_key_and_record() -> None:
    rule = schema()["$defs"]["RuleSection"]["properties"]
    assert set(rule) == {"name", "record", "changes", "when", "each", "fields"}
    assert rule["record"]["enum"] == list(RECORDS)
    mapping, text = schema()["$defs"]["FieldSection"]["anyOf"]
    assert set(mapping["properties"]) == {"path", "value", "hash", "unit", "enum", "prefix", "default"}
    assert text["type"] == "string"

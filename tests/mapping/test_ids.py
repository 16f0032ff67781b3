"""Ids that are hashes: the same for the same values, others for others."""

from __future__ import annotations

import pytest

from jobs.mapping.file import parse_mapping
from jobs.mapping.mapping import EventMapping
from schemas.jsonl import read_value
from tests.mapping.mapped import fault, records


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "MISSING_FIELD: rule r: event_id: nothing to make the hash of (path a, b)"),
        ({"a": [1]}, "UNDECODABLE: rule r: event_id: a list, of which no hash is made (path a, b)"),
        ({"a": 2**64}, "OUT_OF_RANGE: rule r: event_id: a number beyond 64 bits (path a, b)"),
    ],
)
def test_an_id_is_made_of_something(value: object, words: str) -> None:
    assert fault(erasure(), value) == words


def erasure(name: str = "r") -> EventMapping:
    fields = "{event_id: {hash: [a, b]}, at_ms: {value: 1}, account_id: {value: x}}"
    return parse_mapping(f"rules: [{{name: {name}, record: AccountErased, fields: {fields}}}]")


def test_ids_of_other_values_and_other_rules_are_others__c_32() -> None:
    values = [{"a": 1}, {"b": 1}, {"a": "1"}, {"a": 1, "b": 1}, {"a": 1.5}, {"a": True}]
    found = [records(erasure(name), value)[0] for name in ("r", "q") for value in values]
    ids = {each.event_id for each in found}  # type: ignore[attr-defined]
    assert len(ids) == len(found)
    assert {len(each) for each in ids} == {32}
    # printf '["r",1,null]' | sha256sum
    assert found[0].event_id == "ab8407652e0a276ec6ae1e4ba5f33997"  # type: ignore[attr-defined]


def test_one_number_written_in_two_ways_gives_one_id__c_32() -> None:
    for one, other in (
        ("1", "1.0"),
        ("0", "-0.0"),
        ("1772442000", "1.772442e9"),
        ("9007199254740992", "9007199254740992.0"),
    ):
        first, second = (records(erasure(), read_value(b'{"a": %s}' % text.encode())) for text in (one, other))
        assert first == second

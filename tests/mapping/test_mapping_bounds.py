"""Bounds of what a mapping makes of one input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobs.mapping.file import parse_mapping
from jobs.mapping.mapping import MAX_RECORDS, Event, EventMapping
from jobs.mapping.reading import MappedTopic
from schemas.jsonl import read_value
from schemas.malformed import Malformed
from tests.mapping.mapped import fault, records
from tests.mapping.test_mapping import INVITED, MESSAGE, SAID, mapping

if TYPE_CHECKING:
    import pytest


def test_an_event_does_not_become_records_without_end() -> None:
    rules = parse_mapping(INVITED.replace("HASH", "[member.id]"))
    members = [{"id": str(number)} for number in range(MAX_RECORDS + 1)]
    value = {"batches": [{"room": "r", "events": [{"at": 1, "by": "x", "members": members}]}]}
    assert fault(rules, value) == f"OUT_OF_RANGE: more than {MAX_RECORDS:,} records of one event"


def test_lists_that_multiply_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an input what came before counts; of a rule nothing does, even if it applies to none of them."""
    monkeypatch.setattr("jobs.mapping.mapping.MAX_ELEMENTS", 20)
    refused = "more than 20 elements of lists, or very many members beside them"
    *before, last = mapping(f"each: {{one: a, other: a}}\n{MESSAGE}").events({"a": list(range(6))})
    assert [each.numbers for each in before[-2:]] == [(3, 4), (3, 5)]
    assert str(last.fault) == f"OUT_OF_RANGE: {refused}"
    never = MESSAGE.replace("when:", "each: {one: a, other: a, third: b}\n    when:")
    assert fault(mapping(never), {"a": list(range(5))}) == f"OUT_OF_RANGE: rule said: {refused}"
    assert records(mapping(never), {"a": list(range(4))}) == []


def test_one_value_of_a_topic_does_not_become_records_without_end__c_32(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came before counts."""
    monkeypatch.setattr("jobs.mapping.reading.MAX_OF_A_VALUE", 2)
    topic = MappedTopic(mapping(f"each: {{one: list}}\n{MESSAGE}"), read_value)
    made = topic.read(json.dumps({**SAID, "list": [1, 2, 3, 4]}).encode())
    assert len(made.records) == 2
    assert str(made.fault) == "OUT_OF_RANGE: more than 2 records of one value"


def failure(rules: EventMapping, event: Event) -> str:
    try:
        rules.records(event)
    except Malformed as fault:
        return str(fault)
    return ""


def test_lists_of_rules_count_with_those_of_the_input__c_32(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of the input and one beside it in a rule multiply, too."""
    monkeypatch.setattr("jobs.mapping.mapping.MAX_ELEMENTS", 20)
    rules = mapping(f"each: {{one: a}}\n{MESSAGE.replace('when:', 'each: {other: a}' + chr(10) + '    when:')}")
    said = [failure(rules, event) for event in rules.events({"a": list(range(6))})]
    assert said[:2] == ["", ""]
    assert all("more than 20 elements of lists" in each for each in said[2:])
    assert len(said) < 6


def test_members_beside_a_list_count_as_they_are_copied__c_32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a record of a megabyte, half list and half other members, would take minutes."""
    monkeypatch.setattr("jobs.mapping.mapping.MAX_ELEMENTS", 20)
    many = {f"member {number}": 0 for number in range(998)}
    *before, last = mapping(f"each: {{one: a}}\n{MESSAGE}").events({"a": list(range(6)), "b": 0, **many})
    assert [each.numbers for each in before] == [(1,)]
    assert str(last.fault).startswith("OUT_OF_RANGE: more than 20 elements of lists")

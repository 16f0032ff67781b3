"""The default policy: code, schema and documentation agree."""

import re
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest

from jobs.policy.authoring.json_schema import schema
from jobs.policy.file import load, parse
from jobs.policy.friendship_age import PackName
from jobs.policy.model import ActionName, PolicyFile
from operators.policy.action import Action
from operators.policy.keywords import DETECTORS, PACKS, Detector
from operators.policy.model import Policy

ROOT = Path(__file__).parents[2]


def test_the_documented_policy_is_the_default_policy() -> None:
    assert load(ROOT / "docs" / "policy.yaml") == Policy()


def test_the_rules_name_every_key_of_a_policy() -> None:
    rules = "".join(path.read_text() for path in (ROOT / "docs" / "rules").glob("*.md"))
    described = {key for section in _sections(schema()) for key in _keys(section)}
    assert described - set(re.findall(r"\w+", rules)) == set()


@pytest.mark.parametrize("document", ["", "# nothing\n", "{}", "null", "common:\nlimits:\n", "friendship_age: {}"])
def test_a_key_left_out_takes_its_default(document: str) -> None:
    assert parse(document) == Policy()


def test_the_documented_policy_gives_every_key() -> None:
    written = {line.split(":")[0].strip() for line in (ROOT / "docs" / "policy.yaml").read_text().splitlines()}
    described = {key for section in _sections(schema()) for key in _keys(section)}
    unsaid = {
        "text",
        "id",
        "anywhere",
        "language",
        "only",
        "add",
        "drop",
        "after_ms",
        "from_ms",
        "to_ms",
        "do",
        "at_most",
        "per_ms",
        "scope",
        "BLOCK",
        "EXIT_SESSION",
        "VERIFY",
    }
    inline = {"NONE", "WARN_LOOKALIKE", "forbid", "channels", "nickname", "avatar", "signature", "region"}
    inline |= {"within_ms", "sent", "fruitless", "strangers"}
    assert described - written - unsaid - inline == set()


def test_every_key_of_the_schema_has_a_description() -> None:
    properties = [value for section in _sections(schema()) for value in section["properties"].values()]
    sections = {"common", "friendship_age", "avatar_impersonation", "invite_forest", "event_group", "enforcement"}
    assert len(properties) > 120
    assert all("description" in value or "$ref" in value for value in properties)
    assert sections <= set(schema()["properties"])


def test_every_duration_of_the_schema_is_described_as_milliseconds() -> None:
    durations = [
        value for section in _sections(schema()) for key, value in section["properties"].items() if key.endswith("_ms")
    ]
    assert durations
    assert all(value["unit"] == "ms" for value in durations)


def test_no_number_of_a_policy_is_a_binary_float__c_15() -> None:
    def numbers(value: object) -> list[object]:
        if is_dataclass(value):
            return [number for field in fields(value) for number in numbers(getattr(value, field.name))]
        if isinstance(value, tuple | frozenset):
            return [number for item in value for number in numbers(item)]
        return [value]

    assert not any(isinstance(number, float) for number in numbers(parse("friendship_age: {gate_threshold: 0.9}")))


def test_thresholds_are_parsed_exactly__c_15() -> None:
    section = parse("friendship_age: {gate_threshold: 0.85, gate_weights: {nickname: 1e-05}}").friendship_age
    assert section.gate_threshold == Fraction(17, 20)
    assert section.gate_weights.nickname == Fraction(1, 100_000)


def test_the_names_in_the_schema_are_those_of_the_code() -> None:
    assert get_args(Detector) == DETECTORS
    assert get_args(PackName) == PACKS
    assert get_args(ActionName) == tuple(action.name for action in Action if action is not Action.NONE)


@pytest.mark.parametrize("page", ["glossary.md", "policy.yaml", "screening.md"])
def test_the_documentation_names_every_detector(page: str) -> None:
    described = (ROOT / "docs" / page).read_text("utf-8")
    assert [name for name in DETECTORS if name not in described] == []


def test_every_section_refuses_unknown_keys__c_20() -> None:
    assert PolicyFile.model_config["extra"] == "forbid"
    assert all(section["additionalProperties"] is False for section in _sections(schema()))


def _keys(section: dict[str, Any]) -> set[str]:
    """Return the keys of a section, without the short names of its durations."""
    keys = set(section["properties"])
    return keys - {name.removesuffix("_ms") for name in keys if name != "both_directions_ms" and name.endswith("_ms")}


def _sections(document: dict[str, Any]) -> list[dict[str, Any]]:
    definitions = [document, *document["$defs"].values()]
    forms = [form for definition in definitions for form in definition.get("anyOf", [definition])]
    return [form for form in forms if "properties" in form]

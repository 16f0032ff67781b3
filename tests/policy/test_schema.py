"""The JSON Schema of policy files gives each key's meaning, unit, range and default."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from jobs.policy.authoring.json_schema import schema
from jobs.policy.file import load
from jobs.policy.model import POLICY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = schema()
UNITS = {"_ms": "ms", "_m": "m", "_bytes": "bytes", "_pixels": "pixels", "_bits": "bits"}


def forms(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the alternative schemas of a node, with references resolved."""
    while "$ref" in node:
        node = SCHEMA["$defs"][node["$ref"].rsplit("/", 1)[-1]] | {k: v for k, v in node.items() if k != "$ref"}
    yield node
    for form in (*node.get("anyOf", ()), *node.get("allOf", ()), *node.get("oneOf", ())):
        yield from forms(form)


def keys(node: dict[str, Any], place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for form in forms(node):
        for name, below in form.get("properties", {}).items():
            yield f"{place}{name}", below
            yield from keys(below, f"{place}{name}.")
        for below in (form.get("items"), form.get("additionalProperties")):
            if isinstance(below, dict):
                yield from keys(below, place)


KEYS = dict(keys(SCHEMA))
NUMBERS = [place for place in KEYS if any(form.get("type") in {"integer", "number"} for form in forms(KEYS[place]))]


@pytest.mark.parametrize("place", KEYS)
def test_every_key_has_a_description(place: str) -> None:
    assert any(form.get("description") for form in forms(KEYS[place]))


@pytest.mark.parametrize("place", NUMBERS)
def test_every_number_has_the_unit_of_its_name_and_a_range(place: str) -> None:
    node = KEYS[place]
    assert node["unit"]
    assert all(node["unit"] == unit for ending, unit in UNITS.items() if place.endswith(ending))
    numbers = [form for form in forms(node) if form.get("type") in {"integer", "number"}]
    assert all("minimum" in form or "enum" in form for form in numbers)


def test_the_schema_is_of_the_whole_policy_file() -> None:
    sections = {
        "common",
        "friendship_age",
        "avatar_impersonation",
        "invite_forest",
        "event_group",
        "limits",
        "enforcement",
    }
    assert {place for place in KEYS if "." not in place} >= sections
    assert {"friendship_age.t1_ms", "limits.at_most", "invite_forest.condition.hits_needed"} <= set(NUMBERS)


@pytest.mark.parametrize("place", KEYS)
def test_every_key_has_a_title_in_words(place: str) -> None:
    title = KEYS[place]["title"]
    assert re.fullmatch(r"[A-Z0-9][a-z0-9 ]*", title)
    assert title.lower().replace(" ", "_") == place.rpartition(".")[2].removesuffix("_ms").lower()


SECTIONS = [*POLICY_FILE.model_fields]
EXAMPLES = [
    (place, example)
    for place in KEYS
    if place.count(".") <= 1 and place.split(".")[0] in SECTIONS
    for example in KEYS[place].get("examples", ())
]


@pytest.mark.parametrize(("place", "example"), EXAMPLES)
def test_every_example_is_valid(place: str, example: object, tmp_path: Path) -> None:
    section, _, key = place.partition(".")
    if section == "limits" and key:
        document: object = {
            "limits": {"BLOCK": ({} if key == "per" else {"per_ms": "1h"}) | {"at_most": 5, key: example}}
        }
    else:
        document = {section: {key: example} if key else example}
    (tmp_path / "keywords").mkdir()
    (tmp_path / "keywords" / "spring.txt").write_text("gift card\n")
    path = tmp_path / "policy.yaml"
    path.write_text(json.dumps(document, default=float), "utf-8")
    load(path)


def test_every_key_with_a_value_has_an_example() -> None:
    without = [
        place
        for place, key in KEYS.items()
        if "examples" not in key and not any("properties" in form for form in forms(key))
    ]
    assert without == []

"""Durations without the suffix of their keys: `t1: 3d` is `t1_ms: 3d`, wherever a duration may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from jobs.policy.authoring.json_schema import schema
from jobs.policy.file import InvalidPolicy, check, parse
from jobs.policy.model import POLICY_FILE
from jobs.policy.section_models import DOCUMENT
from tests.support.given import kithward, written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WITH_UNITS = """
version: v
common: {idle: 10s, out_of_order: 0}
friendship_age:
  t1: 5d
  t2: 2w
  conversation: {window: 12h}
  requests: {windows: [{within: 1d, sent: 5}], repeat_after: 2d}
invite_forest: {condition: {reports_within: 3d}, repeat_within: 9d}
limits: {BLOCK: {at_most: 5, per: 1h}}
enforcement: {delay_at_most: 30s}
"""


def test_a_duration_with_a_unit_needs_no_suffix() -> None:
    names = ("idle", "out_of_order", "t1", "t2", "window", "within", "repeat_after", "reports_within", "repeat_within")
    suffixed = WITH_UNITS
    for name in (*names, "per", "delay_at_most"):
        suffixed = suffixed.replace(f"{name}: ", f"{name}_ms: ")
    assert suffixed != WITH_UNITS
    assert parse(WITH_UNITS) == parse(suffixed) != parse("version: v")


@pytest.mark.parametrize("value", ["[1]", "{a: 1}", "[]", "true", "false", "-1", "1.5", ".nan", "'3'", "soon", "''"])
def test_what_is_no_duration_is_told_of_units_alone(value: str) -> None:
    with pytest.raises(InvalidPolicy) as caught:
        parse(f"friendship_age: {{t1: {value}}}")
    (fault,) = caught.value.faults
    assert fault.message.endswith(" must be a duration: a number and one of ms, s, m, h, d, w, such as 3d, 10m, 250ms")


def test_intervals_are_read_as_people_write_them() -> None:
    rows = "{{from{0}: 0, to{0}: 1d, do: [BLOCK]}}, {{from{0}: 1d, to{0}: null, do: [WARN]}}"
    table = f"friendship_age: {{{{bands: [{rows}]}}}}"
    assert parse(table.format("")) == parse(table.format("_ms"))


@pytest.mark.parametrize("section", [name for name in POLICY_FILE.model_fields if name not in {"version", "limits"}])
def test_every_duration_of_the_documented_policy_may_be_without_its_suffix(section: str) -> None:
    documented = {section: yaml.safe_load(DOCUMENT.read_text("utf-8"))[section]}
    short = {section: shortened(documented[section])}
    assert parse(yaml.safe_dump(short)) == parse(yaml.safe_dump(documented))


def shortened(values: Mapping[str, object]) -> dict[str, object]:
    """Return a section with its durations' keys without suffix, unless that is another key."""
    return {
        name if name.removesuffix("_ms") in values else name.removesuffix("_ms"): value
        for name, value in values.items()
    }


def test_warnings_name_the_key_as_it_is_written(tmp_path: Path) -> None:
    path = written(tmp_path / "policy.yaml", ["version: v", "friendship_age:", "  t1: 1s"])
    assert check(path).policy.friendship_age.bands[0].to_ms == 1_000
    assert kithward("policy", "check", path).exit_code == 0


def test_the_json_schema_accepts_both_names_and_says_the_same_of_them() -> None:
    section = schema()["$defs"]["FriendshipAgeSection"]["properties"]
    assert section["t1"]["description"] == section["t1_ms"]["description"]
    assert {"const": 0} in section["t1"]["anyOf"]
    limit = schema()["$defs"]["LimitSection"]
    assert limit["required"] == ["at_most"]
    assert limit["allOf"] == [{"anyOf": [{"required": ["per_ms"]}, {"required": ["per"]}]}]
    assert "both_directions_ms" in schema()["$defs"]["AvatarImpersonationSection"]["properties"]
    assert schema()["$defs"]["AvatarImpersonationSection"]["properties"]["both_directions"]["type"] == "boolean"

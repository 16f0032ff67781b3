"""`kithward policy check`: a valid policy is summarised in one line, an invalid one has every fault with its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jobs.scenario.files import POLICY
from operators.policy.keywords import PACKS
from tests.support.given import kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

SECTIONS = ("friendship_age", "avatar_impersonation", "invite_forest", "event_group")


def test_a_valid_policy_is_summarised_in_one_line() -> None:
    result = kithward("policy", "check", POLICY)
    assert (result.exit_code, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"{POLICY}: valid, version demo, ")
    assert "friends for: less than 3 days FIRST_OPERATION; 3 to 30 days MIDDLE; 30 days or more VERIFY" in line


def test_an_empty_file_has_the_defaults(tmp_path: Path) -> None:
    result = kithward("policy", "check", written(tmp_path / "policy.yaml", []))
    assert "valid, version default" in result.stdout


def test_every_fault_is_printed_with_file_line_and_key__c_20(tmp_path: Path) -> None:
    path = written(tmp_path / "policy.yaml", ["common:", "  idel: 1s", "friendship_age:", "  t1_ms: 9d", "  t2_ms: -1"])
    result = kithward("policy", "check", path)
    assert (result.exit_code, result.stdout) == (2, "")
    said = result.stderr.splitlines()
    assert said[0].startswith(f"{path}:2: common.idel: ")
    assert any(line.startswith(f"{path}:5: friendship_age.t2_ms: ") for line in said)


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        (
            [
                f"{name}: {{enabled: false}}"
                for name in ("friendship_age", "strangers", "avatar_impersonation", "invite_forest", "event_group")
            ],
            "no section is enabled",
        ),
        (["friendship_age: {detectors: []}"], "no message is ever suspicious"),
        (["friendship_age: {packs: [], keywords: []}"], "no keywords"),
        (["friendship_age: {shopping_hosts: []}"], "friendship_age.shopping_hosts: is empty"),
        (["enforcement: {log_only: [WARN, BLOCK]}"], "enforcement.log_only: recorded and never commanded: WARN, BLOCK"),
        (
            ["limits: {BLOCK: {at_most: 0, per_ms: 1h}}"],
            "limits.BLOCK.at_most: is 0: decisions with this action are never",
        ),
        (["invite_forest: {condition: {findings: true}}"], "every group message is judged"),
        (["invite_forest: {condition: {patterns: [x]}}"], "every group message is judged"),
    ],
)
def test_a_valid_policy_with_less_effect_or_more_cost_than_expected_has_a_warning(
    tmp_path: Path, lines: list[str], warning: str
) -> None:
    result = kithward("policy", "check", written(tmp_path / "policy.yaml", lines))
    assert result.exit_code == 0
    assert warning in result.stderr


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\x00\xff", b"{", b"- 1", b"a: b: c"])
def test_a_file_that_is_no_policy_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "policy.yaml").write_bytes(content)
    result = kithward("policy", "check", tmp_path / "policy.yaml")
    assert result.exit_code == 2
    assert all(line.startswith(f"{tmp_path / 'policy.yaml'}") for line in result.stderr.splitlines())


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        result = kithward("policy", "check", path)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
    assert "Missing argument 'FILE'" in the_one_line(kithward("policy", "check"))


def test_the_schema_of_policies_is_printed_for_editors() -> None:
    result = kithward("policy", "schema")
    assert result.exit_code == 0
    assert "t1_ms" in json.dumps(json.loads(result.stdout))


def test_packs_are_listed_with_what_they_cover__fa_7() -> None:
    listed = kithward("policy", "packs")
    assert listed.exit_code == 0
    assert len(listed.stdout.splitlines()) == len(PACKS)
    packs = {pack["pack"]: pack for pack in json.loads(kithward("policy", "packs", "--json").stdout)}
    assert tuple(packs) == PACKS
    assert packs["es"]["language"] == "Spanish"
    assert {"codes", "new-number"} <= set(packs["es"]["kinds"])
    assert packs["es"]["phrases"] > packs["es"]["entries"] > 0

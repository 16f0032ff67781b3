"""`kithward policy new`: a commented policy file to begin with, from a preset or by asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from jobs.cli.app import app
from jobs.policy.authoring.draft import Preset, merge, write_draft
from jobs.policy.file import InvalidPolicy, check, load, parse
from operators.policy.action import Action
from operators.policy.model import Policy
from tests.support.given import kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("preset", Preset)
def test_each_preset_is_a_valid_policy_without_warnings_in_which_every_key_is_explained(
    tmp_path: Path, preset: Preset
) -> None:
    path = tmp_path / "policy.yaml"
    made = kithward("policy", "new", path, "--from", preset)
    assert (made.exit_code, made.stdout) == (0, "")
    assert f"check it with: kithward policy check {path}" in made.stderr
    checked = check(path)
    assert (checked.warnings, checked.policy.version) == ((), preset)
    lines = path.read_text("utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if line.startswith("  ") and "#" not in line]
    explained = [
        lines[number - 1].lstrip().startswith("#") for number in keys if not lines[number].lstrip()[0].isupper()
    ]
    assert all(explained)
    assert max(map(len, lines)) <= 100


def test_presets_differ_as_they_say() -> None:
    careful, balanced, strict = (parse(write_draft("default", "", preset.document)) for preset in Preset)
    assert balanced == Policy()
    rates = [each.friendship_age.screen.false_alarms for each in (careful, balanced, strict)]
    assert rates == sorted(set(rates))
    ages = [each.friendship_age.bands[0].to_ms for each in (careful, balanced, strict)]
    assert ages[0] == ages[1]
    assert ages[2] == 14 * 24 * 3_600_000
    assert not careful.friendship_age.bands[0].operation.exit_session
    assert {limit.action for limit in careful.limits} >= {Action.BLOCK, Action.BAN, Action.REMOVE}


def test_a_draft_says_what_a_key_means_and_what_its_default_is() -> None:
    text = write_draft(
        "v", "A test.", {"friendship_age": {"t1": "5d"}, "limits": {"BLOCK": {"at_most": 1, "per": "1h"}}}
    )
    assert "  # T1: below this age the first operation (FA-22); default: 3d\n  t1: 5d\n" in text
    assert "limits:\n  BLOCK: {at_most: 1, per: 1h}\n" in text
    with pytest.raises(InvalidPolicy):
        write_draft("v", "", {"friendship_age": {"t1": "soon"}})


def test_documents_are_merged_by_section_and_operations_are_replaced() -> None:
    first = {"a": {"x": 1, "do": {"WARN": {}}}, "b": 1}
    assert merge(first, {"a": {"y": 2, "do": {"BLOCK": {}}}, "c": 3}) == {
        "a": {"x": 1, "do": {"BLOCK": {}}, "y": 2},
        "b": 1,
        "c": 3,
    }


def test_the_version_has_a_name_of_its_own_and_standard_output_will_do() -> None:
    made = kithward("policy", "new", "-", "--from", "strict", "--name", "strict-2026")
    assert parse(made.stdout).version == "strict-2026"
    assert made.stdout.startswith("# Policy strict-2026, from the preset strict. ")


def test_an_existing_file_is_not_replaced(tmp_path: Path) -> None:
    path = written(tmp_path / "policy.yaml", ["version: mine"])
    assert f"{path}: exists already" in the_one_line(kithward("policy", "new", path, "--from", "careful"))
    assert load(path).version == "mine"


def answered(path: Path, *answers: str) -> Any:
    return CliRunner().invoke(app, ["policy", "new", str(path)], input="".join(f"{each}\n" for each in answers))


def test_questions_are_asked_and_what_differs_is_written(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    made = answered(path, "careful", "5d", "", "112", "n", "mine")
    assert made.exit_code == 0
    for preset in Preset:
        assert f"{preset}: {preset.meaning}" in made.stderr
    policy = load(path)
    assert (policy.version, policy.friendship_age.alert_number) == ("mine", "112")
    assert [band.to_ms for band in policy.friendship_age.bands] == [5 * 86_400_000, 30 * 86_400_000, None]
    assert not policy.enforcement.log_only
    assert "t2" not in path.read_text("utf-8")


def test_the_usual_answers_record_decisions_only(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    assert answered(path, *[""] * 6).exit_code == 0
    policy = load(path)
    assert policy.version == "balanced"
    assert policy.enforcement.log_only == set(Action) - {Action.NONE}
    (warning,) = check(path).warnings
    assert warning.message == "recorded and never commanded: WATCH, NOTIFY_ADMIN, WARN and 11 more"


def test_a_wrong_answer_is_asked_again_and_not_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    made = answered(path, "fierce", "strict", "soon", "4d", *[""] * 4)
    assert made.exit_code == 0
    assert "answer careful, balanced, strict" in made.stderr
    assert load(path).friendship_age.bands[0].to_ms == 4 * 86_400_000
    other = tmp_path / "other.yaml"
    assert "no answer to: Which of these" in answered(other, *["fierce"] * 9).stderr
    assert not other.exists()


def test_ages_in_the_wrong_order_are_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    made = answered(path, "balanced", "-1d", "40d", "30d", "50d", *[""] * 3)
    assert made.exit_code == 0
    assert "  must be at least 0\n" in made.stderr
    assert "  must be at least 40d\n" in made.stderr
    assert [band.to_ms for band in load(path).friendship_age.bands[:2]] == [40 * 86_400_000, 50 * 86_400_000]


def test_nobody_may_be_new(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    assert answered(path, "balanced", "0d", "0d", *[""] * 3).exit_code == 0
    (band,) = load(path).friendship_age.bands
    assert (band.from_ms, band.to_ms) == (0, None)


def test_what_is_offered_is_an_answer_that_will_do(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    assert answered(path, "balanced", "40d", *[""] * 4).exit_code == 0
    assert [band.to_ms for band in load(path).friendship_age.bands] == [40 * 86_400_000, None]


def test_a_fault_in_what_is_not_written_has_no_line(tmp_path: Path) -> None:
    made = kithward("policy", "new", tmp_path / "policy.yaml", "--from", "strict", "--name", "x" * 300)
    assert (made.exit_code, "policy new: version: " in the_one_line(made)) == (2, True)


def test_without_anybody_to_answer_a_preset_is_asked_for(tmp_path: Path) -> None:
    made = answered(tmp_path / "policy.yaml")
    assert made.exit_code == 2
    assert "nobody answers; give --from careful, balanced, strict" in made.stderr

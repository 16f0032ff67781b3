"""`kithward policy tune`, and the page about tuning: every command that it shows prints what it shows."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from jobs.deploy.installation import ROOT
from tests.support.given import kithward, policy_event, the_one_line, written
from tests.support.reviews.recording import recorded
from tests.support.typed_commands import FINDS, Typed, missing, typed_in

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (ROOT / "docs" / "tuning.md").read_text("utf-8")
T1 = ("--setting", "friendship_age.t1")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the files of the page."""
    directory = tmp_path_factory.mktemp("tuning")
    written(directory / "reviewed.jsonl", recorded())
    written(directory / "policy.yaml", ["version: default"])
    written(directory / "shorter.yaml", ["version: shorter", "friendship_age: {t1: 36h}"])
    return directory


def tuned(place: Path, *options: object) -> dict[str, Any]:
    events = place / "reviewed.jsonl"
    result = kithward("policy", "tune", "--policy", place / "policy.yaml", "--events", events, *options, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("typed", list(typed_in(PAGE)), ids=lambda typed: typed.command)
def test_every_command_of_the_page_prints_what_the_page_shows__rv_22_rv_23(
    typed: Typed, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    name, *arguments = shlex.split(typed.command)
    result = kithward(*arguments)
    assert name == "kithward"
    assert result.exit_code == typed.command.startswith(FINDS), result.output
    assert missing(result.stdout, typed.shown) == [], result.output


def test_the_same_is_there_for_machines__rv_23(place: Path) -> None:
    found = tuned(place, *T1, "--values", "36h")
    (setting,) = found["settings"]
    assert (found["policy"], found["events"], found["not_valid"]) == ("default", len(recorded()), 0)
    assert (setting["setting"], setting["unit"]) == ("friendship_age.t1", "ms")
    assert [(each["value"], each["present"]) for each in setting["values"]] == [("3d", True), ("36h", False)]
    assert setting["values"][1]["rules"]["friendship-age"] == {
        "decisions": 40,
        "looked_at": 18,
        "upheld": 15,
        "overturned": 3,
        "disputed": 0,
        "undecided": 0,
        "precision": {"low": 0.6078, "high": 0.9416, "confidence": 0.95},
        "upheld_lost": 2,
        "overturned_avoided": 10,
        "missed": 1,
        "found": 0,
    }


def test_values_that_are_not_valid_with_the_others_are_left_out_unless_asked_for__rv_e23(place: Path) -> None:
    (setting,) = tuned(place, "--setting", "friendship_age.t2")["settings"]
    assert [each["value"] for each in setting["values"]] == ["30d", "180h", "15d", "60d", "120d"]
    events = place / "reviewed.jsonl"
    asked = ("policy", "tune", "--policy", place / "policy.yaml", "--events", events, *T1, "--values", "40d")
    assert "--values 40d: 30d is below t1_ms" in the_one_line(kithward(*asked))


def test_decisions_of_a_version_of_another_name_are_met_by_that_name__rv_23(place: Path) -> None:
    events, policy = place / "reviewed.jsonl", written(place / "renamed.yaml", ["version: renamed"])
    asked = ("policy", "tune", "--policy", policy, "--events", events, *T1, "--values", "36h")
    warned = kithward(*asked).stderr
    assert "30 decisions that people looked at are not made by this policy in this replay" in warned
    result = kithward(*asked, "--recorded-as", "default")
    assert (result.stderr, "     15           3  60% to 95%" in result.stdout) == ("", True)


def test_what_is_no_name_of_a_version_is_refused(place: Path) -> None:
    events, policy = place / "reviewed.jsonl", place / "policy.yaml"
    refused = kithward("policy", "tune", "--policy", policy, "--events", events, *T1, "--recorded-as", "a b")
    assert the_one_line(refused) == 'kithward: --recorded-as: "a b" must not contain spaces'


def test_of_a_sample_its_own_numbers_are_shown(place: Path) -> None:
    found = tuned(place, *T1, "--values", "36h", "--sample", "100%")
    assert found["sample"] == {"share": 1.0}
    assert found["settings"] == tuned(place, *T1, "--values", "36h")["settings"]


def test_without_answers_the_numbers_of_decisions_are_left(place: Path) -> None:
    events = written(
        place / "events.jsonl", [each for each in recorded() if "Reported" not in type(each).__name__][:81]
    )
    asked = ("policy", "tune", "--policy", place / "policy.yaml", "--events", events, *T1, "--values", "36h")
    result = kithward(*asked)
    assert "nobody has answered about these decisions" in result.stderr
    assert "unknown" in result.stdout


def test_policies_among_the_events_are_passed_over__rv_23(place: Path) -> None:
    off = written(place / "off.jsonl", [policy_event("off", "friendship_age: {enabled: false}", effective_at_ms=0)])
    asked = ("policy", "tune", "--policy", place / "policy.yaml", *T1, "--values", "36h", "--json")
    result = kithward(*asked, "--events", off, place / "reviewed.jsonl")
    assert json.loads(result.stdout)["settings"] == tuned(place, *T1, "--values", "36h")["settings"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--section", "common"), "has no settings to try"),
        (("--setting", "friendship_age.bands"), "--setting friendship_age.bands"),
        (("--events", "reviewed.jsonl"), "name a --section or a --setting"),
        (("--events", "reviewed.jsonl", "--section", "strangers", "--values", "1d"), "belongs to one --setting"),
        (("--events", "reviewed.jsonl", "--topic", "messages", *T1, "--values", "1d"), "either event files"),
        (("--events", "nowhere.jsonl", *T1, "--values", "1d"), "nowhere.jsonl"),
    ],
)
def test_wrong_use_is_named_in_a_line(
    options: tuple[str, ...], said: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place)
    assert said in the_one_line(kithward("policy", "tune", "--policy", "policy.yaml", *options))


def test_too_many_replays_are_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.cli.policy.tuning._VARIANTS_AT_MOST", 3)
    asked = ("policy", "tune", "--policy", place / "policy.yaml", "--events", place / "reviewed.jsonl", *T1)
    assert "5 replays are too many" in the_one_line(kithward(*asked))


def test_no_file_is_changed(place: Path) -> None:
    before = {path.name: path.read_bytes() for path in place.iterdir()}
    tuned(place, *T1, "--values", "1d")
    assert {path.name: path.read_bytes() for path in place.iterdir()} == before

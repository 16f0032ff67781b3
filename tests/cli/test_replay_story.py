"""The decisions of a replay of the demo's scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.replay.event_files import open_events
from jobs.scenario.files import EVENTS, POLICY
from tests.support.given import contents, kithward, lines

if TYPE_CHECKING:
    from pathlib import Path

STORY = ("--events", *EVENTS)


def test_the_scenario_has_the_expected_decisions(tmp_path: Path) -> None:
    assert kithward("replay", *STORY, "--out", tmp_path, "--policy", POLICY).exit_code == 0
    incidents = {"event-group", "identification"}
    decided = [line for line in lines(tmp_path, "decisions") if line["rule"] not in incidents]
    assert [(line["subject_id"], line["outcome"]) for line in decided] == [
        ("mika", "FIRST_OPERATION"),
        ("tom", "MIDDLE"),
        ("martin", "VERIFY"),
        ("martin", "NOT_GENUINE"),
        ("martin", "ALREADY_BLOCKED"),
        ("lena", "VERIFY"),
        ("lena", "GENUINE"),
        ("lena", "ATTACHED"),
        ("piet", "VERIFY"),
        ("piet", "ATTACHED"),
        ("piet", "UNVERIFIED"),
        ("kim", "FIRST_OPERATION"),
        ("kim", "FIRST_OPERATION"),
        ("wei", "FIRST_OPERATION"),
        ("tom", "MIDDLE"),
        ("vera", "STRANGER"),
        ("otto", "VERIFY"),
        ("otto", "UNVERIFIED"),
        ("kim", "STRANGER"),
        ("sasha", "MANAGED"),
        ("sasha", "MANAGED"),
        ("rosa", "REVIEW"),
        ("lena_m", "ASKED"),
        ("lena_m", "REFUSED_DENIED"),
        ("lena_m", "STRANGER"),
        ("lena_m", "RISK_USER"),
        ("lena_m", "REFUSED_DENIED"),
        ("tom_work", "ASKED"),
        ("tom_work", "ACCEPTED"),
        ("ines", "ACCEPTED"),
        ("chen", "VERIFY"),
        ("chen", "UNVERIFIED"),
        ("ines", "REVIEW"),
        ("mika", "FIRST_OPERATION"),
        ("mika", "MIDDLE"),
    ]
    assert [line["reason"] for line in lines(tmp_path, "dead-letters")] == ["UNDECODABLE", "IMPOSSIBLE"]


def test_the_events_of_the_scenario_contain_its_policy(tmp_path: Path) -> None:
    kithward("replay", *STORY, "--out", tmp_path / "with", "--policy", POLICY)
    kithward("replay", *STORY, "--out", tmp_path / "without")
    assert contents(tmp_path / "with") == contents(tmp_path / "without")
    with open_events(EVENTS) as recordings:
        assert [policy.document for policy in recordings.policies()] == [POLICY.read_text("utf-8")]

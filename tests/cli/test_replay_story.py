"""The decisions of a replay of the demo's scenario."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobs.replay.event_files import open_events
from jobs.scenario.files import EVENTS, POLICY
from tests.support.given import contents, kithward, lines

if TYPE_CHECKING:
    from pathlib import Path

STORY = ("--events", *EVENTS)


DECIDED = [
    "mika FIRST_OPERATION",
    "tom MIDDLE",
    "martin VERIFY",
    "martin NOT_GENUINE",
    "martin ALREADY_BLOCKED",
    "lena VERIFY",
    "lena GENUINE",
    "lena ATTACHED",
    "piet VERIFY",
    "piet ATTACHED",
    "piet UNVERIFIED",
    "kim FIRST_OPERATION",
    "kim FIRST_OPERATION",
    "wei FIRST_OPERATION",
    "tom MIDDLE",
    "vera STRANGER",
    "hana TRUSTED",
    "otto VERIFY",
    "otto UNVERIFIED",
    "kim STRANGER",
    "sasha MANAGED",
    "sasha MANAGED",
    "rosa REVIEW",
    "samir VERIFY",
    "samir NOT_GENUINE",
    "samir VERIFY",
    "samir GENUINE",
    "lena_m ASKED",
    "lena_m REFUSED_DENIED",
    "lena_m STRANGER",
    "lena_m RISK_USER",
    "nico FIRST_OPERATION",
    "dora MIDDLE",
    "lena_m REFUSED_DENIED",
    "gus STRANGER",
    "leo MIDDLE",
    "leo MIDDLE",
    "leo MIDDLE",
    "leo FIRST_OPERATION",
    "tom_work ASKED",
    "tom_work ACCEPTED",
    "ines ACCEPTED",
    "piet_v ASKED",
    "piet_v REFUSED_DENIED",
    "piet_v STRANGER",
    "piet_v RISK_USER",
    "chen VERIFY",
    "chen UNVERIFIED",
    "ines REVIEW",
    "mika FIRST_OPERATION",
    "mika MIDDLE",
]
"""Subjects and outcomes, but those of incidents."""


def test_the_scenario_has_the_expected_decisions(tmp_path: Path) -> None:
    assert kithward("replay", *STORY, "--out", tmp_path, "--policy", POLICY).exit_code == 0
    incidents = {"event-group", "identification"}
    decided = [line for line in lines(tmp_path, "decisions") if line["rule"] not in incidents]
    assert [f"{line['subject_id']} {line['outcome']}" for line in decided] == DECIDED
    assert [line["reason"] for line in lines(tmp_path, "dead-letters")] == ["UNDECODABLE", "IMPOSSIBLE"]


def test_the_scenario_has_a_conversation_that_adds_up_to_a_hit__fa_86(tmp_path: Path) -> None:
    kithward("replay", *STORY, "--out", tmp_path, "--policy", POLICY)
    (found,) = (line for line in lines(tmp_path, "decisions") if "CONVERSATION" in line["reasons"])
    listed = json.loads(found["evidence"])["conversation"]
    assert [each["event_id"] for each in listed] == ["d-07", "d-08", "d-09", "d-10"]


def test_the_events_of_the_scenario_contain_its_policy(tmp_path: Path) -> None:
    kithward("replay", *STORY, "--out", tmp_path / "with", "--policy", POLICY)
    kithward("replay", *STORY, "--out", tmp_path / "without")
    assert contents(tmp_path / "with") == contents(tmp_path / "without")
    with open_events(EVENTS) as recordings:
        assert [policy.document for policy in recordings.policies()] == [POLICY.read_text("utf-8")]

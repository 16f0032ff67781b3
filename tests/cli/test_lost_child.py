"""The decisions about the demo's incident: a girl is found alone at a fountain, and people come to help."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.scenario.files import EVENTS, POLICY
from tests.support.given import contents, kithward, lines

if TYPE_CHECKING:
    from pathlib import Path

TOLD = [
    ("bela", "REQUESTED"),
    ("bela", "APPROVED"),
    ("bela", "CREATED"),
    ("bela", "MEMBER_ADDED"),  # joao, who is near
    ("bela", "MEMBER_ADDED"),  # the police; vera, who was near long ago, was not asked
    ("nuno", "REQUESTED"),
    ("nuno", "APPROVED"),
    ("bela", "MEMBER_ADDED"),  # nuno, who reports the same
    ("nuno", "CLOSED"),
    ("joao", "MATCHED"),  # ida, by a picture
    ("bela", "MEMBER_ADDED"),  # hana, ida's mother
    ("hana", "FORBIDDEN_ROLE"),
    ("bela", "MEMBER_DECLINED"),  # rosa
    ("bela", "MEMBER_DECLINED"),  # bela leaves, and the police keep the group
    ("bela", "PROMPT_EXPIRED"),  # ida, who is six
    ("bela", "CLOSED"),
]


def test_the_incident_of_the_scenario_has_the_expected_decisions(tmp_path: Path) -> None:
    result = kithward("replay", "--events", *EVENTS, "--out", tmp_path, "--policy", POLICY)
    assert result.exit_code == 0
    decided = [line for line in lines(tmp_path, "decisions") if line["rule"] in {"event-group", "identification"}]
    assert [(line["subject_id"], line["outcome"]) for line in decided] == TOLD
    asked = {line["account_id"] for line in lines(tmp_path, "commands") if line["type"] == "PromptToJoin"}
    assert asked == {"joao", "city-police", "ida", "hana", "rosa"}


def test_the_relation_of_follower_and_object_is_in_no_output__eg_2(tmp_path: Path) -> None:
    kithward("replay", "--events", *EVENTS, "--out", tmp_path, "--policy", POLICY)
    assert "grandmother" not in repr(contents(tmp_path))


def test_an_incident_is_explained_in_words(tmp_path: Path) -> None:
    kithward("replay", "--events", *EVENTS, "--out", tmp_path, "--policy", POLICY)
    said = kithward("explain", tmp_path / "decisions.jsonl").stdout
    for part in (
        "bela's incident has its group, and who can help is asked to join",
        "CreateEventGroup: open a group for bela (lost_child)",
        "PromptToJoin: ask hana to join, as follower",
        "AddMember: let city-police into the group, as organisation, who may manage",
        "hana may not ask who is concerned",
        "MERGED: somebody else has reported the same, and that group is open",
        "ManageMember: remove bela",
    ):
        assert part in said

"""`kithward explain`: the whole evidence in words, and never the text of a message."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.printable import printable
from jobs.scenario.files import EVENTS
from operators.policy.durations import DAY
from schemas.jsonl import read_file, write_file
from schemas.records import MessageSent
from tests.support.given import DECISION, kithward, lines, message, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story's outputs."""
    out = tmp_path_factory.mktemp("outputs")
    kithward("replay", "--events", *EVENTS, "--out", out)
    return out


def explained(file: Path, *options: str) -> str:
    result = kithward("explain", file, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def of_evidence(tmp_path: Path, evidence: object) -> str:
    document = evidence if isinstance(evidence, str) else json.dumps(evidence)
    return explained(written(tmp_path / "decisions.jsonl", [replace(DECISION, evidence=document)]))


def test_a_case_shows_associated_members_and_their_paths_to_the_offender(outputs: Path) -> None:
    case = next(line for line in lines(outputs, "decisions") if line["rule"] == "invite-forest")
    said = explained(outputs / "decisions.jsonl", "--decision", case["decision_id"])
    for part in (
        "sasha abused the group g-garden",
        "keywords: a phrase that the group's rules do not allow",
        "5 members tied to the offender could be sanctioned, 5/8 of the group",
        "emil at distance 2, by way of emil - bruno - sasha: WATCH",
        "keep sasha out of the group g-garden until 2025-04-03 12:00:00 UTC",
    ):
        assert part in " ".join(said.replace("\u2502", " ").split()), said


def test_a_decision_shows_event_time_accounts_conditions_and_commands(outputs: Path) -> None:
    first = lines(outputs, "decisions")[0]
    said = explained(outputs / "decisions.jsonl", "--decision", first["decision_id"])
    for part in (
        "mika, a new friend of rosa, sent a suspicious message",
        "when: 2025-03-03 09:40:00 UTC",
        "about: mika",
        "protects: rosa",
        "policy: demo",
        'keyword "payment": characters 33 to 39 (offsets 32-39)',
        "friends since 2025-03-03 09:00:00 UTC",
        "40 minutes at the time of the message",
        "[x] age less than 3 days: it was 40 minutes",
        "[ ] blocked",
        "ExitSession: end rosa's conversation with mika",
        "Warn: warn rosa about mika in the application",
    ):
        assert part in said


def test_a_lookalike_is_shown_with_the_compared_pictures(outputs: Path) -> None:
    found, _ = (line for line in lines(outputs, "decisions") if line["outcome"] == "RISK_USER")
    said = explained(outputs / "decisions.jsonl", "--decision", found["decision_id"])
    for part in (
        "lena_m wrote something suspicious to rosa and shows the picture of somebody whom rosa knows",
        "looks like: lena",
        "5 of 64 bits differ: 92.19% alike",
        "compared as they are (phash), version 1",
        "set 2025-03-02 08:01:00 UTC by event l-01",
        "hash e4b1c86d9a3275cb, quality unknown",
        "[x] order established",
    ):
        assert part in said


def test_a_friend_request_is_shown_with_the_friends_who_were_asked(outputs: Path) -> None:
    [refused, *_] = [line for line in lines(outputs, "decisions") if line["outcome"] == "REFUSED_DENIED"]
    said = explained(outputs / "decisions.jsonl", "--decision", refused["decision_id"])
    for part in (
        "lena: 96.53% alike (exactly 139/144)",
        "avatar: 59/64",
        "avatars: 5 of 64 bits differ: 92.19% alike",
        "answers",
        "lena: NO",
        "friends compared: 3",
    ):
        assert part in said
    assert "Marchetti" not in said


def test_a_cropped_copy_beside_a_name_with_an_added_word_is_shown_with_its_reasons(outputs: Path) -> None:
    asked = next(line for line in lines(outputs, "decisions") if line["subject_id"] == "piet_v")
    said = explained(outputs / "decisions.jsonl", "--decision", asked["decision_id"])
    for part in (
        "piet_v wants to be a friend of rosa and looks like one of rosa's friends",
        "piet: 99.26% alike (exactly 135/136): similar_profile, picture_and_name, same_name, same_picture",
        "avatars: compared without borders, one of them cropped (crop), version 1",
        "names, as people see them: same",
    ):
        assert part in said


def test_a_conversation_is_shown_by_its_messages__fa_86(tmp_path: Path) -> None:
    said = of_evidence(tmp_path, {"conversation": [{"event_id": "m1", "at_ms": 1_740_996_000_000, "points": 1_000}]})
    assert "2025-03-03 10:00:00 UTC: event m1, 1,000 points" in said


def test_every_decision_of_a_file_is_explained_and_every_condition_of_its_evidence(outputs: Path) -> None:
    said = explained(outputs / "decisions.jsonl")
    decisions = lines(outputs, "decisions")
    assert re.findall(r"decision id: (\w{32})\n.*\n.*", said)[:1] == [decisions[0]["decision_id"]]
    assert all(f"decision id: {line['decision_id']}" in said for line in decisions)
    held = [condition["result"] for line in decisions for condition in json.loads(line["evidence"])["conditions"]]
    assert [box == "[x]" for box in re.findall(r"[├└]── (\[[x ]\])", said)] == held


def test_no_text_of_any_message_is_shown__c_14(outputs: Path) -> None:
    said = explained(outputs / "decisions.jsonl")
    messages = (record for record in read_file(EVENTS[1]) if isinstance(record, MessageSent))
    assert not [message.text for message in messages if message.text in said]


def test_a_unique_prefix_of_an_id_suffices(outputs: Path) -> None:
    file = outputs / "decisions.jsonl"
    full = lines(outputs, "decisions")[0]["decision_id"]
    assert explained(file, "--decision", full[:6]) == explained(file, "--decision", full)
    assert "decisions with the id" in the_one_line(kithward("explain", file, "--decision", ""))


def test_an_unknown_id_is_refused(outputs: Path) -> None:
    file = outputs / "decisions.jsonl"
    assert the_one_line(kithward("explain", file, "--decision", "xyz")) == (
        f"kithward: {file}: no decision with the id xyz"
    )


def test_without_a_file_of_commands_the_decisions_actions_are_shown(tmp_path: Path) -> None:
    decision = replace(DECISION, actions=("BLOCK", "WARN"))
    said = explained(written(tmp_path / "decisions.jsonl", [decision]))
    assert re.findall(r"[├└]── (BLOCK|WARN)\n", said) == ["BLOCK", "WARN"]


def test_a_container_file_is_explained_like_lines(tmp_path: Path) -> None:
    write_file(tmp_path / "decisions.avro", [DECISION])
    lined = explained(written(tmp_path / "decisions.jsonl", [DECISION]))
    assert explained(tmp_path / "decisions.avro") == lined


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({"name": "friend", "operator": "==", "expected": True, "actual": True, "result": True}, "[x] friend"),
        (
            {"name": "age_ms", "operator": ">=", "expected": 30 * DAY, "actual": 4_000 * DAY, "result": True},
            "[x] age at least 30 days: it was 10 years 350 days",
        ),
        (
            {"name": "since_earlier_case_ms", "operator": "<=", "expected": 30 * DAY, "actual": 4_000 * DAY},
            "[ ] since earlier case at most 30 days: it was 10 years 350 days",
        ),
        (
            {"name": "answered_ms", "operator": "<=", "expected": 1_740_996_000_000, "actual": None, "result": False},
            "[ ] answered at most 2025-03-03 10:00:00 UTC: it was unknown",
        ),
        (
            {"name": "similarity", "operator": ">", "expected": "17/20", "actual": "67/72", "result": True},
            "[x] similarity more than 17/20: it was 67/72",
        ),
    ],
)
def test_conditions_are_shown_with_threshold_and_value(tmp_path: Path, condition: dict[str, object], said: str) -> None:
    assert said in of_evidence(tmp_path, {"conditions": [condition]})


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        ({"reason": "NO_MEMBER"}, "reason: NO_MEMBER: whoever asks is not in the group"),
        (
            {"prompts": [{"account_id": "F", "roles": ["FOLLOWER", "NEARBY_USER"], "distance_m": 5}]},
            "F, as follower and nearby user; 5 m away",
        ),
        (
            {"prompts": [{"account_id": "O", "roles": ["OBJECT"], "concerns": ["NEAR"], "status": "MEMBER"}]},
            "O, as object; concerned because they are near; asked before",
        ),
        (
            {"consents": [{"follower": "F", "object": "O", "version": 2}]},
            "F watches over O, version 2 of their agreement",
        ),
        ({"consents": [{"object": "", "version": 2}]}, "watches over (erased), version 2 of their agreement"),
    ],
)
def test_people_who_are_asked_about_an_incident_are_shown_with_the_reason(
    tmp_path: Path, evidence: dict[str, object], said: str
) -> None:
    assert said in of_evidence(tmp_path, evidence)


@pytest.mark.parametrize(
    "evidence",
    [
        "",
        "{",
        "[]",
        "7",
        {"conditions": 7},
        {"conditions": ["x"]},
        {"spans": [{}]},
        {"friendship": []},
        {"x": {"y": [1]}},
    ],
)
def test_evidence_of_any_form_is_shown_without_an_error(tmp_path: Path, evidence: object) -> None:
    assert "decision id: d1" in of_evidence(tmp_path, evidence)


def test_rows_are_said_in_words(tmp_path: Path) -> None:
    said = of_evidence(tmp_path, {"requests": [{"refused": 0, "sent": 12, "within_ms": 86_400_000}]})
    assert "refused 0, sent 12, within 1 day\n" in said


def test_control_characters_are_escaped(tmp_path: Path) -> None:
    decision = replace(DECISION, subject_id="\x1b[31m[red]x\u202e", evidence='{"note": "\\u001b[2J"}')
    said = explained(written(tmp_path / "decisions.jsonl", [decision]))
    assert "\x1b" not in said
    assert "about: \\x1b[31m[red]x\\u202e" in said
    assert printable("李 ok") == "李 ok"


def test_a_terminal_with_a_small_encoding_gets_ascii(tmp_path: Path) -> None:
    path = written(tmp_path / "decisions.jsonl", [replace(DECISION, subject_id="李")])
    command = [sys.executable, "-m", "jobs", "explain", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, env={"PYTHONIOENCODING": "ascii"})
    assert b"+-- about: \\u674e\n" in done.stdout


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ([message("m1", 1)], "record 1: MessageSent is not a decision"),
        ([DECISION, "{"], ":2: UNDECODABLE: not JSON"),
        ([b"\x89PNG\r\n\x1a\n\x00"], ":1: UNDECODABLE"),
    ],
)
def test_a_line_that_is_no_decision_is_refused_with_its_place(
    tmp_path: Path, content: list[object], fault: str
) -> None:
    assert fault in the_one_line(
        kithward("explain", written(tmp_path / "decisions.jsonl", content), "--decision", "d1")
    )


def test_missing_files_and_directories_are_refused(tmp_path: Path) -> None:
    assert "nowhere.jsonl: no such file" in the_one_line(kithward("explain", tmp_path / "nowhere.jsonl"))
    assert "is a directory" in the_one_line(kithward("explain", tmp_path))


def test_an_empty_file_has_nothing_to_explain(tmp_path: Path) -> None:
    assert explained(written(tmp_path / "decisions.jsonl", [])) == ""


def test_a_shadow_decision_is_marked_as_without_effect__c_21(tmp_path: Path) -> None:
    shown = replace(DECISION, actions=("WARN",))
    for name, words in (("decisions", "actions"), ("shadow-decisions", "actions that were not taken")):
        said = explained(written(tmp_path / f"{name}.jsonl", [shown]))
        assert words in said
        assert ("not taken" in said) is name.startswith("shadow")

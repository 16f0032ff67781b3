"""What does `kithward report` promise? One whole page that needs nothing but itself, whatever the outputs hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from jobs import scenario
from schemas.records import CreateEventGroup, Decision, EventMember, EventRole, Permission
from tests.tool.given import NOON, kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '<script>alert("1")</script>&\'"</li>\x1b[31m\u202e\ud800 http://evil.example/x.png'
CASE = Decision(
    decision_id="c1",
    at_ms=NOON,
    rule="invite-forest",
    outcome="MANAGED",
    subject_id="cleo",
    group_id="choir",
    cause_event_id="m1",
    policy_version="v1",
    reasons=("keyword",),
    evidence="{}",
)


def reported(directory: Path, *options: object) -> ET.Element:
    """Return the page's body; the page has to be whole, and to need nothing else."""
    page = directory / "report.html"
    result = kithward("report", "--from", directory, "--out", page, *options)
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    text = page.read_text("utf-8")
    root = ET.fromstring(text)  # noqa: S314 - our own page
    assert root.tag == "html"
    tags = {element.tag for element in root.iter()}
    assert not tags & {"script", "img", "link", "iframe", "object", "use", "image"}
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or name in {"href", "src", "style"}}
    assert "url(" not in text
    assert "@import" not in text
    body = root.find("body")
    assert body is not None
    return body


def of(tmp_path: Path, *decisions: Decision, commands: tuple[Any, ...] = ()) -> ET.Element:
    written(tmp_path / "decisions.jsonl", decisions)
    written(tmp_path / "commands.jsonl", commands)
    return reported(tmp_path)


def showing(evidence: object, decision: Decision = CASE) -> Decision:
    return replace(decision, evidence=json.dumps(evidence))


def text_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def labels(body: ET.Element) -> list[str]:
    return [text_of(text) for text in body.iter("text")]


def shapes(body: ET.Element, class_: str) -> int:
    return sum(element.get("class") == class_ for element in body.iter())


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("told")
    kithward("replay", "--events", *scenario.EVENTS, "--out", out, "--policy", scenario.POLICY)
    return out


def test_the_story_is_reported_with_counts_bands_reasons_and_trees(story: Path) -> None:
    said = text_of(reported(story))
    for part in (
        "48 decisions, from 2025-03-03 09:40:00 UTC to",
        "friendship-ageFIRST_OPERATION",
        "[0, 3d)FIRST_OPERATION",
        "keyworda phrase from the list of suspicious phrases",
        "2 dead letters by reason",
        "mika, a new friend of rosa, sent a suspicious message",
        "[x] age less than 3 days: it was 40 minutes",
        "ExitSession: end rosa's conversation with mika",
        "friendship-age: ",
    ):
        assert part in said


def test_it_is_bounded_and_says_how_many_more_there_are(story: Path) -> None:
    body = reported(story, "--limit", 2)
    assert sum(1 for each in body.iter("details") if each.get("class") == "decision") == 2
    assert "46 more are not shown." in text_of(body)


RULES = (
    "avatar-impersonation",
    "event-group",
    "friend-gate",
    "friendship-age",
    "identification",
    "invite-forest",
    "verification",
)


def test_every_rule_has_bars_of_its_own_that_say_their_numbers(story: Path) -> None:
    body = reported(story)
    titles = [text_of(title) for title in body.iter("title") if text_of(title).endswith("over time")]
    assert titles == [f"Decisions of {rule} over time" for rule in RULES]
    captions = [text_of(caption) for caption in body.iter("figcaption")]
    assert re.fullmatch(
        r"friendship-age: \d+ decisions; the highest bar has \d+ in .*", captions[RULES.index("friendship-age")]
    )


def test_whatever_an_id_holds_is_a_text(tmp_path: Path) -> None:
    hostile = HOSTILE.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    member = {"account_id": hostile, "distance": 1, "path": [hostile, hostile], "actions": [hostile]}
    evidence = {"associated": [member], "preview": {hostile: hostile}, hostile: hostile, "similarity": hostile}
    bad = Decision(
        decision_id=hostile,
        at_ms=NOON,
        rule="invite-forest",
        outcome=hostile,
        subject_id=hostile,
        other_id=hostile,
        group_id=hostile,
        incident_id=hostile,
        cause_event_id=hostile,
        policy_version=hostile,
        reasons=(hostile,),
        evidence=json.dumps(evidence),
    )
    body = of(tmp_path, bad, replace(bad, rule="avatar-impersonation"), replace(bad, rule=hostile))
    assert '<script>alert("1")</script>' in text_of(body)
    assert "\x1b" not in text_of(body)
    assert "\u202e" not in text_of(body)


@pytest.mark.parametrize(
    "evidence",
    [
        {},
        [],
        7,
        "x",
        {"associated": 7, "preview": []},
        {"associated": [7, None, {}, {"path": [None, {"a": 1}]}]},
        {"similarity": {"a": None}, "parts": {}, "hash": {"distance": "far"}},
        {"similarity": "1/0", "score": -1, "radius_m": "x", "friendship": 3},
        {"hash": [{"distance": 10, "similarity": "27/32"}]},
    ],
)
def test_evidence_of_any_form_is_no_failure(tmp_path: Path, evidence: object) -> None:
    kinds = ("invite-forest", "friend-gate", "event-group")
    body = of(tmp_path, *(showing(evidence, replace(CASE, rule=rule, incident_id="i")) for rule in kinds))
    assert "3 decisions" in text_of(body)


def test_a_case_is_a_tree_whose_nodes_differ_by_shape_and_label(tmp_path: Path) -> None:
    members = [
        {"account_id": "bob", "distance": 1, "path": ["bob", "cleo"], "actions": ["RESTRICT_INVITE"]},
        {"account_id": "dan", "distance": 1, "path": ["dan", "cleo"], "actions": ["RESTRICT_INVITE"]},
        {"account_id": "ann", "distance": 2, "path": ["ann", None, "cleo"], "actions": ["WATCH"]},
        {"account_id": "rex", "distance": 3, "path": ["rex", "gone", "bob", "cleo"], "actions": ["WATCH"]},
    ]
    body = of(tmp_path, showing({"associated": members, "preview": {"members": 4, "share": "4/9"}}))
    names = labels(body)
    drawn = ["offender cleo", "bob", "walked through: gone", "rex", "dan", "walked through: (erased)", "ann"]
    assert [name for name in names if name in drawn] == drawn
    assert (shapes(body, "offender"), shapes(body, "member"), shapes(body, "ghost")) == (1, 4, 2)
    assert "share4/9" in text_of(body)
    assert "rex3WATCH" in text_of(body)


def test_a_large_case_is_drawn_in_part_and_says_so(tmp_path: Path) -> None:
    members = [{"account_id": f"a{n}", "distance": 1, "path": [f"a{n}", "cleo"], "actions": []} for n in range(500)]
    body = of(tmp_path, showing({"associated": members}))
    assert shapes(body, "member") == 59
    assert "441 more are not drawn." in text_of(body)
    assert "440 more are not shown" in text_of(body)


def test_an_incident_has_a_line_of_time_and_a_map(tmp_path: Path) -> None:
    steps = [
        ("REQUESTED", 0, None),
        ("APPROVED", 60_000, None),
        ("CREATED", 60_000, None),
        ("MEMBER_ADDED", 90_000, "f"),
    ]
    decisions = [
        replace(
            CASE, rule="event-group", outcome=outcome, at_ms=NOON + at, incident_id="inc", other_id=other,
            decision_id=f"d{number}", evidence=json.dumps({"radius_m": 2_000}),
        )
        for number, (outcome, at, other) in enumerate(steps)
    ]  # fmt: skip
    user = EventMember(account_id="u", roles=(EventRole.EVENT_USER,), permission=Permission.POST)
    group = CreateEventGroup(
        command_id="k", decision_id="d2", at_ms=NOON, incident_id="inc", group_id="g", latitude=31.25, longitude=121.5,
        kind="fire", description="in the old mill", members=(user,),
    )  # fmt: skip
    body = of(tmp_path, *decisions, commands=(group,))
    assert {"1 REQUESTED", "2 APPROVED", "3 CREATED", "4 MEMBER_ADDED", "fire", "latitude 31.25000"} <= set(
        labels(body)
    )
    assert "inc: 4 steps" in text_of(body)
    assert "for 1 minute 30 seconds" in text_of(body)
    assert "old mill" not in text_of(body)


MIA = {"lookalike": "mia", "similarity": 67 / 72, "exact": "67/72", "parts": {"nickname": 1}}


def test_likeness_is_shown_by_differing_bits_and_by_parts(tmp_path: Path) -> None:
    finding = replace(CASE, rule="avatar-impersonation", outcome="RISK_USER", other_id="bob", group_id=None)
    gate = replace(finding, rule="friend-gate", outcome="ASKED")
    body = of(
        tmp_path,
        showing(
            {"hash": {"kind": "phash", "version": "1", "distance": 7, "similarity": 57 / 64, "quality": 40}}, finding
        ),
        showing({"asked": [MIA]}, gate),
    )
    assert "hash distance: 7 of 64 bits differ" in text_of(body)
    assert {"0.8906 hash similarity", "0.9306 asked mia similarity", "1.0000 asked mia parts nickname"} <= set(
        labels(body)
    )
    cells = next(svg for svg in body.iter("svg") if "bits differ" in text_of(svg))
    assert sum(1 for _ in cells.iter("path")) == 7


def test_the_bits_that_differ_are_crossed_where_they_stand(tmp_path: Path) -> None:
    finding = replace(CASE, rule="avatar-impersonation", outcome="RISK_USER", group_id=None)
    avatars = {"sender_avatar": {"hash": "8000000000000003"}, "lookalike_avatar": {"hash": "0000000000000000"}}
    body = of(tmp_path, showing(avatars | {"hash": {"distance": 3}}, finding))
    cells = next(svg for svg in body.iter("svg") if "bits differ" in text_of(svg))
    assert [cross.get("d", "").split()[1] for cross in cells.iter("path")] == ["2", "560", "569"]


def test_a_match_is_shown_with_the_score_of_each_object(tmp_path: Path) -> None:
    match = replace(CASE, rule="identification", outcome="MATCHED", group_id=None, incident_id="inc")
    body = of(tmp_path, showing({"objects": [{"object": "kim", "score": "1", "kinds": ["PLATE"]}]}, match))
    assert "1.0000 objects kim score" in labels(body)


def test_outputs_without_a_decision_are_reported_too(tmp_path: Path) -> None:
    assert "0 decisions." in text_of(of(tmp_path))


def test_a_directory_without_decisions_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    out = ("--out", tmp_path / "x.html")
    assert "holds no decisions.jsonl" in the_one_line(kithward("report", "--from", tmp_path, *out))
    written(tmp_path / "decisions.jsonl", ["{"])
    assert "decisions.jsonl:1: UNDECODABLE" in the_one_line(kithward("report", "--from", tmp_path, *out))
    written(tmp_path / "decisions.jsonl", [])
    written(tmp_path / "dead-letters.jsonl", ["{}", "{"])
    assert "dead-letters.jsonl:1: is no dead letter" in the_one_line(kithward("report", "--from", tmp_path, *out))
    assert not (tmp_path / "x.html").exists()


def test_a_page_that_cannot_be_written_is_refused(story: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "page.html"
    assert "no such file or directory" in the_one_line(kithward("report", "--from", story, "--out", nowhere))

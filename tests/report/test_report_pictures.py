"""Drawings of the report: cases, incidents and likeness, each with its numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from schemas.records import CreateEventGroup, EventMember, EventRole, Permission
from tests.report.report_body import CASE, labels, of, rows, shapes, showing, text_of
from tests.support.given import NOON

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element


def test_a_case_is_a_tree_whose_nodes_differ_by_shape_and_label(tmp_path: Path) -> None:
    members = [
        {"account_id": "bob", "distance": 1, "path": ["bob", "cleo"], "actions": ["RESTRICT_INVITE"]},
        {"account_id": "dan", "distance": 1, "path": ["dan", "cleo"], "actions": ["RESTRICT_INVITE"]},
        {"account_id": "ann", "distance": 2, "path": ["ann", None, "cleo"], "actions": ["WATCH"]},
        {"account_id": "rex", "distance": 3, "path": ["rex", "gone", "bob", "cleo"], "actions": ["WATCH"]},
    ]
    body = of(tmp_path, showing({"associated": members, "preview": {"members": 4, "share": "4/9"}}))
    names = labels(body)
    drawn = ["offender cleo", "bob", "gone", "rex", "dan", "(erased)", "ann"]
    assert [name for name in names if name in drawn] == drawn
    assert (shapes(body, "offender"), shapes(body, "member"), shapes(body, "ghost")) == (1, 4, 2)
    assert ["share", "4/9"] in rows(body, "Preview")
    assert ["rex", "3", "WATCH"] in rows(body, "Associated members")


def test_a_case_is_drawn_from_the_root_downwards__if_53(tmp_path: Path) -> None:
    """Rosa let in Li, who let in Wei, who let in Cleo and Ann. Cleo let in Bob."""
    members = [
        {"account_id": "ann", "distance": 2, "path": ["ann", "wei", "cleo"], "highest": 1, "actions": []},
        {"account_id": "bob", "distance": 1, "path": ["bob", "cleo"], "highest": 1, "actions": []},
        {"account_id": "li", "distance": 2, "path": ["li", "wei", "cleo"], "highest": 0, "by_link": [0], "actions": []},
        {"account_id": "wei", "distance": 1, "path": ["wei", "cleo"], "highest": 0, "actions": []},
    ]
    offender = {"depth": 3, "inviters": ["wei", "li", "rosa"]}
    body = of(tmp_path, showing({"associated": members, "offender": offender}))
    assert tree_in(body) == [("rosa, root", 0), ("li", 1), ("wei", 2), ("offender cleo", 3), ("bob", 4), ("ann", 3)]
    assert (shapes(body, "line"), shapes(body, "line loose")) == (5, 1)
    assert "Whoever was let in stands below who did it." in text_of(body)


def test_a_long_line_up_to_the_root_is_shortened__if_53(tmp_path: Path) -> None:
    member = {"account_id": "wei", "distance": 1, "path": ["wei", "cleo"], "highest": 0, "actions": []}
    above = [*(f"a{number}" for number in range(62)), "rosa"]
    whole = of(tmp_path, showing({"associated": [member], "offender": {"depth": 64, "inviters": ["wei", *above]}}))
    assert tree_in(whole) == [("rosa, root", 0), ("… 61 accounts", 1), ("a0", 2), ("wei", 3), ("offender cleo", 4)]
    cut = of(tmp_path, showing({"associated": [member], "offender": {"depth": 90, "inviters": ["wei", *above]}}))
    assert tree_in(cut) == [("… 88 up to root", 0), ("a0", 1), ("wei", 2), ("offender cleo", 3)]


def test_another_stay_of_an_offender_stands_below_who_let_that_one_in__if_53(tmp_path: Path) -> None:
    members = [
        {"account_id": "dan", "distance": 1, "path": ["dan", "cleo"], "highest": 0, "actions": []},
        {"account_id": "wei", "distance": 1, "path": ["wei", "cleo"], "highest": 0, "actions": []},
    ]
    body = of(tmp_path, showing({"associated": members, "offender": {"depth": 1, "inviters": ["wei"]}}))
    assert tree_in(body) == [("wei, root", 0), ("offender cleo", 1), ("dan, root", 0), ("offender cleo", 1)]


def tree_in(body: Element) -> list[tuple[str, int]]:
    """Return the labels of a drawn tree, each with its depth by its indentation."""
    drawing = next(svg for svg in body.iter("svg") if text_of(svg).startswith("Tree of the case"))
    texts = list(drawing.iter("text"))
    margins = sorted({int(text.get("x", "")) for text in texts})
    return [(text_of(text), margins.index(int(text.get("x", "")))) for text in texts]


def test_a_tie_by_a_link_is_drawn_as_a_dashed_line__if_50(tmp_path: Path) -> None:
    members = [
        {"account_id": "bob", "distance": 1, "path": ["bob", "cleo"], "actions": ["WATCH"]},
        {"account_id": "eve", "distance": 3, "path": ["eve", "bob", "cleo"], "by_link": [0], "actions": []},
    ]
    body = of(tmp_path, showing({"associated": members}))
    assert (shapes(body, "line"), shapes(body, "line loose")) == (2, 1)
    assert "Dashed line: let in by a link or by approval." in text_of(body)


def test_a_large_case_is_drawn_in_part_with_a_note(tmp_path: Path) -> None:
    members = [{"account_id": f"a{n}", "distance": 1, "path": [f"a{n}", "cleo"], "actions": []} for n in range(500)]
    body = of(tmp_path, showing({"associated": members}))
    assert shapes(body, "member") == 59
    assert "441 more are not drawn." in text_of(body)
    assert "440 more are not shown" in text_of(body)


def test_an_incident_has_a_timeline_and_a_map(tmp_path: Path) -> None:
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
    assert labels(body)[-6:] == ["REQUESTED", "APPROVED", "CREATED", "MEMBER_ADDED", "N", "2 km"]
    requested, added = "cleo reports an incident and asks for a group", "f joins the group of cleo's incident"
    assert rows(body, "Every step")[0] == ["2025-03-03 10:00:00 UTC", f"REQUESTED{requested}", "keyword"]
    assert rows(body, "Every step")[3] == ["2025-03-03 10:01:30 UTC", f"MEMBER_ADDED{added}", "f keyword"]
    assert rows(body, "Place") == [["kind", "fire"], ["latitude", "31.25000"], ["longitude", "121.50000"]]
    assert "inc: 4 steps" in text_of(body)
    assert "for 1 minute 30 seconds" in text_of(body)
    assert "old mill" not in text_of(body)


@pytest.mark.parametrize(
    ("radius_m", "scale", "length"),
    [(1, "1 m", 70), (1_337, "1 km", 52), (2_000, "2 km", 70), (7_500, "5 km", 46), (450, "200 m", 31)],
)
def test_the_scale_of_a_map_is_a_round_number_and_as_long_as_it_says(
    tmp_path: Path, radius_m: int, scale: str, length: int
) -> None:
    """The radius of the search is 70 units of the drawing."""
    created = replace(showing({"radius_m": radius_m}), rule="event-group", outcome="CREATED", incident_id="inc")
    group = CreateEventGroup(
        command_id="k", decision_id="c1", at_ms=NOON, incident_id="inc", group_id="g", latitude=31.25, longitude=121.5,
        kind="fire", description="", members=(),
    )  # fmt: skip
    body = of(tmp_path, created, commands=(group,))
    drawing = next(svg for svg in body.iter("svg") if text_of(svg).startswith("Map around"))
    assert labels(drawing) == ["N", scale]
    assert f"h {length} " in [line.get("d", "") for line in drawing.iter("path")][-1]


def test_repeated_steps_of_an_incident_share_a_lane(tmp_path: Path) -> None:
    """So labels do not overlap, however close together the steps are."""
    joined = [
        replace(CASE, rule="event-group", outcome="MEMBER_ADDED", at_ms=NOON + n, incident_id="i", decision_id=f"d{n}")
        for n in range(50)
    ]
    body = of(tmp_path, *joined)
    assert labels(body)[-1:] == ["MEMBER_ADDED: 50 times"]
    assert shapes(body, "tick") == 50


MIA = {"lookalike": "mia", "similarity": 67 / 72, "exact": "67/72", "parts": {"nickname": 1}}


def test_likeness_has_differing_bits_and_scores_by_part(tmp_path: Path) -> None:
    finding = replace(CASE, rule="avatar-impersonation", outcome="RISK_USER", other_id="bob", group_id=None)
    gate = replace(finding, rule="friend-gate", outcome="ASKED")
    hashes = {"kind": "phash", "version": "1", "distance": 7, "similarity": 57 / 64, "quality": 40}
    body = of(tmp_path, showing({"hash": hashes}, finding), showing({"asked": [MIA]}, gate))
    assert "hash distance 7 of 64 bits differ; which ones is not in the evidence" in text_of(body)
    alike = [["asked mia similarity", "0.9306"], ["asked mia parts nickname", "1.0000"], ["hash similarity", "0.8906"]]
    assert rows(body, "Similarity") == alike


def test_differing_bits_are_crossed_and_listed(tmp_path: Path) -> None:
    finding = replace(CASE, rule="avatar-impersonation", outcome="RISK_USER", group_id=None)
    avatars = {"sender_avatar": {"hash": "8000000000000003"}, "lookalike_avatar": {"hash": "0000000000000000"}}
    body = of(tmp_path, showing(avatars | {"hash": {"distance": 3}}, finding))
    cells = next(svg for svg in body.iter("svg") if "bits differ" in text_of(svg))
    assert [cross.get("d", "").split()[1:3] for cross in cells.iter("path")] == [
        ["4", "4"],
        ["100", "116"],
        ["116", "116"],
    ]
    assert "Bits that differ, counted from 1: 1, 63, 64." in text_of(body)


def test_a_match_is_shown_with_the_score_of_each_object(tmp_path: Path) -> None:
    match = replace(CASE, rule="identification", outcome="MATCHED", group_id=None, incident_id="inc")
    foreign = {"object": "leo", "score": "1e-999999999"}  # written out it would fill the memory
    body = of(tmp_path, showing({"objects": [{"object": "kim", "score": "1", "kinds": ["PLATE"]}, foreign]}, match))
    assert rows(body, "Similarity") == [["objects kim score", "1.0000"]]

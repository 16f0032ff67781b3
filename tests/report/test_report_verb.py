"""`kithward report`: one self-contained page, whatever the outputs contain."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.report import page
from jobs.scenario.files import EVENTS, POLICY
from schemas.records import Decision
from tests.report.report_body import CASE, SCRIPT, of, reported, rows, section, showing, text_of
from tests.support.given import HOUR, NOON, kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '<script>alert("1")</script>&\'"</li>\x1b[31m\u202e\ud800 http://evil.example/x.png'


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("told")
    kithward("replay", "--events", *EVENTS, "--out", out, "--policy", POLICY)
    return out


def test_the_story_is_reported_with_counts_bands_reasons_and_trees(story: Path) -> None:
    body = reported(story)
    said = text_of(body)
    for part in (
        "67 decisions, from 2025-03-03 09:40:00 UTC to 2025-03-06 10:45:00 UTC, under demo.",
        "2 dead letters by reason",
        "mika, a new friend of rosa, sent a suspicious message",
        "[x] age less than 3 days: it was 40 minutes",
        "ExitSession: end rosa's conversation with mika",
    ):
        assert part in said
    first = "A, a new friend of B, sent a suspicious message"
    assert ["friendship-age", f"FIRST_OPERATION{first}", "7"] in rows(body, "Decisions by rule and outcome")
    bands = [
        ["less than 3 days", "FIRST_OPERATION", "7"],
        ["less than 3 days", "MIDDLE", "3"],
        ["less than 3 days", "TRUSTED", "1"],
        ["3 to 30 days", "MIDDLE", "4"],
        ["30 days or more", "VERIFY", "7"],
    ]
    assert rows(body, "Outcomes by age") == bands
    assert ["keyword", "a phrase from the list of suspicious phrases", "33"] in rows(body, "Reasons")


def test_hits_are_counted_by_detector_and_keyword_without_texts(story: Path) -> None:
    body = reported(story)
    assert rows(body, "Hits by detector") == [
        ["keyword", "49"],
        ["semantic", "12"],
        ["iban", "4"],
        ["bank_card", "1"],
        ["shopping_link", "1"],
        ["code_request", "1"],
    ]
    assert rows(body, "Hits by keyword")[:3] == [["payment", "14"], ["semantic-3", "12"], ["gift card", "6"]]
    said = text_of(body)
    assert "g.i.f.t" not in said
    assert "4111" not in said


def test_the_page_is_bounded_and_counts_what_it_leaves_out(story: Path) -> None:
    shown = section(reported(story, "--limit", 2), "Decisions")
    entries = shown.findall("div[@id='decisions']/details")
    drawn = {"invite-forest", "avatar-impersonation", "friend-gate", "identification"}
    others = [text_of(entry) for entry in entries if not any(f"decision: {rule}:" in text_of(entry) for rule in drawn)]
    assert len(others) == 2, "the latest, besides those with a drawing"
    assert len(shown.findall("div[@id='decisions']/p")) == 67 - len(entries)
    assert f"{67 - len(entries)} of them are a line each, without evidence" in text_of(shown)


def test_each_decision_has_one_place_with_an_address_and_links_lead_there(story: Path) -> None:
    body = reported(story)
    places = [entry.get("id") for entry in section(body, "Decisions").iter("details")]
    assert len(places) == len(set(places)) == 67
    assert places[0] is not None
    assert places[0].startswith("decision-")
    cases = section(body, "Cases in invite forests")
    assert [link.get("href", "")[1:] in places for link in cases.iter("a")] == [True] * 3
    steps = section(body, "Incidents")
    assert {link.get("href", "")[1:] for link in steps.iter("a")} <= set(places)


def test_rows_lead_to_the_decisions_that_they_count(story: Path) -> None:
    body = reported(story)
    found = {link.get("href") for link in section(body, "Outcomes").iter("a")}
    assert "#find=%22friendship-age%3A%20FIRST_OPERATION%22" in found
    assert "#find=%22band%3A%20less%20than%203%20days%22%20%22%3A%20MIDDLE%22" in {
        link.get("href") for link in section(body, "Age of the friendship").iter("a")
    }
    times = [link.get("href", "") for link in section(body, "Decisions over time").iter("a")]
    assert times[0].startswith("#from=2025-03-0")
    assert "&to=2025-03-0" in times[0]


RULES = (
    "avatar-impersonation",
    "event-group",
    "friend-gate",
    "friendship-age",
    "identification",
    "invite-forest",
    "strangers",
    "verification",
)


def test_every_rule_has_a_chart_of_its_own_and_its_numbers(story: Path) -> None:
    body = section(reported(story), "Decisions over time")
    assert [text_of(name) for name in body.iter("strong")] == list(RULES)
    titles = [text_of(title) for title in body.iter("title")]
    assert titles[3] == "Decisions of friendship-age over time, at most 5 a bar"
    tops = [text_of(text) for text in body.iter("text")]
    assert tops.count("14") == len(RULES), "every chart has the same scale"
    assert {name: tops.count(name) for name in ("03-04", "03-05", "03-06")} == dict.fromkeys(
        ("03-04", "03-05", "03-06"), len(RULES)
    )
    numbers = rows(body, "Decisions of invite-forest over time")
    assert numbers == [["2025-03-04 12:00:00", "MANAGED", "2"], ["2025-03-04 14:00:00", "REVIEW", "1"]]


@pytest.mark.parametrize(
    ("length_ms", "labels"),
    [
        (HOUR, ["10:15", "10:30", "10:45", "11:00"]),
        (24 * HOUR, ["12:00", "18:00", "03-04", "06:00"]),
        (20_000, ["10:00:05", "10:00:10", "10:00:15"]),
        (400 * 24 * HOUR, ["2025-04-24", "2025-07-24", "2025-10-23", "2026-01-22"]),
        (0, ["10:00:05", "10:00:10"]),
    ],
)
def test_the_time_axis_has_days_and_hours(tmp_path: Path, length_ms: int, labels: list[str]) -> None:
    body = of(tmp_path, CASE, replace(CASE, decision_id="d2", at_ms=NOON + length_ms))
    axis = [text_of(text) for text in section(body, "Decisions over time").iter("text")]
    assert [text for text in axis if "-" in text or ":" in text] == labels


def test_a_bar_leads_to_its_decisions(tmp_path: Path) -> None:
    body = of(tmp_path, CASE, replace(CASE, decision_id="d2", at_ms=NOON + HOUR))
    first, *_ = (link for link in section(body, "Decisions over time").iter("a") if link.find("rect") is not None)
    assert first.get("href") == "#from=2025-03-03T10%3A00%3A00&to=2025-03-03T10%3A02%3A00"


def test_a_bar_is_as_long_as_its_share_of_the_highest(tmp_path: Path) -> None:
    made = [replace(CASE, decision_id=f"d{n}", outcome="REVIEW" if n else "MANAGED") for n in range(5)]
    (outcomes,) = section(of(tmp_path, *made), "Outcomes").iter("table")
    widths = [[bar.get("width") for bar in svg] for svg in outcomes.iter("svg")]
    assert widths == [["100", "25"], ["100", "100"]]


def test_limits_show_their_use_and_the_withheld_commands__c_26_c_28(tmp_path: Path) -> None:
    asked = [
        {"name": "commands_BLOCK", "operator": "<=", "expected": 2, "actual": actual, "result": actual <= 2}
        for actual in (1, 2, 3, 3)
    ]
    made = [
        replace(
            showing({"conditions": [condition]}),
            decision_id=f"d{n}",
            reasons=() if condition["result"] else ("OVER_LIMIT",),
        )
        for n, condition in enumerate(asked)
    ]
    body = of(tmp_path, *made, replace(CASE, decision_id="d9", rule="friendship-age", reasons=("LOG_ONLY",)))
    assert rows(body, "Limits") == [["BLOCK", "2", "3", "2"]]
    held = rows(body, "Decisions recorded without")
    assert held == [["OVER_LIMIT", "invite-forest", "2"], ["LOG_ONLY", "friendship-age", "1"]]
    assert "Held back" not in text_of(of(tmp_path, CASE))


def test_any_id_is_escaped_as_text(tmp_path: Path) -> None:
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


def test_the_pages_policy_allows_its_own_script_and_no_other(tmp_path: Path) -> None:
    of(tmp_path, CASE)
    page = (tmp_path / "report.html").read_text("utf-8")
    digest = b64encode(sha256(SCRIPT.read_bytes()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'\"" in page
    assert page.count("<script>") == 1


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
        {"spans": [7, {"detector": 1}], "conditions": [{"name": "commands_BLOCK"}, {"name": 7}, None]},
        {"spans": {}, "conditions": "x"},
        {"friendship": {"band": {}, "since_ms": 10**30, "age_ms": "x"}},
        {"conditions": [{"name": "commands_BLOCK", "actual": 10**30, "expected": -(10**30), "result": 1}]},
    ],
)
def test_evidence_of_any_form_is_no_failure(tmp_path: Path, evidence: object) -> None:
    kinds = ("invite-forest", "friend-gate", "event-group")
    body = of(tmp_path, *(showing(evidence, replace(CASE, rule=rule, incident_id="i")) for rule in kinds))
    assert "3 decisions" in text_of(body)


def test_times_of_any_size_are_reported(tmp_path: Path) -> None:
    ends = (replace(CASE, at_ms=at_ms) for at_ms in (-(2**63), 2**63 - 1))
    assert "2 decisions" in text_of(of(tmp_path, *ends))


def test_outputs_without_a_decision_are_reported_too(tmp_path: Path) -> None:
    assert "0 decisions." in text_of(of(tmp_path))


def test_a_directory_without_decisions_and_a_damaged_file_are_refused(tmp_path: Path) -> None:
    out = ("--out", tmp_path / "x.html")
    assert "holds no decisions.jsonl" in the_one_line(kithward("report", "--from", tmp_path, *out))
    written(tmp_path / "decisions.jsonl", ["{"])
    assert "decisions.jsonl:1: UNDECODABLE" in the_one_line(kithward("report", "--from", tmp_path, *out))
    written(tmp_path / "decisions.jsonl", [])
    written(tmp_path / "dead-letters.jsonl", ["{}", "{"])
    assert "dead-letters.jsonl:1: is not a dead letter" in the_one_line(kithward("report", "--from", tmp_path, *out))
    assert not (tmp_path / "x.html").exists()


def test_a_page_that_cannot_be_written_is_refused(story: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "page.html"
    assert "no such file or directory" in the_one_line(kithward("report", "--from", story, "--out", nowhere))


def test_bars_are_as_long_as_people_divide_time(tmp_path: Path) -> None:
    for length_ms, said in ((HOUR, "2 minutes"), (72 * HOUR, "2 hours"), (40 * 24 * HOUR, "1 day"), (50, "1 second")):
        body = of(tmp_path, CASE, replace(CASE, decision_id="d2", at_ms=NOON + length_ms))
        assert f"Each bar is {said}," in text_of(section(body, "Decisions over time"))


def test_what_is_too_long_for_the_page_is_a_line_and_what_is_too_much_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = showing({"note": "x" * 5_000}, replace(CASE, rule="friendship-age", at_ms=NOON + 9))
    made = [replace(CASE, rule="friendship-age", decision_id=f"d{n}", at_ms=NOON - n) for n in range(9)]
    monkeypatch.setattr(page, "WHOLE_BYTES", 5_000)
    monkeypatch.setattr(page, "LINES_BYTES", 700)
    written(tmp_path / "decisions.jsonl", [*made[::-1], long])
    shown = section(reported(tmp_path, "--limit", 4), "Decisions")
    places = list(next(shown.iter("div")))
    assert [place.tag for place in places[:4]] == ["p", "details", "details", "details"]
    lines = [text_of(place) for place in places if place.tag == "p"]
    assert lines[0].endswith("friendship-age: MANAGED, choir, keyword")
    assert 2 <= len(lines) < 7
    assert f"{len(lines)} of them are a line each" in text_of(shown)
    assert f"{10 - len(places)} more are not shown." in text_of(shown)

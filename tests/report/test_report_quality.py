"""Section on how good each rule is: counts first, and the share that people uphold as an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from jobs.analysis.recorded_reviews import read_reviews
from jobs.report.page import write_report
from schemas.records import Decision, MissReported, ReviewAnswered
from tests.report.report_body import reported, rows, section, showing, text_of
from tests.support.given import NOON, friends, kithward, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "How good is each rule?"
FRIEND = showing(
    {
        "friendship": {"band": "[0, 3d)"},
        "spans": [
            {"detector": "keyword", "keyword": "gift card", "start": 0, "end": 9},
            {"detector": "keyword", "keyword": "gift card", "start": 20, "end": 29},
            {"detector": "iban", "start": 40, "end": 62},
        ],
    },
    Decision(
        decision_id="d0", at_ms=NOON, rule="friendship-age", outcome="FIRST_OPERATION", subject_id="alice",
        other_id="bob", cause_event_id="m0", policy_version="v1", reasons=("keyword",), evidence="{}",
    ),
)  # fmt: skip
STRANGER = replace(FRIEND, decision_id="s0", rule="strangers", outcome="STRANGER", evidence="{}", policy_version="v2")
DECISIONS = [*(replace(FRIEND, decision_id=f"d{number}") for number in range(4)), STRANGER]


def answer(decision_id: str, by: str = "rita", *, upheld: bool) -> ReviewAnswered:
    return ReviewAnswered(
        event_id=f"{decision_id}-{by}", at_ms=NOON, decision_id=decision_id, rule="friendship-age", subject_id="alice",
        reviewer_id=by, upheld=upheld,
    )  # fmt: skip


MISSED = MissReported(
    event_id="x", at_ms=NOON, cause_event_id="m9", rule="friend-gate", subject_id="alice", reviewer_id="rita"
)
ANSWERS = (
    *(answer("d0", upheld=True), answer("d1", upheld=False), answer("d2", upheld=True)),
    *(answer("d2", "rob", upheld=False), answer("elsewhere", upheld=True), MISSED),
)


def given(directory: Path, *answers: object) -> Path:
    """Write outputs and a file of events with answers; return that file."""
    written(directory / "decisions.jsonl", DECISIONS)
    return written(directory / "events.jsonl", [friends(), *answers])


def test_each_rule_has_its_counts_and_an_interval__rv_21(tmp_path: Path) -> None:
    body = reported(tmp_path, "--reviews", given(tmp_path, *ANSWERS))
    assert rows(body, "What people say, by rule") == [
        ["friendship-age", "3 of 4", "1", "1", "9% to 91%"],
        ["strangers", "0 of 1", "0", "0", "unknown"],
    ]
    assert rows(body, "Reported as missed") == [["friend-gate", "1"]]
    said = text_of(section(body, TITLE))
    assert "People looked at 3 of these 5 decisions and at 1 that are not in this run." in said
    assert "with 95 % certainty" in said
    assert "if these were chosen, it says nothing about the others" in said


def test_kinds_of_decisions_have_tables_of_their_own__rv_21(tmp_path: Path) -> None:
    body = reported(tmp_path, "--reviews", given(tmp_path, *ANSWERS))
    counted = ["3 of 4", "1", "1", "9% to 91%"]
    for name, kind in [
        ("outcome", "FIRST_OPERATION"),
        ("age of the friendship", "less than 3 days"),
        ("keyword", "gift card"),
        ("policy", "v1"),
    ]:
        assert rows(body, f"What people say, by {name}") == [[f"{kind}friendship-age", *counted]]
    found = rows(body, "What people say, by detector")
    assert found == [[f"{name}friendship-age", *counted] for name in ("iban", "keyword")]


def test_without_answers_the_section_says_so_or_is_not_there__rv_21(tmp_path: Path) -> None:
    events = given(tmp_path)
    assert text_of(section(reported(tmp_path, "--reviews", events), TITLE)).endswith("0 of these 5 decisions.")
    assert TITLE not in text_of(reported(tmp_path))


def test_one_reviewer_is_enough_for_the_report__rv_20_rv_e21(tmp_path: Path) -> None:
    body = reported(tmp_path, "--reviews", given(tmp_path, answer("d0", upheld=False)))
    assert rows(body, "What people say, by outcome")[0][1:4] == ["1 of 4", "0", "1"]


def test_evidence_of_another_form_is_counted_without_its_kinds__rv_21(tmp_path: Path) -> None:
    odd = ["[]", "null", '{"spans": 7}', '{"spans": [7, {"detector": 7}]}', '{"friendship": 7}']
    decisions = [replace(FRIEND, decision_id=f"d{number}", evidence=text) for number, text in enumerate(odd)]
    written(tmp_path / "decisions.jsonl", decisions)
    reviews = read_reviews([answer("d0", upheld=True)])
    assert write_report(tmp_path, tmp_path / "page.html", reviews=reviews) == len(odd)


def test_what_cannot_be_read_of_the_answers_is_told__c_16(tmp_path: Path) -> None:
    events = given(tmp_path, replace(answer("d0", upheld=True), at_ms=NOON // 1_000), "{}", answer("d1", upheld=True))
    result = kithward("report", "--from", tmp_path, "--out", tmp_path / "page.html", "--reviews", events)
    assert result.exit_code == 1
    assert "warning: 2 lines are not valid events and were skipped\n" in result.stderr
    assert "warning: ReviewAnswered.at_ms is in seconds, must be in milliseconds, in 1 event" in result.stderr


@pytest.mark.parametrize("line", ["ReviewAnswered, they say", "decision,upheld", '{"decision": "d0", "upheld": true}'])
def test_events_in_which_nothing_is_an_event_are_refused__c_17(tmp_path: Path, line: str) -> None:
    given(tmp_path)
    wrong = written(tmp_path / "wrong.jsonl", [line])
    result = kithward("report", "--from", tmp_path, "--out", tmp_path / "page.html", "--reviews", wrong)
    assert "wrong.jsonl" in the_one_line(result)
    assert not (tmp_path / "page.html").exists()

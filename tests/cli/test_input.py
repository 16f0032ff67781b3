"""Input of `replay`, `whatif` and `verify` that is not what they expect: said, and nothing concluded from it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from schemas.jsonl import write_line
from tests.support.given import HOUR, NOON, contents, friends, kithward, lines, message, summary, the_one_line, written

if TYPE_CHECKING:
    from pathlib import Path

ARABIC = "1e-\u0669\u0669\u0669\u0669"
"""1e-9999 in Arabic-Indic digits."""
EVENTS = [friends(), message("m1", NOON + HOUR), message("m2", NOON + 2 * HOUR)]
UNREADABLE = [
    ("event_id,at_ms,sender_id\nm-1,1740992700000,mika\n", "it looks like CSV or another table; line 1: UNDECODABLE"),
    (
        '{"event_id": "f1", "at_ms": 1}\n',
        'it looks like JSON without "type", which names the record of each event; line 1',
    ),
    ('\n{"type": "Decision"}', "line 2: MISSING_FIELD: Decision.at_ms: missing"),
    ('{"line": 1, "reason": "X", "message": "", "raw": ""}', "it looks like the dead letters of a replay; line 1"),
    ('[{"type": "A"},\n{"type": "B"}]', "line 1, element 1: UNKNOWN_SCHEMA: type: there is no record A"),
    ("<events/>", "it looks like XML or HTML; line 1"),
    ("\x7fELF\x00", "it looks like a binary file; line 1"),
    ("hello there", "it looks like text, not JSON; line 1"),
]


@pytest.mark.parametrize(("text", "fault"), UNREADABLE)
def test_a_file_in_which_nothing_is_an_event_is_an_error_that_says_what_it_looks_like__c_17(
    tmp_path: Path, text: str, fault: str
) -> None:
    path, good = tmp_path / "given", written(tmp_path / "events", EVENTS)
    path.write_text(text)
    said = the_one_line(kithward("replay", "--events", good, path, "--out", tmp_path / "out"))
    assert said.startswith(f"kithward: {path}: nothing in it is an event, so there is no result: {fault}")


def test_no_verb_concludes_anything_from_it_and_earlier_outputs_stay__c_17(tmp_path: Path, events: Path) -> None:
    out = tmp_path / "out"
    kithward("replay", "--events", events, "--out", out, "--state", tmp_path / "state")
    before = contents(out)
    policy, table = written(tmp_path / "p.yaml", ["version: v"]), written(tmp_path / "table.csv", ["a,b,c", "1,2,3"])
    for verb in (
        ("replay", "--out", out, "--state", tmp_path / "state"),
        ("verify", "--decisions", out / "decisions.jsonl"),
        ("whatif", "--policy", policy),
    ):
        the_one_line(kithward(*verb, "--events", table))
        assert kithward(*verb, "--events", table, "--max-bad", "99%").exit_code == 2
    assert contents(out) == before
    assert kithward("whatif", "--policy", policy, "--events", table, "--max-bad", "100%").exit_code == 0
    accepted = kithward("replay", "--events", table, "--out", tmp_path / "any", "--max-bad", "1")
    assert accepted.exit_code == 0
    assert len(lines(tmp_path / "any", "dead-letters")) == 2


@pytest.mark.parametrize("share", ["1e999999999", "1e-999999999", "1E+1234%", ARABIC, "nan", "", "%", "1/0"])
def test_what_is_no_share_is_refused_at_once(tmp_path: Path, share: str) -> None:
    refused = kithward("replay", "--events", tmp_path, "--out", tmp_path / "out", "--max-bad", share)
    assert the_one_line(refused) == f"kithward: --max-bad {share}: is not a share; write 5% or 0.05"


def test_more_bad_lines_than_max_bad_allows_are_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "events", [*EVENTS, "{"])
    command = ("replay", "--events", path, "--out", tmp_path / "out", "--max-bad")
    assert the_one_line(kithward(*command, "24%")) == (
        f"kithward: {path}: 1 of 4 lines are no events, more than --max-bad allows, so there is no result; "
        "line 4: UNDECODABLE: not JSON"
    )
    assert not (tmp_path / "out" / "decisions.jsonl").exists()
    assert kithward(*command, "25%").exit_code == 0
    the_one_line(kithward(*command, "150%"))
    the_one_line(kithward(*command, "some"))


def test_blank_lines_and_ignored_fields_are_in_the_summary__c_17(tmp_path: Path) -> None:
    extra = json.dumps(json.loads(write_line(EVENTS[1])) | {"trace_id": "x", "_kafka": {"offset": 1}})
    path = written(tmp_path / "events", [EVENTS[0], "", extra])
    result = kithward("replay", "--events", path, "--out", tmp_path / "out")
    assert (summary(result)["read"], summary(result)["blank lines"]) == ("2 applied 2", "1")
    assert "ignored fields: MessageSent._kafka 1, MessageSent.trace_id 1" in result.stderr.splitlines()
    assert len(lines(tmp_path / "out", "decisions")) == 1
    kithward("replay", "--events", path, "--out", tmp_path / "strict", "--strict-fields")
    (letter,) = lines(tmp_path / "strict", "dead-letters")
    assert letter["reason"] == "UNDECODABLE"
    verified = kithward("verify", "--decisions", tmp_path / "out" / "decisions.jsonl", "--events", path)
    assert verified.stderr.startswith(
        "ignored fields: MessageSent._kafka 1, MessageSent.trace_id 1\n1 decisions: 1 same"
    )


UNITS = [(1_000, "seconds", 0), (1, "microseconds", 1_000), (1, "nanoseconds", 1_000_000)]


@pytest.mark.parametrize(("divided", "unit", "multiplied"), UNITS)
def test_nothing_is_concluded_from_times_in_another_unit__c_16(
    tmp_path: Path, divided: int, unit: str, multiplied: int
) -> None:
    at = (NOON + HOUR) // divided * (multiplied or 1)
    path = written(tmp_path / "events", [EVENTS[0], message("m1", at), message("m2", at), EVENTS[2]])
    result = kithward("replay", "--events", path, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        f"warning: MessageSent.at_ms is in {unit}, must be in milliseconds, in 2 events, first in {path}:2; "
        "nothing is concluded from them"
    )
    assert [letter["reason"] for letter in lines(tmp_path / "out", "dead-letters")] == ["OUT_OF_RANGE"] * 2
    assert [line["cause_event_id"] for line in lines(tmp_path / "out", "decisions")] == ["m2"]
    policy = written(tmp_path / "p.yaml", ["version: v"])
    assert kithward("whatif", "--events", path, "--policy", policy).exit_code == 1
    setting = ("--setting", "friendship_age.t1", "--values", "1d")
    assert kithward("policy", "tune", "--events", path, "--policy", policy, *setting).exit_code == 1
    assert kithward("verify", "--events", path, "--decisions", tmp_path / "out" / "decisions.jsonl").exit_code == 1


def test_the_start_of_a_friendship_in_seconds_is_said__c_16(tmp_path: Path) -> None:
    path = written(tmp_path / "events", [friends(since_ms=NOON // 1_000), EVENTS[1]])
    result = kithward("replay", "--events", path, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "warning: FriendAdded.since_ms is in seconds" in result.stderr


def test_a_stream_with_a_clock_of_its_own_may_have_any_times__c_16(tmp_path: Path) -> None:
    """Worked examples begin at 0: after twelve days their times could be seconds of today."""
    days = 24 * HOUR
    path = written(tmp_path / "events", [friends(0), message("m1", 15 * days), message("m2", 30 * days)])
    result = kithward("replay", "--events", path, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert len(lines(tmp_path / "out", "decisions")) >= 2

"""Events ahead of the clock in a replay: dead letters, whatever the day, and nothing else is late for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.replay import event_files
from jobs.replay.event_files import open_events
from schemas.jsonl import BadLine
from schemas.records import LocationUpdated
from schemas.topics import MAX_AHEAD_MS
from tests.support.given import HOUR, NOON, contents, friends, kithward, lines, message, policy_event, summary, written

if TYPE_CHECKING:
    from pathlib import Path

YEAR_9999 = 253_402_300_799_999
FAR = LocationUpdated(event_id="far", at_ms=YEAR_9999, account_id="z", latitude=1, longitude=1)


def test_one_event_of_the_far_future_is_a_dead_letter_and_makes_no_other_late__c_30(tmp_path: Path) -> None:
    near = [friends(), message("m1", NOON + HOUR)]
    alone = kithward("replay", "--events", written(tmp_path / "near", near), "--out", tmp_path / "alone")
    beside = kithward("replay", "--events", written(tmp_path / "far", [FAR, *near]), "--out", tmp_path / "beside")
    (letter,) = lines(tmp_path / "beside", "dead-letters")
    assert (letter["line"], letter["reason"]) == (1, "OUT_OF_RANGE")
    assert letter["message"] == "at_ms is more than five minutes ahead of the clock at the start of the run"
    assert contents(tmp_path / "beside") | {"dead-letters": b""} == contents(tmp_path / "alone")
    assert "late" not in summary(alone) | summary(beside)
    assert summary(beside)["read"] == "3 applied 2, dead letters 1"


def test_it_holds_back_no_other_file__c_30(tmp_path: Path) -> None:
    first = written(tmp_path / "first", [FAR, message("m1", NOON)])
    second = written(tmp_path / "second", [message("m2", NOON + HOUR)])
    with open_events([first, second]) as files:
        assert [event.line for event in files.events() if event.file == str(first)] == [1, 2]
        assert [event.at_ms for event in files.events()][1:] == [NOON, NOON + HOUR]


@pytest.mark.parametrize(("ahead_ms", "refused"), [(MAX_AHEAD_MS, False), (MAX_AHEAD_MS + 1, True)])
def test_five_minutes_ahead_are_accepted__c_30(tmp_path: Path, ahead_ms: int, *, refused: bool) -> None:
    path = written(tmp_path / "events", [friends(), message("m1", NOON + ahead_ms)])
    with open_events([path], now_ms=NOON) as files:
        assert [isinstance(event.parsed, BadLine) for event in files.events()] == [False, refused]


def test_a_policy_of_the_future_is_not_read_ahead__c_30(tmp_path: Path) -> None:
    path = written(tmp_path / "events", [policy_event("v2", "friendship_age: {enabled: false}")])
    with open_events([path], now_ms=NOON - HOUR) as files:
        assert list(files.policies()) == []
    with open_events([path], now_ms=NOON) as files:
        assert [policy.version for policy in files.policies()] == ["v2"]


def test_what_one_day_refuses_a_later_one_accepts__c_30(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "events", [friends(), message("m1", NOON + HOUR), message("m2", NOON + 9 * HOUR)])
    applied = []
    for today_ms in (NOON, NOON, NOON + 9 * HOUR):
        monkeypatch.setattr(event_files.time, "time_ns", lambda today_ms=today_ms: today_ms * 1_000_000)
        said = kithward("replay", "--events", path, "--out", tmp_path / "out", "--state", tmp_path / "state").stderr
        applied.append((said.splitlines()[-1].startswith("written"), len(lines(tmp_path / "out", "dead-letters"))))
    assert applied == [(True, 2), (False, 2), (True, 2)]
    assert [line["cause_event_id"] for line in lines(tmp_path / "out", "decisions")] == ["m1"]

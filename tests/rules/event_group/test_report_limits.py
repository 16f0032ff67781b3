"""Limits on the reports of one reporter: EG-14, EG-E18."""

from __future__ import annotations

from itertools import count, islice

import pytest

from operators.event_group import filed_reports
from operators.ids import shard_of
from schemas.records import PromptToJoin, RequestReview
from tests.support.incident_story import USER, IncidentStory, event_group_policy
from tests.support.story import DAY, HOUR, evidence

EMERGENCY = event_group_policy(emergency_kinds=frozenset({"fire"}))


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


def reports(*times: int, **fields: object) -> IncidentStory:
    story = new_story()
    for number, at in enumerate(times):
        story.reported(at, f"i{number}", latitude=float(number), **fields)
    return story


@pytest.mark.parametrize(("last", "refused"), [(DAY - 1, True), (DAY, False), (DAY + 1, False)])
def test_a_reporter_has_three_reports_a_day__eg_14(last: int, *, refused: bool) -> None:
    ending = reports(0, 1, 2, last).play_in_order()
    (decision,) = [one for one in ending.decisions if one.incident_id == "i3" and one.outcome == "REJECTED"]
    assert decision.reasons == (("RATE_LIMIT",) if refused else ("AUDIT_SILENT",))


@pytest.mark.parametrize(("late", "refused"), [(-DAY, False), (1 - DAY, True), (1, True)])
def test_a_late_report_is_counted_with_those_of_its_own_day__eg_14_c_4(late: int, *, refused: bool) -> None:
    story = reports(0, 0, 0).located("far", 50.0, at=HOUR).reported(late, "late", latitude=9.0)
    (decision,) = [
        one for one in story.play_as_listed().decisions if one.outcome == "REJECTED" and one.incident_id == "late"
    ]
    assert ("RATE_LIMIT" in decision.reasons) == refused


def test_a_refused_report_does_not_count_for_the_limit__eg_14() -> None:
    ending = reports(0, 1, 2, HOUR, DAY).audited(DAY + 1, "i4").play_in_order()
    assert "CREATED" in ending.outcomes_of("i4")


def test_the_limit_applies_per_reporter_and_to_emergencies__eg_14() -> None:
    story = IncidentStory(EMERGENCY)
    for number in range(4):
        story.reported(number, f"i{number}", kind="fire", latitude=float(number))
    story.reported(5, "other", kind="fire", reporter_id="other", latitude=9.0)
    ending = story.play_in_order()
    assert ending.outcomes_of("i3") == ["REQUESTED", "REJECTED"]
    assert "CREATED" in ending.outcomes_of("other")


def rejected(times: int, last: int) -> IncidentStory:
    story = new_story(reports_per_day=100)
    for number in range(times):
        story.reported(number * 10, f"i{number}", latitude=float(number)).audited(
            number * 10 + 1, f"i{number}", approved=False
        )
    return story.reported(last, "last", latitude=50.0).audited(last + 1, "last")


@pytest.mark.parametrize(
    ("times", "last", "blocked"),
    [(2, HOUR, False), (3, HOUR, True), (3, 30 * DAY, True), (3, 30 * DAY + 1, True), (3, 30 * DAY + 2, False)],
)
def test_a_reporter_with_three_rejections_is_blocked__eg_14_eg_e18(times: int, last: int, *, blocked: bool) -> None:
    ending = rejected(times, last).play_in_order()
    if blocked:
        assert ending.one("REJECTED", incident="last").reasons == ("REPORTER_BLOCKED",)
        assert [one.subject_id for one in ending.sent(RequestReview)] == [USER]
    else:
        assert "CREATED" in ending.outcomes_of("last")
        assert ending.sent(RequestReview) == []


@pytest.mark.parametrize("late", [HOUR, 3 * DAY])
@pytest.mark.parametrize(("reported", "blocked"), [(4, False), (5, True)])
def test_a_late_erasure_takes_the_rejections_of_earlier_reports__eg_14_c_18(
    late: int, reported: int, *, blocked: bool
) -> None:
    story = new_story(rejections_limit=1).reported(reported, "i0").audited(10, "i0", approved=False)
    story.located("x", 80.0, at=late).erased(USER, 5).reported(late + HOUR, "last").audited(late + HOUR, "last")
    assert ("CREATED" in story.play_as_listed().outcomes_of("last")) is not blocked


def test_a_repeated_erasure_leaves_the_rejections_since__eg_14_c_12() -> None:
    story = new_story(rejections_limit=1).erased(USER, 5).reported(5, "i0").audited(10, "i0", approved=False)
    story.located("x", 80.0, at=2 * DAY).erased(USER, 5).reported(3 * DAY, "last")
    assert story.play_as_listed().one("REJECTED", incident="last").reasons == ("REPORTER_BLOCKED",)


def flood(monkeypatch: pytest.MonkeyPatch, *later: str) -> IncidentStory:
    """Return a story whose reporter fills one shard of the incident desk, and reports again a day later."""
    monkeypatch.setattr(filed_reports, "REPORTS_AT_MOST", 5)
    story = new_story()
    for number, incident in enumerate([*in_one_shard(6), *later]):
        story.reported(number if number < 6 else DAY + number, incident, latitude=float(number))
    return story


def in_one_shard(number: int) -> list[str]:
    names = (f"i{each}" for each in count())
    return list(islice((name for name in names if shard_of(name) == "00"), number))


def test_an_account_with_too_many_reports_in_a_shard_is_over_the_limit__eg_14(monkeypatch: pytest.MonkeyPatch) -> None:
    last, other = in_one_shard(7)[6], "another-shard"
    assert shard_of(other) != "00"
    ending = flood(monkeypatch, last, other).audited(DAY + 100, other).play_in_order()
    refusal = ending.one("REJECTED", incident=last)
    assert refusal.reasons == ("RATE_LIMIT",)
    assert evidence(refusal)["conditions"][-1]["name"] == "too_many_reports_kept"
    assert "CREATED" in ending.outcomes_of(other)


def test_nothing_is_kept_of_a_refused_report__eg_14() -> None:
    rows = [row + value for row, value in reports(0, 1, 2, 3).located("x", 80.0, at=HOUR).stored_rows()]
    assert any(b"event-group" in row and b"i2" in row for row in rows)
    assert not any(b"event-group" in row and b"i3" in row for row in rows)


def test_an_account_that_too_many_reports_name_is_left_out__eg_22(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filed_reports, "MENTIONS_AT_MOST", 2)
    story = new_story(emergency_kinds=frozenset({"accident"})).follow("fiona", "olga")
    for number, incident in enumerate(in_one_shard(3)):
        story.reported(number, incident, reporter_id=f"r{number}", latitude=float(number), object_ids=("olga",))
    prompts = story.play_in_order().sent(PromptToJoin)
    assert {one.incident_id for one in prompts if one.account_id == "fiona"} == {*in_one_shard(2)}

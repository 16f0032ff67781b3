"""Reporters who are seldom upheld count less (IF-51)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.ids import identify
from operators.policy.action import Action
from operators.policy.invite_forest import FIRST_CASE, Sanction, TargetCondition
from operators.policy.model import Policy
from tests.support.group_story import GroupStory, cases, forest_policy
from tests.support.story import DAY, HOUR, evidence

REPORTERS = ("r1", "r2", "r3")
WEEK = 7 * DAY


def group(policy: Policy | None = None) -> GroupStory:
    """The administrator has let everybody in one by one: three reporters, six members whom they report, the victim."""
    story = GroupStory(policy or forest_policy(TargetCondition()))
    for who in (*REPORTERS, *(f"m{number}" for number in range(6)), "victim", "other"):
        story.admitted(who, -100 * DAY)
    return story


def reporting(story: GroupStory, who: str, at: int, *reporters: str) -> GroupStory:
    for number, reporter in enumerate(reporters or REPORTERS):
        story.reported(who, reporter, at + number)
    return story


def crying_wolf(count: int, policy: Policy | None = None, *, start: int = -60 * DAY) -> GroupStory:
    """The three have reported so many members, for nothing."""
    story = group(policy)
    for number in range(count):
        reporting(story, f"m{number}", start + number * HOUR)
    return story


def weights_of(story: GroupStory, at: int = HOUR) -> list[str] | None:
    """What the three count against the victim; None if that leads to nothing."""
    found = [case for case in cases(reporting(story, "victim", at).play()) if case.subject_id == "victim"]
    return evidence(found[-1])["reporter_weights"] if found else None


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(0, ["1", "1", "1"], id="new"),
        pytest.param(4, ["1", "1", "1"], id="IF-V48 four for nothing"),
        pytest.param(5, None, id="IF-V47 five for nothing"),
    ],
)
def test_who_reports_often_for_nothing_counts_less__if_v47_if_v48_if_51(count: int, expected: list[str] | None) -> None:
    assert weights_of(crying_wolf(count)) == expected


@pytest.mark.parametrize(
    ("upheld", "expected"), [(0, ["1/4", "1/4", "1/4"]), (1, ["1/2", "1/2", "1/2"]), (3, ["1", "1", "1"])]
)
def test_the_weight_is_twice_the_chance_of_being_upheld__if_v49_if_51(upheld: int, expected: list[str]) -> None:
    policy = forest_policy(TargetCondition(), reports_needed=0)
    story = crying_wolf(6, policy)
    for number in range(upheld):
        story.leaves(f"m{number}", -60 * DAY + DAY, removed_by="boss")
    assert weights_of(story) == expected


@pytest.mark.parametrize(
    "finding",
    [
        pytest.param(lambda story, who, at: story.leaves(who, at, removed_by="boss"), id="removed by somebody"),
        pytest.param(lambda story, who, at: story.reported(who, "classifier", at), id="a trusted verdict"),
        pytest.param(lambda story, who, at: story.posts(who, at), id="what it writes, and the reports"),
    ],
)
def test_other_evidence_upholds_a_report__if_v50_if_51(finding: object) -> None:
    policy = forest_policy(TargetCondition(), trusted_reporters=frozenset({"classifier"}))
    story = crying_wolf(5, policy)
    for number in range(3):
        finding(story, f"m{number}", -60 * DAY + number * HOUR + 3 * HOUR)  # type: ignore[operator]
    assert weights_of(story) == ["1", "1", "1"]


@pytest.mark.parametrize(("remover", "expected"), [("boss", ["1", "1", "1"]), (None, None)])
def test_the_removal_of_who_was_never_seen_in_the_group_upholds__if_51(
    remover: str | None, expected: list[str] | None
) -> None:
    story = group()
    for number in range(5):
        at = -60 * DAY + number * HOUR
        reporting(story, f"x{number}", at, "r1", "r2").leaves(f"x{number}", at + 2, removed_by=remover)
    assert weights_of(story) == expected


def test_a_removal_of_who_was_never_seen_and_is_out_already_upholds_nothing__if_51() -> None:
    story = group()
    for number in range(5):
        at = -60 * DAY + number * HOUR
        reporting(story, f"x{number}", at, "r1", "r2").leaves(f"x{number}", at + 2)
        story.leaves(f"x{number}", at + 3, removed_by="boss")
    assert weights_of(story) is None


@pytest.mark.parametrize(("at", "counts"), [(-WEEK - 1, False), (2 - WEEK, True), (WEEK, True), (WEEK + 3, False)])
def test_a_finding_upholds_within_a_week_before_and_after__if_51(at: int, counts: bool) -> None:  # noqa: FBT001
    story = crying_wolf(0)
    for number in range(5):
        reporting(story, f"m{number}", -60 * DAY)
    for number in range(3):
        story.leaves(f"m{number}", -60 * DAY + at, removed_by="boss")
    story.events.sort(key=lambda event: event.at_ms)  # type: ignore[attr-defined]
    assert (weights_of(story) is not None) == counts


def test_leaving_by_oneself_upholds_nothing__if_51() -> None:
    story = crying_wolf(5)
    for number in range(5):
        story.leaves(f"m{number}", -50 * DAY + number, removed_by=f"m{number}" if number % 2 else None)
    assert weights_of(story) is None


def test_reports_do_not_uphold_each_other__if_51_if_e36() -> None:
    assert weights_of(crying_wolf(5, forest_policy(TargetCondition(), reports_suffice=3))) is None


@pytest.mark.parametrize("back", [False, True], ids=["removed", "joined again under the ban"])
def test_a_removal_that_a_case_asked_for_does_not_uphold_its_reports__if_51_if_e36(back: bool) -> None:  # noqa: FBT001
    story = crying_wolf(5, forest_policy(TargetCondition(), reports_suffice=3))
    for number in range(5):
        story.leaves(f"m{number}", -59 * DAY, removed_by=None if back else "bot")
        if back:
            story.admitted(f"m{number}", -58 * DAY).leaves(f"m{number}", -58 * DAY + 1, removed_by="bot")
    story.events.sort(key=lambda event: event.at_ms)  # type: ignore[attr-defined]
    assert weights_of(story) is None


def test_a_late_removal_from_before_the_case_upholds_the_reports__if_51_c_4() -> None:
    story = crying_wolf(5, forest_policy(TargetCondition(), reports_suffice=3)).posts("other", -59 * DAY, "hello")
    for number in range(5):
        story.leaves(f"m{number}", -60 * DAY + number * HOUR + 1, removed_by="boss")
    assert weights_of(story) == ["1", "1", "1"]


def test_the_removal_of_an_associated_member_does_not_uphold_reports__if_51_if_e36() -> None:
    removing = replace(FIRST_CASE, distance_1=(Sanction(Action.REMOVE),))
    story = crying_wolf(
        5, forest_policy(TargetCondition(), first=removing, trusted_reporters=frozenset({"classifier"}))
    )
    for number in range(5):
        story.joins(f"g{number}", f"m{number}", -60 * DAY).reported(f"g{number}", "classifier", -58 * DAY)
        story.leaves(f"m{number}", -57 * DAY, removed_by="bot")
    story.events.sort(key=lambda event: event.at_ms)  # type: ignore[attr-defined]
    assert weights_of(story) is None


@pytest.mark.parametrize("lifted", [-58 * DAY, -30 * DAY], ids=["a day later", "a month later"])
def test_a_lift_takes_back_that_reports_were_upheld__if_51_if_40(lifted: int) -> None:
    story = crying_wolf(5)
    for number in range(3):
        story.leaves(f"m{number}", -59 * DAY, removed_by="boss")
    for number in range(3):
        story.lifted(f"m{number}", lifted)
    assert weights_of(story) is None


def test_a_lift_that_is_repeated_later_takes_back_nothing_that_was_found_since__if_51_if_40_c_12() -> None:
    story = crying_wolf(5)
    for number in range(3):
        story.lifted(f"m{number}", -59 * DAY, event_id=f"lift-{number}")
        story.leaves(f"m{number}", -58 * DAY, removed_by="boss")
    story.events.sort(key=lambda event: event.at_ms)  # type: ignore[attr-defined]
    story.posts("other", -10 * DAY, "hello")
    for number in range(3):
        story.lifted(f"m{number}", -59 * DAY, event_id=f"lift-{number}")
    assert weights_of(story) == ["1", "1", "1"]


@pytest.mark.parametrize(("ago", "expected"), [(90 * DAY, None), (91 * DAY, ["1", "1", "1"])])
def test_a_record_is_forgotten_after_a_time__if_51(ago: int, expected: list[str] | None) -> None:
    assert weights_of(crying_wolf(5, start=HOUR - ago), HOUR) == expected


def test_reports_of_one_member_within_a_week_are_one_of_the_record__if_51() -> None:
    story = group()
    for hour in range(20):
        reporting(story, "m0", -60 * DAY + hour * HOUR)
    assert weights_of(story) == ["1", "1", "1"]


def test_an_open_report_does_not_count_against_its_reporter__if_51() -> None:
    assert weights_of(crying_wolf(6, start=-6 * DAY)) == ["1", "1", "1"]


def test_open_reports_do_not_drive_out_those_that_were_in_vain__if_51() -> None:
    story = crying_wolf(5)
    for number in range(16):
        reporting(story, f"x{number:02}", -DAY + number * HOUR)
    assert weights_of(story) is None


@pytest.mark.parametrize("accused", [16, 17, 40])
def test_who_reports_everybody_in_turn_counts_less__if_51(accused: int) -> None:
    story = group()
    for number in range(30 * accused):
        reporting(story, f"x{number % accused:02}", -40 * DAY + number * (DAY // accused))
    assert weights_of(story) is None


def test_of_decided_reports_the_newest_count__if_51() -> None:
    story = crying_wolf(5, start=-80 * DAY)
    for number in range(16):
        story.admitted(f"x{number:02}", -50 * DAY)
        reporting(story, f"x{number:02}", -40 * DAY + number * HOUR)
        story.leaves(f"x{number:02}", -39 * DAY + number * HOUR, removed_by="boss")
    assert weights_of(story) == ["1", "1", "1"]


def test_the_best_of_a_circle_counts__if_48_if_51_if_e37() -> None:
    story = crying_wolf(5).joins("guest", "r1", -DAY, inviter_role=None).admitted("p", -DAY).admitted("q", -DAY)
    ending = reporting(story, "victim", HOUR, "r1", "guest", "p", "q").play()
    assert evidence(cases(ending)[-1])["reporter_weights"] == ["1", "1", "1"]


def test_nothing_is_recorded_while_nothing_could_uphold_it__if_51_c_28() -> None:
    story = crying_wolf(5, forest_policy(TargetCondition(), enabled=False))
    story.published(-DAY, "{version: v2, invite_forest: {enabled: true}}")
    assert weights_of(story) == ["1", "1", "1"]


def test_a_policy_may_let_all_count_alike__if_51() -> None:
    assert weights_of(crying_wolf(6, forest_policy(TargetCondition(), least_weight=1))) == ["1", "1", "1"]


@pytest.mark.parametrize("erased", ["r1", "m0"])
def test_an_erasure_forgets_reports_by_and_of_the_account__c_18_if_51(erased: str) -> None:
    story = crying_wolf(6).erased(erased, -30 * DAY)
    rows = story.posts("other", 0, "hello").stored_rows()
    raw = b"".join(row + value for row, value in rows if b"report-records" in row or b"accusations" in row)
    assert identify("r2").encode() in raw
    assert not [name for name in (erased, identify(erased)) if name.encode() in raw]


def test_the_record_of_a_reporter_is_bounded__if_51() -> None:
    story = group()
    for number in range(40):
        story.reported(f"x{number:02}", "r1", -60 * DAY + number)
    rows = [value for row, value in story.posts("other", 0, "hello").stored_rows() if b"report-records" in row]
    assert [value.count(identify("x39").encode()) for value in rows] == [1]
    assert not [value for value in rows if identify("x23").encode() in value]

"""Who may report, and which reporters count as one (IF-47, IF-48)."""

from __future__ import annotations

import pytest

from operators.policy.invite_forest import TargetCondition
from tests.support.group_story import GroupStory, actions_by_member, cases, forest_policy
from tests.support.story import DAY, HOUR, MINUTE

DEFAULT = forest_policy(TargetCondition())


def group() -> GroupStory:
    """The administrator has let in the victim, its host and others one by one; `a` has let in three more."""
    story = GroupStory(DEFAULT)
    for who in ("host", "a", "b", "c", "d"):
        story.admitted(who)
    story.joins("victim", "host", 1)
    for who in ("a1", "a2", "a3"):
        story.joins(who, "a", 2)
    return story


def reported(story: GroupStory, *reporters: str, at: int = HOUR) -> GroupStory:
    for number, reporter in enumerate(reporters):
        story.reported("victim", reporter, at + number)
    return story


@pytest.mark.parametrize(
    ("reporters", "count"),
    [
        pytest.param("b c d", 1, id="IF-V38 three whom nothing ties"),
        pytest.param("b c", 0, id="two"),
        pytest.param("out1 out2 out3", 0, id="IF-V39 outsiders"),
        pytest.param("b c out1", 0, id="an outsider besides two"),
        pytest.param("a1 a2 a3", 0, id="IF-V40 one inviter"),
        pytest.param("a1 a2 a3 b", 0, id="one inviter and another"),
        pytest.param("a1 b c", 1, id="one of each"),
        pytest.param("a a1 b", 0, id="an inviter and its guest"),
    ],
)
def test_reporters_count_once_for_each_circle__if_v38_if_v39_if_v40_if_47_if_48_if_e30(
    reporters: str, count: int
) -> None:
    ending = reported(group(), *reporters.split()).play()
    assert [case.reasons for case in cases(ending)] == [("UNCONFIRMED", "reports")] * count
    assert set(actions_by_member(ending).get("victim", [])) <= {"NOTIFY_ADMIN"}


def test_a_chain_of_guests_is_one_circle__if_48() -> None:
    story = group().joins("a11", "a1", 3).joins("a111", "a11", 4)
    assert not cases(reported(story, "a1", "a11", "a111").play())


def test_whoever_reports_nothing_ties_its_own_guests_alone__if_48() -> None:
    story = group().joins("a11", "a1", 3).joins("a111", "a11", 4).joins("a112", "a11", 4)
    assert not cases(reported(story, "a", "a111", "a112").play())
    assert len(cases(reported(story, "b", at=2 * HOUR).play())) == 1


@pytest.mark.parametrize(("left", "count"), [(HOUR - 1, 0), (HOUR, 0), (HOUR + 1, 1)])
def test_who_has_left_is_no_reporter_any_more__if_47(left: int, count: int) -> None:
    story = group().reported("victim", "b", MINUTE).reported("victim", "c", MINUTE).leaves("d", left)
    assert len(cases(story.reported("victim", "d", HOUR).play())) == count


def test_a_report_from_the_time_as_member_counts_after_leaving__if_47() -> None:
    story = group().reported("victim", "b", MINUTE).leaves("b", HOUR)
    assert len(cases(reported(story, "c", "d").play())) == 1


@pytest.mark.parametrize(("joined", "count"), [(HOUR, 1), (HOUR + 1, 0)])
def test_who_joined_after_the_first_sign_counts_once_together__if_v41_if_48(joined: int, count: int) -> None:
    story = group().posts("victim", HOUR)
    for who in ("n1", "n2", "n3"):
        story.admitted(who, joined)
    ending = reported(story, "n1", "n2", "n3", at=2 * HOUR).play()
    assert [case.outcome for case in cases(ending)] == ["MANAGED"] * count


@pytest.mark.parametrize(("again", "count"), [(3 * HOUR, 0), (DAY + HOUR + 1, 1)], ids=["within a day", "later"])
def test_a_reporters_first_report_within_the_time_is_the_first_sign__if_48(again: int, count: int) -> None:
    story = group().reported("victim", "b", HOUR).reported("victim", "b", again - 2)
    for who in ("n1", "n2", "n3"):
        story.admitted(who, again - 5)
    story.reported("victim", "b", again - 1)
    assert len(cases(reported(story, "n1", "n2", at=again).play())) == count


def test_guests_may_report_their_host__if_48() -> None:
    story = group()
    for who in ("g1", "g2", "g3"):
        story.joins(who, "victim", 3)
    assert len(cases(reported(story, "g1", "g2", "g3").play())) == 1


def test_a_trusted_reporter_need_not_be_a_member__if_47() -> None:
    policy = forest_policy(TargetCondition(), trusted_reporters=frozenset({"classifier"}))
    story = GroupStory(policy).chain("R", "A").reported("A", "classifier", HOUR)
    assert [case.outcome for case in cases(story.play())] == ["MANAGED"]


def test_reports_of_one_circle_do_not_drive_out_the_others__if_48() -> None:
    story = group().reported("victim", "b", MINUTE).reported("victim", "c", MINUTE + 1)
    for number in range(40):
        story.joins(f"s{number:02}", "a", 5).reported("victim", f"s{number:02}", HOUR + number)
    assert len(cases(story.play())) == 40
    assert not cases(reported(group(), "b", "c", at=DAY).play())

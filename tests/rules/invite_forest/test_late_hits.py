"""Late hits and the cases already stored (C-4, IF-31)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.policy.action import Action
from operators.policy.invite_forest import FIRST_CASE, Sanction
from tests.support.group_story import EDGE, WINDOW, GroupStory, cases, forest_policy, tree
from tests.support.story import DAY, HOUR, MINUTE, evidence

MUTED = replace(FIRST_CASE, offender=(Sanction(Action.MUTE, 7 * DAY),))


def test_the_case_of_a_late_hit_does_not_replace_a_newer_one__if_31_c_4() -> None:
    """The window of the late hit had no case before; the newer window has one."""
    story = (
        GroupStory(forest_policy(first=MUTED))
        .chain("R", "A")
        .posts("A", EDGE + 5_000)
        .posts("R", EDGE + 8_000, "hello")
    )
    ending = story.posts("A", EDGE - 1).posts("A", EDGE + 9_000).play()
    (newer, late, again) = cases(ending)
    assert [one.reasons for one in (newer, late)] == [("keywords",), ("LATE", "keywords")]
    assert "REPEATED_HIT" in again.reasons
    assert evidence(again)["case"]["decision_id"] == newer.decision_id


@pytest.mark.parametrize("returned", [True, False])
def test_an_account_removed_by_a_late_case_has_no_new_case_before_it_rejoins__if_31_c_4(returned: bool) -> None:  # noqa: FBT001
    rules = forest_policy(first=FIRST_CASE, repeated=MUTED, repeat_within_ms=30 * DAY)
    story = GroupStory(rules).chain("R", "A").posts("A", EDGE - WINDOW - 5).lifted("A", EDGE - WINDOW)
    story.posts("A", EDGE + 5_000).posts("R", EDGE + 8_000, "hello").posts("A", EDGE - WINDOW - 2 * DAY)
    if returned:
        story.leaves("A", EDGE + 8_500).joins("A", "R", EDGE + 8_501)
    found = cases(story.posts("A", EDGE + WINDOW).play())
    assert [one.subject_id for one in found] == ["A"] * 4
    assert ("REPEATED_HIT" in found[-1].reasons) != returned


@pytest.mark.parametrize(("at", "belongs"), [(-1, False), (0, True), (WINDOW - 1, True), (WINDOW, False)])
def test_late_hits_of_one_window_are_one_case_also_where_a_newer_one_is_known__if_31_c_4(
    at: int, *, belongs: bool
) -> None:
    story = GroupStory(forest_policy(first=MUTED, repeated=MUTED)).chain("R", "A").posts("A", EDGE + 5 * WINDOW)
    story.posts("R", EDGE + 6 * WINDOW, "hello").posts("A", EDGE + 9).posts("A", EDGE + at)
    (_, late, again) = cases(story.play())
    assert ("REPEATED_HIT" in again.reasons) == belongs
    if belongs:
        assert evidence(again)["case"]["decision_id"] == late.decision_id


@pytest.mark.parametrize(("late", "level"), [(-1, "first"), (WINDOW, "repeated")])
def test_the_case_of_a_late_hit_repeats_the_one_before_it__if_30_c_4(late: int, level: str) -> None:
    story = GroupStory(forest_policy(first=MUTED, repeated=MUTED)).chain("R", "A").posts("A", EDGE)
    story.posts("A", EDGE + 20 * DAY).posts("R", EDGE + 21 * DAY, "hello").posts("A", EDGE + late)
    assert [evidence(one)["repetition"] for one in cases(story.play())] == ["first", "repeated", level]


def test_people_are_asked_once_about_the_late_hits_of_one_window__if_45_c_4() -> None:
    story = GroupStory(forest_policy(suffice_alone=frozenset())).chain("R", "A").posts("R", EDGE + 5 * HOUR, "hello")
    for later in range(3):
        story.posts("A", EDGE + later).posts("R", EDGE + 5 * HOUR + later * MINUTE, "hello")
    assert ["REPEATED_HIT" in one.reasons for one in cases(story.play())] == [False, True, True]


def test_the_cap_counts_all_late_cases_of_one_window__if_36_c_4() -> None:
    story = tree(forest_policy(mass_limit=3, th1=1)).posts("R", EDGE + 5 * HOUR, "hello").posts("D", EDGE)
    story.posts("R", EDGE + 5 * HOUR + MINUTE, "hello").posts("A", EDGE + 1)
    assert [one.outcome for one in cases(story.play())] == ["MANAGED", "REVIEW"]
    assert not _windows(story.posts("R", EDGE + 8 * DAY, "hello").posts("R", EDGE + 8 * DAY + 5_000, "hello"))


def _windows(story: GroupStory) -> list[bytes]:
    """What is stored about windows."""
    return [row for row, _ in story.stored_rows() if b"case-windows" in row or b"treatments" in row]

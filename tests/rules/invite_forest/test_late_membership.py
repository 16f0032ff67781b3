"""Late joins, departures and roles in a group (C-4)."""

from __future__ import annotations

import pytest

from schemas.records import MemberRole
from tests.support.group_story import (
    GroupStory,
    associated,
    cases,
    forest_policy,
    preview,
)
from tests.support.story import DAY

ADMIN, MEMBER = MemberRole.ADMIN, MemberRole.MEMBER


def group(**changes: object) -> GroupStory:
    return GroupStory(forest_policy(**({"th1": 9} | changes)))


def distances_from(story: GroupStory, who: str, at: int = 2 * DAY) -> dict[str, int]:
    """The members associated with a member that posts, with their distances."""
    return associated(cases(story.posts(who, at).play())[-1])


def test_a_late_join_before_a_departure_changes_nothing__c_4() -> None:
    story = group().admitted("R").leaves("A", 20).posts("R", DAY, "hello").joins("A", "R", 10).posts("R", DAY + 1)
    ending = story.play()
    assert associated(cases(ending)[0]) == {}
    assert ending.counts["group.late-fact-ignored"] == 1


def test_a_late_join_of_a_current_member_changes_nothing__c_4() -> None:
    story = group().chain("R", "A").admitted("S").posts("R", DAY, "hello").joins("A", "S", 0)
    assert distances_from(story, "A") == {"R": 1}


def test_a_late_departure_counts__c_4() -> None:
    story = group().chain("R", "A").posts("R", DAY, "hello").leaves("A", 10).posts("R", DAY + 1)
    case = cases(story.play())[0]
    assert (associated(case), preview(case)["members"]) == ({}, 1)


@pytest.mark.parametrize(("left", "members"), [(19, 2), (20, 1), (21, 1)])
def test_a_late_departure_older_than_an_ignored_join_is_ignored__c_4_if_7(left: int, members: int) -> None:
    story = group().chain("R", "A").joins("A", "R", 20).posts("R", DAY, "hello").leaves("A", left)
    ending = story.posts("R", DAY + 1).play()
    assert preview(cases(ending)[0])["members"] == members
    assert ending.counts.get("group.late-fact-ignored", 0) == (members == 2)


@pytest.mark.parametrize(("joined", "members"), [(29, 1), (30, 2), (31, 2)])
def test_a_late_join_older_than_a_departure_makes_no_member_even_after_the_stay__c_4(joined: int, members: int) -> None:
    story = group().chain("R", "A").leaves("A", 20).leaves("A", 30).posts("R", DAY, "hello").joins("A", "R", joined)
    assert preview(cases(story.posts("R", DAY + 1).play())[0])["members"] == members


@pytest.mark.parametrize("left", [9, 10, 11])
def test_a_late_departure_of_a_placeholder_counts_at_any_time__c_4_if_9_if_11(left: int) -> None:
    story = group().joins("A", "U", 10).posts("A", DAY, "hello").leaves("U", left).posts("A", DAY + 1)
    case = cases(story.play())[0]
    assert (associated(case), preview(case)["members"], preview(case)["tombstones"]) == ({}, 1, 1)


def test_an_account_admitted_twice_and_grafted_late_counts_once__if_35_c_4() -> None:
    story = group(inviter_sample=1).posts("G", 10).joins("G", "A", 20, inviter_role=ADMIN).posts("A", DAY, "hello")
    case = cases(story.joins("G", "A", 5).posts("G", DAY + 1).play())[-1]
    assert preview(case)["inviter"] == {"account_id": "A", "let_in": 1, "offenders": 1}


def test_a_late_role_older_than_the_stored_one_is_ignored__c_4() -> None:
    story = group().admitted("R").becomes("R", ADMIN, 20).posts("x", DAY, "hello").becomes("R", MEMBER, 10)
    assert distances_from(story.joins("A", "R", DAY + 5, inviter_role=None), "A") == {}


@pytest.mark.parametrize("again", [False, True], ids=["told once", "told again"])
def test_a_repeated_role_changes_nothing_before_it__if_5_c_12(again: bool) -> None:  # noqa: FBT001
    story = group().admitted("R")
    for event_id in ["role", *["the same role"] * again]:
        story.becomes("R", ADMIN, DAY, event_id=event_id)
    story.posts("x", 2 * DAY, "hello").joins("A", "R", DAY - 1, inviter_role=None)
    assert distances_from(story, "A", 3 * DAY) == {"R": 1}

"""Owners and administrators as offenders and as associated members, and the trees they admitted (IF-33, IF-34)."""

from __future__ import annotations

import pytest

from operators.policy.invite_forest import ForestMode
from schemas.records import MemberRole
from tests.support.group_story import (
    EDGE,
    GroupStory,
    actions_by_member,
    associated,
    cases,
    forest_policy,
    preview,
    reviews,
    tree,
)

ALL_BELOW = {"Z": 1, "Y": 2, "X": 3}


@pytest.mark.parametrize("role", [MemberRole.OWNER, MemberRole.ADMIN])
def test_an_associated_administrator_is_reported_but_not_sanctioned__if_33_if_e16(role: MemberRole) -> None:
    ending = tree(forest_policy(mass_limit=2)).becomes("B", role, 8).posts("C", 10).play()
    case = cases(ending)[0]
    assert actions_by_member(ending)["B"] == ["NOTIFY_ADMIN"]
    assert (case.outcome, preview(case)["associated"], preview(case)["spared"]) == ("MANAGED", 2, 1)


@pytest.mark.parametrize(("limit", "outcome"), [(4, "MANAGED"), (3, "REVIEW")])
def test_a_former_administrator_counts_for_the_mass_limit__if_33_if_36(limit: int, outcome: str) -> None:
    story = tree(forest_policy(mass_limit=limit, th1=1)).becomes("B", MemberRole.ADMIN, 8).posts("C", EDGE)
    first, second = cases(story.becomes("B", MemberRole.MEMBER, EDGE + 1).posts("A", EDGE + 2).play())
    assert [preview(case)["associated"] for case in (first, second)] == [1, 3]
    assert second.outcome == outcome


def test_an_administrators_case_sanctions_nobody__if_34_if_e17() -> None:
    ending = tree().becomes("C", MemberRole.ADMIN, 8).posts("C", 10).play()
    case = cases(ending)[0]
    assert (case.outcome, case.actions, actions_by_member(ending)) == ("REVIEW", ("WARN", "REVIEW"), {})
    assert preview(case)["by_action"] == {"PRE_MODERATE": 2, "RESTRICT_INVITE": 2, "WATCH": 1}
    assert [request.rule for request in reviews(ending)] == ["invite-forest"]


@pytest.mark.parametrize(
    ("mode", "found"), [(ForestMode.B, ALL_BELOW), (ForestMode.UNION, ALL_BELOW), (ForestMode.A, {"Z": 1})]
)
def test_subtrees_admitted_by_an_administrator_are_listed__if_34(mode: ForestMode, found: dict[str, int]) -> None:
    story = GroupStory(forest_policy(mode=mode, th1=1, virtual_admin_edges=True)).becomes("I", MemberRole.ADMIN, 1)
    story.joins("Z", "I", 2, inviter_role=None).joins("Y", "Z", 3).joins("X", "Y", 4)
    assert associated(cases(story.posts("I", 10).play())[0]) == found


def test_the_option_lists_nothing_more_for_a_plain_member__if_34() -> None:
    story = GroupStory(forest_policy(virtual_admin_edges=True)).becomes("I", MemberRole.ADMIN, 1)
    story.joins("Z", "I", 2, inviter_role=None).becomes("I", MemberRole.MEMBER, 3)
    assert associated(cases(story.posts("I", 10).play())[0]) == {}

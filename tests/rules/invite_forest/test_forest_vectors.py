"""Worked examples of members associated with an offender (IF-18 to IF-28)."""

from __future__ import annotations

import pytest

from jobs.policy.file import InvalidPolicy, parse
from operators.policy.invite_forest import ForestMode
from schemas.malformed import Malformed
from schemas.records import MemberRole
from tests.support.group_story import (
    BOSS,
    ONE_KEYWORD,
    GroupStory,
    actions_by_member,
    associated,
    cases,
    forest_policy,
    preview,
    reviews,
    tree,
)
from tests.support.story import DAY, MINUTE, evidence

A, B, UNION = ForestMode.A, ForestMode.B, ForestMode.UNION
OFFENDER = ["REMOVE", "BAN"]
NEAR = ["RESTRICT_INVITE", "PRE_MODERATE"]


@pytest.mark.parametrize(
    ("offender", "mode", "threshold", "members"),
    [
        pytest.param("C", A, 0, "", id="IF-V1"),
        pytest.param("C", A, 1, "BD", id="IF-V2"),
        pytest.param("C", A, 2, "ABD", id="IF-V3"),
        pytest.param("C", A, 3, "ABDRX", id="IF-V4"),
        pytest.param("C", B, 0, "D", id="IF-V5"),
        pytest.param("C", B, 1, "BD", id="IF-V6"),
        pytest.param("C", B, 2, "ABDX", id="IF-V7"),
        pytest.param("C", B, 3, "ABDRX", id="IF-V8"),
        pytest.param("C", B, 9, "ABDRX", id="IF-V8 beyond the depth"),
        pytest.param("R", B, 0, "ABCDX", id="IF-V9"),
        pytest.param("R", B, 5, "ABCDX", id="IF-V9 IF-E5 any threshold"),
        pytest.param("R", A, 1, "A", id="IF-V10"),
        pytest.param("D", A, 2, "BC", id="IF-V11"),
        pytest.param("D", B, 2, "BC", id="IF-V12"),
        pytest.param("X", A, 2, "ABR", id="IF-V13"),
        pytest.param("X", B, 1, "ABCD", id="IF-V14"),
    ],
)
def test_the_members_associated_with_an_offender__if_21_if_22_if_23_if_24(
    offender: str, mode: ForestMode, threshold: int, members: str
) -> None:
    ending = tree(forest_policy(mode=mode, th1=threshold, th2=threshold)).posts(offender, 10).play()
    assert "".join(sorted(associated(cases(ending)[0]))) == members


def test_both_modes_together__if_v15() -> None:
    ending = tree(forest_policy(mode=UNION, th1=1, th2=2)).posts("C", 10).play()
    assert associated(cases(ending)[0]) == {"A": 2, "B": 1, "D": 1, "X": 3}


def test_the_default_sanctions__if_v16_if_29() -> None:
    ending = tree().posts("C", 10).play()
    assert list(actions_by_member(ending).items()) == [("C", OFFENDER), ("A", ["WATCH"]), ("B", NEAR), ("D", NEAR)]
    shown = preview(cases(ending)[0])
    assert (shown["associated"], shown["share"]) == (3, "3/6")
    assert shown["by_distance"] == {"1": 2, "2": 1}
    assert shown["by_action"] == {"PRE_MODERATE": 2, "RESTRICT_INVITE": 2, "WATCH": 1}


@pytest.mark.parametrize("mode", list(ForestMode))
def test_members_of_another_tree_are_not_associated__if_v17(mode: ForestMode) -> None:
    story = (
        GroupStory(forest_policy(mode=mode, th1=9, th2=9)).admitted("P").admitted("S").joins("Q", "P", 1).posts("Q", 5)
    )
    assert associated(cases(story.play())[0]) == {"P": 1}


def incarnations(mode: ForestMode, threshold: int) -> GroupStory:
    """A#1 invites B and leaves, B invites A#2, A invites E."""
    story = GroupStory(forest_policy(mode=mode, th1=threshold, th2=threshold)).chain("A", "B").leaves("A", 10)
    return story.joins("A", "B", 20).joins("E", "A", 30)


def test_an_account_with_two_nodes_is_found_once__if_v18_if_25_if_e3() -> None:
    ending = incarnations(A, 1).posts("B", 40).play()
    assert associated(cases(ending)[0]) == {"A": 1}


@pytest.mark.parametrize(
    ("mode", "threshold"),
    [
        pytest.param(A, 1, id="IF-V19"),
        pytest.param(A, 2, id="IF-V19 farther"),
        pytest.param(B, 1, id="IF-V20"),
        pytest.param(B, 2, id="IF-V20 farther"),
    ],
)
def test_an_offender_is_not_associated_with_itself__if_24_if_e4(mode: ForestMode, threshold: int) -> None:
    ending = incarnations(mode, threshold).posts("A", 40).play()
    assert sorted(associated(cases(ending)[0])) == ["B", "E"]


def test_the_search_traverses_tombstones__if_v21_if_e7() -> None:
    ending = GroupStory().chain("R", "A", "B").leaves("A", 10).posts("B", 20).play()
    case = cases(ending)[0]
    assert associated(case) == {"R": 2}
    assert preview(case)["tombstones"] == 1
    assert evidence(case)["associated"][0]["path"] == ["R", "A", "B"]
    assert actions_by_member(ending) == {"B": OFFENDER, "R": ["WATCH"]}


@pytest.mark.parametrize("everywhere", [False, True])
def test_from_all_incarnations_only_members_are_found__if_v22(everywhere: bool) -> None:  # noqa: FBT001
    story = GroupStory(forest_policy(th1=1, all_incarnations=everywhere)).chain("R", "A", "B", "C")
    story.leaves("B", 10).leaves("C", 11).joins("C", "A", 20).posts("C", 30)
    case = cases(story.play())[0]
    assert associated(case) == {"A": 1}
    assert preview(case)["tombstones"] == everywhere


def test_from_all_incarnations_the_old_neighbours_are_found__if_26_if_e4() -> None:
    story = GroupStory(forest_policy(th1=1, all_incarnations=True)).chain("R", "A", "B", "C")
    case = cases(story.leaves("C", 11).joins("C", "A", 20).posts("C", 30).play())[0]
    assert associated(case) == {"A": 1, "B": 1}


def test_an_unknown_inviter_is_a_provisional_root__if_v23_if_e10() -> None:
    ending = GroupStory(forest_policy(th1=1)).joins("M", "U", 10).posts("M", 20).play()
    case = cases(ending)[0]
    assert (associated(case), preview(case)["provisional"]) == ({"U": 1}, True)
    assert actions_by_member(ending)["U"] == NEAR


@pytest.mark.parametrize("late", [False, True])
def test_a_placeholder_is_grafted_when_its_join_arrives__if_v24_if_e10(late: bool) -> None:  # noqa: FBT001
    story = GroupStory().admitted("V", -DAY).joins("M", "U", 10)
    if late:
        story.posts("V", DAY, "hello")
    ending = story.joins("U", "V", 5).posts("M", 2 * DAY).play()
    case = cases(ending)[0]
    assert associated(case) == {"U": 1, "V": 2}
    assert not preview(case)["provisional"]
    assert evidence(case)["offender"]["depth"] == 2


def test_two_offenders_in_one_window__if_v25_if_v26_if_e20() -> None:
    ending = tree(forest_policy(th1=1)).posts("C", 10).posts("A", 20).posts("B", 30).play()
    first, second, third = cases(ending)
    assert actions_by_member(ending, first) == {"C": OFFENDER, "B": NEAR, "D": NEAR}
    assert actions_by_member(ending, second) == {"A": OFFENDER, "R": NEAR, "X": NEAR}
    assert actions_by_member(ending, third) == {"B": OFFENDER}
    assert [decision.outcome for decision in (first, second, third)] == ["MANAGED"] * 3


def star(members: int, policy: int = 200) -> GroupStory:
    story = GroupStory(forest_policy(mass_limit=policy)).admitted("center")
    for number in range(members):
        story.joins(f"m{number:03}", "center", 1)
    return story


@pytest.mark.parametrize(("members", "outcome"), [(200, "MANAGED"), (201, "REVIEW")])
def test_the_mass_limit_is_two_hundred__if_v27_if_e19_c_25(members: int, outcome: str) -> None:
    ending = star(members).posts("center", 10).play()
    case = cases(ending)[0]
    assert (case.outcome, preview(case)["associated"]) == (outcome, members)
    assert len(actions_by_member(ending)) == (201 if outcome == "MANAGED" else 1)
    assert actions_by_member(ending)["center"] == OFFENDER
    summaries = [request.summary for request in reviews(ending)]
    assert all("201 of 202 members are associated (201 at distance 1)" in summary for summary in summaries)
    assert len(summaries) == (outcome == "REVIEW")
    assert ("MASS_LIMIT" in case.reasons) == (outcome == "REVIEW")


@pytest.mark.parametrize(("others", "outcome"), [(49, "MANAGED"), (50, "REVIEW")])
def test_the_mass_limit_counts_all_cases_of_a_window__if_v28(others: int, outcome: str) -> None:
    """Associated with P are Q, 139 members of its own and the 10 in the middle; with Q those 10, P and the others."""
    story = GroupStory().admitted("P").joins("middle", "P", 1).joins("Q", "middle", 2)
    for inviter, count in (("middle", 9), ("P", 139), ("Q", others)):
        for number in range(count):
            story.joins(f"{inviter}-{number:03}", inviter, 3)
    ending = story.posts("P", 10).posts("Q", 20).play()
    first, second = cases(ending)
    assert [preview(case)["associated"] for case in (first, second)] == [150, 11 + others]
    assert (first.outcome, second.outcome) == ("MANAGED", outcome)
    assert len(actions_by_member(ending, first)) == 151
    assert len(actions_by_member(ending, second)) == (1 + others if outcome == "MANAGED" else 1)


def test_an_administrator_as_offender_is_reviewed__if_v29_if_e14_if_e17() -> None:
    story = (
        GroupStory(forest_policy(th1=1))
        .chain("P", "I", "J")
        .becomes("I", MemberRole.ADMIN, 10)
        .joins("Z", "I", 20, inviter_role=None)
    )
    ending = story.posts("I", 30).play()
    case = cases(ending)[0]
    assert (case.outcome, associated(case), actions_by_member(ending)) == ("REVIEW", {"J": 1, "P": 1}, {})
    assert "OFFENDER_IS_ADMIN" in case.reasons
    assert [request.group_id for request in reviews(ending)] == ["g"]


def test_an_option_lists_the_subtrees_admitted_by_an_administrator__if_v29_if_34() -> None:
    story = (
        GroupStory(forest_policy(th1=1, virtual_admin_edges=True))
        .chain("P", "I", "J")
        .becomes("I", MemberRole.ADMIN, 10)
    )
    ending = story.joins("Z", "I", 20, inviter_role=None).joins("ZZ", "Z", 21).posts("I", 30).play()
    assert associated(cases(ending)[0]) == {"J": 1, "P": 1, "Z": 1}


def test_a_mass_limit_that_is_raised_within_a_window_counts_each_member_once__if_36() -> None:
    story = GroupStory(forest_policy(mass_limit=3, th1=2)).admitted("r")
    for number in range(4):
        story.joins(f"m{number}", "r", 1 + number)
    story.posts("r", 10).published(20, f"version: v2\ninvite_forest: {{mass_limit: 5, {ONE_KEYWORD}}}").posts("m0", 30)
    assert [case.outcome for case in cases(story.play())] == ["REVIEW", "MANAGED"]


@pytest.mark.parametrize("admin_first", [False, True])
def test_of_two_invitations_at_one_time_the_administrators_wins__if_v30_if_e1(admin_first: bool) -> None:  # noqa: FBT001
    names = ("a", "b") if admin_first else ("b", "a")
    story = GroupStory().admitted("R", 0).admitted("N", 10, event_id=names[0]).joins("N", "R", 10, event_id=names[1])
    ending = story.joins("K", "N", 10, event_id="aa").posts("N", 20).play()
    case = cases(ending)[0]
    assert (associated(case), evidence(case)["offender"]["depth"]) == ({"K": 1}, 0)


@pytest.mark.parametrize(("before", "removed"), [(1, True), (0, False)])
def test_a_ban_ends_at_its_end__if_v31_if_38_if_41(before: int, removed: bool) -> None:  # noqa: FBT001
    story = GroupStory().chain("R", "A").posts("A", MINUTE).leaves("A", 2 * MINUTE)
    ending = story.joins("A", "R", MINUTE + 30 * DAY - before).play()
    again = [command for command in ending.commands if command.at_ms > cases(ending)[0].at_ms]
    assert [(command.account_id, str(command.action)) for command in again] == [("A", "REMOVE")] * removed
    assert {command.decision_id for command in ending.commands} == {cases(ending)[0].decision_id}
    assert len({command.command_id for command in ending.commands}) == len(ending.commands)
    assert BOSS not in actions_by_member(ending)


@pytest.mark.parametrize("key", ["th1", "th2"])
@pytest.mark.parametrize("value", ["-1", "null", "0.5", "many"])
def test_a_threshold_is_a_whole_number__if_e18_c_20(key: str, value: str) -> None:
    document = f"{{version: v2, invite_forest: {{{key}: {value}}}}}"
    with pytest.raises(InvalidPolicy, match=key):
        parse(document)
    with pytest.raises(Malformed, match="INVALID_POLICY"):
        tree().published(8, document).play()

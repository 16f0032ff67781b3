"""Growth of a group's forest: position of a member by the way it joined (IF-1 to IF-17)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.policy.action import Action
from operators.policy.invite_forest import FIRST_CASE, Sanction
from schemas.records import JoinVia, MemberRole
from tests.support.group_story import (
    BOSS,
    GroupStory,
    actions_by_member,
    associated,
    cases,
    forest_policy,
    preview,
    reviews,
)
from tests.support.story import DAY, evidence

WIDE = forest_policy(th1=9)
OWNER, ADMIN, MEMBER = MemberRole.OWNER, MemberRole.ADMIN, MemberRole.MEMBER


def group(**changes: object) -> GroupStory:
    return GroupStory(forest_policy(**({"th1": 9} | changes)))


def distances_from(story: GroupStory, who: str, at: int = 2 * DAY) -> dict[str, int]:
    """The members associated with a member that posts, with their distances."""
    return associated(cases(story.posts(who, at).play())[-1])


def test_each_group_has_its_own_forest__if_1_if_e22() -> None:
    story = group().chain("R", "A").joins("B", "A", 5, group_id="h").posts("A", 10)
    (case,) = cases(story.play())
    assert associated(case) == {"R": 1}


def test_sanctions_apply_in_their_group_only__if_1_if_e22() -> None:
    story = group().chain("R", "A").joins("A", "R", 1, group_id="h").posts("A", 10).posts("R", 10, group_id="h")
    ending = story.play()
    by_group = {case.group_id: associated(case) for case in cases(ending)}
    assert by_group == {"g": {"R": 1}, "h": {"A": 1}}
    assert {command.group_id for command in ending.commands if command.account_id == "A"} == {"g", "h"}


@pytest.mark.parametrize("role", [OWNER, ADMIN])
def test_an_administrators_invitation_makes_a_root__if_2_if_4(role: MemberRole) -> None:
    story = group().admitted("R").joins("A", "R", 1, inviter_role=role).joins("B", "A", 2)
    assert distances_from(story, "B") == {"A": 1}


def test_a_members_invitation_makes_a_child__if_3() -> None:
    assert distances_from(group().admitted("R").joins("A", "R", 1), "A") == {"R": 1}


@pytest.mark.parametrize(
    ("changed", "known"),
    [
        pytest.param(9, {}, id="known before"),
        pytest.param(10, {}, id="at the join's time"),
        pytest.param(11, {"R": 1}, id="only after it"),
    ],
)
@pytest.mark.parametrize("name", ["a", "z"])
def test_the_role_when_inviting_counts__if_5(changed: int, known: dict[str, int], name: str) -> None:
    story = group().admitted("R").becomes("R", ADMIN, changed, event_id=name)
    assert distances_from(story.joins("A", "R", 10, inviter_role=None, event_id="m"), "A") == known


@pytest.mark.parametrize("changed", [9, 10])
def test_invitations_of_a_former_administrator_make_children__if_5(changed: int) -> None:
    story = group().admitted("R").becomes("R", OWNER, 5).becomes("R", MEMBER, changed)
    assert distances_from(story.joins("A", "R", 10, inviter_role=None), "A") == {"R": 1}


def test_the_role_in_the_join_event_takes_precedence__if_5() -> None:
    story = group().admitted("R").becomes("R", ADMIN, 5).joins("A", "R", 10)
    case = cases(story.posts("A", 20).play())[0]
    assert (associated(case), preview(case)["spared"]) == ({"R": 1}, 1)


@pytest.mark.parametrize(
    ("via", "inviter", "role", "known"),
    [
        (JoinVia.LINK, "R", MEMBER, {"R": 2}),
        (JoinVia.LINK, "R", ADMIN, {}),
        (JoinVia.LINK, None, None, {}),
        (JoinVia.APPROVAL, None, None, {}),
        (JoinVia.APPROVAL, "R", MEMBER, {"R": 2}),
        (JoinVia.FOUNDING, None, None, {}),
        (JoinVia.FOUNDING, "R", MEMBER, {}),
        (JoinVia.INVITE, None, None, {}),
    ],
)
def test_joins_by_other_ways_make_roots_or_children__if_6_if_e12_if_e13(
    via: JoinVia, inviter: str | None, role: MemberRole | None, known: dict[str, int]
) -> None:
    assert distances_from(group().admitted("R").joins("A", inviter, 1, via=via, inviter_role=role), "A") == known


def test_the_first_join_of_a_member_wins__if_7_if_e1() -> None:
    story = group().admitted("R").admitted("S").joins("A", "R", 10).joins("A", "S", 11).admitted("A", 12)
    assert distances_from(story, "A") == {"R": 1}


def test_of_two_members_at_one_time_the_smaller_id_wins__if_7() -> None:
    story = group().admitted("R").admitted("S").joins("A", "R", 10, event_id="b").joins("A", "S", 10, event_id="a")
    assert distances_from(story, "A") == {"S": 1}


def test_two_administrators_at_one_time_make_one_root__if_7() -> None:
    story = group().admitted("A", 10, "one", event_id="b").admitted("A", 10, "two", event_id="a").joins("B", "A", 11)
    assert distances_from(story, "B") == {"A": 1}


@pytest.mark.parametrize("loser", ["a", "z"])
def test_the_losing_inviter_of_one_time_does_not_become_a_member__if_7(loser: str) -> None:
    story = group().joins("A", "stranger", 10, event_id=loser).admitted("A", 10, event_id="m").posts("A", 20)
    assert preview(cases(story.play())[0])["members"] == 1


def test_a_losing_inviter_who_let_in_somebody_else_stays_a_member__if_7_if_11() -> None:
    story = group().joins("B", "X", 10, event_id="a").joins("A", "X", 10, event_id="b").admitted("A", 10, event_id="c")
    case = cases(story.posts("B", 20).play())[0]
    assert (associated(case), preview(case)["members"]) == ({"X": 1}, 3)


def test_rejoining_adds_a_node_and_the_old_one_stays__if_8_if_e2() -> None:
    story = group(th1=2).chain("R", "A", "B").admitted("S").leaves("A", 10).joins("A", "S", 20)
    assert distances_from(story, "B") == {"A": 1, "R": 2}
    assert distances_from(story, "S", 2 * DAY + 1) == {"A": 1}


def test_a_remove_command_alone_does_not_end_a_stay__if_9() -> None:
    story = group().chain("R", "A").posts("A", 10).posts("R", DAY)
    assert associated(cases(story.play())[1]) == {"A": 1}


def test_an_invitation_by_a_departed_member_makes_a_child_of_its_tombstone__if_10_if_e9() -> None:
    story = group().chain("R", "A").leaves("A", 10, removed_by=BOSS).joins("B", "A", 20)
    case = cases(story.posts("B", 30).play())[0]
    assert (associated(case), preview(case)["tombstones"]) == ({"R": 2}, 1)


def test_the_latest_tombstone_of_several_counts__if_10() -> None:
    story = group().chain("R", "A").admitted("S").leaves("A", 10).joins("A", "S", 20).leaves("A", 30)
    assert distances_from(story.joins("B", "A", 40), "B") == {"S": 2}


def test_a_placeholder_counts_as_member__if_11() -> None:
    assert preview(cases(group().joins("A", "U", 1).posts("A", 2).play())[0])["share"] == "1/2"


def test_a_placeholder_becomes_a_proper_root__if_12() -> None:
    story = group().joins("A", "U", 10).admitted("Z").admitted("U", 10, event_id="z")
    case = cases(story.posts("A", 20).play())[0]
    assert (associated(case), preview(case)["provisional"]) == ({"U": 1}, False)


@pytest.mark.parametrize(("at", "known"), [(10, {"U": 1, "V": 2}), (11, {"U": 1})])
def test_a_join_after_the_first_child_is_a_return__if_12(at: int, known: dict[str, int]) -> None:
    story = group().admitted("V").joins("A", "U", 10, event_id="a").joins("U", "V", at, event_id="u")
    ending = story.posts("A", 20).play()
    assert associated(cases(ending)[0]) == known
    assert preview(cases(ending)[0])["tombstones"] == (at > 10)


@pytest.mark.parametrize(("left", "members"), [(9, 2), (10, 2), (11, 1)])
def test_a_join_after_a_placeholders_stay_ended_is_a_return__if_8_if_12(left: int, members: int) -> None:
    story = group().posts("U", 5).leaves("U", left, event_id="b").joins("A", "U", 10, event_id="c")
    ending = story.admitted("U", 10, event_id="d").posts("A", 20).play()
    assert preview(cases(ending)[-1])["members"] == members


def test_depths_below_a_graft_follow__if_12_if_13() -> None:
    story = group().chain("V", "W").joins("A", "U", 10, event_id="a").joins("B", "A", 10, event_id="b")
    ending = story.joins("U", "W", 10, event_id="u").joins("C", "B", 11).posts("C", 20).play()
    assert evidence(cases(ending)[0])["offender"]["depth"] == 5
    assert associated(cases(ending)[0]) == {"B": 1, "A": 2, "U": 3, "W": 4, "V": 5}


def test_a_graft_below_another_graft_keeps_depths_right__if_12_if_13() -> None:
    story = group().joins("A", "U1", 10).posts("A", DAY, "hello").joins("U1", "U2", 9).joins("U2", "U3", 8)
    case = cases(story.admitted("U3", 7).posts("A", 2 * DAY).play())[0]
    assert (associated(case), evidence(case)["offender"]["depth"]) == ({"U1": 1, "U2": 2, "U3": 3}, 3)
    assert not preview(case)["provisional"]


def test_a_graft_below_its_own_descendant_is_refused_and_reviewed__if_12_if_e24() -> None:
    story = group().joins("A", "U", 10).joins("B", "A", 11).posts("A", DAY, "hello").joins("U", "B", 9)
    ending = story.joins("U", "B", 9).posts("B", 2 * DAY).play()
    refused, case = cases(ending)
    assert (refused.outcome, refused.subject_id, refused.reasons) == ("REVIEW", "U", ("GRAFT_REFUSED", "LATE"))
    assert [request.subject_id for request in reviews(ending)] == ["U"]
    assert (associated(case), preview(case)["provisional"]) == ({"A": 1, "U": 2}, True)


def test_a_member_promoted_later_keeps_its_children__if_15_if_e15() -> None:
    story = group().chain("R", "A", "B").becomes("A", ADMIN, 10).joins("C", "A", 11, inviter_role=None)
    assert distances_from(story, "B") == {"A": 1, "R": 2}
    assert distances_from(story, "C", 2 * DAY + 1) == {}


def test_an_administrator_admitted_by_a_member_keeps_its_node__if_15_if_e14() -> None:
    story = group().chain("R", "A").becomes("A", ADMIN, 10).joins("C", "A", 11, inviter_role=None)
    assert distances_from(story, "R") == {"A": 1}


def test_the_forest_is_kept_for_years__if_17() -> None:
    assert distances_from(group().chain("R", "A", "B"), "B", 4_000 * DAY) == {"A": 1, "R": 2}


def test_joins_out_of_order_are_applied_in_order__if_e11() -> None:
    story = group().joins("B", "A", 20).joins("A", "R", 10).admitted("R", 5)
    case = cases(story.posts("B", 30).play())[0]
    assert (associated(case), preview(case)["provisional"]) == ({"A": 1, "R": 2}, False)


def test_a_departed_placeholder_is_still_grafted_by_an_older_join__if_12() -> None:
    story = group().joins("A", "U", 10).posts("A", DAY, "hello").leaves("U", 9).joins("U", "V", 8)
    case = cases(story.posts("A", DAY + 1).play())[0]
    assert (associated(case), preview(case)["tombstones"]) == ({"V": 2}, 1)


def test_a_repeated_join_or_departure_changes_nothing__c_12() -> None:
    story = group().chain("R", "A").leaves("A", 10, event_id="l").leaves("A", 10, event_id="l")
    story.joins("A", "R", 20, event_id="j").joins("A", "R", 20, event_id="j").leaves("A", 10, event_id="l")
    case = cases(story.posts("R", 30).play())[0]
    assert (associated(case), preview(case)["members"], preview(case)["tombstones"]) == ({"A": 1}, 2, 1)


def test_an_invitation_of_oneself_is_a_dead_letter__if_e25() -> None:
    with pytest.raises(Exception, match="IMPOSSIBLE") as refused:
        group().joins("A", "A", 1).play()
    assert type(refused.value).__name__ == "Malformed"


def test_an_unknown_author_is_a_provisional_root_and_sanctioned_alone__if_20_if_e27() -> None:
    ending = group().admitted("R").posts("A", 10).play()
    (case,) = cases(ending)
    assert (associated(case), preview(case)["provisional"], preview(case)["members"]) == ({}, True, 2)
    assert actions_by_member(ending) == {"A": ["REMOVE", "BAN"]}


def test_an_inviter_who_was_never_seen_and_has_left_is_a_tombstone__if_10_if_11() -> None:
    case = cases(group().leaves("U", 5).joins("A", "U", 10).joins("B", "A", 11).posts("A", 20).play())[0]
    shown = preview(case)
    assert (associated(case), shown["members"], shown["tombstones"], shown["provisional"]) == ({"B": 1}, 2, 1, True)


def test_an_author_who_was_never_seen_and_has_left_is_banned__if_20() -> None:
    muted = replace(FIRST_CASE, offender=(Sanction(Action.MUTE, DAY),))
    ending = GroupStory(forest_policy(first=muted)).leaves("A", 5).posts("A", 10).play()
    assert actions_by_member(ending) == {"A": ["MUTE", "BAN"]}
    assert evidence(cases(ending)[0])["offender"]["left"]


def test_an_authors_late_join_grafts_its_placeholder__if_12_if_20() -> None:
    story = group().admitted("R").posts("A", DAY).joins("A", "R", 10)
    assert distances_from(story, "R", 3 * DAY) == {"A": 1}


def test_a_tree_of_one_node_has_no_associated_members__if_e6() -> None:
    ending = group().admitted("R").posts("R", 10).play()
    assert (cases(ending)[0].outcome, actions_by_member(ending)) == ("MANAGED", {"R": ["REMOVE", "BAN"]})


def test_a_late_administrators_invitation_of_the_same_time_makes_a_grafted_node_a_root__if_7_if_12() -> None:
    story = (
        group().chain("V", "W").joins("A", "U", 10, event_id="a").joins("B", "A", 11).joins("U", "W", 10, event_id="b")
    )
    story.posts("V", DAY, "hello").admitted("U", 10, event_id="c")
    ending = story.posts("B", 2 * DAY).play()
    assert associated(cases(ending)[0]) == {"A": 1, "U": 2}
    assert evidence(cases(ending)[0])["offender"]["depth"] == 2

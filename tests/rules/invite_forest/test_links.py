"""Whom a link or an approval ties to what strangers post (IF-50)."""

from __future__ import annotations

import pytest

from operators.policy.invite_forest import ForestMode
from operators.policy.model import Policy
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

OFFENDER, NEAR = ["REMOVE", "BAN"], ["RESTRICT_INVITE", "PRE_MODERATE"]
A, B = ForestMode.A, ForestMode.B
WAYS = pytest.mark.parametrize("via", [JoinVia.LINK, JoinVia.APPROVAL])


def group(policy: Policy | None = None, via: JoinVia = JoinVia.LINK) -> GroupStory:
    """R invites V; O comes in by V's link, and invites P."""
    return GroupStory(policy).chain("R", "V").joins("O", "V", 5, via=via).joins("P", "O", 6)


@WAYS
def test_who_lets_in_by_a_link_is_named_and_not_sanctioned__if_v43_if_50_if_e32_if_e33(via: JoinVia) -> None:
    ending = group(via=via).posts("O", 10).play()
    (case,) = cases(ending)
    assert associated(case) == {"P": 1, "V": 2}
    assert actions_by_member(ending) == {"O": OFFENDER, "P": NEAR}
    assert (preview(case)["associated"], preview(case)["weakly_tied"], preview(case)["spared"]) == (1, 1, 0)
    host = evidence(case)["associated"][1]
    assert (host["path"], host["by_link"], host["actions"]) == (["V", "O"], [0], [])
    assert "by_link" not in evidence(case)["associated"][0]


@pytest.mark.parametrize(
    ("offender", "mode", "threshold", "weight", "known"),
    [
        pytest.param("O", B, 2, 2, {"P": 1}, id="IF-V44"),
        pytest.param("V", A, 2, 2, {"R": 1, "O": 2}, id="IF-V45"),
        pytest.param("V", A, 1, 2, {"R": 1}, id="IF-V45 nearer"),
        pytest.param("V", B, 1, 2, {"R": 1, "O": 2, "P": 3}, id="by a common ancestor"),
        pytest.param("O", A, 1, 1, {"P": 1, "V": 1}, id="IF-V46"),
        pytest.param("O", A, 9, 1, {"P": 1, "V": 1}, id="IF-V43 nobody beyond"),
        pytest.param("P", A, 3, 2, {"O": 1, "V": 3}, id="somebody through whom the offender came"),
        pytest.param("R", A, 3, 2, {"V": 1, "O": 3}, id="downwards"),
    ],
)
def test_a_tie_by_a_link_is_longer_and_ends_the_way_up__if_50(
    offender: str, mode: ForestMode, threshold: int, weight: int, known: dict[str, int]
) -> None:
    policy = forest_policy(mode=mode, th1=threshold, th2=threshold, link_weight=weight)
    ending = group(policy).posts(offender, 10).play()
    assert associated(cases(ending)[0]) == known
    assert set(actions_by_member(ending)) == {offender, *known} - ({"V"} if offender in "OP" else set())


def test_the_inviters_record_says_that_it_was_a_link__if_35_if_50() -> None:
    shown = preview(cases(group(forest_policy(inviter_sample=1)).posts("O", 10).play())[0])
    assert shown["inviter"] == {"account_id": "V", "let_in": 1, "offenders": 1, "via": "LINK"}


def test_many_who_came_by_one_link_do_not_reach_the_cap__if_36_if_50() -> None:
    story = GroupStory(forest_policy(mass_limit=0, th1=9)).chain("R", "V")
    for number in range(5):
        story.joins(f"s{number}", "V", 5, via=JoinVia.LINK)
    ending = story.posts("s3", 10).play()
    assert [case.outcome for case in cases(ending)] == ["MANAGED"]
    assert associated(cases(ending)[0]) == {"V": 2}


def test_a_review_counts_whom_a_link_ties__if_50() -> None:
    ending = group(forest_policy(mass_limit=0)).posts("O", 10).play()
    (review,) = reviews(ending)
    assert "0 owners and administrators and 1 who let it in by a link or by approval besides" in review.summary


def test_a_host_who_has_left_is_not_banned_on_coming_back__if_27_if_50() -> None:
    story = group(forest_policy(ban_on_rejoin=True)).leaves("V", 8).posts("O", 10).joins("V", "R", 20)
    assert set(actions_by_member(story.play())) == {"O", "P"}


def test_a_host_who_is_administrator_by_now_is_told__if_33_if_50() -> None:
    ending = group().becomes("V", MemberRole.ADMIN, 8).posts("O", 10).play()
    assert actions_by_member(ending)["V"] == ["NOTIFY_ADMIN"]


@pytest.mark.parametrize("weak_first", [True, False])
def test_an_invitation_ties_whatever_a_link_does_besides__if_25_if_50_if_e34(weak_first: bool) -> None:  # noqa: FBT001
    ways = [JoinVia.LINK, JoinVia.INVITE] if weak_first else [JoinVia.INVITE, JoinVia.LINK]
    story = GroupStory(forest_policy(all_incarnations=True)).chain("R", "V").joins("O", "V", 5, via=ways[0])
    ending = story.leaves("O", 6).joins("O", "V", 7, via=ways[1]).posts("O", 10).play()
    assert (associated(cases(ending)[0]), actions_by_member(ending)["V"]) == ({"R": 2, "V": 1}, NEAR)


@pytest.mark.parametrize(
    ("other", "via", "at", "known"),
    [
        pytest.param(("V", MemberRole.MEMBER), JoinVia.INVITE, 6, {"V": 2}, id="later"),
        pytest.param((BOSS, MemberRole.ADMIN), JoinVia.INVITE, 5, {}, id="an administrator's at the same time"),
    ],
)
def test_the_way_of_the_effective_join_counts__if_7_if_50(
    other: tuple[str, MemberRole], via: JoinVia, at: int, known: dict[str, int]
) -> None:
    story = GroupStory().chain("R", "V").joins("O", "V", 5, via=JoinVia.LINK)
    story.joins("O", other[0], at, via=via, inviter_role=other[1])
    assert associated(cases(story.posts("O", 10).play())[0]) == known


@pytest.mark.parametrize("late", [False, True])
def test_a_graft_brings_its_own_way__if_12_if_50(late: bool) -> None:  # noqa: FBT001
    story = GroupStory().admitted("V", -DAY).joins("M", "U", 10)
    if late:
        story.posts("V", DAY, "hello")
    ending = story.joins("U", "V", 5, via=JoinVia.LINK).posts("U", 2 * DAY).play()
    assert (associated(cases(ending)[0]), "V" in actions_by_member(ending)) == ({"M": 1, "V": 2}, False)


def test_a_placeholders_way_is_unknown_and_counts_as_invited__if_50_if_e35() -> None:
    ending = GroupStory().joins("M", "U", 10).joins("N", "M", 11, via=JoinVia.LINK).posts("M", 20).play()
    assert associated(cases(ending)[0]) == {"N": 2, "U": 1}


def test_whom_an_administrator_let_in_by_a_link_is_farther__if_34_if_50() -> None:
    policy = forest_policy(virtual_admin_edges=True, th1=1)
    story = GroupStory(policy).chain("P", "I").becomes("I", MemberRole.ADMIN, 10)
    story.joins("Y", "I", 20, inviter_role=None).joins("Z", "I", 20, inviter_role=None, via=JoinVia.LINK)
    assert associated(cases(story.posts("I", 30).play())[0]) == {"P": 1, "Y": 1}

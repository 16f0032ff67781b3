"""What ends in a group once people do not uphold a case."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from operators.policy.action import Action
from operators.policy.invite_forest import FIRST_CASE, REPEATED_CASE, Sanction
from operators.policy.model import Enforcement
from schemas.records import ManageMember
from tests.support.group_story import (
    EDGE,
    GROUP,
    WINDOW,
    GroupStory,
    actions_by_member,
    cases,
    forest_policy,
    preview,
    tree,
)
from tests.support.reviews.answering import answered, reviewed, revoked
from tests.support.story import DAY, HOUR, MINUTE, evidence

if TYPE_CHECKING:
    from tests.support.story import StoryResult

EVERYBODY = {
    "A": ["WATCH"],
    "B": ["PRE_MODERATE", "RESTRICT_INVITE"],
    "C": ["REMOVE", "BAN"],
    "D": ["PRE_MODERATE", "RESTRICT_INVITE"],
}


def taken_back(ending: StoryResult) -> dict[str, list[str]]:
    """Return the actions that are taken back, by member."""
    found = defaultdict(list)
    for command in revoked(ending):
        found[command.account_id].append(str(command.action))
    return dict(found)


def test_the_sanctions_of_offender_and_associated_members_end__rv_14_rv_v12() -> None:
    ending = reviewed(tree().posts("C", 10), HOUR).play()
    assert taken_back(ending) == EVERYBODY
    sent = {command.command_id: command for command in ending.commands if isinstance(command, ManageMember)}
    for command in revoked(ending):
        meant = sent.pop(command.revoked_id)
        assert (command.group_id, command.account_id) == (GROUP, meant.account_id)
        assert (command.revoked_type, command.action) == ("ManageMember", meant.action)
    assert not sent


def test_a_case_and_what_takes_it_back_have_one_key__rv_9() -> None:
    keys = {key for topic, key, _ in reviewed(tree().posts("C", 10), HOUR).play().outputs if topic == "commands"}
    assert keys == {GROUP}


def test_an_offender_whose_ban_has_ended_may_come_back__rv_14() -> None:
    story = tree().posts("C", 10).leaves("C", MINUTE)
    assert actions_by_member(story.joins("C", "B", DAY).play())["C"] == ["REMOVE", "BAN", "REMOVE"]
    story = reviewed(tree().posts("C", 10).leaves("C", MINUTE), HOUR).joins("C", "B", DAY)
    assert actions_by_member(story.play())["C"] == ["REMOVE", "BAN"]


def test_an_escaped_sanction_does_not_wait_for_the_return_any_more__rv_14() -> None:
    story = tree(forest_policy(ban_on_rejoin=True)).leaves("B", 8).posts("C", 10)
    returned = reviewed(story, HOUR).joins("B", "A", DAY).play()
    assert "B" not in actions_by_member(returned)
    assert "B" not in taken_back(returned)


def test_a_sanction_that_another_decision_has_imposed_since_stays__rv_14_rv_e7() -> None:
    watched = (Sanction(Action.WATCH, 7 * DAY),)
    policy = forest_policy(first=replace(FIRST_CASE, distance_1=watched, farther=watched))
    story = tree(policy).posts("C", 10).posts("D", 2 * HOUR)
    first, second = cases(story.play())
    ending = answered(story, first, 3 * HOUR).play()
    assert actions_by_member(ending, second) == {"D": ["REMOVE", "BAN"], "B": ["WATCH"], "C": ["WATCH"]}
    assert taken_back(ending) == {"A": ["WATCH"], "C": ["REMOVE", "BAN"], "D": ["WATCH"]}  # not B's: it lasts longer


def test_a_sanction_that_has_ended_is_not_taken_back__rv_14() -> None:
    ending = reviewed(tree().posts("C", 10), 7 * DAY + 10).play()
    assert taken_back(ending) == {"C": ["REMOVE", "BAN"]}
    assert taken_back(reviewed(tree().posts("C", 10), 7 * DAY + 9).play()) == EVERYBODY


def test_what_was_lifted_is_not_taken_back__rv_14_if_40() -> None:
    ending = reviewed(tree().posts("C", 10).lifted("C", MINUTE), HOUR).play()
    assert taken_back(ending) == {who: actions for who, actions in EVERYBODY.items() if who != "C"}


def test_the_removal_of_a_member_who_has_come_back_is_not_taken_back__rv_14() -> None:
    policy = forest_policy(first=replace(FIRST_CASE, offender=(Sanction(Action.REMOVE),)))
    story = tree(policy).posts("C", 10).leaves("C", MINUTE)
    assert taken_back(reviewed(story, HOUR).play())["C"] == ["REMOVE"]
    story = tree(policy).posts("C", 10).leaves("C", MINUTE).joins("C", "B", 2 * MINUTE)
    assert "C" not in taken_back(reviewed(story, HOUR).play())


REMOVING = forest_policy(first=replace(FIRST_CASE, distance_1=(Sanction(Action.REMOVE),)))


def test_the_removal_of_associated_members_is_taken_back_unless_they_have_come_back__rv_14() -> None:
    story = tree(REMOVING).posts("C", 10).leaves("B", MINUTE).leaves("D", MINUTE).joins("D", "A", 2 * MINUTE)
    ending = reviewed(story, HOUR).play()
    assert taken_back(ending) == {"A": ["WATCH"], "B": ["REMOVE"], "C": ["REMOVE", "BAN"]}
    [removal] = [each for each in ending.commands if isinstance(each, ManageMember) and each.account_id == "B"]
    assert removal.command_id in {each.revoked_id for each in revoked(ending)}


@pytest.mark.parametrize(("later", "ends"), [(30 * DAY, True), (30 * DAY + 1, False)])
def test_the_removal_of_associated_members_is_remembered_as_long_as_the_case__rv_14(later: int, *, ends: bool) -> None:
    assert ("B" in taken_back(reviewed(tree(REMOVING).posts("C", 10), 10 + later).play())) == ends


@pytest.mark.parametrize("order", [("C", "B"), ("B", "C")])
def test_a_removal_belongs_to_the_decision_that_asked_for_it_last__rv_14(order: tuple[str, str]) -> None:
    one, other = order
    story = tree(REMOVING).posts(one, 10).posts(other, 2 * HOUR)
    first, second = cases(story.play())
    assert "REMOVE" not in taken_back(answered(story, first, 3 * HOUR).play()).get("B", [])
    assert "REMOVE" in taken_back(answered(story, second, 4 * HOUR).play())["B"]


def test_nobody_is_removed_twice_in_a_window_and_anew_if_the_first_case_was_wrong__rv_14_if_32() -> None:
    story = tree(REMOVING).posts("C", EDGE)
    twice = actions_by_member(tree(REMOVING).posts("C", EDGE).posts("A", EDGE + 2 * MINUTE).play())
    assert (twice["B"], twice["R"]) == (["REMOVE"], ["REMOVE"])
    ending = reviewed(story, EDGE + MINUTE).posts("A", EDGE + 2 * MINUTE).play()
    assert actions_by_member(ending)["B"] == ["REMOVE", "REMOVE"]


@pytest.mark.parametrize(("later", "ends"), [(30 * DAY, True), (30 * DAY + 1, False)])
def test_a_removal_is_taken_back_while_its_case_is_remembered__rv_14(later: int, ends: bool) -> None:  # noqa: FBT001
    policy = forest_policy(first=replace(FIRST_CASE, offender=(Sanction(Action.REMOVE),)))
    ending = reviewed(tree(policy).posts("C", 10), 10 + later).play()
    assert ("C" in taken_back(ending)) == ends


def test_the_next_offence_is_a_first_case__rv_15_rv_v13() -> None:
    policy = forest_policy(first=replace(FIRST_CASE, offender=(Sanction(Action.MUTE, DAY),)))
    repeated = tree(policy).posts("C", 10).posts("C", 2 * HOUR).play()
    assert evidence(cases(repeated)[1])["repetition"] == "repeated"
    first = reviewed(tree(policy).posts("C", 10), HOUR).posts("C", 2 * HOUR).play()
    assert evidence(cases(first)[1])["repetition"] == "first"


def test_an_earlier_case_that_stands_makes_the_next_one_a_repetition__rv_15() -> None:
    muted = (Sanction(Action.MUTE, DAY),)
    policy = forest_policy(first=replace(FIRST_CASE, offender=muted), repeated=replace(REPEATED_CASE, offender=muted))

    def third_at(at: int) -> str:
        story = reviewed(tree(policy).posts("C", 10).posts("C", HOUR), 2 * HOUR, about=1)
        return str(evidence(cases(story.posts("C", at).play())[2])["repetition"])

    assert (third_at(3 * HOUR), third_at(30 * DAY + 10), third_at(30 * DAY + 11)) == ("repeated", "repeated", "first")


def test_a_post_in_the_same_window_opens_a_case_anew__rv_15_rv_e8() -> None:
    story = tree().posts("C", EDGE)
    assert cases(tree().posts("C", EDGE).posts("C", EDGE + WINDOW - 1).play())[1].actions == ()
    ending = reviewed(story, EDGE + MINUTE).posts("C", EDGE + WINDOW - 1).play()
    assert set(cases(ending)[1].actions) >= {"REMOVE", "BAN"}


def test_a_later_case_of_the_window_does_anew_what_an_overturned_one_had_done__rv_14_rv_e18_if_32() -> None:
    story = tree().posts("C", EDGE)
    assert set(actions_by_member(story.play())) == set(EVERYBODY)
    ending = reviewed(story, EDGE + MINUTE).posts("D", EDGE + 2 * MINUTE).play()
    assert actions_by_member(ending, cases(ending)[1]) == {
        "B": ["WATCH"],
        "C": ["RESTRICT_INVITE", "PRE_MODERATE"],
        "D": ["REMOVE", "BAN"],
    }


def test_what_another_case_of_the_window_has_done_is_not_done_again__rv_14_if_32() -> None:
    story = tree().posts("C", EDGE).posts("X", EDGE + 1)
    first, second = cases(story.play())
    ending = answered(story, first, EDGE + MINUTE).posts("B", EDGE + 2 * MINUTE).play()
    assert set(actions_by_member(ending, second)["A"]) == {"RESTRICT_INVITE", "PRE_MODERATE"}
    third = actions_by_member(ending, cases(ending)[2])
    assert (third["B"], "A" in third) == (["REMOVE", "BAN"], False)


def test_an_offender_who_was_none_is_not_counted_for_the_inviter__rv_15() -> None:
    def offenders(*, overturned: bool) -> int:
        story = GroupStory().chain("R", "A")
        for number in range(5):
            story.joins(f"m{number}", "A", at=10 + number)
        story.posts("m0", MINUTE)
        if overturned:
            reviewed(story, HOUR)
        [*_, last] = cases(story.posts("m1", DAY).play())
        found: int = preview(last)["inviter"]["offenders"]
        return found

    assert (offenders(overturned=False), offenders(overturned=True)) == (2, 1)


def test_reports_that_the_case_upheld_are_upheld_no_more__rv_15() -> None:
    def weights(*, overturned: bool) -> list[str]:
        policy = forest_policy(reporter_sample=1, reports_needed=0)
        story = tree(policy).joins("Y", "A", at=6).reported("X", "D", MINUTE).posts("X", 2 * MINUTE)
        if overturned:
            reviewed(story, HOUR, about=-1)
        [*_, last] = cases(story.reported("Y", "D", 9 * DAY).play())
        found: list[str] = evidence(last)["reporter_weights"]
        return found

    assert (weights(overturned=False), weights(overturned=True)) == (["1"], ["2/3"])


def test_what_still_waits_in_a_group_is_given_up__rv_9_c_27() -> None:
    policy = replace(forest_policy(), enforcement=Enforcement(delay_at_most_ms=HOUR))
    ending = reviewed(tree(policy).posts("C", 10), 11).play()
    assert ending.commands == []
    assert ending.counts["limit.given-up"] == sum(map(len, EVERYBODY.values()))


def test_what_a_decision_about_an_erased_member_did_to_others_stays__rv_12_rv_e9() -> None:
    story = tree().posts("C", 10).erased("C", HOUR)
    [decision] = cases(story.play())
    assert revoked(answered(story, decision, 2 * HOUR).play()) == []


def test_an_erased_associated_member_is_named_in_no_revocation__rv_12_c_18() -> None:
    story = reviewed(tree().posts("C", 10).erased("B", HOUR), 2 * HOUR)
    assert set(taken_back(story.play())) == {"A", "C", "D"}


@pytest.mark.parametrize("group_id", [None, "another group"])
def test_an_answer_that_names_another_group_undoes_nothing__rv_1(group_id: str | None) -> None:
    assert revoked(reviewed(tree().posts("C", 10), HOUR, group_id=group_id).play()) == []

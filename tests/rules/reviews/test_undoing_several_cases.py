"""What is left of several cases of one offender once people do not uphold some of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from operators.policy.action import Action
from operators.policy.invite_forest import FIRST_CASE, REPEATED_CASE, Sanction
from schemas.records import ManageMember, RevokeCommand
from tests.support.group_story import GroupStory, cases, forest_policy, preview, tree
from tests.support.reviews.answering import answered, revoked
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, StoryResult, evidence

MUTED = (Sanction(Action.MUTE, DAY),)
MUTING = forest_policy(first=replace(FIRST_CASE, offender=MUTED), repeated=replace(REPEATED_CASE, offender=MUTED))


def overturned(story: GroupStory, *about: int, at: int) -> GroupStory:
    """Overturn cases that the story so far leads to, one after the other."""
    decisions = cases(story.play())
    for later, number in enumerate(about):
        answered(story, decisions[number], at + later)
    return story


@pytest.mark.parametrize("order", [*permutations(range(2))])
def test_after_all_cases_are_overturned_the_next_is_a_first_one__rv_15_rv_e14(order: tuple[int, ...]) -> None:
    story = overturned(tree(MUTING).posts("C", 10).posts("C", HOUR), *order, at=2 * HOUR)
    assert evidence(cases(story.posts("C", 3 * HOUR).play())[2])["repetition"] == "first"


@pytest.mark.parametrize("number", range(2))
def test_a_case_that_stands_makes_the_next_a_repetition_whichever_it_is__rv_15(number: int) -> None:
    story = overturned(tree(MUTING).posts("C", 10).posts("C", HOUR), number, at=2 * HOUR)
    assert evidence(cases(story.posts("C", 3 * HOUR).play())[2])["repetition"] == "repeated"


@pytest.mark.parametrize(
    ("about", "offenders"),
    [
        *((order, 1) for order in permutations(range(3))),
        *((order, 2) for order in permutations(range(3), 2)),
        *((order, 2) for order in permutations(range(3), 1)),
    ],
)
def test_the_inviter_is_charged_while_one_case_stands__rv_15(about: tuple[int, ...], offenders: int) -> None:
    story = GroupStory(MUTING).chain("R", "A")
    for number in range(5):
        story.joins(f"m{number}", "A", at=10 + number)
    story.posts("m0", MINUTE).posts("m0", HOUR).posts("m0", 2 * HOUR)
    overturned(story, *about, at=3 * HOUR)
    [*_, last] = cases(story.posts("m1", DAY).play())
    assert preview(last)["inviter"]["offenders"] == offenders


@pytest.mark.parametrize(
    ("about", "repetition"),
    [((), "repeated"), ((0,), "repeated"), ((1,), "repeated"), ((0, 1), "first"), ((1, 0), "first")],
)
def test_a_late_case_is_overturned_like_another__rv_15_if_31(about: tuple[int, ...], repetition: str) -> None:
    story = tree(MUTING).posts("C", 2 * DAY).posts("B", 3 * DAY, text=HARMLESS).posts("C", HOUR)
    overturned(story, *about, at=4 * DAY)
    assert evidence(cases(story.posts("C", 5 * DAY).play())[2])["repetition"] == repetition


def test_the_removal_of_a_late_case_is_taken_back_with_it_alone__rv_14_if_31() -> None:
    removing = forest_policy(first=replace(FIRST_CASE, offender=(Sanction(Action.REMOVE),)))
    story = tree(removing).posts("C", 2 * DAY).leaves("C", 2 * DAY + 1).joins("C", "B", 2 * DAY + 2)
    story.posts("B", 4 * DAY, text=HARMLESS).posts("C", HOUR)
    late = [*cases(story.play())][1]
    newer = removals_revoked(overturned(story, 0, at=5 * DAY).play())
    assert newer == []
    [command] = removals_revoked(overturned(story, 1, at=6 * DAY).play())
    assert command.decision_id == late.decision_id


def removals(ending: StoryResult) -> list[str]:
    """Return the ids of the commands that remove C."""
    commands = [command for command in ending.commands if isinstance(command, ManageMember)]
    return [each.command_id for each in commands if (each.account_id, str(each.action)) == ("C", "REMOVE")]


def removals_revoked(ending: StoryResult) -> list[RevokeCommand]:
    return [each for each in revoked(ending) if (each.account_id, str(each.action)) == ("C", "REMOVE")]


def test_a_removal_that_was_asked_for_again_is_taken_back_with_its_case__rv_14_rv_e15() -> None:
    story = overturned(tree().posts("C", 10).posts("C", 2 * HOUR), 0, at=3 * HOUR)
    ending = story.play()
    assert {each.revoked_id for each in removals_revoked(ending)} == set(removals(ending))
    assert len(removals(ending)) == 2


def test_the_decision_that_asked_again_is_overturned_alone__rv_14_rv_e16() -> None:
    story = overturned(tree().posts("C", 10).posts("C", 2 * HOUR), 1, at=3 * HOUR)
    ending = story.play()
    assert [each.revoked_id for each in revoked(ending)] == removals(ending)[1:]
    assert cases(story.posts("C", 4 * HOUR).play())[2].reasons[:2] == ("NOT_REMOVED", "REPEATED_HIT")


def test_the_removal_of_a_banned_account_that_has_joined_again_is_taken_back__rv_14_rv_e17_if_41() -> None:
    story = tree().posts("C", 10).leaves("C", MINUTE).joins("C", "B", HOUR).leaves("C", HOUR + 1)
    story.joins("C", "B", 2 * HOUR)
    ending = overturned(story, 0, at=3 * HOUR).play()
    assert [each.revoked_id for each in removals_revoked(ending)] == removals(ending)[2:]


def test_a_late_erasure_ends_what_is_known_of_the_cases_before_it__rv_12_c_18() -> None:
    story = tree(MUTING).posts("C", 10).posts("C", 2 * DAY).posts("B", 3 * DAY, text=HARMLESS)
    first, second = (decision.decision_id.encode() for decision in cases(story.play()))
    known = [value for row, value in story.erased("C", DAY).stored_rows() if b"cases" in row]
    assert [(first in value, second in value) for value in known] == [(False, True)]

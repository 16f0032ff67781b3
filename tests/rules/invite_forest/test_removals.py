"""A removal that the platform does not carry out is asked for again (IF-49)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.policy.action import Action
from operators.policy.invite_forest import FIRST_CASE, Sanction
from tests.support.group_story import EDGE, GroupStory, cases, forest_policy
from tests.support.story import HOUR, START_MS, evidence


@pytest.mark.parametrize(("later", "again"), [(HOUR - 1, 0), (HOUR, 1)])
def test_a_removal_that_is_not_carried_out_is_asked_for_again__if_49_if_v42(later: int, again: int) -> None:
    ending = GroupStory().chain("R", "A").posts("A", EDGE).posts("A", EDGE + later).play()
    first, second = cases(ending)
    assert [(str(each.action), each.account_id) for each in ending.commands_of(second)] == [("REMOVE", "A")] * again
    assert (second.outcome, "NOT_REMOVED" in second.reasons) == ("MANAGED", bool(again))
    assert len({command.command_id for command in ending.commands}) == len(ending.commands)
    assert evidence(second)["case"]["decision_id"] == first.decision_id


def test_a_removal_is_asked_for_once_in_each_such_time__if_49_if_e31() -> None:
    story = GroupStory().chain("R", "A")
    for at in (0, HOUR, HOUR + 1, 2 * HOUR - 1, 2 * HOUR):
        story.posts("A", EDGE + at)
    commands = [each for each in story.play().commands if each.account_id == "A" and each.action == "REMOVE"]
    assert [each.at_ms - START_MS - EDGE for each in commands] == [0, HOUR, 2 * HOUR]


def test_who_was_never_to_be_removed_or_has_left_or_is_pardoned_is_not_removed_again__if_49() -> None:
    left = GroupStory().chain("R", "A").posts("A", EDGE).leaves("A", EDGE + 1).posts("A", EDGE + 2 * HOUR)
    banned = replace(FIRST_CASE, offender=(Sanction(Action.BAN),))
    stays = GroupStory(forest_policy(first=banned)).chain("R", "A").posts("A", EDGE).posts("A", EDGE + 2 * HOUR)
    lifted = GroupStory().chain("R", "A").posts("A", EDGE).lifted("A", EDGE + 1).posts("A", EDGE + 2 * HOUR)
    found = [cases(story.play())[1].reasons for story in (left, stays, lifted)]
    assert ["NOT_REMOVED" in reasons for reasons in found] == [False, False, False]

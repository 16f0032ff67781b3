"""Delayed commands whose reason ends while they wait, and their order (C-27)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from operators.enforcement.delay import about_of, delay_ms
from operators.policy.action import Action, Operation
from operators.policy.model import Enforcement, Limit, Policy
from schemas.records import BlockAccount, SanctionLifted, WarnChannel
from tests.support.group_story import GROUP, forest_policy, tree
from tests.support.portraits import Portraits
from tests.support.story import DAY, HOUR, MINUTE, SECOND, START_MS, USUAL, Story, rules

if TYPE_CHECKING:
    from collections.abc import Sequence

LIMITS = [(), (Limit(Action.BLOCK, 9, DAY), Limit(Action.BAN, 9, DAY), Limit(Action.VERIFY, 9, DAY))]
IDS = ["waiting", "counted"]


def delayed(policy: Policy, limits: tuple[Limit, ...] = ()) -> Policy:
    return replace(policy, enforcement=Enforcement(delay_at_most_ms=HOUR), limits=limits)


def blocking(limits: tuple[Limit, ...] = ()) -> Policy:
    policy = rules(alert_platform="line")
    operation = Operation(block=True, exit_session=True, warn=(WarnChannel.IN_APP, WarnChannel.PLATFORM))
    bands = (replace(policy.friendship_age.bands[0], operation=operation), *policy.friendship_age.bands[1:])
    return delayed(replace(policy, friendship_age=replace(policy.friendship_age, bands=bands)), limits)


def names(story: Story) -> set[str]:
    ending = story.play()
    return {f"{type(command).__name__} {getattr(command, 'channel', '')}".strip() for command in ending.commands}


@pytest.mark.parametrize("limits", LIMITS, ids=IDS)
def test_block_and_report_do_not_leave_after_the_pair_is_unblocked__c_27_fa_52(limits: tuple[Limit, ...]) -> None:
    story = Story(blocking(limits)).friends_for(HOUR).message().trusted(1)
    assert names(story) == {"ExitSession", "Warn IN_APP"}


@pytest.mark.parametrize("target", ["R", "R.", "R 2", "(R)", "R: the 2nd."])
def test_a_command_that_names_an_erased_account_in_its_text_alone_does_not_leave__c_27_c_18(target: str) -> None:
    story = Portraits(delayed(USUAL)).befriends(target, "x", 1).befriends(target, "y", 1)
    story.profile("x", 2, nickname="Mother").profile("y", DAY, nickname="Mother")
    assert story.play().commands[0].at_ms > START_MS + DAY + 1
    assert names(story.erased("R.S", DAY + 1)) == {"RequestReview"}
    assert names(story.erased(target, DAY + 1)) == set()


@pytest.mark.parametrize("who", [{"account_id": "bob", "other_id": "somebody"}, {"account_id": "somebody"}])
def test_trust_in_somebody_else_gives_nothing_up__c_27(who: dict[str, str]) -> None:
    story = Story(blocking()).friends_for(HOUR).message().trusted(1, **who)
    assert names(story) == {"ExitSession", "Warn IN_APP", "Warn PLATFORM", "BlockAccount"}


def test_a_block_that_is_decided_after_the_trust_was_lost_leaves__c_27() -> None:
    story = Story(blocking()).friends_for(HOUR).message().trusted(1)
    story.unfriended(7 * DAY).friends(at=8 * DAY).message(8 * DAY + 1)
    (block,) = (command for command in story.play().commands if isinstance(command, BlockAccount))
    assert block.at_ms >= START_MS + 8 * DAY


@pytest.mark.parametrize("limits", LIMITS, ids=IDS)
def test_a_question_does_not_leave_after_the_friendship_has_ended__c_27_fa_50(limits: tuple[Limit, ...]) -> None:
    story = Story(delayed(rules(), limits)).friends_for(100 * DAY).message()
    assert names(story) == {"RequestVerification TEXT", "Warn IN_APP"}  # the warning: nobody has answered
    assert names(story.unfriended(1)) == set()


def test_a_question_leaves_although_the_sender_has_ended_the_friendship__c_27_fa_50() -> None:
    story = Story(delayed(rules())).friends_for(100 * DAY).message().unfriended(1, account_id="alice", friend_id="bob")
    assert names(story) == {"RequestVerification TEXT", "Warn IN_APP"}


def test_a_block_stays_when_the_friendship_ends__c_27_fa_18() -> None:
    story = Story(blocking()).friends_for(HOUR).message().unfriended(1)
    assert "BlockAccount" in names(story)


@pytest.mark.parametrize("limits", LIMITS, ids=IDS)
def test_sanctions_do_not_leave_after_they_are_lifted__c_27_if_40(limits: tuple[Limit, ...]) -> None:
    story = tree(delayed(forest_policy(), limits)).posts("C", 10)
    everybody = {command.account_id for command in story.play().commands}
    assert len(everybody) > 2
    ending = story.lifted("C", 11).play()
    assert {command.account_id for command in ending.commands} == everybody - {"C"}
    assert sum(count for name, count in ending.counts.items() if name.endswith("given-up")) == 2  # removal and ban


def test_sanctions_in_another_group_are_not_given_up__c_27() -> None:
    story = tree(delayed(forest_policy())).posts("C", 10)
    story.event(SanctionLifted, 11, group_id=f"not {GROUP}", account_id="C")
    assert "C" in {command.account_id for command in story.play().commands}


def test_delayed_commands_of_one_decision_stay_in_order__c_27() -> None:
    free = tree().posts("C", 10).play().commands
    late = tree(delayed(forest_policy())).posts("C", 10).play().commands
    assert ids_by_subject(late) == ids_by_subject(free)
    assert len({command.at_ms for command in late}) == 1


def ids_by_subject(commands: Sequence[Any]) -> dict[str, list[str]]:
    """Return the ids of the commands about each account, in their order."""
    found: dict[str, list[str]] = {}
    for command in commands:
        found.setdefault(about_of(command), []).append(command.command_id)
    return found


def test_commands_about_one_account_leave_in_the_order_of_their_decisions__c_27() -> None:
    """Whatever the delays are, what was decided first has left when the next one leaves."""
    overtaken = 0
    for number in range(20):
        story = tree(delayed(forest_policy()))
        ending = story.posts("C", 10 + number).posts("A", 10 + number + MINUTE).posts("B", 20 * SECOND + number).play()
        place = {decision.decision_id: place for place, decision in enumerate(ending.decisions)}
        waits = [delay_ms(decision.decision_id, HOUR) for decision in ending.decisions]
        overtaken += waits != sorted(waits)
        for account_id in {command.account_id for command in ending.commands if hasattr(command, "account_id")}:
            own = [command for command in ending.commands if getattr(command, "account_id", "") == account_id]
            assert [place[command.decision_id] for command in own] == sorted(place[each.decision_id] for each in own)
    assert overtaken > 5

"""What ends between two accounts once people do not uphold a decision about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.ids import identify
from operators.policy.action import Action, Operation
from operators.policy.friendship_age import bands_between
from operators.policy.model import Enforcement, Limit, Policy
from operators.policy.strangers import StrangersPolicy
from schemas.records import BlockAccount, RequestVerification, WarnChannel
from tests.support.reviews.answering import answered, reviewed, revoked
from tests.support.story import DAY, HOUR, MINUTE, START_MS, Story, rules

BLOCKING = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))
MARKING = rules(second_operation=Operation(warn=(WarnChannel.IN_APP,)))


def blocked() -> Story:
    return Story(BLOCKING).friends_for(0).message()


def asked(policy: Policy | None = None) -> Story:
    return Story(policy or rules()).friends_for(100 * DAY).linked().message()


def test_a_block_ends_and_is_taken_back__rv_10() -> None:
    ending = reviewed(blocked(), HOUR).message(DAY).play()
    assert ending.outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]
    block = next(command for command in ending.commands if isinstance(command, BlockAccount))
    [taken] = revoked(ending)
    assert (taken.revoked_id, taken.revoked_type) == (block.command_id, "BlockAccount")
    assert (taken.account_id, taken.other_id, taken.group_id, taken.action) == ("bob", "alice", None, None)
    assert (taken.decision_id, taken.at_ms) == (block.decision_id, START_MS + HOUR)
    assert taken.command_id == identify(block.decision_id, "RevokeCommand", block.command_id)


def test_a_command_and_the_one_that_takes_it_back_have_one_key__rv_9() -> None:
    keys = {key for topic, key, record in reviewed(blocked(), HOUR).play().outputs if topic == "commands"}
    assert keys == {"bob"}


def test_the_block_of_a_stranger_ends_as_well__rv_10() -> None:
    policy = replace(rules(), strangers=StrangersPolicy(operation=Operation(block=True)))
    ending = reviewed(Story(policy).message(), HOUR).message(2 * DAY).play()
    assert ending.outcomes == ["STRANGER", "STRANGER"]
    assert [taken.revoked_type for taken in revoked(ending)] == ["BlockAccount"]


def test_the_block_of_another_decision_stays__rv_10() -> None:
    story = Story(BLOCKING).friends(since=20 * DAY).message().trusted(HOUR).message(21 * DAY)
    first, second = story.play().decisions[:2]
    assert second.outcome == "FIRST_OPERATION"
    ending = answered(story, first, 22 * DAY).message(23 * DAY).play()
    assert (ending.outcomes[-1], revoked(ending)) == ("ALREADY_BLOCKED", [])


def test_a_block_that_the_recipient_has_lifted_is_not_taken_back__rv_8() -> None:
    assert revoked(reviewed(blocked().trusted(MINUTE), HOUR).play()) == []


def test_trust_that_was_stated_since_stays__rv_8() -> None:
    ending = reviewed(blocked().trusted(MINUTE), HOUR).message(2 * HOUR).play()
    assert ending.outcomes[-1] == "TRUSTED"


def test_a_question_that_is_open_ends_without_outcome_and_is_taken_back__rv_10_rv_v8() -> None:
    ending = reviewed(asked(), MINUTE).play()
    assert ending.outcomes == ["VERIFY"]  # and no UNVERIFIED at the deadline
    question = next(command for command in ending.commands if isinstance(command, RequestVerification))
    [taken] = revoked(ending)
    assert (taken.revoked_id, taken.account_id, taken.other_id) == (question.command_id, "bob", "alice")


def test_an_answer_to_a_question_that_was_taken_back_changes_nothing__rv_10() -> None:
    story = reviewed(asked(), MINUTE).answered(2 * MINUTE, genuine=False)
    ending = story.play()
    assert ending.outcomes == ["VERIFY"]
    assert ending.counts["relationship.unknown-answer"] == 1


def test_the_next_message_after_a_question_was_taken_back_is_judged_anew__rv_10() -> None:
    assert reviewed(asked(), MINUTE).message(2 * MINUTE).play().outcomes[:2] == ["VERIFY", "VERIFY"]


def test_a_question_that_was_answered_is_not_taken_back__rv_10() -> None:
    story = asked().answered(MINUTE, genuine=True)
    ending = reviewed(story, HOUR).message(2 * HOUR).play()
    assert revoked(ending) == []
    assert ending.outcomes == ["VERIFY", "GENUINE", "ATTACHED"]  # the answer is another decision


@pytest.mark.parametrize("outcome", [pytest.param("NOT_GENUINE", id="RV-V9"), pytest.param("GENUINE", id="RV-V10")])
def test_the_mark_of_an_answer_ends_with_the_decision_on_it__rv_10(outcome: str) -> None:
    story = asked(MARKING).answered(MINUTE, genuine=outcome == "GENUINE")
    ending = reviewed(story, HOUR, about=1).message(2 * HOUR).play()
    assert ending.outcomes[:3] == ["VERIFY", outcome, "VERIFY"]


def test_the_block_of_a_verification_ends__rv_10() -> None:
    story = asked().answered(MINUTE, genuine=False)
    ending = reviewed(story, HOUR, about=1).message(2 * HOUR).play()
    assert ending.outcomes[:3] == ["VERIFY", "NOT_GENUINE", "VERIFY"]
    assert [taken.revoked_type for taken in revoked(ending)] == ["BlockAccount"]


def delayed(limits: tuple[Limit, ...] = ()) -> Story:
    operation = Operation(block=True, warn=(WarnChannel.PLATFORM,))
    policy = rules(bands=bands_between(3 * DAY, 30 * DAY, operation, Operation()), alert_platform="line")
    return Story(replace(policy, enforcement=Enforcement(delay_at_most_ms=HOUR), limits=limits)).friends_for(0)


def test_what_still_waits_is_given_up_and_not_taken_back__rv_9_rv_v11_c_27() -> None:
    story = delayed().message()
    assert {type(command).__name__ for command in story.play().commands} == {"BlockAccount", "Warn"}
    ending = reviewed(story, 1).play()
    assert ending.commands == []
    assert ending.counts["limit.given-up"] == 2


def test_what_has_left_after_its_delay_is_taken_back__rv_9_c_27() -> None:
    ending = reviewed(delayed().message(), HOUR).play()
    assert [type(command).__name__ for command in ending.commands] == ["BlockAccount", "Warn", "RevokeCommand"]


def test_what_another_decision_waits_for_is_not_given_up__rv_9() -> None:
    story = delayed().message().friends(account_id="carol", since=0).message(1, recipient_id="carol")
    first, second = story.play().decisions
    ending = answered(story, first, 2).play()
    assert {command.decision_id for command in ending.commands} == {second.decision_id}


def test_of_what_waits_and_is_counted_nothing_leaves__rv_9_rv_e6_c_26() -> None:
    ending = reviewed(delayed((Limit(Action.BLOCK, 9, DAY),)).message(), 1).play()
    assert [type(command).__name__ for command in ending.commands] == ["RevokeCommand"]


def test_an_action_that_is_only_logged_does_not_keep_a_revocation_back__rv_9_rv_e6_c_28() -> None:
    policy = replace(BLOCKING, enforcement=Enforcement(log_only=frozenset({Action.BLOCK})))
    ending = reviewed(Story(policy).friends_for(0).message(), HOUR).message(DAY).play()
    assert ending.outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]
    assert [type(command).__name__ for command in ending.commands] == ["RevokeCommand"]

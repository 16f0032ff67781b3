"""Cool-down and escalation after a genuine answer, repetition after not genuine (FA-18, FA-48, FA-49)."""

import pytest

from operators.policy.action import Operation
from tests.support.story import DAY, HOUR, MINUTE, Story, evidence, rules

ANSWERED = 1_000
LENIENT = rules(second_operation=Operation(exit_session=True))


def genuine(story: Story | None = None) -> Story:
    return (story or Story()).friends_for(30 * DAY).linked().message().answered(ANSWERED, genuine=True)


def not_genuine() -> Story:
    return Story(LENIENT).friends_for(30 * DAY).linked().message().answered(ANSWERED, genuine=False)


def test_messages_in_the_cool_down_attach_without_a_verification__fa_48_fa_e11() -> None:
    ending = genuine().message(MINUTE).message(HOUR).play()
    assert ending.timed[2:] == [(MINUTE, "ATTACHED"), (HOUR, "ATTACHED")]
    assert [ending.command_names(decision) for decision in ending.decisions[2:]] == [["Warn IN_APP"], ["Warn IN_APP"]]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [(ANSWERED + 1, "ATTACHED"), (ANSWERED + DAY - 1, "ATTACHED"), (ANSWERED + DAY, "VERIFY")],
)
def test_the_cool_down_begins_with_the_answer_and_ends_before_its_last_moment__fa_48(at: int, outcome: str) -> None:
    assert genuine().message(at).play().outcomes[2] == outcome


def test_without_a_cool_down_the_next_message_is_judged_by_age__fa_48() -> None:
    assert genuine(Story(rules(cool_down_ms=0))).message(MINUTE).play().outcomes[2] == "VERIFY"


def test_the_third_message_after_the_answer_escalates_once__fa_48_fa_e15() -> None:
    story = genuine()
    for minute in (1, 2, 3, 4, 5):
        story.message(minute * MINUTE)
    ending = story.play()
    assert ending.outcomes[2:] == ["ATTACHED", "ATTACHED", "ESCALATED", "ATTACHED", "ATTACHED"]
    escalated = ending.decisions[4]
    assert ending.command_names(escalated) == ["Warn IN_APP", "RequestReview"]
    assert escalated.actions == ("WARN", "REVIEW")


def test_an_escalation_shows_the_verification_and_the_count__fa_48() -> None:
    ending = genuine(Story(rules(escalate_after=1))).message(MINUTE).play()
    shown = evidence(ending.decisions[2])
    assert (shown["verification"]["id"], shown["attached_count"]) == (ending.decisions[0].decision_id, 1)


def test_messages_of_the_pending_time_do_not_count_towards_escalation__fa_48() -> None:
    story = Story().friends_for(30 * DAY).linked().message().message(1).message(2).message(ANSWERED)
    ending = story.answered(ANSWERED, genuine=True).message(MINUTE).message(2 * MINUTE).message(3 * MINUTE).play()
    assert ending.outcomes[-3:] == ["ATTACHED", "ATTACHED", "ESCALATED"]


@pytest.mark.parametrize(("at", "outcome"), [(ANSWERED + HOUR, "ESCALATED"), (ANSWERED + HOUR + 1, "ATTACHED")])
def test_only_messages_within_the_time_count_towards_escalation__fa_48(at: int, outcome: str) -> None:
    story = genuine(Story(rules(escalate_within_ms=HOUR, escalate_after=2)))
    assert story.message(MINUTE).message(at).play().outcomes[-1] == outcome


def test_each_answer_starts_a_new_cool_down_and_count__fa_48() -> None:
    story = genuine(Story(rules(cool_down_ms=HOUR, escalate_after=2))).message(MINUTE).message(2 * HOUR)
    ending = story.answered(2 * HOUR + 1, genuine=True, about=1).message(2 * HOUR + 2).play()
    assert ending.outcomes == ["VERIFY", "GENUINE", "ATTACHED", "VERIFY", "GENUINE", "ATTACHED"]


def test_further_answers_in_the_cool_down_are_counted__fa_48() -> None:
    assert genuine().answered(MINUTE, genuine=True).play().outcomes == ["VERIFY", "GENUINE"]


def test_a_friendship_that_restarts_has_no_cool_down__fa_18() -> None:
    story = genuine().unfriended(HOUR).friends(at=HOUR + 1, since=-40 * DAY).message(HOUR + 2)
    assert story.play().outcomes[2] == "FIRST_OPERATION"


def test_not_genuine_without_a_block_repeats_the_second_operation_at_once__fa_49() -> None:
    ending = not_genuine().message(MINUTE).message(40 * DAY).play()
    assert ending.timed[2:] == [(MINUTE, "NOT_GENUINE"), (40 * DAY, "NOT_GENUINE")]
    assert {decision.rule for decision in ending.decisions[1:]} == {"verification"}
    assert ending.command_names(ending.decisions[2]) == ["ExitSession"]


def test_repeated_second_operation_is_that_of_the_current_policy__fa_49() -> None:
    ending = not_genuine().message(MINUTE).play()
    assert evidence(ending.decisions[2])["verification"]["id"] == ending.decisions[0].decision_id


def test_a_friendship_that_restarts_is_not_marked__fa_49_fa_18() -> None:
    story = not_genuine().unfriended(HOUR).friends(at=2 * HOUR).message(3 * HOUR)
    assert story.play().outcomes[2] == "FIRST_OPERATION"


def test_trust_lifts_the_mark__fa_49_fa_52() -> None:
    ending = not_genuine().trusted(HOUR).message(2 * HOUR).message(HOUR + 7 * DAY).play()
    assert ending.timed[2:4] == [(2 * HOUR, "TRUSTED"), (HOUR + 7 * DAY, "VERIFY")]


def test_not_genuine_with_a_block_is_blocked__fa_42_fa_49() -> None:
    story = Story().friends_for(30 * DAY).linked().message().answered(ANSWERED, genuine=False).message(MINUTE)
    assert story.play().outcomes == ["VERIFY", "NOT_GENUINE", "ALREADY_BLOCKED"]

"""A block ends evaluation, trust suspends it; the recipient sets both (FA-51, FA-52)."""

from dataclasses import replace

import pytest

from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from tests.support.story import DAY, HOUR, MINUTE, Story, evidence, rules

BLOCKING = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))
WEEK = 7 * DAY


def blocked() -> Story:
    return Story(BLOCKING).friends_for(0).message()


def test_a_blocked_pair_is_recorded_and_not_evaluated__fa_51_fa_e16() -> None:
    ending = blocked().message(40 * DAY).play()
    first, again = ending.decisions
    assert (again.outcome, again.actions, ending.command_names(again)) == ("ALREADY_BLOCKED", (), [])
    assert evidence(again)["block"] == {"decision_id": first.decision_id}
    assert "friendship" not in evidence(again)


def test_a_harmless_message_of_a_blocked_pair_is_not_recorded__fa_6() -> None:
    assert blocked().message(MINUTE, text="hello").play().outcomes == ["FIRST_OPERATION"]


def test_block_applies_to_one_recipient__fa_51() -> None:
    story = blocked().friends(at=1, account_id="carol").message(2, recipient_id="carol")
    assert story.play().outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]


def test_a_block_stays_when_the_friendship_restarts__fa_18() -> None:
    story = blocked().unfriended(MINUTE).friends(at=HOUR).message(2 * HOUR)
    assert story.play().outcomes == ["FIRST_OPERATION", "ALREADY_BLOCKED"]


@pytest.mark.parametrize(
    ("at", "timed"),
    [
        pytest.param(HOUR, [], id="from the statement on"),
        pytest.param(HOUR + WEEK - 1, [], id="to the last millisecond"),
        pytest.param(HOUR + WEEK, [(HOUR + WEEK, "MIDDLE")], id="no longer"),
    ],
)
def test_lifting_a_block_suppresses_evaluation_for_a_while__fa_52_fa_e17(at: int, timed: list[tuple[int, str]]) -> None:
    ending = blocked().trusted(HOUR).message(at).play()
    assert ending.timed[1:] == timed
    assert ending.counts.get("relationship.trusted", 0) == 1 - len(timed)


def test_trust_in_a_pair_that_is_not_blocked_has_the_same_effect__fa_52() -> None:
    assert not Story().friends_for(0).trusted(-1).message().play().decisions


def test_trust_is_stated_by_the_recipient_only__fa_52() -> None:
    story = Story().friends_for(0).trusted(-1, account_id="alice", other_id="bob").message()
    assert story.play().outcomes == ["FIRST_OPERATION"]


def test_trust_is_renewed_by_stating_it_again__fa_52() -> None:
    assert not Story().friends_for(0).trusted(0).trusted(WEEK - 1).message(WEEK + DAY).play().decisions


def test_trust_survives_a_restart_of_the_friendship__fa_52() -> None:
    story = Story().friends_for(0).trusted(0).unfriended(1).friends(at=2).message(3)
    assert not story.play().decisions


def test_trust_of_no_length_only_lifts_the_block__fa_52() -> None:
    policy = rules(bands=BLOCKING.friendship_age.bands, trust_ms=0)
    ending = Story(policy).friends_for(0).message().trusted(HOUR).message(HOUR).play()
    assert ending.outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]


def test_a_message_at_the_time_of_the_statement_is_trusted__c_2() -> None:
    assert not Story().friends_for(0).message().trusted(0).play().decisions


def test_block_that_also_verifies_ignores_the_answer__fa_20_fa_51() -> None:
    both = rules(bands=bands_between(0, 0, Operation(), Operation()))
    bands = (replace(both.friendship_age.bands[0], operation=Operation(block=True, verify=True)),)
    story = Story(rules(bands=bands)).friends_for(0).linked().message().message(1)
    ending = story.answered(2, genuine=True).answered(3, genuine=False).play()
    assert ending.timed == [(0, "VERIFY"), (1, "ALREADY_BLOCKED")]
    assert ending.command_names(ending.decisions[0]) == ["BlockAccount", "RequestVerification TEXT"]

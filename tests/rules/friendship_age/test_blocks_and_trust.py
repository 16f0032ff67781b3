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
    ("at", "outcome"),
    [
        pytest.param(HOUR, "TRUSTED", id="from the statement on"),
        pytest.param(HOUR + WEEK - 1, "TRUSTED", id="to the last millisecond"),
        pytest.param(HOUR + WEEK, "MIDDLE", id="no longer"),
    ],
)
def test_lifting_a_block_leaves_a_warning_for_a_while__fa_52_fa_95_fa_e17(at: int, outcome: str) -> None:
    ending = blocked().trusted(HOUR).message(at).play()
    assert ending.timed[1:] == [(at, outcome)]
    assert ending.counts.get("relationship.trusted", 0) == (outcome == "TRUSTED")


@pytest.mark.parametrize("age", [0, 4 * DAY, 40 * DAY])
def test_of_a_trusted_friend_there_is_a_warning_in_the_app_alone__fa_95_fa_e95(age: int) -> None:
    ending = Story().friends_for(age).linked().trusted(-1).message().play()
    [decision] = ending.decisions
    assert (decision.outcome, decision.actions, ending.command_names(decision)) == (
        "TRUSTED",
        ("WARN",),
        ["Warn IN_APP"],
    )
    assert evidence(decision)["friendship"]["age_ms"] == age


def test_trust_warns_of_nothing_that_the_policy_does_nothing_about__fa_95() -> None:
    ending = Story(BLOCKING).friends_for(4 * DAY).trusted(-1).message().play()
    assert (ending.outcomes, ending.commands) == (["TRUSTED"], [])


def test_trust_in_a_pair_that_is_not_blocked_has_the_same_effect__fa_52() -> None:
    assert Story().friends_for(0).trusted(-1).message().play().outcomes == ["TRUSTED"]


def test_trust_is_stated_by_the_recipient_only__fa_52() -> None:
    story = Story().friends_for(0).trusted(-1, account_id="alice", other_id="bob").message()
    assert story.play().outcomes == ["FIRST_OPERATION"]


def test_trust_is_renewed_by_stating_it_again__fa_52() -> None:
    story = Story().friends_for(0).trusted(0).trusted(WEEK - 1).message(WEEK + DAY)
    assert story.play().outcomes == ["TRUSTED"]


def test_trust_survives_a_restart_of_the_friendship__fa_52() -> None:
    story = Story().friends_for(0).trusted(0).unfriended(1).friends(at=2).message(3)
    assert story.play().outcomes == ["TRUSTED"]


def test_trust_in_an_account_that_is_no_friend_is_no_decision_here__fa_1() -> None:
    assert not Story().trusted(0).message(1).play().decisions


def test_trust_of_no_length_only_lifts_the_block__fa_52() -> None:
    policy = rules(bands=BLOCKING.friendship_age.bands, trust_ms=0)
    ending = Story(policy).friends_for(0).message().trusted(HOUR).message(HOUR).play()
    assert ending.outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]


def test_a_message_at_the_time_of_the_statement_is_trusted__c_2() -> None:
    assert Story().friends_for(0).message().trusted(0).play().outcomes == ["TRUSTED"]


def test_block_that_also_verifies_ignores_the_answer__fa_20_fa_51() -> None:
    both = rules(bands=bands_between(0, 0, Operation(), Operation()))
    bands = (replace(both.friendship_age.bands[0], operation=Operation(block=True, verify=True)),)
    story = Story(rules(bands=bands)).friends_for(0).linked().message().message(1)
    ending = story.answered(2, genuine=True).answered(3, genuine=False).play()
    assert ending.timed == [(0, "VERIFY"), (1, "ALREADY_BLOCKED")]
    assert ending.command_names(ending.decisions[0]) == ["BlockAccount", "RequestVerification TEXT"]

"""An erased account is removed under every key, and no later output names it (C-18, FA-E30)."""

from dataclasses import replace

import pytest

from jobs.replay import engine
from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from operators.policy.model import Policy
from operators.policy.strangers import StrangersPolicy
from schemas.records import WarnChannel
from tests.support.story import DAY, HOUR, MINUTE, Story, rules

STRANGERS = replace(Policy(), strangers=StrangersPolicy(operation=Operation(block=True)))
BLOCKING = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_a_pending_verification_ends_without_outcome__c_18_fa_e30(who: str) -> None:
    ending = Story().friends_for(30 * DAY).linked().message().answered(2_000, genuine=False).erased(who, 1_000).play()
    assert ending.outcomes == ["VERIFY"]
    assert ending.counts["relationship.unknown-answer"] == 1


def test_no_output_names_the_sender_after_the_erasure__c_18() -> None:
    ending = Story().friends_for(0).message().erased("alice", 1_000).play()
    assert [topic for topic, _, _ in ending.outputs] == ["decisions", "commands", "commands"]


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_friendship_is_removed_on_both_sides__c_18(who: str) -> None:
    story = Story().friends_for(0).erased(who, 1).message(2).message(2, sender_id="bob", recipient_id="alice")
    assert not story.play().decisions


def test_block_of_the_erased_account_is_removed__c_18() -> None:
    story = Story(BLOCKING).friends_for(0).message().erased("alice", HOUR).friends(at=HOUR + 1).message(HOUR + 2)
    assert story.play().outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]


@pytest.mark.parametrize("who", ["alice", "bob"])
@pytest.mark.parametrize("policies", ["known", "late"])
def test_block_of_an_erased_stranger_is_removed__c_18(who: str, policies: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if policies == "late":
        monkeypatch.setattr(engine.Replay, "are_all_known", lambda _: False)
    story = Story(STRANGERS).message().erased(who, HOUR).message(DAY, sender_id="x", recipient_id="y")
    assert not [row for row in story.stored_rows() if who.encode() in row[0] + row[1]]
    assert story.message(2 * DAY).play().outcomes == ["STRANGER"] * 3


def test_trust_in_the_erased_account_is_removed__c_18() -> None:
    story = Story().trusted(-MINUTE).erased("alice", 1).friends(at=2).message(3)
    assert story.play().outcomes == ["FIRST_OPERATION"]


def test_number_and_links_of_the_erased_account_are_removed__c_18() -> None:
    policy = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(warn=(WarnChannel.NUMBER,)), Operation()))
    story = Story(policy).alert_number("555").linked().erased("alice", 1).erased("bob", 1)
    ending = story.friends(at=2, since=2).message(3).friends(at=4, since=-40 * DAY).message(5).play()
    assert ending.command_names(ending.decisions[0]) == ["Warn IN_APP"]
    assert ending.commands[1].app == "FIRST_APP"


def test_fact_at_the_time_of_the_erasure_belongs_to_a_new_account__c_18_c_2() -> None:
    story = Story().friends(at=5).message(6).erased("alice", 5)
    assert story.play().outcomes == ["FIRST_OPERATION"]


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_late_facts_older_than_the_erasure_change_nothing__c_18(who: str) -> None:
    story = Story().friends(at=0, account_id="x", friend_id="y").erased(who, DAY).message(2 * DAY, "hello")
    story.friends(at=3 * DAY, account_id="x", friend_id="z").friends(at=HOUR)
    assert not story.message(3 * DAY + 1).play().decisions


def test_a_late_message_of_the_erased_account_is_not_judged__c_18() -> None:
    story = Story().friends_for(0).erased("alice", DAY).friends(at=2 * DAY).message(HOUR)
    ending = story.play()
    assert not ending.decisions
    assert ending.counts["account.erased"] == 1


def test_late_erasure_keeps_newer_facts__c_18() -> None:
    story = Story().friends(at=2 * DAY).friends(at=3 * DAY, account_id="x", friend_id="y").erased("alice", DAY)
    assert story.message(3 * DAY + 1).play().outcomes == ["FIRST_OPERATION"]


def test_late_erasure_removes_older_facts__c_18() -> None:
    story = Story().friends(at=0).friends(at=3 * DAY, account_id="x", friend_id="y").erased("alice", DAY)
    assert not story.message(3 * DAY + 1).play().decisions


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_no_stored_row_names_the_account__c_18(who: str) -> None:
    story = Story().friends_for(40 * DAY).linked().alert_number("555", account_id="alice").message()
    story.trusted(HOUR, account_id="alice", other_id="bob").unfriended(HOUR, account_id="carol", friend_id=who)
    story.erased(who, 2 * HOUR).friends(at=2 * HOUR + MINUTE, account_id="x", friend_id="y")
    assert not [row for row, value in story.stored_rows() if who.encode() in row + value]

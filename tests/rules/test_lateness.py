"""Late events are applied to the state at their arrival, unless something newer is stored (C-4)."""

import pytest

from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from schemas.records import WarnChannel
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, Story, evidence, rules

NOW = 10 * DAY


def later(story: Story, at: int = NOW) -> Story:
    """Advance the watermark, so that everything before `at` is late."""
    return story.message(at, HARMLESS).friends(at=at, account_id="x", friend_id="y")


def test_a_late_message_is_evaluated_at_its_own_time_with_reason_late__c_4() -> None:
    [decision] = later(Story().friends_for(0)).message(3 * DAY - 1).play().decisions
    assert (decision.outcome, decision.reasons) == ("FIRST_OPERATION", ("LATE", "keyword"))


def test_a_message_that_is_out_of_order_within_the_lateness_is_not_late__c_4() -> None:
    [decision] = later(Story().friends_for(0), 1_000).message(0).play().decisions
    assert decision.reasons == ("keyword",)


def test_a_message_a_millisecond_later_than_that_is_late__c_4() -> None:
    [decision] = later(Story().friends_for(0), 1_001).message(0).play().decisions
    assert decision.reasons == ("LATE", "keyword")


def test_a_late_message_finds_the_friendship_of_now__c_4() -> None:
    [decision] = later(Story().friends(at=5 * DAY)).message(0).play().decisions
    assert evidence(decision)["friendship"]["age_ms"] == 0


def test_a_late_message_whose_deadline_has_passed_expires_at_once__c_4() -> None:
    ending = later(Story().friends_for(30 * DAY)).message(0).play()
    assert ending.timed == [(0, "VERIFY"), (600_000, "UNVERIFIED")]
    assert all("LATE" in decision.reasons for decision in ending.decisions)


def test_a_late_answer_in_time_by_its_own_time_replaces_unverified__c_4_fa_46() -> None:
    story = later(Story().friends_for(30 * DAY).linked().message(), HOUR).answered(1_000, genuine=True)
    ending = story.play()
    assert ending.timed == [(0, "VERIFY"), (600_000, "UNVERIFIED"), (1_000, "GENUINE")]
    assert "LATE" in ending.decisions[2].reasons
    assert "LATE" not in ending.decisions[1].reasons


@pytest.mark.parametrize("at", [1_000, 600_001])
def test_a_late_answer_to_an_expired_verification_is_counted__c_4(at: int) -> None:
    ending = later(Story().friends_for(30 * DAY).linked().message()).answered(at, genuine=True).play()
    assert ending.counts["relationship.unknown-answer"] == 1


def test_a_late_friendship_still_counts__c_4() -> None:
    [decision] = later(Story()).friends(at=0, since=0).message(NOW + 1).play().decisions
    assert decision.outcome == "MIDDLE"


def test_a_late_friendship_older_than_its_end_is_ignored_and_counted__c_4() -> None:
    ending = later(Story().unfriended(5 * DAY)).friends(at=4 * DAY).message(NOW + 1).play()
    assert not ending.decisions
    assert ending.counts["relationship.late-fact-ignored"] == 2


def test_an_end_is_remembered_however_late_the_friendship_is__c_4_fa_18() -> None:
    ending = later(Story().unfriended(2 * DAY)).friends(at=DAY).message(NOW + 1).play()
    assert not ending.decisions
    assert ending.counts["relationship.late-fact-ignored"] == 2


def test_a_late_end_older_than_the_friendship_is_ignored__c_4() -> None:
    ending = later(Story().friends(at=5 * DAY)).unfriended(4 * DAY).message(NOW + 1).play()
    assert ending.outcomes == ["MIDDLE"]
    assert ending.counts["relationship.late-fact-ignored"] == 2


def test_a_late_end_of_the_current_friendship_ends_it__c_4() -> None:
    assert not later(Story().friends(at=5 * DAY)).unfriended(6 * DAY).message(NOW + 1).play().decisions


def test_a_late_number_older_than_the_known_one_is_ignored__c_4() -> None:
    policy = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(warn=(WarnChannel.NUMBER,)), Operation()))
    story = later(Story(policy).alert_number("new", at=5 * DAY)).alert_number("old", at=4 * DAY)
    [warn] = story.friends(at=NOW).message(NOW + 1).play().commands
    assert warn.destination == "new"


@pytest.mark.parametrize(("at", "app"), [(4 * DAY, "FIRST_APP"), (6 * DAY, "mail")])
def test_a_late_link_counts_unless_it_is_older_than_its_removal__c_4(at: int, app: str) -> None:
    unlinked = Story(rules(link_age_ms=0)).friends_for(40 * DAY).unlinked(5 * DAY)
    assert later(unlinked).linked(at=at).message(NOW + 1).play().commands[0].app == app


def test_a_late_removal_of_a_link_reaches_the_verification__c_4_fa_44() -> None:
    story = later(Story().friends_for(40 * DAY).linked().message(), 5 * MINUTE).unlinked(MINUTE)
    assert story.answered(5 * MINUTE, genuine=True).play().outcomes == ["VERIFY", "UNVERIFIED"]


def test_late_trust_lifts_older_facts_and_leaves_a_newer_block__c_4_fa_52() -> None:
    policy = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))
    story = later(Story(policy).friends(at=5 * DAY).message(5 * DAY)).trusted(4 * DAY).message(NOW + 1)
    assert story.play().outcomes == ["FIRST_OPERATION", "ALREADY_BLOCKED"]


def test_late_trust_lifts_an_older_block__c_4_fa_52() -> None:
    policy = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))
    story = later(Story(policy).friends(at=5 * DAY).message(5 * DAY)).trusted(6 * DAY).message(NOW + 1)
    assert story.play().outcomes == ["FIRST_OPERATION", "TRUSTED"]


def test_a_late_decision_about_a_closed_window_comes_in_another_record_of_it__c_4_c_6() -> None:
    story = later(Story().friends_for(0).message(0, event_id="m1")).message(1, event_id="m2")
    first, again = story.play().windows
    assert (first.window_id, first.count) == (again.window_id, again.count)
    assert (first.reasons, again.reasons) == (("keyword",), ("LATE", "keyword"))
    assert set(first.decision_ids).isdisjoint(again.decision_ids)

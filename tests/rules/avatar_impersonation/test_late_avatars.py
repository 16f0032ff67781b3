"""Late messages, avatars and relations in avatar impersonation (C-4)."""

import pytest

from tests.support.portraits import H0, H7, NONE, K, Portraits, family, findings, outcomes, rules, stolen
from tests.support.story import DAY, evidence

MESSAGE = 20 * DAY


def test_a_late_message_is_judged_by_the_picture_of_its_time__c_4_ai_4() -> None:
    story = stolen(H7).avatar("S", K, 30 * DAY).keep_order_from_now_on()
    [decision] = findings(story.writes(MESSAGE).play())
    assert "LATE" in decision.reasons
    assert evidence(decision)["sender_avatar"]["hash"] == H7.hex()


def test_a_late_avatar_older_than_the_stored_one_is_ignored__c_4() -> None:
    story = stolen(K).unfriends("R", "C", 11 * DAY).keep_order_from_now_on().avatar("S", H7, 9 * DAY)
    ending = story.writes(MESSAGE).play()
    assert not findings(ending)
    assert ending.counts["account.late-fact-ignored"] == 1


def test_a_late_avatar_counts_from_its_arrival_on__c_4() -> None:
    story = family().writes(10 * DAY).befriends("x", "y", 11 * DAY).keep_order_from_now_on()
    story.avatar("S", H7, 5 * DAY).writes(MESSAGE)
    assert outcomes(story.play()) == ["RISK_USER"]


def test_a_late_relation_comes_with_the_contacts_avatar__c_4_ai_15() -> None:
    story = Portraits().avatar("M", H0, 0).avatar("S", H7, 10 * DAY).keep_order_from_now_on()
    assert outcomes(story.befriends("R", "M", 5 * DAY).writes(MESSAGE).play()) == ["RISK_USER"]


@pytest.mark.parametrize(("first", "last", "previous"), [(H7, K, 5), (H7, NONE, 5), (H7, K, 0), (NONE, H7, 5)])
def test_a_repeated_avatar_does_not_replace_a_later_one_of_its_time__c_12_ai_35(
    first: bytes, last: bytes, previous: int
) -> None:
    story = family(rules(previous_avatars=previous))
    story.avatar("S", first, 10 * DAY, event_id="e1").avatar("S", last, 10 * DAY, event_id="e2")
    story.unfriends("R", "C", 11 * DAY).profile("x", 12 * DAY, nickname="X").keep_order_from_now_on()
    story.avatar("S", first, 10 * DAY, event_id="e1")
    assert outcomes(story.writes(MESSAGE).play()) == ["RISK_USER"] * (last == H7)

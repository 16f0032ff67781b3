"""How a friend request ends that somebody's erasure, a new policy or its own lateness gets in the way of."""

import pytest

from tests.rules.portraits import H0, H7, alike, gate, outcomes
from tests.rules.story import DAY, HOUR

REQUEST = 5 * DAY


@pytest.mark.parametrize("who", ["S", "R"])
def test_a_request_of_an_erased_account_ends_without_outcome__c_18(who: str) -> None:
    story = alike("x").requests(REQUEST).erased(who, REQUEST + HOUR).says("x", REQUEST + 2 * HOUR, yes=True)
    assert gate(story.told()) == [(REQUEST, "ASKED")]


def test_a_friend_who_is_erased_while_asked_leaves__c_18_fa_63() -> None:
    story = alike("x", "y").requests(REQUEST).says("y", REQUEST + 1, yes=False).erased("x", REQUEST + HOUR)
    ending = story.told()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + HOUR, "REFUSED_DENIED")]
    assert '"x"' not in ending.decisions[-1].evidence


@pytest.mark.parametrize("who", ["S", "M"])
def test_a_link_between_accounts_ends_with_either_of_them__c_18_fa_61(who: str) -> None:
    story = alike("M").avatar("M", H0, 4).avatar("S", H7, 4).aliased(REQUEST).erased(who, REQUEST + DAY)
    story.profile("S", REQUEST + 2 * DAY, nickname="Mother").avatar("M", H0, REQUEST + 2 * DAY)
    story.avatar("S", H7, REQUEST + 3 * DAY).befriends("R", "M", REQUEST + 3 * DAY)
    assert outcomes(story.writes(REQUEST + 4 * DAY).told()) == ["RISK_USER"]


def test_an_erased_friends_denial_is_forgotten__c_18_fa_62() -> None:
    story = alike("x").requests(REQUEST).says("x", REQUEST + HOUR, yes=False).erased("x", REQUEST + DAY)
    story.profile("x", REQUEST + 2 * DAY, nickname="Mother").befriends("R", "x", REQUEST + 2 * DAY)
    ending = story.requests(REQUEST + 3 * DAY, "q2").told()
    assert gate(ending)[2] == (REQUEST + 3 * DAY, "ASKED")


def test_an_open_request_ends_under_the_policy_it_began_with__c_19() -> None:
    story = alike("x").requests(REQUEST)
    story.published(REQUEST + 1, "version: v2\nfriendship_age: {gate_timeout_ms: 1h}\n")
    ending = story.told()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + DAY, "REFUSED_EXPIRED")]
    assert {decision.policy_version for decision in ending.decisions} == {"default"}


def test_a_late_request_is_decided_at_once_and_says_so__c_4() -> None:
    story = alike("x").profile("S", 10 * DAY, nickname="Gardener").befriends("a", "b", 11 * DAY)
    told = story.from_now_on_as_they_are_told().requests(REQUEST).told()
    [decision] = [found for found in told.decisions if found.rule == "friend-gate"]
    assert (decision.outcome, decision.reasons) == ("ACCEPTED", ("LATE",))

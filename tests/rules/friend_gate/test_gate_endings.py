"""Friend requests that an erasure, a new policy or lateness interferes with."""

import pytest

from tests.support.portraits import H0, H7, NONE, K, Portraits, alike, gate, outcomes
from tests.support.story import DAY, HOUR

REQUEST = 5 * DAY


@pytest.mark.parametrize("who", ["S", "R"])
def test_request_of_an_erased_account_ends_without_outcome__c_18(who: str) -> None:
    story = (
        alike("x").requests(REQUEST).erased(who, REQUEST + HOUR).answers_lookalike("x", REQUEST + 2 * HOUR, yes=True)
    )
    assert gate(story.play()) == [(REQUEST, "ASKED")]


def test_friend_erased_while_asked_is_removed__c_18_fa_63() -> None:
    story = alike("x", "y").requests(REQUEST).answers_lookalike("y", REQUEST + 1, yes=False).erased("x", REQUEST + HOUR)
    ending = story.play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + HOUR, "REFUSED_DENIED")]
    assert '"x"' not in ending.decisions[-1].evidence


@pytest.mark.parametrize("who", ["S", "M"])
def test_a_link_between_accounts_ends_with_either_of_them__c_18_fa_61(who: str) -> None:
    story = alike("M").avatar("M", H0, 4).avatar("S", H7, 4).aliased(REQUEST).erased(who, REQUEST + DAY)
    story.profile("S", REQUEST + 2 * DAY, nickname="Mother").avatar("M", H0, REQUEST + 2 * DAY)
    story.avatar("S", H7, REQUEST + 3 * DAY).befriends("R", "M", REQUEST + 3 * DAY)
    assert outcomes(story.writes(REQUEST + 4 * DAY).play()) == ["RISK_USER"]


def test_an_erased_friends_denial_is_forgotten__c_18_fa_62() -> None:
    story = alike("x").requests(REQUEST).answers_lookalike("x", REQUEST + HOUR, yes=False).erased("x", REQUEST + DAY)
    story.profile("x", REQUEST + 2 * DAY, nickname="Mother").befriends("R", "x", REQUEST + 2 * DAY)
    ending = story.requests(REQUEST + 3 * DAY, "q2").play()
    assert gate(ending)[2] == (REQUEST + 3 * DAY, "ASKED")


def test_an_open_request_ends_under_the_policy_it_began_with__c_19() -> None:
    story = alike("x").requests(REQUEST)
    story.published(REQUEST + 1, "version: v2\nfriendship_age: {gate_timeout_ms: 1h}\n")
    ending = story.play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + DAY, "REFUSED_EXPIRED")]
    assert {decision.policy_version for decision in ending.decisions} == {"default"}


def test_late_request_is_decided_at_once_and_tagged__c_4() -> None:
    story = alike("x").profile("S", 10 * DAY, nickname="Gardener").befriends("a", "b", 11 * DAY)
    ending = story.keep_order_from_now_on().requests(REQUEST).play()
    [decision] = [found for found in ending.decisions if found.rule == "friend-gate"]
    assert (decision.outcome, decision.reasons) == ("ACCEPTED", ("LATE",))


def test_profile_of_the_requests_time_is_compared_while_it_is_open__fa_64_fa_63() -> None:
    story = Portraits().profile("S", 1, nickname="abcd", avatar_hash=H0)
    for friend, at in (("x", 2), ("y", REQUEST + 1)):
        story.befriends("R", friend, at).profile(friend, 3, nickname="abcX", avatar_hash=H0)
    story.requests(REQUEST).avatar("S", NONE, REQUEST + 2).unfriends("R", "x", REQUEST + HOUR)
    assert gate(story.play())[:2] == [(REQUEST, "ASKED"), (REQUEST + HOUR, "ASKED")]
    assert gate(story.requests(REQUEST + 2 * DAY, "q2").play())[-1] == (REQUEST + 2 * DAY, "ACCEPTED")


@pytest.mark.parametrize(("late", "outcome"), [("e1", "ACCEPTED"), ("e3", "ASKED")], ids=["repeated", "new"])
def test_of_two_names_of_one_time_a_repeated_one_does_not_undo_the_later__c_12_fa_64(late: str, outcome: str) -> None:
    story = alike("x").profile("S", DAY, nickname="Mother", event_id="e1")
    story.profile("S", DAY, nickname="Gardener", event_id="e2").profile("S", 2 * DAY, signature="hello", event_id="e0")
    story.profile("y", 3 * DAY, nickname="Y").keep_order_from_now_on()
    story.profile("S", DAY, nickname="Mother", event_id=late).requests(REQUEST)
    assert gate(story.play())[0] == (REQUEST, outcome)


def test_a_request_that_comes_again_with_another_profile_is_still_answered__fa_65_fa_64() -> None:
    story = alike("x").requests(REQUEST).profile("S", REQUEST + 1, nickname="Gardener").requests(REQUEST + 2)
    ending = story.answers_lookalike("x", REQUEST + HOUR, yes=False).play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + HOUR, "REFUSED_DENIED")]
    assert ending.command_names(ending.decisions[-1]) == ["RefuseFriend"]


def test_an_avatar_that_is_removed_changes_the_profile__fa_66() -> None:
    story = alike("x").avatar("S", K, 4).avatar("x", H0, 4).befriends("R", "S", REQUEST)
    assert not outcomes(story.play())
    assert outcomes(story.avatar("S", NONE, REQUEST + DAY).play()) == ["REVIEW"]


@pytest.mark.parametrize("later", [DAY, 200 * DAY])
def test_avatar_removed_already_does_not_change_the_profile__fa_66(later: int) -> None:
    story = alike("x").avatar("S", H0, 4).avatar("S", NONE, 5).befriends("R", "S", REQUEST)
    assert not outcomes(story.avatar("S", NONE, REQUEST + later).play())

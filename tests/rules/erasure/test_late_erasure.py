"""A late erasure keeps the newer facts of the account itself, not what was concluded about it by others (C-18)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.policy.action import Operation
from operators.policy.avatar_impersonation import RelationKind
from operators.policy.friendship_age import FriendshipAgePolicy
from schemas.records import RiskWindow
from tests.support.incident_story import IncidentStory, event_group_policy
from tests.support.portraits import H0, H7, Portraits, findings, stolen
from tests.support.portraits import rules as portrait_rules
from tests.support.story import DAY, HOUR, MINUTE, Story, evidence, rules

REQUESTER, FRIEND, TARGET = "requester-r", "friend-f", "target-t"
ERASED_MS = DAY + MINUTE


def names(story: Story, who: str) -> bool:
    return any(who.encode() in row + value for row, value in story.stored_rows())


@pytest.mark.parametrize("block", [True, False])
@pytest.mark.parametrize("genuine", [True, False])
def test_mark_of_an_answer_about_an_older_message_is_removed(*, genuine: bool, block: bool) -> None:
    second = replace(FriendshipAgePolicy().second_operation, block=block)
    story = Story(rules(second_operation=second)).friends_for(30 * DAY).linked().message()
    story.answered(2_000, genuine=genuine).message(MINUTE, "hello", sender_id="x", recipient_id="y")
    assert names(story, "alice")
    story.erased("alice", 1_000)
    assert not names(story, "alice")
    assert not [record for _, _, record in story.play().outputs if isinstance(record, RiskWindow)]


def test_block_for_a_newer_message_stays() -> None:
    policy = rules(bands=(replace(FriendshipAgePolicy().bands[0], operation=Operation(block=True)),))
    story = Story(policy).friends(at=10).message(20).message(MINUTE, "hello", sender_id="x", recipient_id="y")
    assert story.erased("alice", 5).message(MINUTE, "hello").play().outcomes == ["FIRST_OPERATION"]
    assert names(story, "alice")


def imitated() -> Portraits:
    """Return a story with a requester that has the nickname of the target's friend."""
    story = Portraits(portrait_rules()).befriends(TARGET, FRIEND, 0)
    for who in (FRIEND, REQUESTER):
        story.profile(who, 1, nickname="Mother")
    return story


def test_friend_only_compared_since_is_removed_everywhere() -> None:
    story = imitated().requests(2 * DAY, who=REQUESTER, target=TARGET).profile("x", 3 * DAY, nickname="X")
    story.keep_order_from_now_on()
    assert names(story, FRIEND)
    assert not names(story.erased(FRIEND, ERASED_MS), FRIEND)
    assert names(story, REQUESTER)


@pytest.mark.parametrize("yes", [True, False])
def test_answer_about_an_older_request_does_not_name_the_requester(*, yes: bool) -> None:
    story = imitated().requests(DAY, who=REQUESTER, target=TARGET)
    story.answers_lookalike(FRIEND, DAY + HOUR, yes=yes, target=TARGET).profile("x", 3 * DAY, nickname="X")
    story.keep_order_from_now_on()
    assert names(story, REQUESTER)
    assert not names(story.erased(REQUESTER, ERASED_MS), REQUESTER)
    assert names(story, FRIEND)


def test_friend_who_answered_since_is_removed_by_the_next_erasure() -> None:
    story = (
        imitated()
        .requests(DAY, who=REQUESTER, target=TARGET)
        .answers_lookalike(FRIEND, DAY + HOUR, yes=True, target=TARGET)
    )
    story.profile("x", 3 * DAY, nickname="X").keep_order_from_now_on()
    assert names(story.erased(FRIEND, ERASED_MS), FRIEND)
    assert not names(story.erased(FRIEND, 3 * DAY, event_id="again").profile("x", 4 * DAY, nickname="Y"), FRIEND)


def test_account_found_near_an_incident_since_is_removed_there() -> None:
    story = IncidentStory(event_group_policy()).located("nina", at=-5_000).created().located("x", 80.0, at=10_000)
    assert names(story, "nina")
    assert not names(story.erased("nina", -1_000), "nina")


@pytest.mark.parametrize("late", [False, True])
def test_friends_of_the_new_account_forget_the_picture_of_the_erased_one(*, late: bool) -> None:
    story = stolen(H7).profile("M", 16 * DAY, nickname="New").befriends("R", "M", 17 * DAY)
    story.profile("x", 18 * DAY, nickname="X").keep_order_from_now_on()
    story.erased("M", 15 * DAY)
    if not late:
        story.events.sort(key=lambda event: event.at_ms)
    assert not findings(story.writes(20 * DAY).play())
    assert not any(H0.hex().encode() in value for _, value in story.stored_rows())


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("erased", ["alice", "bob"])
def test_a_friendship_with_a_new_account_is_not_older_than_the_erasure(erased: str, *, late: bool) -> None:
    story = (
        Story().friends_for(60 * DAY).friends(at=2 * HOUR).message(3 * HOUR, "hello", sender_id="x", recipient_id="y")
    )
    story.erased(erased, HOUR)
    if not late:
        story.events.sort(key=lambda event: event.at_ms)
    assert story.message(4 * HOUR).play().outcomes == ["FIRST_OPERATION"]


@pytest.mark.parametrize("late", [False, True])
def test_the_relation_with_a_new_account_is_not_older_than_the_erasure__ai_22(*, late: bool) -> None:
    story = stolen(H7, portrait_rules(relation_kinds=frozenset({RelationKind.ADDRESS_BOOK})))
    story.contact("R", "M", 12 * DAY).contact("R", "M", 17 * DAY).avatar("M", H0, 17 * DAY)
    story.profile("x", 18 * DAY, nickname="X").keep_order_from_now_on().erased("M", 15 * DAY)
    if not late:
        story.events.sort(key=lambda event: event.at_ms)
    [decision] = findings(story.writes(20 * DAY).play())
    assert evidence(decision)["relation"] == {"since_ms": decision.at_ms - 3 * DAY}


@pytest.mark.parametrize("erased", ["R", "M"])
def test_a_friendship_that_has_ended_since_is_not_begun_by_an_older_fact__c_4(erased: str) -> None:
    story = Portraits().befriends("R", "M", DAY + 1).unfriends("R", "M", DAY + HOUR).befriends("x", "y", 2 * DAY)
    story.keep_order_from_now_on().erased(erased, DAY).befriends("R", "M", DAY + MINUTE)
    assert not [row for row, _ in story.stored_rows() if b"\x08audience" in row and row.endswith((b"R", b"M"))]

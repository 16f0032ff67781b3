"""Follows that begin or end while a group is open: EG-24, EG-32, EG-E9."""

from __future__ import annotations

import pytest

from schemas.records import CancelPrompt, PromptToJoin, TellEnded
from tests.support.incident_story import H0, LIFE, USER, IncidentStory, picture_of
from tests.support.story import HOUR, START_MS, evidence


def new_story() -> IncidentStory:
    return IncidentStory()


def prompted_accounts(story: IncidentStory) -> set[str]:
    return set(story.play_in_order().prompted)


def test_a_follow_accepted_later_prompts_the_object_too_if_it_is_new__eg_24() -> None:
    ending = new_story().created("O").follow("F", "O", at=5_000).play_in_order()
    prompts = [(one.account_id, one.at_ms - START_MS) for one in ending.sent(PromptToJoin)]
    assert prompts == [("F", 5_001), ("O", 5_001)]
    assert {one.decision_id for one in ending.sent(PromptToJoin)} == {ending.one("CREATED").decision_id}


def test_a_follow_of_an_unconcerned_account_prompts_nobody__eg_24() -> None:
    assert prompted_accounts(new_story().follow("G", "P").created("O").follow("F", "P", at=5_000)) == set()


@pytest.mark.parametrize("at", [LIFE, LIFE + HOUR])
def test_a_follow_that_begins_after_the_group_closed_prompts_nobody__eg_24(at: int) -> None:
    assert "F" not in prompted_accounts(new_story().follow("G", "O").created("O").closed(1_000).follow("F", "O", at=at))


def test_revoking_a_follow_withdraws_an_open_prompt__eg_32_eg_e9() -> None:
    ending = new_story().follow("F", "O").created("O").revoked("F", "O", 5_000).joined("F", at=6_000).play_in_order()
    assert ("F", 5_000) in [(one.account_id, one.at_ms - START_MS) for one in ending.sent(CancelPrompt)]
    assert [one.other_id for one in ending.decisions if one.outcome == "MEMBER_ADDED"] == []
    assert ending.counts["event-group.never-prompted"] == 1


def test_a_prompt_stays_open_as_long_as_another_role_remains__eg_32() -> None:
    for story in (new_story().located("F"), new_story().follow("F", "P")):
        ending = story.follow("F", "O").created("O", "P").revoked("F", "O", 5_000).joined("F", at=6_000).play_in_order()
        assert "F" not in [one.account_id for one in ending.sent(CancelPrompt)]
        left = "FOLLOWER" if len(ending.prompted) == 3 else "NEARBY_USER"
        assert evidence(ending.one("MEMBER_ADDED", "F"))["roles"] == [left]


def test_a_member_stays_without_the_role_and_gets_no_further_prompt__eg_32_eg_e9() -> None:
    story = new_story().follow("F", "O").informed("O", picture_of(H0)).created("O").joined("F").revoked("F", "O", 5_000)
    ending = story.asked(USER, picture_of(H0), at=6_000).play_in_order()
    assert "F" not in [one.account_id for one in ending.sent(CancelPrompt)]
    assert "MEMBER_DECLINED" not in ending.outcomes
    assert evidence(ending.one("CLOSED"))["summary"].get("FOLLOWER") is None
    assert "F" not in evidence(ending.one("NOT_FOUND")).get("prompted", [])


def test_a_former_follower_who_has_left_does_not_come_back__eg_32() -> None:
    story = new_story().follow("F", "O").created("O").joined("F").revoked("F", "O", 5_000)
    story.joined("F", at=6_000, accepted=False).joined("F", at=7_000)
    ending = story.play_in_order()
    assert [one.outcome for one in ending.decisions if one.other_id == "F"] == ["MEMBER_ADDED", "MEMBER_DECLINED"]
    assert ending.counts["event-group.without-role"] == 1
    back = story.follow("F", "O", at=8_000).joined("F", at=9_000).play_in_order()
    assert [one.at_ms - START_MS for one in back.decisions if one.outcome == "MEMBER_ADDED"] == [1_000, 9_000]


def test_a_refusal_outlives_the_follow__eg_25_eg_32_eg_49() -> None:
    story = new_story().follow("F", "O").created("O").joined("F", accepted=False).revoked("F", "O", 5_000)
    ending = story.follow("F", "O", at=6_000).closed(HOUR).play_in_order()
    assert [one.at_ms for one in ending.sent(PromptToJoin) if one.account_id == "F"] == [START_MS]
    assert [one.account_id for one in ending.sent(TellEnded)] == ["F", "O"]


def test_a_silent_follower_whose_follow_has_ended_is_told_of_the_end__eg_49() -> None:
    story = new_story().follow("F", "O").created("O").revoked("F", "O", HOUR).closed(2 * HOUR)
    ending = story.play_in_order()
    assert [one.account_id for one in ending.sent(TellEnded)] == ["F", "O"]
    assert evidence(ending.one("CLOSED"))["people"] == {"prompted": 2, "confirmed": 0, "declined": 0}


def test_a_new_follow_prompts_again_with_another_command_id__eg_24() -> None:
    story = new_story().follow("F", "O").created("O").revoked("F", "O", 5_000).follow("F", "O", at=6_000)
    prompts = [one for one in story.play_in_order().sent(PromptToJoin) if one.account_id == "F"]
    assert [one.at_ms - START_MS for one in prompts] == [0, 6_001]
    assert len({one.command_id for one in prompts}) == 2

"""When followers are told of an incident, and when not: EG-44 to EG-46."""

from __future__ import annotations

from typing import Any

import pytest

from operators.event_group import invitations, matching
from operators.event_group.reporter import INVITERS_AT_MOST
from operators.event_group.search_results import SearchResults
from operators.policy.event_group import Combination
from schemas.records import AddMember, CreateEventGroup, PromptToJoin
from tests.support.incident_story import H0, TIMEOUT, USER, IncidentStory, event_group_policy, picture_of
from tests.support.story import DAY, HOUR, MINUTE, START_MS, evidence

EMERGENCY = frozenset({"accident"})


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


@pytest.mark.parametrize("scope", ["ALL", "EMERGENCIES"])
@pytest.mark.parametrize("kinds", [frozenset(), EMERGENCY], ids=["other", "emergency"])
def test_an_object_may_limit_a_follower_to_emergencies__eg_44_eg_v20_eg_e26(scope: str, kinds: frozenset[str]) -> None:
    story = new_story(emergency_kinds=kinds).follow("F", "O", scope=scope).follow("G", "O").created("O")
    told = {"F"} if scope == "ALL" or kinds else set()
    assert set(story.play_in_order().prompted) == {"O", "G"} | told


def test_a_limited_follower_is_not_found_by_a_match_either__eg_44() -> None:
    story = new_story().follow("F", "O", scope="EMERGENCIES").informed("O", picture_of(H0)).created()
    assert set(story.asked(USER, picture_of(H0)).play_in_order().prompted) == {"O"}


def test_a_limited_follow_that_begins_while_the_group_is_open_tells_nobody__eg_44() -> None:
    story = new_story().created("O").follow("F", "O", at=5_000, scope="EMERGENCIES").follow("G", "O", at=6_000)
    assert set(story.play_in_order().prompted) == {"O", "G"}


def test_a_limited_follower_who_reports_is_no_follower_there__eg_44() -> None:
    ending = new_story().follow(USER, "O", scope="EMERGENCIES").created("O").play_in_order()
    assert ending.sent(CreateEventGroup)[0].members[0].roles == ("EVENT_USER",)


def test_a_new_acceptance_has_its_own_scope__eg_44() -> None:
    story = new_story().follow("F", "O", scope="EMERGENCIES").revoked("F", "O", -5_000).follow("F", "O", at=-4_000)
    assert set(story.created("O").play_in_order().prompted) == {"O", "F"}


@pytest.fixture
def located() -> IncidentStory:
    """An object that only its location concerns, and a follower far away."""
    return new_story().follow("F", "O").located("O").created()


def told_at(story: IncidentStory, account: str = "F") -> list[int]:
    """Return when an account was prompted as a follower."""
    prompts = story.play_in_order().sent(PromptToJoin)
    return [one.at_ms - START_MS for one in prompts if one.account_id == account and "FOLLOWER" in one.roles]


def test_a_follower_waits_for_an_object_that_was_found_by_its_location__eg_45_eg_v21(located: IncidentStory) -> None:
    assert told_at(located) == [5 * MINUTE]


def test_a_follower_is_told_when_the_object_confirms__eg_45_eg_v21(located: IncidentStory) -> None:
    assert told_at(located.joined("O", at=MINUTE)) == [MINUTE]


def test_a_follower_is_not_told_when_the_object_refuses__eg_45_eg_v21(located: IncidentStory) -> None:
    assert told_at(located.joined("O", at=MINUTE, accepted=False)) == []


def test_a_refusal_that_is_taken_back_tells__eg_45(located: IncidentStory) -> None:
    assert told_at(located.joined("O", at=MINUTE, accepted=False).joined("O", at=HOUR)) == [HOUR]


def test_an_answer_when_the_time_ends_counts__eg_45(located: IncidentStory) -> None:
    assert told_at(located.joined("O", at=5 * MINUTE, accepted=False)) == []


@pytest.mark.parametrize(("answers", "told"), [([False], []), ([True], [5 * MINUTE]), ([], [5 * MINUTE])])
def test_an_answer_when_the_time_ends_counts_for_a_follow_of_that_time__eg_45_eg_24(
    located: IncidentStory, answers: list[bool], told: list[int]
) -> None:
    story = located.follow("G", "O", at=5 * MINUTE - 1)
    for accepted in answers:
        story.joined("O", at=5 * MINUTE, accepted=accepted)
    assert told_at(story, "G") == told


def test_a_refusal_after_the_followers_were_told_takes_nothing_back__eg_45(located: IncidentStory) -> None:
    ending = located.joined("O", at=6 * MINUTE, accepted=False).joined("F", at=7 * MINUTE).play_in_order()
    assert ending.sent(AddMember)[0].account_id == "F"


def test_the_policy_sets_how_long_followers_wait__eg_45() -> None:
    story = new_story(tell_followers_after_ms=HOUR).follow("F", "O").located("O").created()
    assert told_at(story) == [HOUR]


def test_an_emergency_tells_at_once__eg_45_eg_v22() -> None:
    story = new_story(emergency_kinds=EMERGENCY).follow("F", "O").located("O").reported()
    assert told_at(story) == [0]


def test_followers_of_a_person_who_is_named_or_matched_are_told_at_once__eg_45() -> None:
    assert told_at(new_story().follow("F", "O").located("O").created("O")) == [0]
    story = new_story().follow("F", "O").located("O").informed("O", picture_of(H0)).created()
    assert told_at(story.asked(USER, picture_of(H0))) == [2_000]


def test_a_person_who_was_matched_is_no_longer_found_by_the_location_alone__eg_45_eg_24() -> None:
    story = new_story().follow("F", "O").located("O").informed("O", picture_of(H0)).created()
    story.joined("O", at=1_000, accepted=False).asked(USER, picture_of(H0)).follow("G", "O", at=MINUTE)
    assert told_at(story, "G") == [MINUTE + 1]


def test_a_person_who_is_named_without_followers_is_no_longer_found_by_the_location_alone__eg_45_eg_15(
    located: IncidentStory,
) -> None:
    located.revoked("F", "O", at=1_000).reported(MINUTE, "inc-2", reporter_id="second", object_ids=("O",))
    located.audited(2 * MINUTE, "inc-2").follow("G", "O", at=3 * MINUTE)
    assert told_at(located, "G") == [3 * MINUTE + 1]


def test_results_that_come_late_hide_nobody_whom_a_merged_report_names__eg_45_eg_15(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(invitations, "pop_results", lambda *_: SearchResults())  # none are there at the creation
    story = new_story().follow("F", "O").located("O").reported()
    story.reported(1, "inc-2", reporter_id="second", object_ids=("O",)).audited(MINUTE).audited(MINUTE, "inc-2")
    assert told_at(story.follow("G", "O", at=2 * MINUTE), "G") == [2 * MINUTE + 1]


def test_the_age_of_a_follow_is_no_location__eg_45() -> None:
    rules: dict[str, Any] = {"concern_follow_age_min_ms": MINUTE, "concern_combine": Combination.OR}
    assert told_at(new_story(**rules).follow("F", "O", at=-HOUR).located("O").created()) == [0]
    rules["concern_combine"] = Combination.AND
    assert told_at(new_story(**rules).follow("F", "O", at=-HOUR).located("O").created()) == [5 * MINUTE]


def test_beyond_the_limit_of_objects_by_age_only_the_location_concerns__eg_45_eg_22(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matching, "FOLLOW_AGE_AT_MOST", 0)
    story = new_story(concern_follow_age_min_ms=MINUTE, concern_combine=Combination.OR).follow("F", "O", at=-HOUR)
    assert told_at(story.located("O").created()) == [5 * MINUTE]


def test_the_followers_of_a_reporter_are_told_at_once__eg_45() -> None:
    assert told_at(new_story().follow("F", USER).located(USER).created()) == [0]
    story = new_story().follow("F", "O").located("O").created()
    story.reported(MINUTE, "second", reporter_id="O").audited(MINUTE, "second")
    assert told_at(story) == [MINUTE]


def test_a_follower_nearby_is_asked_as_such_and_told_later__eg_45_eg_e27(located: IncidentStory) -> None:
    prompts = located.located("F").play_in_order().sent(PromptToJoin)
    asked = [(one.at_ms - START_MS, one.roles, one.deadline_ms - START_MS) for one in prompts if one.account_id == "F"]
    first = (0, ("NEARBY_USER",), TIMEOUT)
    assert asked == [first, (5 * MINUTE, ("FOLLOWER", "NEARBY_USER"), 5 * MINUTE + TIMEOUT)]


def test_a_refusal_as_somebody_nearby_is_none_as_a_follower__eg_45_eg_e27(located: IncidentStory) -> None:
    located.located("F").joined("F", at=MINUTE, accepted=False)
    ending = located.joined("F", at=6 * MINUTE).play_in_order()
    assert [one.roles for one in ending.sent(AddMember)] == [("FOLLOWER", "NEARBY_USER")]


@pytest.mark.parametrize("refuses", [False, True])
def test_who_was_asked_as_somebody_nearby_is_asked_again_once_the_object_is_named__eg_45_eg_15_eg_e27(
    located: IncidentStory, *, refuses: bool
) -> None:
    story = located.located("F").joined(*["F"] * refuses, at=MINUTE, accepted=False)
    story.reported(MINUTE, "inc-2", reporter_id="second", object_ids=("O",)).audited(2 * MINUTE, "inc-2")
    assert told_at(story) == [2 * MINUTE]


@pytest.mark.parametrize("refuses", [False, True])
def test_who_was_asked_as_somebody_nearby_is_asked_again_once_the_object_is_matched__eg_45_eg_37_eg_e27(
    located: IncidentStory, *, refuses: bool
) -> None:
    story = located.located("F").joined(*["F"] * refuses, accepted=False).informed("O", picture_of(H0))
    ending = story.asked(USER, picture_of(H0)).play_in_order()
    assert told_at(story) == [2_000]
    shown = {one["account_id"]: one.get("status") for one in evidence(ending.one("MATCHED"))["prompts"]}
    assert shown == {"F": None, "O": "PROMPTED"}


def test_whoever_waits_is_counted_and_not_named__eg_45(located: IncidentStory) -> None:
    created = located.follow("G", "O").play_in_order().one("CREATED")
    shown = evidence(created)
    assert (shown["followers_waiting"], shown["tell_followers_after_ms"]) == (2, 5 * MINUTE)
    assert '"F"' not in created.evidence


def test_a_follow_that_begins_meanwhile_waits_for_the_rest_of_the_time__eg_45_eg_24(located: IncidentStory) -> None:
    assert told_at(located.follow("G", "O", at=MINUTE), "G") == [5 * MINUTE]
    assert told_at(new_story().follow("F", "O").located("O").created().follow("G", "O", at=HOUR), "G") == [HOUR + 1]


def test_a_follow_that_ends_meanwhile_tells_nobody__eg_45_eg_32(located: IncidentStory) -> None:
    assert told_at(located.revoked("F", "O", MINUTE)) == []


@pytest.mark.parametrize("erased", ["F", "O"])
def test_nobody_waits_after_an_erasure__eg_45_c_18(located: IncidentStory, erased: str) -> None:
    assert told_at(located.erased(erased, MINUTE)) == []


def test_nobody_is_told_after_the_group_has_closed__eg_45(located: IncidentStory) -> None:
    assert told_at(located.closed(5 * MINUTE)) == []


@pytest.mark.parametrize("kinds", [frozenset(), EMERGENCY], ids=["other", "emergency"])
def test_a_reporter_is_told_of_nobody_found_by_location__eg_46_eg_v23(kinds: frozenset[str]) -> None:
    story = new_story(emergency_kinds=kinds).follow(USER, "O").follow("G", "O").located("O").created()
    ending = story.joined("O", at=MINUTE).play_in_order()
    assert ending.sent(CreateEventGroup)[0].members[0].roles == ("EVENT_USER",)
    assert set(ending.prompted) == {"O", "G"}


@pytest.mark.parametrize(("inviter", "told"), [("F", []), ("other", [5 * MINUTE])])
def test_an_inviter_of_the_reporter_is_told_of_nobody_found_by_location__eg_46_eg_v23(
    located: IncidentStory, inviter: str, told: list[int]
) -> None:
    located.invited(USER, inviter, -DAY).follow("G", "O")
    assert told_at(located) == told
    assert told_at(located, "G") == [5 * MINUTE]


def test_an_invitation_after_the_report_or_of_the_follower_changes_nothing__eg_46(located: IncidentStory) -> None:
    assert told_at(located.invited(USER, "F", 1).invited("F", USER, -DAY)) == [5 * MINUTE]


def test_the_latest_hundred_inviters_are_remembered__eg_46(located: IncidentStory) -> None:
    located.invited(USER, "F", -DAY)
    for number in range(INVITERS_AT_MOST - 1):
        located.invited(USER, f"other-{number:03}", -DAY + 1 + number)
    assert told_at(located) == []
    assert told_at(located.invited(USER, "latest", -1)) == [5 * MINUTE]


def test_whoever_reports_the_same_incident_waits_no_more__eg_46(located: IncidentStory) -> None:
    located.reported(MINUTE, "second", reporter_id="F").audited(MINUTE, "second")
    ending = located.play_in_order()
    assert [one.roles for one in ending.sent(AddMember)] == [("EVENT_USER",)]
    assert "F" not in ending.prompted


def test_a_new_account_of_an_erased_reporters_name_has_no_inviters__eg_46_c_18(located: IncidentStory) -> None:
    assert told_at(located.invited(USER, "F", -DAY).erased(USER, -HOUR)) == [5 * MINUTE]

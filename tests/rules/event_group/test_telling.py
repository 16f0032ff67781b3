"""When followers are told of an incident, and when not: EG-44."""

from __future__ import annotations

import pytest

from schemas.records import CreateEventGroup
from tests.support.incident_story import H0, USER, IncidentStory, event_group_policy, picture_of

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

"""Worked examples of event groups (EG-V1 to EG-V19). The incident is at 0, 0 and its group is created at 0."""

from __future__ import annotations

import pytest

from schemas.records import AddMember, CloseEventGroup, CreateEventGroup, FollowAnswered, PromptToJoin
from tests.support.incident_story import (
    H0,
    H10,
    H11,
    INCIDENT,
    LIFE,
    TIMEOUT,
    USER,
    IncidentResult,
    IncidentStory,
    picture_of,
)
from tests.support.story import MINUTE, START_MS, evidence

METRE = 0.017986 / 1_999.95  # degrees of latitude


def new_story() -> IncidentStory:
    return IncidentStory()


@pytest.mark.parametrize(
    ("latitude", "near"), [(0.017986, True), (0.017990, True), (0.017991, False)], ids=["V1", "V2", "V3"]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_nearby_user_is_at_most_the_radius_away_in_whole_metres__eg_v1_eg_v2_eg_v3_eg_e12(
    latitude: float, sign: int, *, near: bool
) -> None:
    for place in ({"latitude": sign * latitude}, {"latitude": 0.0, "longitude": sign * latitude}):
        assert ("near" in new_story().located("near", **place).created().play_in_order().prompted) is near


@pytest.mark.parametrize(("age", "near"), [(900_000, True), (900_001, False)])
def test_a_location_is_fresh_for_fifteen_minutes_inclusive__eg_v4(age: int, *, near: bool) -> None:
    assert ("near" in new_story().located("near", at=-age).created().play_in_order().prompted) is near


@pytest.mark.parametrize("far", [0.02, 1.0, 60.0], ids=["same cell or next", "another cell", "another land"])
def test_the_latest_location_counts__eg_v5(far: float) -> None:
    away = new_story().located("near", at=-2_000).located("near", far, at=-1_000)
    assert "near" not in away.created().play_in_order().prompted
    back = new_story().located("near", far, at=-2_000).located("near", at=-1_000)
    assert "near" in back.created().play_in_order().prompted


def test_an_answer_at_the_deadline_counts__eg_v6() -> None:
    ending = new_story().located("near").created().joined("near", at=1_800_000).play_in_order()
    assert (1_800_000, "MEMBER_ADDED") in ending.steps()
    assert "PROMPT_EXPIRED" not in ending.outcomes_of()


def test_a_confirmation_after_the_deadline_is_counted_and_ignored__eg_v6() -> None:
    ending = new_story().located("near").created().joined("near", at=1_800_001).play_in_order()
    assert (1_800_000, "PROMPT_EXPIRED") in ending.steps()
    assert "MEMBER_ADDED" not in ending.outcomes_of()
    assert ending.counts["event-group.LATE_CONFIRMATION"] == 1


def test_a_refusal_may_be_reversed_as_long_as_the_group_is_open__eg_v7() -> None:
    story = new_story().located("near").created().joined("near", at=60_000, accepted=False).joined("near", at=3_600_000)
    steps = [step for step in story.play_in_order().steps() if step[1].startswith("MEMBER")]
    assert steps == [(60_000, "MEMBER_DECLINED"), (3_600_000, "MEMBER_ADDED")]


def test_an_audit_at_its_deadline_counts_and_a_timeout_rejects__eg_v8_c_22_eg_e17() -> None:
    assert new_story().reported().audited(300_000).closed(400_000).play_in_order().steps()[1:3] == [
        (300_000, "APPROVED"),
        (300_000, "CREATED"),
    ]
    silent = new_story().reported().play_in_order()
    assert silent.steps() == [(0, "REQUESTED"), (300_000, "REJECTED")]
    assert silent.one("REJECTED").reasons == ("AUDIT_SILENT",)
    assert silent.one("REJECTED").cause_event_id == "event-0:audit"
    assert silent.commands == []


def watched() -> IncidentStory:
    return new_story().follow("F", "O").follow("G", "O").follow("H", "O", accepted=None)


def test_a_named_object_and_its_active_followers_are_prompted__eg_v9() -> None:
    prompted = watched().created("O").play_in_order().prompted
    assert prompted == {"O": ("OBJECT",), "F": ("FOLLOWER",), "G": ("FOLLOWER",)}


def test_a_follow_that_begins_while_the_group_is_open_prompts_the_follower__eg_v10() -> None:
    story = watched().created("O").event(FollowAnswered, 600_000, follower_id="H", object_id="O", accepted=True)
    (prompt,) = [one for one in story.play_in_order().sent(PromptToJoin) if one.account_id == "H"]
    assert (prompt.at_ms - START_MS, prompt.deadline_ms - START_MS) == (600_000, 2_400_000)
    assert prompt.roles == ("FOLLOWER",)


def test_the_event_user_is_not_prompted_and_has_all_roles__eg_v11() -> None:
    ending = new_story().follow(USER, "O").follow("G", "O").created("O").play_in_order()
    assert set(ending.prompted) == {"O", "G"}
    (group,) = ending.sent(CreateEventGroup)
    (member,) = group.members
    assert (member.account_id, member.roles) == (USER, ("EVENT_USER", "FOLLOWER"))


def test_a_person_found_twice_is_prompted_once_with_both_roles_permissions__eg_v12() -> None:
    story = new_story().follow("F", "O").located("F").informed("O", picture_of(H0)).created("O").joined("F")
    ending = story.asked("F", picture_of(H0)).play_in_order()
    assert [one.roles for one in ending.sent(PromptToJoin) if one.account_id == "F"] == [("FOLLOWER", "NEARBY_USER")]
    assert ending.one("MATCHED").subject_id == "F"


def test_of_the_merely_nearby_the_nearest_are_prompted__eg_v13() -> None:
    story = new_story()
    for number in range(60):
        story.located(f"n{number:02}", (60 - number) * 20 * METRE)  # n59 is the nearest
    for number in range(5):
        story.follow(f"n{number:02}", "O")  # the five farthest
    ending = story.created("O").play_in_order()
    assert set(ending.prompted) == {f"n{number:02}" for number in (*range(5), *range(10, 60))} | {"O"}
    assert evidence(ending.one("CREATED"))["left_out"] == 5
    assert evidence(ending.one("CREATED"))["found"]["NEARBY_USER"] == 60


def test_the_group_exists_even_if_nobody_answers__eg_v14() -> None:
    ending = watched().created("O").play_in_order()
    assert ending.sent(CreateEventGroup)[0].members[0].account_id == USER
    assert ending.sent(AddMember) == []
    assert (LIFE, "CLOSED") in ending.steps()
    assert ending.one("CLOSED").cause_event_id == ending.one("CREATED").cause_event_id + ":life"
    assert [one.at_ms - START_MS for one in ending.sent(CloseEventGroup)] == [LIFE]


def second_report(metres: int, at: int = 10 * MINUTE) -> IncidentResult:
    story = new_story().created()
    story.reported(at, "inc-2", reporter_id="second", latitude=metres * METRE, event_id="report-2")
    return story.audited(at + 1, "inc-2").play_in_order()


def test_a_second_reporter_of_the_same_incident_joins_the_first_group__eg_v15() -> None:
    ending = second_report(500)
    assert ending.outcomes_of("inc-2") == ["REQUESTED", "APPROVED", "CLOSED"]
    assert ending.one("CLOSED", incident="inc-2").reasons == ("MERGED",)
    (added,) = ending.sent(AddMember)
    assert (added.incident_id, added.account_id, added.roles) == (INCIDENT, "second", ("EVENT_USER",))
    assert len(ending.sent(CreateEventGroup)) == 1


@pytest.mark.parametrize(("metres", "at"), [(501, 10 * MINUTE), (500, 10 * MINUTE + 1)])
def test_a_report_farther_away_or_later_is_another_incident__eg_v15(metres: int, at: int) -> None:
    ending = second_report(metres, at)
    assert "CREATED" in ending.outcomes_of("inc-2")
    assert ending.sent(AddMember) == []


def test_a_picture_ten_bits_away_matches__eg_v16() -> None:
    story = watched().informed("O", picture_of(H0)).created().asked(USER, picture_of(H10))
    ending = story.play_in_order()
    assert set(ending.prompted) == {"O", "F", "G"}
    assert (ending.one("MATCHED").subject_id, ending.one("MATCHED").other_id) == (USER, "O")


def test_a_picture_eleven_bits_away_does_not_match__eg_v16() -> None:
    ending = watched().informed("O", picture_of(H0)).created().asked(USER, picture_of(H11)).play_in_order()
    assert ending.one("NOT_FOUND").other_id is None
    assert ending.prompted == {}


def test_a_mere_follower_may_not_request_identification__eg_v17() -> None:
    story = watched().informed("O", picture_of(H0)).created("O").joined("F").asked("F", picture_of(H0))
    decision = story.play_in_order().one("FORBIDDEN_ROLE")
    assert "objects" not in evidence(decision)


def test_all_similar_objects_are_ranked_and_the_best_three_prompted__eg_v18() -> None:
    story = new_story().created().asked(USER, picture_of(H0))
    for number in range(5):
        name = f"o{number}"
        phash = (int.from_bytes(H0, "big") ^ ((1 << (8 - number)) - 1)).to_bytes(8, "big")  # o4 is the most similar
        story.follow(f"f{number}", name).informed(name, picture_of(phash))
    ending = story.play_in_order()
    shown = evidence(ending.one("MATCHED"))
    assert [one["object"] for one in shown["objects"]] == ["o4", "o3", "o2", "o1", "o0"]
    assert [one["score"] for one in shown["objects"]] == [1 - bits / 64 for bits in (4, 5, 6, 7, 8)]
    assert set(ending.prompted) == {"o4", "o3", "o2", "f4", "f3", "f2"}
    assert ending.sent(AddMember) == []


@pytest.mark.parametrize(("member", "closes"), [("near", True), ("F", False)])
def test_a_group_without_event_user_stays_while_a_follower_is_in_it__eg_v19(member: str, *, closes: bool) -> None:
    story = watched().located("near").created("O").joined(member).withdrawn(USER, 5_000)
    steps = story.play_in_order().steps()
    assert (5_000, "MEMBER_DECLINED") in steps
    assert ((5_000, "CLOSED") in steps) is closes


def test_the_policy_sets_the_timeout_of_a_prompt() -> None:
    assert new_story().located("near").created().play_in_order().sent(PromptToJoin)[0].deadline_ms == START_MS + TIMEOUT

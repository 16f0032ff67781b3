"""Evidence of decisions about incidents, complete enough for an audit: EG's table of outputs, EG-9, C-13, C-17."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemas.records import PromptToJoin
from tests.support.incident_story import (
    H0,
    INCIDENT,
    LIFE,
    TIMEOUT,
    USER,
    IncidentStory,
    event_group_policy,
    picture_of,
)
from tests.support.story import DAY, MINUTE, START_MS, evidence

if TYPE_CHECKING:
    from schemas.records import Decision

AUDIT = 5 * MINUTE


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


def conditions(decision: Decision) -> dict[str, Any]:
    return {
        one["name"]: (one["actual"], one["operator"], one["expected"], one["result"])
        for one in evidence(decision)["conditions"]
    }


def everybody() -> IncidentStory:
    story = new_story().follow("F", "O").follow(USER, "O").organisation("org", radius=5_000)
    return story.located("near", 0.001).located("O", 0.002).located(USER, 0.003).created("O", "nobody's")


def test_the_creation_lists_who_is_prompted_in_which_roles_and_why__eg_17_to_23_c_13() -> None:
    ending = everybody().play_in_order()
    shown = evidence(ending.one("CREATED"))
    assert shown["prompts"] == [
        {"account_id": "F", "roles": ["FOLLOWER"]},
        {"account_id": "O", "roles": ["OBJECT", "NEARBY_USER"], "concerns": ["NAMED", "NEAR"], "distance_m": 222},
        {"account_id": "near", "roles": ["NEARBY_USER"], "distance_m": 111},
        {"account_id": "org", "roles": ["ORGANISATION"]},
    ]
    prompts = {one.account_id: list(map(str, one.roles)) for one in ending.sent(PromptToJoin)}
    assert prompts == {one["account_id"]: one["roles"] for one in shown["prompts"]}
    assert (shown["prompt_count"], shown["named_left_out"], shown["left_out"]) == (4, 1, 0)


def test_the_creation_lists_the_event_users_roles_and_the_deadlines__eg_25_eg_27_eg_41() -> None:
    shown = evidence(everybody().play_in_order().one("CREATED"))
    assert shown["roles"] == ["EVENT_USER", "FOLLOWER", "NEARBY_USER"]
    assert (shown["deadline_ms"], shown["closes_ms"]) == (START_MS + TIMEOUT, START_MS + LIFE)
    assert shown["consents"] == [
        {"follower": "F", "object": "O", "version": 2},
        {"follower": USER, "object": "O", "version": 2},
    ]


def test_accounts_without_followers_are_counted_and_not_named__eg_22() -> None:
    ending = new_story().created("stranger").play_in_order()
    assert evidence(ending.one("REQUESTED"))["named"] == 1
    assert evidence(ending.one("CREATED"))["named_left_out"] == 1
    assert "stranger" not in repr(ending.outputs)


def test_nearby_users_left_out_are_counted_and_not_named__eg_20_eg_e13() -> None:
    story = new_story(nearby_at_most=2)
    for number in range(5):
        story.located(f"near-{number}", 0.001 * (number + 1))
    shown = evidence(story.created().play_in_order().one("CREATED"))
    assert (shown["found"]["NEARBY_USER"], shown["left_out"], shown["nearby_at_most"]) == (5, 3, 2)
    assert [one["account_id"] for one in shown["prompts"]] == ["near-0", "near-1"]


@pytest.mark.parametrize(("approved", "outcome"), [(True, "APPROVED"), (False, "REJECTED")])
def test_an_audit_decision_names_auditor_result_and_deadline__eg_11(approved: bool, outcome: str) -> None:  # noqa: FBT001
    ending = new_story().reported().audited(AUDIT, approved=approved).play_in_order()
    decision = ending.one(outcome)
    shown = evidence(decision)
    assert (shown["kind"], shown["auditor"], shown["reason"]) == ("accident", "auditor", f"AUDIT_{outcome}")
    assert conditions(decision) == {"audited_ms": (START_MS + AUDIT, "<=", START_MS + AUDIT, True)}
    assert evidence(ending.one("REQUESTED"))["deadline_ms"] == START_MS + AUDIT


def test_an_audit_timeout_names_its_deadline__eg_12() -> None:
    shown = evidence(new_story().reported().play_in_order().one("REJECTED"))
    assert (shown["reason"], shown["deadline_ms"]) == ("AUDIT_SILENT", START_MS + AUDIT)


def test_a_report_without_audit_has_no_deadline__eg_11() -> None:
    ending = new_story(audit_kinds_exempt=frozenset({"accident"})).reported().play_in_order()
    assert "deadline_ms" not in evidence(ending.one("REQUESTED"))
    assert evidence(ending.one("APPROVED"))["reason"] == "AUDIT_EXEMPT"


def test_a_report_lists_the_conditions_on_its_reporter__eg_14() -> None:
    story = new_story(reports_per_day=1).reported(kind="fire", incident="first").reported(10)
    ending = story.play_in_order()
    first, second = ending.one("REQUESTED", incident="first"), ending.one("REQUESTED", incident=INCIDENT)
    assert conditions(first) == {
        "rejections_in_30_d": (0, ">=", 3, False),
        "reports_in_24_h": (0, ">=", 1, False),
    }
    assert conditions(second)["reports_in_24_h"] == (1, ">=", 1, True)
    refused = ending.one("REJECTED", incident=INCIDENT)
    assert (evidence(refused)["reason"], conditions(refused)) == ("RATE_LIMIT", conditions(second))


def test_a_duplicate_names_the_first_report_and_their_distance__eg_15() -> None:
    ending = new_story().reported().reported(7, incident="again", latitude=0.001).play_in_order()
    closed = ending.one("CLOSED", incident="again")
    assert (evidence(closed)["reason"], evidence(closed)["repeats"]) == ("DUPLICATE", INCIDENT)
    assert conditions(closed) == {"distance_m": (111, "<=", 500, True), "apart_ms": (7, "<=", 10 * MINUTE, True)}
    assert "deadline_ms" not in evidence(ending.one("REQUESTED", incident="again"))


def test_a_merged_report_names_the_incident_and_the_reporters_roles__eg_15_eg_33() -> None:
    story = (
        new_story().follow("two", "O").created("O").reported(9, incident="second", reporter_id="two", latitude=0.001)
    )
    ending = story.audited(20, "second").play_in_order()
    added, closed = ending.one("MEMBER_ADDED", "two"), ending.one("CLOSED", incident="second")
    shown = evidence(added)
    assert (shown["roles"], shown["permission"]) == (["EVENT_USER", "FOLLOWER"], "POST")
    assert (shown["merged_incident"], evidence(closed)["merged_into"]) == ("second", INCIDENT)
    assert shown["consents"] == [{"object": "O", "version": 2}]
    near = {"distance_m": (111, "<=", 500, True), "apart_ms": (9, "<=", 10 * MINUTE, True)}
    assert conditions(added) == conditions(closed) == {"same_incident_has_a_group": (True, "==", True, True)} | near


def test_an_answer_names_its_prompt_and_deadline__eg_28_eg_30_eg_31() -> None:
    story = (
        new_story()
        .located("near")
        .located("other")
        .created()
        .joined("near", at=TIMEOUT)
        .joined("other", accepted=False)
    )
    story.joined("near", at=TIMEOUT + 1, accepted=False).joined("other", at=TIMEOUT + 2)
    ending = story.play_in_order()
    created_id, deadline_ms = ending.one("CREATED").decision_id, START_MS + TIMEOUT
    added, left = ending.one("MEMBER_ADDED", "near"), evidence(ending.one("MEMBER_DECLINED", "near"))
    assert conditions(added) == {"answered_ms": (deadline_ms, "<=", deadline_ms, True)}
    assert evidence(added)["prompted"] == left["prompted"] == created_id
    assert (left["was"], left["deadline_ms"]) == ("MEMBER", deadline_ms)
    assert evidence(ending.one("MEMBER_DECLINED", "other"))["was"] == "PROMPTED"
    assert conditions(ending.one("MEMBER_ADDED", "other")) == {"group_open": (True, "==", True, True)}


def test_a_closing_names_its_reason_and_the_open_prompts__eg_42_eg_43() -> None:
    story = new_story().located("near").located("silent").created().joined("near").withdrawn(USER, 2_000)
    closed = story.play_in_order().one("CLOSED")
    shown = evidence(closed)
    assert (shown["reason"], shown["members"], shown["taken_back"]) == ("WITHDRAWN", 1, 1)
    assert conditions(closed) == {
        "event_users": (0, ">", 0, False),
        "organisations_and_followers": (0, ">", 0, False),
    }
    assert shown["summary"] == {"NEARBY_USER": {"prompted": 2, "joined": 1, "refused": 0, "silent": 1}}


def test_a_group_closed_at_the_end_of_its_life_names_the_deadline__eg_41() -> None:
    shown = evidence(new_story().created().play_in_order().one("CLOSED"))
    assert (shown["reason"], shown["deadline_ms"], shown["taken_back"]) == ("LIFE", START_MS + LIFE, 0)


def test_a_match_lists_who_is_prompted_on_which_consents_and_who_was_before__eg_9_eg_37_eg_40() -> None:
    story = new_story(match_prompt_at_most=1)
    for name in ("O", "P"):
        story.follow("F", name).informed(name, picture_of(H0))
    ending = story.located("F").created().asked(USER, picture_of(H0)).play_in_order()
    shown = evidence(ending.one("MATCHED"))
    assert (shown["object_count"], shown["left_out"], shown["threshold"]) == (2, 1, 0.84)
    assert shown["prompts"] == [
        {"account_id": "F", "roles": ["FOLLOWER"], "status": "PROMPTED"},
        {"account_id": "O", "roles": ["OBJECT"], "concerns": ["MATCHED"]},
    ]
    assert shown["deadline_ms"] == START_MS + 2_000 + TIMEOUT
    assert shown["consents"] == [{"follower": "F", "object": "O", "version": 2}]


@pytest.mark.parametrize(
    ("requester", "at", "reason"),
    [("near", 2_000, "NO_MEMBER"), ("F", 2_000, "ROLE"), (USER, LIFE + 1, "GROUP_NOT_OPEN"), (USER, 2_000, "NO_MATCH")],
)
def test_a_request_without_result_names_the_reason__eg_34_eg_39_eg_40(requester: str, at: int, reason: str) -> None:
    story = (
        new_story().follow("F", "O").located("near").created("O").joined("F").asked(requester, picture_of(H0), at=at)
    )
    decision = next(one for one in story.play_in_order().decisions if one.rule == "identification")
    assert evidence(decision)["reason"] == reason
    assert decision.reasons == ()


def test_a_request_over_the_limit_is_tagged__eg_40() -> None:
    story = new_story(identifications_per_member=1).created().asked(USER, picture_of(H0), at=10)
    decision = story.asked(USER, picture_of(H0), at=11, request="r2").play_in_order().one("FORBIDDEN_ROLE")
    assert (evidence(decision)["reason"], decision.reasons) == ("RATE_LIMIT", ("RATE_LIMIT",))
    assert conditions(decision)["asked_before"] == (1, "<", 1, False)


def test_no_evidence_contains_a_location_or_a_third_person__eg_26_c_14() -> None:
    story = everybody().located("passer-by", 1.0).follow("G", "P").informed("P", picture_of(H0))
    shown = "".join(one.evidence for one in story.joined("F").closed(DAY).play_in_order().decisions)
    assert not [
        name for name in ("passer-by", '"G"', '"P"', "latitude", "longitude", "0.001", "0.002") if name in shown
    ]

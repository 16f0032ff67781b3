"""What decisions about incidents say, so that somebody else can check them: EG's table of outputs, EG-9, C-13, C-17."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from schemas.records import PromptToJoin
from tests.support.incident_story import H0, INCIDENT, LIFE, TIMEOUT, USER, IncidentStory, event_rules, picture_of
from tests.support.story import DAY, MINUTE, START_MS, evidence

if TYPE_CHECKING:
    from schemas.records import Decision

AUDIT = 5 * MINUTE


def told(**rules: object) -> IncidentStory:
    return IncidentStory(event_rules(**rules))


def conditions(decision: Decision) -> dict[str, Any]:
    return {
        one["name"]: (one["actual"], one["operator"], one["expected"], one["result"])
        for one in evidence(decision)["conditions"]
    }


def everybody() -> IncidentStory:
    story = told().follow("F", "O").follow(USER, "O").organisation("org", radius=5_000)
    return story.located("near", 0.001).located("O", 0.002).located(USER, 0.003).created("O", "nobody's")


def test_creation_says_who_is_asked_in_which_roles_and_why__eg_17_to_23_c_13() -> None:
    ending = everybody().ended()
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


def test_creation_says_the_roles_of_the_event_user_and_until_when_all_lasts__eg_25_eg_27_eg_41() -> None:
    shown = evidence(everybody().ended().one("CREATED"))
    assert shown["roles"] == ["EVENT_USER", "FOLLOWER", "NEARBY_USER"]
    assert (shown["deadline_ms"], shown["closes_ms"]) == (START_MS + TIMEOUT, START_MS + LIFE)
    assert shown["consents"] == [
        {"follower": "F", "object": "O", "version": 2},
        {"follower": USER, "object": "O", "version": 2},
    ]


def test_who_nobody_watches_over_is_counted_and_not_named__eg_22() -> None:
    ending = told().created("stranger").ended()
    assert evidence(ending.one("REQUESTED"))["named"] == 1
    assert evidence(ending.one("CREATED"))["named_left_out"] == 1
    assert "stranger" not in repr(ending.outputs)


def test_of_a_crowd_it_is_said_how_many_were_left_out_and_nobody_of_them_named__eg_20_eg_e13() -> None:
    story = told(nearby_at_most=2)
    for number in range(5):
        story.located(f"near-{number}", 0.001 * (number + 1))
    shown = evidence(story.created().ended().one("CREATED"))
    assert (shown["found"]["NEARBY_USER"], shown["left_out"], shown["nearby_at_most"]) == (5, 3, 2)
    assert [one["account_id"] for one in shown["prompts"]] == ["near-0", "near-1"]


@pytest.mark.parametrize(("approved", "outcome"), [(True, "APPROVED"), (False, "REJECTED")])
def test_an_audit_says_who_decided_what_and_in_time__eg_11(approved: bool, outcome: str) -> None:  # noqa: FBT001
    ending = told().reported().audited(AUDIT, approved=approved).ended()
    decision = ending.one(outcome)
    shown = evidence(decision)
    assert (shown["kind"], shown["auditor"], shown["reason"]) == ("accident", "auditor", f"AUDIT_{outcome}")
    assert conditions(decision) == {"audited_ms": (START_MS + AUDIT, "<=", START_MS + AUDIT, True)}
    assert evidence(ending.one("REQUESTED"))["deadline_ms"] == START_MS + AUDIT


def test_silence_says_how_long_it_was_waited__eg_12() -> None:
    shown = evidence(told().reported().ended().one("REJECTED"))
    assert (shown["reason"], shown["deadline_ms"]) == ("AUDIT_SILENT", START_MS + AUDIT)


def test_what_needs_no_audit_has_no_deadline__eg_11() -> None:
    ending = told(audit_kinds_exempt=frozenset({"accident"})).reported().ended()
    assert "deadline_ms" not in evidence(ending.one("REQUESTED"))
    assert evidence(ending.one("APPROVED"))["reason"] == "AUDIT_EXEMPT"


def test_a_report_says_what_was_asked_of_its_reporters_past__eg_14() -> None:
    story = told(reports_per_day=1).reported(kind="fire", incident="first").reported(10)
    ending = story.ended()
    first, second = ending.one("REQUESTED", incident="first"), ending.one("REQUESTED", incident=INCIDENT)
    assert conditions(first) == {
        "rejections_in_30_d": (0, ">=", 3, False),
        "reports_in_24_h": (0, ">=", 1, False),
    }
    assert conditions(second)["reports_in_24_h"] == (1, ">=", 1, True)
    refused = ending.one("REJECTED", incident=INCIDENT)
    assert (evidence(refused)["reason"], conditions(refused)) == ("RATE_LIMIT", conditions(second))


def test_a_repeated_report_says_of_which_one_and_how_near__eg_15() -> None:
    ending = told().reported().reported(7, incident="again", latitude=0.001).ended()
    closed = ending.one("CLOSED", incident="again")
    assert (evidence(closed)["reason"], evidence(closed)["repeats"]) == ("DUPLICATE", INCIDENT)
    assert conditions(closed) == {"distance_m": (111, "<=", 500, True), "apart_ms": (7, "<=", 10 * MINUTE, True)}
    assert "deadline_ms" not in evidence(ending.one("REQUESTED", incident="again"))


def test_a_merged_report_says_with_which_one_and_as_what_its_reporter_joins__eg_15_eg_33() -> None:
    story = told().follow("two", "O").created("O").reported(9, incident="second", reporter_id="two", latitude=0.001)
    ending = story.audited(20, "second").ended()
    added, closed = ending.one("MEMBER_ADDED", "two"), ending.one("CLOSED", incident="second")
    shown = evidence(added)
    assert (shown["roles"], shown["permission"]) == (["EVENT_USER", "FOLLOWER"], "POST")
    assert (shown["merged_incident"], evidence(closed)["merged_into"]) == ("second", INCIDENT)
    assert shown["consents"] == [{"object": "O", "version": 2}]
    near = {"distance_m": (111, "<=", 500, True), "apart_ms": (9, "<=", 10 * MINUTE, True)}
    assert conditions(added) == conditions(closed) == {"same_incident_has_a_group": (True, "==", True, True)} | near


def test_an_answer_says_what_it_answers_and_by_when__eg_28_eg_30_eg_31() -> None:
    story = told().located("near").located("other").created().joined("near", at=TIMEOUT).joined("other", accepted=False)
    story.joined("near", at=TIMEOUT + 1, accepted=False).joined("other", at=TIMEOUT + 2)
    ending = story.ended()
    created_id, deadline_ms = ending.one("CREATED").decision_id, START_MS + TIMEOUT
    added, left = ending.one("MEMBER_ADDED", "near"), evidence(ending.one("MEMBER_DECLINED", "near"))
    assert conditions(added) == {"answered_ms": (deadline_ms, "<=", deadline_ms, True)}
    assert evidence(added)["prompted"] == left["prompted"] == created_id
    assert (left["was"], left["deadline_ms"]) == ("MEMBER", deadline_ms)
    assert evidence(ending.one("MEMBER_DECLINED", "other"))["was"] == "PROMPTED"
    assert conditions(ending.one("MEMBER_ADDED", "other")) == {"group_open": (True, "==", True, True)}


def test_the_end_says_why_and_what_was_still_open__eg_42_eg_43() -> None:
    story = told().located("near").located("silent").created().joined("near").withdrawn(USER, 2_000)
    closed = story.ended().one("CLOSED")
    shown = evidence(closed)
    assert (shown["reason"], shown["members"], shown["taken_back"]) == ("WITHDRAWN", 1, 1)
    assert conditions(closed) == {
        "event_users": (0, ">", 0, False),
        "organisations_and_followers": (0, ">", 0, False),
    }
    assert shown["summary"] == {"NEARBY_USER": {"prompted": 2, "joined": 1, "refused": 0, "silent": 1}}


def test_a_group_whose_time_is_over_says_when__eg_41() -> None:
    shown = evidence(told().created().ended().one("CLOSED"))
    assert (shown["reason"], shown["deadline_ms"], shown["taken_back"]) == ("LIFE", START_MS + LIFE, 0)


def test_a_match_says_who_is_asked_on_which_consents_and_who_knows_already__eg_9_eg_37_eg_40() -> None:
    story = told(match_prompt_at_most=1)
    for name in ("O", "P"):
        story.follow("F", name).informed(name, picture_of(H0))
    ending = story.located("F").created().asked(USER, picture_of(H0)).ended()
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
def test_a_request_that_gave_nothing_says_why__eg_34_eg_39_eg_40(requester: str, at: int, reason: str) -> None:
    story = told().follow("F", "O").located("near").created("O").joined("F").asked(requester, picture_of(H0), at=at)
    decision = next(one for one in story.ended().decisions if one.rule == "identification")
    assert evidence(decision)["reason"] == reason
    assert decision.reasons == ()


def test_a_request_too_many_says_so__eg_40() -> None:
    story = told(identifications_per_member=1).created().asked(USER, picture_of(H0), at=10)
    decision = story.asked(USER, picture_of(H0), at=11, request="r2").ended().one("FORBIDDEN_ROLE")
    assert (evidence(decision)["reason"], decision.reasons) == ("RATE_LIMIT", ("RATE_LIMIT",))
    assert conditions(decision)["asked_before"] == (1, "<", 1, False)


def test_no_evidence_has_a_place_or_a_third_person__eg_26_c_14() -> None:
    story = everybody().located("passer-by", 1.0).follow("G", "P").informed("P", picture_of(H0))
    shown = "".join(one.evidence for one in story.joined("F").closed(DAY).ended().decisions)
    assert not [
        name for name in ("passer-by", '"G"', '"P"', "latitude", "longitude", "0.001", "0.002") if name in shown
    ]

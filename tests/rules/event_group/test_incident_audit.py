"""Audit, creation, merging and duplicates of reports: EG-10 to EG-16, states, EG-E10, EG-E17, EG-E22 to EG-E24."""

from __future__ import annotations

import pytest

from schemas.malformed import Malformed, Reason
from schemas.records import (
    AddMember,
    CloseEventGroup,
    CreateEventGroup,
    IncidentReported,
    ManageMember,
    PolicyPublished,
    PromptToJoin,
    RequestReview,
)
from schemas.validation import validate
from tests.support.incident_story import INCIDENT, NEAR, USER, IncidentStory, event_group_policy
from tests.support.story import HOUR, MINUTE, START_MS, evidence

EMERGENCY = event_group_policy(emergency_kinds=frozenset({"fire"}))
EXEMPT = event_group_policy(audit_kinds_exempt=frozenset({"accident"}))
METRE = 0.017986 / 1_999.95


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


def fire(at: int = 0) -> IncidentStory:
    return IncidentStory(EMERGENCY).located("near").reported(at, kind="fire")


def test_a_report_is_requested_without_a_group__eg_10() -> None:
    ending = new_story().reported(description="a car").play_in_order()
    assert ending.steps()[0] == (0, "REQUESTED")
    assert (ending.one("REQUESTED").subject_id, ending.one("REQUESTED").group_id) == (USER, None)
    assert evidence(ending.one("REQUESTED"))["kind"] == "accident"
    assert ending.sent(CreateEventGroup) == []


def test_an_approved_report_gets_its_group_at_once__eg_16() -> None:
    ending = (
        new_story()
        .reported(description="a car", latitude=48.2, longitude=16.4)
        .audited(60_000)
        .closed(70_000)
        .play_in_order()
    )
    assert ending.steps() == [(0, "REQUESTED"), (60_000, "APPROVED"), (60_000, "CREATED"), (70_000, "CLOSED")]
    assert evidence(ending.one("APPROVED"))["auditor"] == "auditor"
    (group,) = ending.sent(CreateEventGroup)
    assert (group.latitude, group.longitude, group.kind, group.description) == (48.2, 16.4, "accident", "a car")
    assert [(one.account_id, one.roles, one.permission) for one in group.members] == [(USER, ("EVENT_USER",), "POST")]
    assert group.group_id == ending.one("CREATED").group_id


def test_a_group_has_the_id_of_the_worked_example__c_v4() -> None:
    story = new_story().reported(incident="inc-1").audited(1, "inc-1")
    assert story.play_in_order().sent(CreateEventGroup)[0].group_id == "c20ed5c86a8654816b03dc9be1249ccd"


def test_a_rejected_report_gets_no_group__eg_11() -> None:
    ending = new_story().reported().audited(60_000, approved=False).play_in_order()
    assert ending.steps() == [(0, "REQUESTED"), (60_000, "REJECTED")]
    assert ending.commands == []


def test_a_kind_that_needs_no_audit_gets_its_group_with_its_report__eg_11() -> None:
    ending = IncidentStory(EXEMPT).located("near").reported().closed(10).play_in_order()
    assert ending.outcomes_of() == ["REQUESTED", "APPROVED", "CREATED", "CLOSED"]
    assert set(ending.prompted) == {"near"}


def test_an_emergency_gets_its_group_before_the_audit__eg_13() -> None:
    ending = fire().audited(60_000).closed(70_000).play_in_order()
    assert ending.steps()[:3] == [(0, "REQUESTED"), (0, "CREATED"), (60_000, "APPROVED")]
    assert set(ending.prompted) == {"near"}


def test_an_emergency_that_is_rejected_afterwards_is_closed__eg_13() -> None:
    ending = fire().audited(60_000, approved=False).play_in_order()
    assert ending.steps()[2:] == [(60_000, "CLOSED")]
    assert ending.one("CLOSED").reasons == ("AUDIT_REJECTED",)
    assert len(ending.sent(CloseEventGroup)) == 1


def test_an_unaudited_emergency_stays_open_and_is_reviewed__eg_13_eg_e17_c_22() -> None:
    ending = fire().play_in_order()
    assert (300_000, "APPROVED") in ending.steps()
    assert ending.one("APPROVED").reasons == ("AUDIT_SILENT",)
    assert [one.subject_id for one in ending.sent(RequestReview)] == [USER]
    assert ending.one("CLOSED").reasons == ("LIFE",)


def test_the_event_user_may_withdraw_the_report_before_the_group__eg_e2() -> None:
    ending = new_story().reported().withdrawn(USER, 10).audited(20).play_in_order()
    assert ending.steps() == [(0, "REQUESTED"), (10, "CLOSED")]
    assert ending.one("CLOSED").reasons == ("WITHDRAWN",)
    assert ending.counts["event-group.audit-without-effect"] == 1
    assert ending.commands == []


def test_nobody_else_may_withdraw_the_report() -> None:
    ending = new_story().reported().withdrawn("other", 10).audited(20).closed(30).play_in_order()
    assert ending.outcomes_of() == ["REQUESTED", "APPROVED", "CREATED", "CLOSED"]
    assert ending.counts["event-group.withdrawal-without-effect"] == 1


def test_a_report_that_is_closed_gets_no_group() -> None:
    ending = new_story().reported().closed(10).play_in_order()
    assert ending.steps() == [(0, "REQUESTED"), (10, "CLOSED")]
    assert ending.commands == []


@pytest.mark.parametrize("approved", [True, False])
def test_a_rejected_or_closed_incident_stays_so(*, approved: bool) -> None:
    rejected = new_story().reported().audited(10, approved=False).withdrawn(USER, 20).closed(30).play_in_order()
    assert rejected.outcomes_of() == ["REQUESTED", "REJECTED"]
    assert rejected.counts["event-group.withdrawal-without-effect"] == rejected.counts["event-group.closed-before"] == 1
    closed = new_story().reported().closed(10).audited(20, approved=approved).play_in_order()
    assert closed.outcomes_of() == ["REQUESTED", "CLOSED"]
    assert closed.counts["event-group.audit-without-effect"] == 1


@pytest.mark.parametrize(("first", "outcome"), [(True, "CREATED"), (False, "REJECTED")])
def test_of_two_audits_the_earlier_counts__eg_e23(*, first: bool, outcome: str) -> None:
    ending = new_story().reported().audited(10, approved=first).audited(20, approved=not first).play_in_order()
    assert outcome in ending.outcomes_of()
    assert ending.counts["incident-desk.audited-before"] == 1


def test_a_repeated_report_audit_or_answer_counts_once__eg_e24() -> None:
    story = new_story().located("near").created().joined("near")
    story.events = [event for event in story.events for _ in range(2)]
    assert story.play_as_listed().outcomes_of() == ["REQUESTED", "APPROVED", "CREATED", "MEMBER_ADDED", "CLOSED"]


@pytest.mark.parametrize(
    "place", [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.5), (0.0, -181.0), (float("nan"), 0.0), (0.0, float("inf"))]
)
def test_a_location_out_of_range_is_malformed__eg_e22(place: tuple[float, float]) -> None:
    report = IncidentReported(
        event_id="e",
        at_ms=1,
        incident_id="i",
        reporter_id="r",
        latitude=place[0],
        longitude=place[1],
        kind="k",
        object_ids=(),
    )
    with pytest.raises(Malformed) as caught:
        validate(report)
    assert caught.value.reason is Reason.OUT_OF_RANGE


def test_a_reporters_second_report_while_the_first_is_under_audit_or_open_is_a_duplicate__eg_15() -> None:
    for open_already in (False, True):
        story = new_story().reported()
        if open_already:
            story.audited(10)
        ending = story.reported(MINUTE, "again", latitude=NEAR).play_in_order()
        assert ending.outcomes_of("again") == ["REQUESTED", "CLOSED"]
        assert ending.one("CLOSED", incident="again").reasons == ("DUPLICATE",)


def test_a_reporters_second_report_after_the_group_closed_is_no_duplicate__eg_15() -> None:
    ending = new_story().created().closed(10).reported(MINUTE, "again").audited(MINUTE + 1, "again").play_in_order()
    assert "CREATED" in ending.outcomes_of("again")


def test_another_kind_is_another_incident__eg_15() -> None:
    ending = new_story().created().reported(10, "fire", kind="fire").audited(20, "fire").play_in_order()
    assert "CREATED" in ending.outcomes_of("fire")


def second(**rules: object) -> IncidentStory:
    return new_story(**rules).created().reported(MINUTE, "inc-2", reporter_id="second").audited(2 * MINUTE, "inc-2")


def test_another_reporter_of_the_same_incident_joins_the_group__eg_e10() -> None:
    ending = second().joined("second", at=3 * MINUTE, accepted=False).play_in_order()
    added = ending.one("MEMBER_ADDED")
    assert (added.incident_id, added.subject_id, added.other_id) == (INCIDENT, USER, "second")
    assert added.reasons == ("MERGED",)
    assert evidence(ending.one("CLOSED", incident="inc-2"))["merged_into"] == INCIDENT
    assert ending.one("MEMBER_DECLINED").other_id == "second"


@pytest.mark.parametrize("withdrawn", [False, True], ids=["refused", "withdrawn"])
@pytest.mark.parametrize(("at", "added"), [(30_000, True), (90_000, False)], ids=["before", "after the report"])
def test_a_reporter_who_has_refused_since_the_report_is_not_added__eg_15(
    at: int, *, withdrawn: bool, added: bool
) -> None:
    story = new_story().located("second").created()
    story = story.withdrawn("second", at) if withdrawn else story.joined("second", at=at, accepted=False)
    story.reported(MINUTE, "inc-2", reporter_id="second").audited(2 * MINUTE, "inc-2")
    ending = story.play_in_order()
    assert [one.account_id for one in ending.sent(AddMember)] == ["second"] * added
    assert ending.one("CLOSED", incident="inc-2").reasons == ("MERGED",)
    again = story.joined("second", at=3 * MINUTE).play_in_order()
    assert again.sent(AddMember)[-1].roles == ("EVENT_USER", "NEARBY_USER")


@pytest.mark.parametrize(
    ("at", "left"), [(MINUTE - 1, []), (MINUTE, ["second"]), (2 * MINUTE - 1, ["second"]), (3 * MINUTE, [])]
)
def test_a_withdrawal_from_before_the_merge_that_comes_late_counts__c_4_eg_43(at: int, left: list[str]) -> None:
    ending = second().located("x", at=HOUR).withdrawn("second", at, "inc-2").play_as_listed()
    assert [one.account_id for one in ending.sent(ManageMember)] == left


def test_a_late_withdrawal_of_a_repeated_report_leaves_the_first__c_4_eg_15() -> None:
    story = new_story().reported().reported(10, "again").audited(MINUTE).located("x", at=HOUR)
    assert not story.withdrawn(USER, 20, "again").play_as_listed().sent(ManageMember)


@pytest.mark.parametrize(
    ("at", "approved", "left"),
    [(2 * MINUTE, False, ["second"]), (2 * MINUTE, True, []), (6 * MINUTE, False, ["second"]), (7 * MINUTE, False, [])],
    ids=["rejected", "approved", "at the deadline", "after it"],
)
def test_a_reporter_whose_merged_emergency_is_rejected_leaves__eg_13_eg_15(
    at: int, left: list[str], *, approved: bool
) -> None:
    story = fire().audited(10).reported(MINUTE, "inc-2", kind="fire", reporter_id="second")
    ending = story.audited(at, "inc-2", approved=approved).joined("second", at=HOUR - 1).play_in_order()
    assert [one.account_id for one in ending.sent(AddMember)] == ["second"]
    assert [one.account_id for one in ending.sent(ManageMember)] == left
    declined = [one.reasons for one in ending.decisions if one.outcome == "MEMBER_DECLINED"]
    assert declined == [("AUDIT_REJECTED",)] * len(left)


@pytest.mark.parametrize(
    ("other", "left", "closed"),
    [
        ("approved", [USER], (HOUR, ())),
        ("rejected", [USER, "second"], (4 * MINUTE, ("WITHDRAWN",))),
        ("left", ["second"], (3 * MINUTE, ("AUDIT_REJECTED",))),
    ],
)
def test_a_rejected_emergency_leaves_its_group_to_others__eg_13(other: str, left: list[str], closed: object) -> None:
    story = fire().reported(MINUTE, "inc-2", kind="fire", reporter_id="second")
    story = story.withdrawn("second", 2 * MINUTE) if other == "left" else story
    story = story.audited(3 * MINUTE, approved=False).audited(4 * MINUTE, "inc-2", approved=other == "approved")
    ending = story.closed(HOUR).play_in_order()
    assert [one.account_id for one in ending.sent(ManageMember)] == left
    assert (ending.steps()[-1][0], ending.one("CLOSED", incident=INCIDENT).reasons) == closed


def test_without_merging_everybody_gets_a_group__eg_15() -> None:
    ending = second(merge=False).play_in_order()
    assert "CREATED" in ending.outcomes_of("inc-2")
    assert ending.sent(AddMember) == []


def test_the_same_incident_gets_its_own_group_once_the_first_is_closed__eg_15() -> None:
    story = new_story().created().reported(MINUTE, "inc-2", reporter_id="second").withdrawn(USER, MINUTE + 1)
    ending = story.audited(2 * MINUTE, "inc-2").play_in_order()
    assert "CREATED" in ending.outcomes_of("inc-2")
    assert ending.outcomes_of()[-1] == "CLOSED"


def test_of_several_open_groups_the_first_created_is_merged_into__eg_15() -> None:
    story = (
        new_story(same_incident_m=500)
        .created()
        .reported(1, "east", reporter_id="b", longitude=800 * METRE)
        .audited(2, "east")
    )
    story.reported(3, "middle", reporter_id="c", longitude=400 * METRE).audited(4, "middle")
    ending = story.play_in_order()
    assert evidence(ending.one("CLOSED", incident="middle"))["merged_into"] == INCIDENT


def test_an_incident_ends_under_the_policy_it_began_with__c_19() -> None:
    document = "version: v2\nevent_group: {audit_timeout_ms: 1s, prompt_timeout_ms: 1s, enabled: false}\n"
    story = new_story().located("near").reported().published(10, document)
    ending = story.audited(200_000).play_in_order()
    assert ending.sent(PromptToJoin)[0].deadline_ms == START_MS + 200_000 + 30 * MINUTE
    assert {one.policy_version for one in ending.decisions} == {"default"}
    assert any(isinstance(event, PolicyPublished) for event in story.events)


def test_a_disabled_section_decides_nothing_but_keeps_state__c_28() -> None:
    off = "version: off\nevent_group: {enabled: false}\n"
    on = "version: on\nevent_group: {enabled: true}\n"
    story = (
        new_story()
        .published(-500_000, off, "off")
        .follow("F", "O")
        .located("near")
        .reported(0, "quiet")
        .audited(1, "quiet")
    )
    ending = story.published(10, on, "on").created("O", at=20).play_in_order()
    assert ending.outcomes_of("quiet") == []
    assert set(ending.prompted) == {"O", "F", "near"}

"""Which report gets a group: EG-10 to EG-16, the table of states, EG-E10, EG-E17, EG-E18, EG-E22 to EG-E24."""

from __future__ import annotations

import pytest

from schemas.malformed import Malformed, Reason
from schemas.records import (
    AddMember,
    CloseEventGroup,
    CreateEventGroup,
    IncidentReported,
    PolicyPublished,
    PromptToJoin,
    RequestReview,
)
from schemas.validation import validate
from tests.support.incident_story import INCIDENT, NEAR, USER, IncidentStory, event_rules
from tests.support.story import DAY, HOUR, MINUTE, START_MS, evidence

EMERGENCY = event_rules(emergency_kinds=frozenset({"fire"}))
EXEMPT = event_rules(audit_kinds_exempt=frozenset({"accident"}))
METRE = 0.017986 / 1_999.95


def told(**rules: object) -> IncidentStory:
    return IncidentStory(event_rules(**rules))


def fire(at: int = 0) -> IncidentStory:
    return IncidentStory(EMERGENCY).located("near").reported(at, kind="fire")


def test_a_report_asks_for_a_group_and_has_none_yet__eg_10() -> None:
    ending = told().reported(description="a car").ended()
    assert ending.steps()[0] == (0, "REQUESTED")
    assert (ending.one("REQUESTED").subject_id, ending.one("REQUESTED").group_id) == (USER, None)
    assert evidence(ending.one("REQUESTED"))["kind"] == "accident"
    assert ending.sent(CreateEventGroup) == []


def test_an_approved_report_gets_its_group_at_once__eg_16() -> None:
    ending = told().reported(description="a car", latitude=48.2, longitude=16.4).audited(60_000).closed(70_000).ended()
    assert ending.steps() == [(0, "REQUESTED"), (60_000, "APPROVED"), (60_000, "CREATED"), (70_000, "CLOSED")]
    assert evidence(ending.one("APPROVED"))["auditor"] == "auditor"
    (group,) = ending.sent(CreateEventGroup)
    assert (group.latitude, group.longitude, group.kind, group.description) == (48.2, 16.4, "accident", "a car")
    assert [(one.account_id, one.roles, one.permission) for one in group.members] == [(USER, ("EVENT_USER",), "POST")]
    assert group.group_id == ending.one("CREATED").group_id


def test_a_groups_id_is_that_of_the_worked_example__c_v4() -> None:
    story = told().reported(incident="inc-1").audited(1, "inc-1")
    assert story.ended().sent(CreateEventGroup)[0].group_id == "c20ed5c86a8654816b03dc9be1249ccd"


def test_a_rejected_report_gets_no_group__eg_11() -> None:
    ending = told().reported().audited(60_000, approved=False).ended()
    assert ending.steps() == [(0, "REQUESTED"), (60_000, "REJECTED")]
    assert ending.commands == []


def test_a_kind_that_needs_no_audit_gets_its_group_with_its_report__eg_11() -> None:
    ending = IncidentStory(EXEMPT).located("near").reported().closed(10).ended()
    assert ending.outcomes_of() == ["REQUESTED", "APPROVED", "CREATED", "CLOSED"]
    assert set(ending.prompted) == {"near"}


def test_an_emergency_gets_its_group_before_the_audit__eg_13() -> None:
    ending = fire().audited(60_000).closed(70_000).ended()
    assert ending.steps()[:3] == [(0, "REQUESTED"), (0, "CREATED"), (60_000, "APPROVED")]
    assert set(ending.prompted) == {"near"}


def test_an_emergency_that_is_rejected_afterwards_is_closed__eg_13() -> None:
    ending = fire().audited(60_000, approved=False).ended()
    assert ending.steps()[2:] == [(60_000, "CLOSED")]
    assert ending.one("CLOSED").reasons == ("AUDIT_REJECTED",)
    assert len(ending.sent(CloseEventGroup)) == 1


def test_an_emergency_that_nobody_audits_stays_and_people_look__eg_13_eg_e17_c_22() -> None:
    ending = fire().ended()
    assert (300_000, "APPROVED") in ending.steps()
    assert ending.one("APPROVED").reasons == ("AUDIT_SILENT",)
    assert [one.subject_id for one in ending.sent(RequestReview)] == [USER]
    assert ending.one("CLOSED").reasons == ("LIFE",)


def test_before_the_group_the_event_user_may_take_the_report_back__eg_e2() -> None:
    ending = told().reported().withdrawn(USER, 10).audited(20).ended()
    assert ending.steps() == [(0, "REQUESTED"), (10, "CLOSED")]
    assert ending.one("CLOSED").reasons == ("WITHDRAWN",)
    assert ending.counts["event-group.audit-without-effect"] == 1
    assert ending.commands == []


def test_before_the_group_nobody_else_may_take_the_report_back() -> None:
    ending = told().reported().withdrawn("other", 10).audited(20).closed(30).ended()
    assert ending.outcomes_of() == ["REQUESTED", "APPROVED", "CREATED", "CLOSED"]
    assert ending.counts["event-group.withdrawal-without-effect"] == 1


def test_a_report_that_is_closed_gets_no_group() -> None:
    ending = told().reported().closed(10).ended()
    assert ending.steps() == [(0, "REQUESTED"), (10, "CLOSED")]
    assert ending.commands == []


@pytest.mark.parametrize("approved", [True, False])
def test_nothing_revives_what_was_rejected_or_closed(*, approved: bool) -> None:
    rejected = told().reported().audited(10, approved=False).withdrawn(USER, 20).closed(30).ended()
    assert rejected.outcomes_of() == ["REQUESTED", "REJECTED"]
    assert rejected.counts["event-group.withdrawal-without-effect"] == rejected.counts["event-group.closed-before"] == 1
    closed = told().reported().closed(10).audited(20, approved=approved).ended()
    assert closed.outcomes_of() == ["REQUESTED", "CLOSED"]
    assert closed.counts["event-group.audit-without-effect"] == 1


@pytest.mark.parametrize(("first", "outcome"), [(True, "CREATED"), (False, "REJECTED")])
def test_of_two_audits_the_earlier_counts__eg_e23(*, first: bool, outcome: str) -> None:
    ending = told().reported().audited(10, approved=first).audited(20, approved=not first).ended()
    assert outcome in ending.outcomes_of()
    assert ending.counts["incident-desk.audited-before"] == 1


def test_the_same_report_audit_or_answer_twice_counts_once__eg_e24() -> None:
    story = told().located("near").created().joined("near")
    story.events = [event for event in story.events for _ in range(2)]
    assert story.ended_as_told().outcomes_of() == ["REQUESTED", "APPROVED", "CREATED", "MEMBER_ADDED", "CLOSED"]


@pytest.mark.parametrize(
    "place", [(90.1, 0.0), (-91.0, 0.0), (0.0, 180.5), (0.0, -181.0), (float("nan"), 0.0), (0.0, float("inf"))]
)
def test_a_place_that_is_none_is_out_of_range__eg_e22(place: tuple[float, float]) -> None:
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


def reports(*times: int, **fields: object) -> IncidentStory:
    story = told()
    for number, at in enumerate(times):
        story.reported(at, f"i{number}", latitude=float(number), **fields)
    return story


@pytest.mark.parametrize(("last", "refused"), [(DAY - 1, True), (DAY, False), (DAY + 1, False)])
def test_a_reporter_has_three_reports_a_day__eg_14(last: int, *, refused: bool) -> None:
    ending = reports(0, 1, 2, last).ended()
    (decision,) = [one for one in ending.decisions if one.incident_id == "i3" and one.outcome == "REJECTED"]
    assert decision.reasons == (("RATE_LIMIT",) if refused else ("AUDIT_SILENT",))


@pytest.mark.parametrize(("late", "refused"), [(-DAY, False), (1 - DAY, True), (1, True)])
def test_a_late_report_is_counted_with_those_of_its_own_day__eg_14_c_4(late: int, *, refused: bool) -> None:
    story = reports(0, 0, 0).located("far", 50.0, at=HOUR).reported(late, "late", latitude=9.0)
    (decision,) = [
        one for one in story.ended_as_told().decisions if one.outcome == "REJECTED" and one.incident_id == "late"
    ]
    assert ("RATE_LIMIT" in decision.reasons) == refused


def test_a_refused_report_is_none_of_the_three__eg_14() -> None:
    ending = reports(0, 1, 2, HOUR, DAY).audited(DAY + 1, "i4").ended()
    assert "CREATED" in ending.outcomes_of("i4")


def test_the_limit_is_each_reporters_own_and_holds_for_emergencies__eg_14() -> None:
    story = IncidentStory(EMERGENCY)
    for number in range(4):
        story.reported(number, f"i{number}", kind="fire", latitude=float(number))
    story.reported(5, "other", kind="fire", reporter_id="other", latitude=9.0)
    ending = story.ended()
    assert ending.outcomes_of("i3") == ["REQUESTED", "REJECTED"]
    assert "CREATED" in ending.outcomes_of("other")


def rejected(times: int, last: int) -> IncidentStory:
    story = told(reports_per_day=100)
    for number in range(times):
        story.reported(number * 10, f"i{number}", latitude=float(number)).audited(
            number * 10 + 1, f"i{number}", approved=False
        )
    return story.reported(last, "last", latitude=50.0).audited(last + 1, "last")


@pytest.mark.parametrize(
    ("times", "last", "blocked"),
    [(2, HOUR, False), (3, HOUR, True), (3, 30 * DAY, True), (3, 30 * DAY + 1, True), (3, 30 * DAY + 2, False)],
)
def test_a_reporter_whom_auditors_rejected_three_times_is_blocked__eg_14_eg_e18(
    times: int, last: int, *, blocked: bool
) -> None:
    ending = rejected(times, last).ended()
    if blocked:
        assert ending.one("REJECTED", incident="last").reasons == ("REPORTER_BLOCKED",)
        assert [one.subject_id for one in ending.sent(RequestReview)] == [USER]
    else:
        assert "CREATED" in ending.outcomes_of("last")
        assert ending.sent(RequestReview) == []


def test_an_own_report_repeated_while_under_audit_or_open_is_a_duplicate__eg_15() -> None:
    for open_already in (False, True):
        story = told().reported()
        if open_already:
            story.audited(10)
        ending = story.reported(MINUTE, "again", latitude=NEAR).ended()
        assert ending.outcomes_of("again") == ["REQUESTED", "CLOSED"]
        assert ending.one("CLOSED", incident="again").reasons == ("DUPLICATE",)


def test_an_own_report_after_the_group_has_closed_is_no_duplicate__eg_15() -> None:
    ending = told().created().closed(10).reported(MINUTE, "again").audited(MINUTE + 1, "again").ended()
    assert "CREATED" in ending.outcomes_of("again")


def test_another_kind_is_another_incident__eg_15() -> None:
    ending = told().created().reported(10, "fire", kind="fire").audited(20, "fire").ended()
    assert "CREATED" in ending.outcomes_of("fire")


def second(**rules: object) -> IncidentStory:
    return told(**rules).created().reported(MINUTE, "inc-2", reporter_id="second").audited(2 * MINUTE, "inc-2")


def test_another_reporter_of_the_same_joins_the_group__eg_e10() -> None:
    ending = second().joined("second", at=3 * MINUTE, accepted=False).ended()
    added = ending.one("MEMBER_ADDED")
    assert (added.incident_id, added.subject_id, added.other_id, added.reasons) == (
        INCIDENT,
        USER,
        "second",
        ("MERGED",),
    )
    assert evidence(ending.one("CLOSED", incident="inc-2"))["merged_into"] == INCIDENT
    assert ending.one("MEMBER_DECLINED").other_id == "second"


def test_without_merging_everybody_gets_a_group__eg_15() -> None:
    ending = second(merge=False).ended()
    assert "CREATED" in ending.outcomes_of("inc-2")
    assert ending.sent(AddMember) == []


def test_the_same_incident_gets_its_own_group_once_the_first_is_closed__eg_15() -> None:
    story = told().created().reported(MINUTE, "inc-2", reporter_id="second").withdrawn(USER, MINUTE + 1)
    ending = story.audited(2 * MINUTE, "inc-2").ended()
    assert "CREATED" in ending.outcomes_of("inc-2")
    assert ending.outcomes_of()[-1] == "CLOSED"


def test_the_reporters_own_further_group_is_in_order_of_creation__eg_15() -> None:
    story = (
        told(same_incident_m=500)
        .created()
        .reported(1, "east", reporter_id="b", longitude=800 * METRE)
        .audited(2, "east")
    )
    story.reported(3, "middle", reporter_id="c", longitude=400 * METRE).audited(4, "middle")
    ending = story.ended()
    assert evidence(ending.one("CLOSED", incident="middle"))["merged_into"] == INCIDENT


def test_an_incident_ends_under_the_policy_it_began_with__c_19() -> None:
    document = "version: v2\nevent_group: {audit_timeout_ms: 1s, prompt_timeout_ms: 1s, enabled: false}\n"
    story = told().located("near").reported().published(10, document)
    ending = story.audited(200_000).ended()
    assert ending.sent(PromptToJoin)[0].deadline_ms == START_MS + 200_000 + 30 * MINUTE
    assert {one.policy_version for one in ending.decisions} == {"default"}
    assert any(isinstance(event, PolicyPublished) for event in story.events)


def test_switched_off_nothing_is_decided_and_the_memory_is_kept__c_28() -> None:
    off = "version: off\nevent_group: {enabled: false}\n"
    on = "version: on\nevent_group: {enabled: true}\n"
    story = (
        told().published(-500_000, off, "off").follow("F", "O").located("near").reported(0, "quiet").audited(1, "quiet")
    )
    ending = story.published(10, on, "on").created("O", at=20).ended()
    assert ending.outcomes_of("quiet") == []
    assert set(ending.prompted) == {"O", "F", "near"}

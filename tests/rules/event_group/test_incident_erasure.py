"""Erasure of accounts from incidents (C-18, EG-E21, EG-E25), and late events (C-4)."""

from __future__ import annotations

import pytest

from schemas.records import AddMember, CancelPrompt, LocationUpdated, PromptToJoin
from tests.support.incident_story import H0, INCIDENT, USER, IncidentStory, event_group_policy, picture_of
from tests.support.story import HOUR, MINUTE, START_MS, evidence


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


def everybody() -> IncidentStory:
    story = new_story().follow("fiona", "olga").follow("gus", "olga").located("nina").organisation("oscar")
    return story.located("olga").informed("olga", picture_of(H0)).created("olga")


@pytest.mark.parametrize("who", ["olga", "fiona", "gus", "nina", "oscar", USER])
def test_no_later_output_names_an_erased_account__c_18(who: str) -> None:
    asker = "nina" if who == USER else USER
    story = everybody().joined("fiona", "nina").erased(who, 5_000).asked(asker, picture_of(H0), at=6_000)
    late = [record for _, _, record in story.play_in_order().outputs if _at(record) > START_MS + 5_000]
    assert not [record for record in late if f"'{who}'" in repr(record) or f'"{who}"' in repr(record)]


@pytest.mark.parametrize("who", ["olga", "fiona", "gus", "nina", "oscar", USER])
def test_no_state_entry_of_incidents_names_an_erased_account__c_18(who: str) -> None:
    story = everybody().joined("fiona", "nina").erased(who, 5_000).located("later", 80.0, at=HOUR)
    story.events.sort(key=_at)
    assert not [row for row, value in story.stored_rows() if who.encode() in row + value]


def _at(record: object) -> int:
    return getattr(record, "at_ms", 0)


def test_an_erased_object_disappears_and_the_group_goes_on__eg_e21() -> None:
    story = everybody().erased("olga", 5_000).joined("fiona", at=6_000).asked(USER, picture_of(H0), at=7_000)
    ending = story.closed(HOUR).play_in_order()
    assert [one.account_id for one in ending.sent(AddMember)] == ["fiona"]
    assert ending.one("NOT_FOUND")
    assert "olga" not in [one.account_id for one in ending.sent(CancelPrompt)]
    assert "olga" not in [one.other_id for one in ending.decisions]


def test_an_erased_event_user_is_anonymous__eg_e25() -> None:
    ending = everybody().joined("fiona").erased(USER, 5_000).joined("gus", at=6_000).play_in_order()
    added = ending.one("MEMBER_ADDED", "gus")
    assert added.subject_id == ""
    assert ending.one("CLOSED").reasons == ("LIFE",)


def test_the_group_of_an_erased_event_user_closes_without_follower_or_organisation__eg_e25() -> None:
    ending = everybody().joined("nina").erased(USER, 5_000).play_in_order()
    closed = ending.one("CLOSED")
    assert (closed.at_ms - START_MS, closed.reasons, closed.subject_id) == (5_000, ("WITHDRAWN",), "")


def test_a_report_whose_reporter_is_erased_before_the_audit_gets_no_group__eg_e25() -> None:
    ending = new_story().located("nina").reported().erased(USER, 10).audited(20).play_in_order()
    assert ending.steps() == [(0, "REQUESTED"), (10, "CLOSED")]
    assert ending.commands == []


def test_events_after_an_erasure_belong_to_a_new_account__c_18() -> None:
    story = everybody().erased("nina", 1_000).erased(USER, 1_000).located("nina", at=2_000)
    story.reported(400_000, "new", latitude=0.0, kind="fire").audited(400_001, "new")
    prompts = story.play_in_order().sent(PromptToJoin)
    assert [one.incident_id for one in prompts if one.account_id == "nina"] == [INCIDENT, "new"]


@pytest.mark.parametrize("late", ["location", "report", "follow", "organisation"])
def test_older_events_about_an_erased_account_change_nothing__c_18(late: str) -> None:
    story = new_story().erased("nina", 10_000).located("later", 80.0, at=20_000)
    if late == "location":
        story.event(LocationUpdated, 5_000, account_id="nina", latitude=0.0, longitude=0.0)
    elif late == "report":
        story.reported(5_000, "old", reporter_id="nina")
    elif late == "follow":
        story.follow("nina", "olga", at=5_000)
    else:
        story.organisation("nina", at=5_000)
    ending = story.created("olga", at=30_000).play_as_listed()
    assert "nina" not in repr(ending.outputs)


def test_a_late_report_is_handled_and_tagged_late__c_4() -> None:
    story = (
        new_story()
        .located("nina")
        .located("x", 80.0, at=MINUTE)
        .reported(at=1_000)
        .audited(2_000)
        .located("y", 80.0, at=HOUR)
    )
    ending = story.play_as_listed()
    assert [(one.outcome, one.reasons) for one in ending.decisions[:3]] == [
        ("REQUESTED", ("LATE",)),
        ("APPROVED", ("LATE",)),
        ("CREATED", ("LATE",)),
    ]
    assert set(ending.prompted) == {"nina"}


def test_a_late_audit_after_its_deadline_changes_nothing__c_4() -> None:
    story = new_story().reported().located("x", 80.0, at=HOUR).audited(10)
    assert story.play_as_listed().outcomes_of() == ["REQUESTED", "REJECTED"]


@pytest.mark.parametrize(("at", "ends"), [(5 * MINUTE, "CREATED"), (5 * MINUTE + 1, "REJECTED")])
def test_a_late_audit_of_a_late_report_keeps_its_deadline__eg_12_c_4(at: int, ends: str) -> None:
    ending = new_story().located("x", 80.0, at=HOUR).reported().audited(at).closed(2 * HOUR).play_as_listed()
    assert [one for one in ending.outcomes_of() if one in {"CREATED", "REJECTED"}] == [ends]


@pytest.mark.parametrize(("erased", "named"), [(9_000, True), (11_000, False)])
def test_a_late_audit_counts_without_the_name_of_an_erased_auditor__c_18(erased: int, *, named: bool) -> None:
    story = new_story().reported().erased("auditor", erased).located("x", 80.0, at=MINUTE).audited(10_000)
    assert ("auditor" in evidence(story.play_as_listed().one("APPROVED"))) is named


def test_a_late_erasure_is_applied__c_4() -> None:
    story = everybody().located("x", 80.0, at=10_000).erased("gus", 5_000).joined("gus", at=11_000)
    ending = story.play_as_listed()
    assert "MEMBER_ADDED" not in ending.outcomes


@pytest.mark.parametrize(("named", "erased", "cancelled"), [(-5_000, -2_000, []), (100_000, 50_000, ["olga"])])
def test_a_late_erasure_is_compared_with_the_merged_report_that_names_the_account__eg_15_c_18(
    named: int, erased: int, cancelled: list[str]
) -> None:
    story = new_story().follow("fiona", "olga", at=named - 1_000).created().audited(110_000, "inc-2")
    story.reported(named, "inc-2", reporter_id="second", object_ids=("olga",)).events.sort(key=_at)
    ending = story.located("x", 80.0, at=3 * MINUTE).erased("olga", erased).closed(4 * MINUTE).play_as_listed()
    assert "olga" in ending.prompted
    assert [one.account_id for one in ending.sent(CancelPrompt) if one.account_id == "olga"] == cancelled


def test_an_erasure_leaves_no_name_that_a_merged_report_gave__eg_15_c_18() -> None:
    story = new_story().created().reported(1_000, "inc-2", reporter_id="second", object_ids=("olga",))
    story.audited(2_000, "inc-2").erased("olga", 3_000).located("later", 80.0, at=HOUR)
    assert not [row for row, value in story.stored_rows() if b"olga" in row + value]


@pytest.mark.parametrize(("erased", "cancelled"), [(-10_000, ["fiona"]), (1, [])], ids=["before", "after the group"])
def test_a_revocation_after_a_late_erasure_of_the_object_reaches_the_group__eg_32_c_18(
    erased: int, cancelled: list[str]
) -> None:
    story = new_story().follow("fiona", "olga").created("olga").located("x", 80.0, at=MINUTE).erased("olga", erased)
    ending = story.revoked("fiona", "olga", at=2 * MINUTE).play_as_listed()
    assert [one.account_id for one in ending.sent(CancelPrompt)] == cancelled


def test_a_repeated_erasure_ends_no_prompt_of_a_new_account__c_12_c_18() -> None:
    story = new_story().erased("fiona", -20_000).follow("fiona", "olga").created("olga")
    story.located("x", 80.0, at=MINUTE).erased("fiona", -20_000).joined("fiona", at=2 * MINUTE)
    assert [one.account_id for one in story.play_as_listed().sent(AddMember)] == ["fiona"]


def test_an_account_with_an_erased_ones_name_gets_a_prompt_of_its_own__c_11() -> None:
    story = everybody().erased("fiona", 5_000).follow("fiona", "olga", at=16_000)
    ending = story.revoked("fiona", "olga", at=30_000).play_in_order()
    asked = [each for each in ending.sent(PromptToJoin) if each.account_id == "fiona"]
    assert [each.decision_id for each in asked] == [ending.one("CREATED").decision_id] * 2
    assert len({each.command_id for each in asked}) == 2
    (cancelled,) = ending.sent(CancelPrompt)
    assert cancelled.account_id == "fiona"

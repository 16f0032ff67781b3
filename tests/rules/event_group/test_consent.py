"""Joining, refusing, leaving and closing: EG-27 to EG-32, EG-41 to EG-43, EG-E1 to EG-E5, EG-E20."""

from __future__ import annotations

from itertools import pairwise

import pytest

from schemas.records import AddMember, CancelPrompt, CloseEventGroup, CreateEventGroup, ManageMember, PromptToJoin
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
from tests.support.story import DAY, HOUR, MINUTE, START_MS, evidence


def new_story(**rules: object) -> IncidentStory:
    return IncidentStory(event_group_policy(**rules))


def family() -> IncidentStory:
    return new_story().follow("F", "O").follow("G", "O").located("near").created("O")


def test_a_group_is_created_at_once_and_each_person_joins_alone__eg_e1_eg_29() -> None:
    ending = family().joined("near", at=MINUTE).joined("F", at=2 * MINUTE).play_in_order()
    assert ending.steps()[:3] == [(0, "REQUESTED"), (0, "APPROVED"), (0, "CREATED")]
    added = [(one.at_ms - START_MS, one.account_id) for one in ending.sent(AddMember)]
    assert added == [(MINUTE, "near"), (2 * MINUTE, "F")]
    expired = [(one.at_ms - START_MS, one.other_id) for one in ending.decisions if one.outcome == "PROMPT_EXPIRED"]
    assert expired == [(TIMEOUT, "G"), (TIMEOUT, "O")]


def test_every_member_has_accepted__eg_28() -> None:
    ending = family().joined("F").play_in_order()
    decision = ending.one("MEMBER_ADDED")
    shown = evidence(decision)
    assert (decision.subject_id, decision.other_id, decision.incident_id) == (USER, "F", INCIDENT)
    assert (shown["roles"], shown["permission"], shown["answer"]) == (["FOLLOWER"], "POST", decision.cause_event_id)
    assert ending.sent(AddMember)[0].decision_id == decision.decision_id


def test_a_refusal_changes_nothing_else__eg_30() -> None:
    ending = family().joined("F", accepted=False).play_in_order()
    assert ending.one("MEMBER_DECLINED").other_id == "F"
    assert ending.commands_of(ending.one("MEMBER_DECLINED")) == []


def test_refusing_after_joining_is_leaving_and_may_be_reversed__eg_31() -> None:
    ending = family().joined("F").joined("F", at=HOUR, accepted=False).joined("F", at=2 * HOUR).play_in_order()
    steps = [(one.at_ms - START_MS, one.outcome) for one in ending.decisions if one.other_id == "F"]
    assert steps == [(1_000, "MEMBER_ADDED"), (HOUR, "MEMBER_DECLINED"), (2 * HOUR, "MEMBER_ADDED")]
    (left,) = ending.sent(ManageMember)
    assert (left.account_id, left.action, left.group_id) == ("F", "REMOVE", ending.one("CREATED").group_id)


@pytest.mark.parametrize("last", [True, False])
def test_of_two_answers_the_later_by_event_time_wins__eg_e4(*, last: bool) -> None:
    story = family().joined("F", at=200, accepted=last).joined("F", at=100, accepted=not last)
    members = [one.outcome for one in story.play_as_listed().decisions if one.other_id == "F"]
    assert members[-1] == ("MEMBER_ADDED" if last else "MEMBER_DECLINED")


def test_a_late_refusal_that_is_older_than_a_confirmation_does_not_undo_it__eg_31() -> None:
    story = family().joined("F", at=2_000).joined("G", at=60_000).joined("F", at=1_000, accepted=False)
    ending = story.play_as_listed()
    assert ending.counts["event-group.outdated"] == 1
    assert ending.sent(ManageMember) == []


def test_a_late_refusal_is_applied__c_4() -> None:
    story = family().joined("G", at=40 * MINUTE).joined("F", at=10 * MINUTE, accepted=False).joined("F", at=41 * MINUTE)
    ending = story.play_as_listed()
    steps = [(one.outcome, one.reasons) for one in ending.decisions if one.other_id == "F"]
    assert steps == [("PROMPT_EXPIRED", ()), ("MEMBER_DECLINED", ("LATE",)), ("MEMBER_ADDED", ())]


def test_a_refusal_after_the_deadline_does_not_open_the_prompt_again__eg_31() -> None:
    story = family().joined("F", at=40 * MINUTE, accepted=False).joined("F", at=41 * MINUTE).joined("F", at=42 * MINUTE)
    ending = story.play_in_order()
    steps = [one.outcome for one in ending.decisions if one.other_id == "F"]
    assert steps == ["PROMPT_EXPIRED", "MEMBER_DECLINED"]
    assert ending.counts["event-group.LATE_CONFIRMATION"] == 2
    assert ending.sent(AddMember) == []


@pytest.mark.parametrize(("after", "joins"), [(0, True), (1, False)])
def test_a_late_answer_to_a_late_prompt_keeps_its_deadline__eg_30_c_4(after: int, *, joins: bool) -> None:
    story = IncidentStory(event_group_policy(emergency_kinds=frozenset({"accident"}))).follow("F", "O")
    story.located("x", at=2 * HOUR).reported(object_ids=("O",)).joined("F", at=TIMEOUT + after)
    story.joined("O", at=TIMEOUT + after, accepted=False).joined("O", at=3 * HOUR)
    ending = story.play_as_listed()
    assert [one.account_id for one in ending.sent(AddMember)] == (["F", "O"] if joins else [])


def test_a_confirmation_that_nobody_asked_for_does_not_outweigh_a_late_withdrawal__c_4_eg_43() -> None:
    story = family().joined(USER, at=10 * MINUTE).joined("near", at=11 * MINUTE).withdrawn(USER, at=9 * MINUTE)
    ending = story.play_as_listed()
    assert ending.one("MEMBER_DECLINED").other_id == USER
    assert ending.counts["event-group.never-prompted"] == 1


@pytest.mark.parametrize("confirmed", [HOUR - 1, HOUR, HOUR + 1])
def test_a_confirmation_by_the_event_user_means_nothing_before_or_after_a_withdrawal__eg_31(confirmed: int) -> None:
    story = family().joined("F").withdrawn(USER, HOUR).joined(USER, at=confirmed)
    ending = story.play_in_order()
    assert [one.outcome for one in ending.decisions if one.other_id == USER] == ["MEMBER_DECLINED"]
    assert ending.counts["event-group.never-prompted"] == 1


def test_a_confirmation_that_arrives_after_the_deadline_is_ignored__eg_e3() -> None:
    ending = family().located("x", at=40 * MINUTE).joined("F", at=10 * MINUTE).play_as_listed()
    assert "MEMBER_ADDED" not in ending.outcomes
    assert ending.counts["event-group.LATE_CONFIRMATION"] == 1


@pytest.mark.parametrize("accepted", [True, False])
def test_an_answer_after_closing_changes_nothing__eg_e3(*, accepted: bool) -> None:
    ending = family().closed(500).joined("F", accepted=accepted).play_in_order()
    assert not [one for one in ending.decisions if one.other_id == "F"]
    assert ending.counts["event-group.LATE_CONFIRMATION" if accepted else "event-group.late-refusal"] == 1


def test_an_account_without_prompt_cannot_join__eg_e20() -> None:
    ending = family().joined("stranger").joined("F", incident="unknown").play_in_order()
    assert ending.sent(AddMember) == []
    assert ending.counts["event-group.never-prompted"] == ending.counts["incident-desk.unknown-incident"] == 1


def test_an_answer_older_than_the_prompt_is_ignored__eg_28() -> None:
    ending = new_story().located("near").reported().joined("near", at=500).audited(1_000).play_in_order()
    assert "MEMBER_ADDED" not in ending.outcomes


def test_confirming_twice_joins_once__eg_28() -> None:
    ending = family().joined("F").joined("F", at=2_000).play_in_order()
    assert len(ending.sent(AddMember)) == ending.counts["event-group.member-before"] == 1


@pytest.mark.parametrize("how", ["withdrawn", "refused"])
def test_a_member_who_withdraws_leaves_alone__eg_43(how: str) -> None:
    story = family().joined("F", "near")
    leaves = story.withdrawn("near", 5_000) if how == "withdrawn" else story.joined("near", at=5_000, accepted=False)
    ending = leaves.play_in_order()
    assert [one.account_id for one in ending.sent(ManageMember)] == ["near"]
    assert ending.one("CLOSED").at_ms - START_MS == LIFE


@pytest.mark.parametrize(
    ("members", "stays"),
    [((), False), (("near",), False), (("O",), False), (("F",), True), (("org",), True), (("near", "F"), True)],
)
def test_after_the_event_user_an_organisation_or_a_follower_keeps_the_group__eg_e2(
    members: tuple[str, ...], *, stays: bool
) -> None:
    story = new_story().organisation("org").follow("F", "O").located("near").created("O").joined(*members)
    ending = story.withdrawn(USER, 5_000).play_in_order()
    assert [one.account_id for one in ending.sent(ManageMember)] == [USER]
    assert ending.one("CLOSED").reasons == (("LIFE",) if stays else ("WITHDRAWN",))
    assert ending.one("CLOSED").at_ms - START_MS == (LIFE if stays else 5_000)


def test_a_group_whose_last_keeper_leaves_closes__eg_43() -> None:
    story = new_story().follow("F", "O").located("near").created("O").joined("F", "near").withdrawn(USER, 5_000)
    assert story.withdrawn("F", 6_000).play_in_order().one("CLOSED").at_ms - START_MS == 6_000


def test_a_group_closes_when_its_last_followers_follow_ends__eg_43() -> None:
    story = new_story().follow("F", "O").created("O").joined("F").withdrawn(USER, 5_000).revoked("F", "O", 6_000)
    assert story.play_in_order().one("CLOSED").at_ms - START_MS == 6_000


def test_another_event_user_keeps_the_group__eg_43() -> None:
    story = (
        new_story().created().reported(10, "inc-2", reporter_id="second").audited(20, "inc-2").withdrawn(USER, 5_000)
    )
    assert story.play_in_order().one("CLOSED", incident=INCIDENT).reasons == ("LIFE",)


def test_withdrawing_without_being_a_member_changes_nothing() -> None:
    ending = family().withdrawn("F", 5_000).joined("F", at=6_000).play_in_order()
    assert ending.counts["event-group.withdrawal-without-effect"] == 1
    assert ending.one("MEMBER_ADDED").other_id == "F"


def test_a_late_withdrawal_is_applied__c_4() -> None:
    story = family().joined("F", at=1_000).located("x", at=HOUR).withdrawn("F", 2_000)
    ending = story.play_as_listed()
    assert [one.account_id for one in ending.sent(ManageMember)] == ["F"]
    assert ending.one("MEMBER_DECLINED").reasons == ("LATE", "WITHDRAWN")


@pytest.mark.parametrize(("confirmed", "joins"), [(MINUTE - 1, False), (MINUTE, True)])
def test_a_late_confirmation_adds_nobody_who_has_withdrawn_since__eg_31_c_4(confirmed: int, *, joins: bool) -> None:
    story = family().withdrawn("F", MINUTE).located("x", at=2 * MINUTE).joined("F", at=confirmed)
    assert bool(story.play_as_listed().sent(AddMember)) is joins


def test_closing_withdraws_open_prompts_and_summarises__eg_42() -> None:
    story = family().joined("F").joined("near", accepted=False).closed(5_000)
    ending = story.play_in_order()
    closed = ending.one("CLOSED")
    assert [one.account_id for one in ending.sent(CancelPrompt)] == ["G", "O"]
    assert {one.decision_id for one in ending.sent(CancelPrompt)} == {closed.decision_id}
    assert evidence(closed)["summary"] == {
        "NEARBY_USER": {"prompted": 1, "joined": 0, "refused": 1, "silent": 0},
        "FOLLOWER": {"prompted": 2, "joined": 1, "refused": 0, "silent": 1},
        "OBJECT": {"prompted": 1, "joined": 0, "refused": 0, "silent": 1},
    }
    assert "PROMPT_EXPIRED" not in ending.outcomes
    assert len(ending.sent(CloseEventGroup)) == 1


def test_a_prompt_that_expires_when_the_group_closes_expires_first__c_3() -> None:
    ending = new_story(prompt_timeout_ms=HOUR, group_life_ms=HOUR).located("near").created().play_in_order()
    assert ending.steps()[-2:] == [(HOUR, "PROMPT_EXPIRED"), (HOUR, "CLOSED")]
    assert ending.sent(CancelPrompt) == []


def test_an_incident_is_deleted_a_week_after_its_end__eg_42() -> None:
    def rows(after: int) -> list[bytes]:
        story = new_story().follow("F", "O").located("near").created("O").joined("F").closed(5_000)
        story.located("later", 80.0, at=5_000 + after)
        return [key for key, _ in story.stored_rows() if b"inc" in key and b"event-group" in key]

    assert rows(7 * DAY - HOUR)
    assert rows(7 * DAY + HOUR) == []


@pytest.mark.parametrize("decided", ["created", "rejected", "closed", "merged"])
def test_a_description_is_kept_until_the_group_is_created_or_refused__c_14(decided: str) -> None:
    words = "a red car"
    story = new_story().located("near").reported(description=words)
    if decided == "merged":
        story = new_story().created().reported(5, "inc-2", reporter_id="b", description=words).audited(10, "inc-2")
    else:
        (story.closed if decided == "closed" else story.audited)(10, **_approval(decided))
    assert not [1 for row in story.located("later", at=10_000).stored_rows() if words.encode() in b"".join(row)]
    assert bool(story.play_in_order().sent(CreateEventGroup)) is (decided in {"created", "merged"})


def _approval(decided: str) -> dict[str, bool]:
    return {} if decided == "closed" else {"approved": decided == "created"}


def test_the_decisions_of_an_incident_prove_who_was_prompted_and_how_they_answered() -> None:
    """The decisions in order, without any state, show for every member how they joined."""
    story = family().joined("F", at=MINUTE).joined("near", at=2 * MINUTE, accepted=False).joined("near", at=3 * MINUTE)
    ending = story.withdrawn("F", 4 * MINUTE).closed(HOUR).play_in_order()
    events = {event.event_id: event for event in story.events}  # type: ignore[attr-defined]
    prompts = {one.account_id: one for one in ending.sent(PromptToJoin)}
    ledger = [one for one in ending.decisions if one.other_id is not None]
    assert all(one.at_ms <= other.at_ms for one, other in pairwise(ending.decisions))
    for entry in ledger:
        asked = prompts[entry.other_id or ""]
        assert asked.at_ms <= entry.at_ms
        if entry.outcome != "PROMPT_EXPIRED":
            answer = events[evidence(entry)["answer"]]
            assert answer.account_id == entry.other_id  # type: ignore[attr-defined]
            assert answer.at_ms == entry.at_ms  # type: ignore[attr-defined]
    assert [((one.at_ms - START_MS) // MINUTE, one.other_id, one.outcome) for one in ledger] == [
        (1, "F", "MEMBER_ADDED"),
        (2, "near", "MEMBER_DECLINED"),
        (3, "near", "MEMBER_ADDED"),
        (4, "F", "MEMBER_DECLINED"),
        (30, "G", "PROMPT_EXPIRED"),
        (30, "O", "PROMPT_EXPIRED"),
    ]


def test_a_prompt_under_an_earlier_decision_is_no_repetition__c_11() -> None:
    story = new_story().follow("F", "O").follow("F", "P").informed("P", picture_of(H0)).created("O")
    story.revoked("F", "O", 1_000).asked(USER, picture_of(H0), at=2_000).revoked("F", "P", 3_000)
    asked = [
        one for one in story.follow("F", "O", at=4_000).play_in_order().sent(PromptToJoin) if one.account_id == "F"
    ]
    assert [one.decision_id == asked[0].decision_id for one in asked] == [True, False, True]
    assert len({one.command_id for one in asked}) == 3


def test_every_command_belongs_to_a_decision_and_no_id_is_used_twice__c_11() -> None:
    story = (
        family().joined("F").joined("F", at=2_000, accepted=False).revoked("G", "O", 3_000).follow("G", "O", at=4_000)
    )
    ending = (
        story.reported(5_000, "inc-2", reporter_id="b").audited(6_000, "inc-2").withdrawn(USER, 7_000).play_in_order()
    )
    assert {one.decision_id for one in ending.commands} <= {one.decision_id for one in ending.decisions}
    for ids in ([one.command_id for one in ending.commands], [one.decision_id for one in ending.decisions]):
        assert len(ids) == len(set(ids))

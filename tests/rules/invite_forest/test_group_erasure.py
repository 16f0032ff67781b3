"""Erasure in a group: the account stays in the forest as anonymous nodes, all else is deleted (C-18, IF-E26)."""

from __future__ import annotations

import pytest

from operators.ids import identify
from schemas.records import MemberRole
from state.pseudonym import pseudonym_of
from tests.support.group_story import GroupStory, actions_by_member, associated, cases, forest_policy, preview, tree
from tests.support.story import DAY, HOUR, evidence

WIDE = forest_policy(th1=9)
MARKERS = (b"timers", b"alarms", b"judged", b"erased", b"begun", b"contact-tally")


def is_named(story: GroupStory, who: str) -> bool:
    """Whether any state entry except erasure markers contains the account id or its hash."""
    told = GroupStory(story.policy)
    told.events = [*story.events]
    last = max(event.at_ms for event in told.events) - 1_700_000_000_000  # type: ignore[attr-defined]
    rows = told.posts("nobody", last + 2 * DAY, "hello", group_id="elsewhere").stored_rows()
    left = [key + value for key, value in rows if not any(kind in key for kind in MARKERS)]
    return any(part.encode() in row for row in left for part in (who, identify(who), pseudonym_of(who)))


def test_an_erased_node_is_anonymous_and_other_distances_do_not_change__if_e26() -> None:
    case = cases(tree(WIDE).erased("B", 10).posts("D", 20).play())[0]
    assert associated(case) == {"C": 1, "A": 3, "R": 4, "X": 4}
    shown = {each["account_id"]: each["path"] for each in evidence(case)["associated"]}
    assert shown["A"] == ["A", None, "C", "D"]
    assert evidence(case)["offender"]["inviters"] == ["C", None, "A", "R"]
    assert (preview(case)["tombstones"], preview(case)["members"]) == (1, 5)


@pytest.mark.parametrize("who", ["member-a", "inviter-b", "reporter-c", "sanctioned-d", "offender-e", "admin-f"])
def test_no_state_entry_names_an_erased_account__c_18(who: str) -> None:
    story = GroupStory().admitted("inviter-b").joins("member-a", "inviter-b", 1).joins("child-g", "member-a", 2)
    story.becomes("member-a", MemberRole.ADMIN, 3).becomes("member-a", MemberRole.MEMBER, 4)
    story.admitted("sanctioned-d", 4, "admin-f").joins("offender-e", "sanctioned-d", 5).posts("offender-e", HOUR)
    story.reported("member-a", "reporter-c", HOUR).reported("inviter-b", "reporter-c", HOUR)
    assert is_named(story, who)
    assert not is_named(story.erased(who, HOUR + 60_000), who)


def test_an_erasure_deletes_sanctions_and_bans__if_e26() -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).erased("A", HOUR).joins("A", "R", 2 * HOUR)
    ending = story.posts("A", DAY).play()
    assert actions_by_member(ending, cases(ending)[0])["A"] == ["REMOVE", "BAN"]
    assert evidence(cases(ending)[1])["repetition"] == "first"
    assert associated(cases(ending)[1]) == {"R": 1}


def test_hits_and_reports_before_the_erasure_do_not_count__c_18() -> None:
    story = (
        GroupStory(forest_policy(hits_needed=2))
        .chain("R", "A")
        .posts("A", 10)
        .reported("A", "r", 11)
        .reported("A", "s", 12)
    )
    story.erased("A", 60_000).joins("A", "R", 60_001).posts("A", 60_002).reported("A", "t", 60_003)
    assert not cases(story.play())


def test_a_report_of_an_erased_account_does_not_count__c_18() -> None:
    story = GroupStory().chain("R", "A").reported("A", "r", 10).reported("A", "s", 11).erased("r", HOUR)
    assert not cases(story.reported("A", "t", HOUR + 1).play())


def test_a_role_before_the_erasure_does_not_count__c_18() -> None:
    story = GroupStory().admitted("R").becomes("R", MemberRole.ADMIN, 1).erased("R", 10).admitted("R", 20)
    assert associated(cases(story.joins("A", "R", 30, inviter_role=None).posts("A", 40).play())[0]) == {"R": 1}


def test_members_invited_by_an_erased_account_are_below_an_anonymous_node__if_e26() -> None:
    story = GroupStory(WIDE).chain("R", "A").joins("B", "A", 5).joins("C", "A", 6).erased("A", 10)
    assert associated(cases(story.posts("B", 20).play())[0]) == {"C": 2, "R": 2}


def test_events_after_the_erasure_belong_to_a_new_account__c_18() -> None:
    story = GroupStory(WIDE).chain("R", "A").joins("B", "A", 5).admitted("S").erased("A", 10).joins("A", "S", 10)
    ending = story.posts("B", 20).posts("A", DAY).play()
    assert [associated(case) for case in cases(ending)] == [{"R": 2}, {"S": 1}]


def test_a_late_erasure_keeps_what_came_after_it__c_18() -> None:
    story = GroupStory(WIDE).chain("R", "A").leaves("A", 10).admitted("S", 1).joins("A", "S", DAY)
    story.posts("R", 2 * DAY, "hello").erased("A", HOUR).posts("A", 3 * DAY).posts("R", 4 * DAY)
    assert [associated(case) for case in cases(story.play())] == [{"S": 1}, {}]


@pytest.mark.parametrize(("erased", "members"), [(DAY, 2), (DAY + 1, 1)])
def test_a_late_erasure_keeps_a_new_member_who_joined_while_the_old_one_was_in__c_18(erased: int, members: int) -> None:
    story = GroupStory(WIDE).chain("R", "A").joins("A", "R", DAY).posts("R", 2 * DAY, "hello").erased("A", erased)
    ending = story.posts("R", 3 * DAY).play()
    assert preview(cases(ending)[0])["members"] == members


def test_a_late_join_before_the_erasure_changes_nothing__c_18() -> None:
    story = GroupStory(WIDE).admitted("R").erased("late-one", HOUR).posts("R", DAY, "hello").joins("late-one", "R", 10)
    ending = story.posts("R", DAY + 1).play()
    assert associated(cases(ending)[0]) == {}
    assert preview(cases(ending)[0])["members"] == 1
    assert not is_named(story, "late-one")


@pytest.mark.parametrize("when", ["in time", "late", "again", "reported"])
def test_members_admitted_by_the_new_account_count_whenever_the_erasure_arrives__c_18_if_35(when: str) -> None:
    """Admits as administrator and as member: three people, one of whom joined twice; two offenders."""
    story = GroupStory(forest_policy(inviter_sample=1)).joins("G", "R", 1).joins("old", "G", 2).leaves("G", 50)
    if when != "late":
        story.erased("G", 90, event_id="gone")
    story.joins("G", "R", 95).joins("A", "G", 100).admitted("B", 101, by="G").joins("C", "G", 102).leaves("C", 103)
    story.joins("C", "G", 104).posts("B", 200).posts("R", DAY, "hello")
    if when in ("late", "again"):
        story.erased("G", 90, event_id="gone again")
    elif when == "reported":
        story.reported("old", "G", 60)
    found = preview(cases(story.posts("A", DAY + 1).play())[-1])["inviter"]
    assert found == {"account_id": "G", "let_in": 3, "offenders": 2}


@pytest.mark.parametrize("again", [True, False])
def test_sanctions_of_the_new_account_survive_a_repeated_erasure__c_18(again: bool) -> None:  # noqa: FBT001
    story = GroupStory().chain("R", "G").erased("G", 90).joins("G", "R", 100).posts("R", 200)
    story.posts("x", 5_000, "hello", group_id="elsewhere")
    if again:
        story.reported("R", "G", 50)
    assert actions_by_member(story.posts("R", 6_000).play())["G"] == ["RESTRICT_INVITE", "PRE_MODERATE"]


def test_a_late_message_or_report_before_the_erasure_changes_nothing__c_18() -> None:
    story = GroupStory(forest_policy(reports_needed=1)).chain("R", "A").erased("A", HOUR).posts("R", DAY, "hello")
    ending = story.posts("A", 10).reported("A", "R", 11).reported("R", "A", 12).play()
    assert not cases(ending)
    assert ending.counts["standing.erased"] == 1


def test_a_late_role_departure_or_lift_before_the_erasure_changes_nothing__c_18() -> None:
    story = GroupStory().chain("R", "A").erased("A", HOUR).posts("R", DAY, "hello")
    ending = story.becomes("A", MemberRole.ADMIN, 10).leaves("A", 11).lifted("A", 12).play()
    assert ending.counts["group.late-fact-ignored"] == 3


def test_a_late_invitation_by_an_erased_account_makes_a_root__c_18() -> None:
    story = GroupStory(WIDE).chain("R", "A").erased("A", HOUR).posts("R", DAY, "hello").joins("B", "A", 10)
    case = cases(story.posts("B", DAY + 1).play())[0]
    assert (associated(case), preview(case)["provisional"]) == ({}, False)


def test_no_later_output_names_an_erased_account__c_18() -> None:
    ending = tree(WIDE).posts("C", 10).erased("B", HOUR).posts("A", DAY).posts("X", 2 * DAY).play()
    later = [output for output in ending.outputs if getattr(output[2], "at_ms", 0) > cases(ending)[0].at_ms]
    assert later
    assert not any("'B'" in repr(record) or '"B"' in repr(record) for _, _, record in later)

"""What happens to an offender and to those tied to it, and when people decide instead (IF-29 to IF-41)."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from operators.policy.action import Action
from operators.policy.invite_forest import FIRST_CASE, CaseMode, Sanction
from operators.policy.model import Policy
from schemas.records import MemberRole
from tests.support.group_story import (
    EDGE,
    WINDOW,
    GroupStory,
    cases,
    forest,
    managed,
    preview,
    reviews,
    tied,
    tree,
    untils,
)
from tests.support.story import DAY, HOUR, evidence

OFFENDER = ["REMOVE", "BAN"]
NEAR = ["RESTRICT_INVITE", "PRE_MODERATE"]
MUTED = replace(FIRST_CASE, offender=(Sanction(Action.MUTE, 7 * DAY),))


def back(story: GroupStory, who: str, by: str, at: int) -> GroupStory:
    return story.leaves(who, at).joins(who, by, at + 1)


def test_sanctions_end_when_the_policy_says__if_30_if_38() -> None:
    ending = tree().posts("C", 10).play()
    assert untils(ending) == {
        ("C", "REMOVE"): None,
        ("C", "BAN"): 10 + 30 * DAY,
        ("A", "WATCH"): 10 + 7 * DAY,
        **{(who, action): 10 + 7 * DAY for who in "BD" for action in NEAR},
    }
    assert {(command.account_id, command.distance) for command in ending.commands} == {
        ("C", None), ("A", 2), ("B", 1), ("D", 1)
    }  # fmt: skip


@pytest.mark.parametrize(("later", "level"), [(30 * DAY, "repeated"), (30 * DAY + 1, "first")])
def test_an_earlier_case_makes_a_repetition__if_30_if_e21(later: int, level: str) -> None:
    story = back(GroupStory().chain("R", "A", "B").posts("B", 10), "B", "A", HOUR).posts("B", 10 + later)
    ending = story.play()
    first, second = cases(ending)
    assert evidence(second)["repetition"] == level
    if level == "repeated":
        assert managed(ending, second) == {"B": OFFENDER, "A": ["MUTE"], "R": ["PRE_MODERATE"]}
        assert [command.until_ms for command in ending.commands_of(second) if command.account_id == "B"] == [None, None]
    assert evidence(first)["repetition"] == "first"


def test_a_repetition_in_another_group_is_none__if_30_if_e22() -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).admitted("A", 1, group_id="h").posts("A", DAY, group_id="h")
    assert [evidence(case)["repetition"] for case in cases(story.play())] == ["first", "first"]


@pytest.mark.parametrize(("at", "repeated"), [(EDGE + WINDOW - 1, True), (EDGE + WINDOW, False)])
def test_further_hits_in_the_window_belong_to_the_case__if_31_if_e21(at: int, *, repeated: bool) -> None:
    story = GroupStory(forest(first=MUTED)).chain("R", "A").posts("A", EDGE).posts("A", at)
    ending = story.play()
    second = cases(ending)[1]
    assert ("REPEATED_HIT" in second.reasons) == repeated
    assert (second.outcome, not ending.commands_of(second)) == ("MANAGED", repeated)


def test_a_repeated_hit_names_its_case__if_31() -> None:
    first, second = cases(GroupStory().chain("R", "A").posts("A", 10).posts("A", 11).play())
    assert evidence(second)["case"] == {"decision_id": first.decision_id}
    assert second.actions == ()


def test_posts_under_way_of_somebody_removed_open_no_case__if_31() -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).posts("A", HOUR).leaves("A", 2 * HOUR).posts("A", 3 * HOUR)
    ending = story.play()
    assert ["REPEATED_HIT" in case.reasons for case in cases(ending)] == [False, True, True]
    assert len(ending.commands) == 4


def test_who_has_come_back_is_judged_anew__if_31() -> None:
    story = back(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).posts("A", 2 * HOUR)
    assert ["REPEATED_HIT" in case.reasons for case in cases(story.play())] == [False, False]


def test_the_window_is_gathered_for_the_subject__c_6() -> None:
    ending = GroupStory().chain("R", "A").posts("A", 10).posts("A", 11).play()
    (window,) = ending.windows
    assert (window.subject_id, window.outcome, window.count) == ("A", "BAN", 2)
    assert window.reasons == ("REPEATED_HIT", "keywords")


def test_a_later_case_sends_only_what_is_stricter__if_32_c_7() -> None:
    ending = tree().posts("D", EDGE).posts("X", EDGE + 1).play()
    first, second = cases(ending)
    assert managed(ending, first) == {"D": OFFENDER, "B": ["WATCH"], "C": NEAR}
    assert managed(ending, second) == {"X": OFFENDER, "A": NEAR, "R": ["WATCH"]}
    assert {each["account_id"]: each["actions"] for each in evidence(second)["associated"]}["B"] == []


def test_what_is_stricter_is_added__if_32_c_7() -> None:
    ending = tree().posts("D", EDGE).posts("A", EDGE + 1).play()
    assert managed(ending, cases(ending)[1]) == {"A": OFFENDER, "B": NEAR, "R": NEAR, "X": NEAR}


def test_an_associated_member_who_offends_gets_the_offenders__if_32() -> None:
    ending = tree().posts("C", EDGE).posts("B", EDGE + 1).play()
    assert managed(ending, cases(ending)[1])["B"] == OFFENDER


@pytest.mark.parametrize(("people", "shown"), [(4, None), (5, {"account_id": "R", "let_in": 5, "offenders": 2})])
def test_an_inviters_record_is_told_from_a_number_on__if_35(people: int, shown: dict[str, object] | None) -> None:
    story = GroupStory().admitted("R")
    for number in range(people):
        story.joins(f"m{number}", "R", 1 + number)
    story.leaves("m3", 20).joins("m3", "R", 21)
    story.posts("m0", HOUR).posts("m1", 2 * HOUR)
    assert preview(cases(story.play())[1]).get("inviter") == shown


def test_an_administrator_has_a_record_as_inviter_too__if_35_if_16() -> None:
    story = GroupStory(forest(inviter_sample=2)).admitted("A").admitted("B", 1).posts("B", 10)
    assert preview(cases(story.play())[0])["inviter"] == {"account_id": "boss", "let_in": 2, "offenders": 1}


def test_beyond_the_share_people_decide__if_36() -> None:
    for limit, outcome in ((Fraction(3, 6), "MANAGED"), (Fraction(49, 100), "REVIEW")):
        ending = tree(forest(mass_share_limit=limit)).posts("C", 10).play()
        case = cases(ending)[0]
        assert (case.outcome, "MASS_SHARE" in case.reasons) == (outcome, outcome == "REVIEW")
        assert list(managed(ending))[:1] == ["C"]
        assert len(managed(ending)) == (4 if outcome == "MANAGED" else 1)


def test_people_may_decide_always__if_36() -> None:
    ending = tree(forest(enforce=CaseMode.REVIEW_ALWAYS)).posts("C", 10).play()
    case = cases(ending)[0]
    assert (case.outcome, managed(ending)) == ("REVIEW", {"C": OFFENDER})
    assert case.actions == ("REVIEW", "REMOVE", "BAN")
    assert len(reviews(ending)) == 1


def test_the_first_exception_decides__if_37() -> None:
    policy = forest(mass_limit=0, mass_share_limit=Fraction(0), enforce=CaseMode.REVIEW_ALWAYS)
    ending = tree(policy).becomes("D", MemberRole.ADMIN, 8).posts("C", 10).posts("D", 20).play()
    assert [set(case.reasons) - {"keywords"} for case in cases(ending)] == [{"MASS_LIMIT"}, {"OFFENDER_IS_ADMIN"}]


def test_nobody_gets_an_action_again_that_holds_as_long__if_39() -> None:
    long = replace(FIRST_CASE, distance_1=(Sanction(Action.MUTE),))
    ending = tree(forest(first=long, th1=1)).posts("C", 10).posts("A", DAY).play()
    assert managed(ending, cases(ending)[1]) == {"A": OFFENDER, "R": ["MUTE"], "X": ["MUTE"]}
    assert tied(cases(ending)[1]) == {"B": 1, "R": 1, "X": 1}


def test_an_action_that_would_end_later_is_sent_again__if_39() -> None:
    ending = tree(forest(th1=1)).posts("C", 10).posts("A", DAY).play()
    assert managed(ending, cases(ending)[1])["B"] == NEAR


@pytest.mark.parametrize(("lift", "removed"), [(None, True), (HOUR, False)])
def test_a_lift_ends_bans__if_40(lift: int | None, *, removed: bool) -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).leaves("A", 20)
    if lift is not None:
        story.lifted("A", lift)
    ending = story.joins("A", "R", 2 * HOUR).play()
    assert managed(ending)["A"] == OFFENDER + ["REMOVE"] * removed


def test_a_lift_ends_sanctions_and_leaves_the_forest__if_40() -> None:
    long = replace(FIRST_CASE, distance_1=(Sanction(Action.MUTE),))
    ending = tree(forest(first=long, th1=1)).posts("C", 10).lifted("B", HOUR).posts("A", DAY).play()
    assert managed(ending, cases(ending)[1])["B"] == ["MUTE"]


def test_the_same_case_does_not_sanction_again_after_a_lift__if_e28() -> None:
    story = GroupStory(forest(first=MUTED)).chain("R", "A").posts("A", EDGE).lifted("A", EDGE + 1)
    ending = story.posts("A", EDGE + 2).play()
    assert (len(cases(ending)), managed(ending)["A"]) == (2, ["MUTE"])


def test_a_ban_without_end_holds_for_years__if_41() -> None:
    story = back(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).posts("A", 2 * HOUR)
    ending = story.leaves("A", 3 * HOUR).joins("A", "R", 3_000 * DAY).play()
    assert managed(ending)["A"] == [*OFFENDER, "REMOVE", *OFFENDER, "REMOVE"]


def test_a_banned_account_that_joined_has_a_node__if_41() -> None:
    story = back(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).joins("B", "A", 2 * HOUR)
    assert tied(cases(story.posts("B", 3 * HOUR).play())[1]) == {"A": 1, "R": 2}


@pytest.mark.parametrize(("option", "later", "banned"), [(False, 0, 0), (True, -1, 1), (True, 0, 0)])
def test_who_has_left_is_banned_on_coming_back__if_27_if_e7(option: bool, later: int, banned: int) -> None:  # noqa: FBT001
    story = GroupStory(forest(ban_on_rejoin=option)).chain("R", "A", "B").leaves("A", 5).posts("B", 10)
    ending = story.joins("A", "R", 10 + 7 * DAY + later).play()
    bans = [command for command in ending.commands if command.account_id == "A"]
    assert [(str(ban.action), ban.decision_id) for ban in bans] == [("BAN", cases(ending)[0].decision_id)] * banned
    assert managed(ending)["B"] == OFFENDER


def test_a_lift_ends_the_ban_on_coming_back__if_27_if_40() -> None:
    story = GroupStory(forest(ban_on_rejoin=True)).chain("R", "A", "B").leaves("A", 5).posts("B", 10)
    assert "A" not in managed(story.lifted("A", HOUR).joins("A", "R", DAY).play())


def test_a_late_hit_says_so__c_4() -> None:
    story = tree().posts("D", DAY, "hello").posts("C", 10)
    assert "LATE" in cases(story.play())[0].reasons


def test_a_command_for_every_action_is_known_by_its_id__c_11() -> None:
    ending = tree().posts("C", 10).posts("A", HOUR).play()
    assert len({command.command_id for command in ending.commands}) == len(ending.commands)


def test_the_path_is_told_node_by_node__if_28() -> None:
    shown = evidence(cases(tree().posts("C", 10).play())[0])["associated"]
    assert {each["account_id"]: each["path"] for each in shown} == {
        "A": ["A", "B", "C"],
        "B": ["B", "C"],
        "D": ["D", "C"],
    }


def test_a_hundred_thousand_are_not_listed__if_28() -> None:
    story = GroupStory(forest(mass_limit=0)).admitted("center")
    for number in range(1_500):
        story.joins(f"m{number}", "center", 1)
    case = cases(story.posts("center", 10).play())[0]
    assert (preview(case)["associated"], len(tied(case))) == (1_500, 1_000)


def test_windows_and_ended_sanctions_are_given_up__if_38() -> None:
    story = tree(forest(repeat_within_ms=0)).posts("C", 10)
    kept = {state: _entries(story, state) for state in ("sanctions", "treatments", "case-windows", "cases")}
    assert kept == {"sanctions": 6, "treatments": 4, "case-windows": 1, "cases": 1}
    later = story.posts("Z", 40 * DAY, "hello", group_id="h")
    assert [_entries(later, state) for state in kept] == [0, 0, 0, 0]


def _entries(story: GroupStory, state: str) -> int:
    """How many entries of a state there are some seconds after the last event."""
    told = GroupStory(story.policy)
    told.events = [*story.events]
    last = max(event.at_ms for event in told.events) - 1_700_000_000_000  # type: ignore[attr-defined]
    rows = told.posts("nobody", last + 5_000, "hello", group_id="h").stored_rows()
    return sum(f"\x00\x00\x00\x05group\x00\x00\x00{chr(len(state))}{state}".encode() in row for row, _ in rows)


def test_policies_default_to_the_written_actions__if_30() -> None:
    assert Policy().invite_forest.first == FIRST_CASE


@pytest.mark.parametrize(("later", "belongs"), [(30 * DAY, True), (30 * DAY + 1, False)])
def test_posts_of_one_who_never_left_belong_to_the_case_for_as_long_as_it_is_known__if_31(
    later: int, *, belongs: bool
) -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).posts("A", 10 + later)
    assert ("REPEATED_HIT" in cases(story.play())[1].reasons) == belongs


def test_a_lift_does_not_undo_that_there_was_a_case__if_40() -> None:
    story = back(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).lifted("A", 2 * HOUR).posts("A", DAY)
    assert evidence(cases(story.play())[1])["repetition"] == "repeated"


def test_who_posts_again_after_a_lift_is_judged_anew__if_31_if_40() -> None:
    ending = GroupStory().chain("R", "A").posts("A", 10).lifted("A", HOUR).posts("A", DAY).play()
    assert evidence(cases(ending)[1])["repetition"] == "repeated"
    assert managed(ending, cases(ending)[1])["A"] == OFFENDER

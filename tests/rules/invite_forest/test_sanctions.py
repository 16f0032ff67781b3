"""Sanctions of offenders and associated members, and reviews instead of them (IF-29 to IF-41)."""

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
    actions_by_member,
    associated,
    cases,
    ends_by_action,
    forest_policy,
    preview,
    reviews,
    tree,
)
from tests.support.story import DAY, HOUR, evidence

OFFENDER = ["REMOVE", "BAN"]
NEAR = ["RESTRICT_INVITE", "PRE_MODERATE"]
MUTED = replace(FIRST_CASE, offender=(Sanction(Action.MUTE, 7 * DAY),))


def rejoin(story: GroupStory, who: str, by: str, at: int) -> GroupStory:
    return story.leaves(who, at).joins(who, by, at + 1)


def test_sanctions_end_after_the_policys_duration__if_30_if_38() -> None:
    ending = tree().posts("C", 10).play()
    assert ends_by_action(ending) == {
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
    story = rejoin(GroupStory().chain("R", "A", "B").posts("B", 10), "B", "A", HOUR).posts("B", 10 + later)
    ending = story.play()
    first, second = cases(ending)
    assert evidence(second)["repetition"] == level
    if level == "repeated":
        assert actions_by_member(ending, second) == {"B": OFFENDER, "A": ["MUTE"], "R": ["PRE_MODERATE"]}
        assert [command.until_ms for command in ending.commands_of(second) if command.account_id == "B"] == [None, None]
    assert evidence(first)["repetition"] == "first"


def test_a_case_in_another_group_makes_no_repetition__if_30_if_e22() -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).admitted("A", 1, group_id="h").posts("A", DAY, group_id="h")
    assert [evidence(case)["repetition"] for case in cases(story.play())] == ["first", "first"]


@pytest.mark.parametrize(("at", "repeated"), [(EDGE + WINDOW - 1, True), (EDGE + WINDOW, False)])
def test_further_hits_in_the_window_belong_to_the_case__if_31_if_e21(at: int, *, repeated: bool) -> None:
    story = GroupStory(forest_policy(first=MUTED)).chain("R", "A").posts("A", EDGE).posts("A", at)
    ending = story.play()
    second = cases(ending)[1]
    assert ("REPEATED_HIT" in second.reasons) == repeated
    assert (second.outcome, not ending.commands_of(second)) == ("MANAGED", repeated)


def test_a_repeated_hit_names_its_case__if_31() -> None:
    first, second = cases(GroupStory().chain("R", "A").posts("A", 10).posts("A", 11).play())
    assert evidence(second)["case"] == {"decision_id": first.decision_id}
    assert second.actions == ()


def test_posts_of_a_removed_account_that_were_in_flight_open_no_case__if_31() -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).posts("A", HOUR).leaves("A", 2 * HOUR).posts("A", 3 * HOUR)
    ending = story.play()
    assert ["REPEATED_HIT" in case.reasons for case in cases(ending)] == [False, True, True]
    assert len(ending.commands) == 4


def test_an_account_that_rejoined_gets_a_new_case__if_31() -> None:
    story = rejoin(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).posts("A", 2 * HOUR)
    assert ["REPEATED_HIT" in case.reasons for case in cases(story.play())] == [False, False]


def test_decisions_count_in_the_subjects_risk_window__c_6() -> None:
    ending = GroupStory().chain("R", "A").posts("A", 10).posts("A", 11).play()
    (window,) = ending.windows
    assert (window.subject_id, window.outcome, window.count) == ("A", "BAN", 2)
    assert window.reasons == ("REPEATED_HIT", "keywords")


def test_a_later_case_adds_only_stricter_sanctions__if_32_c_7() -> None:
    ending = tree().posts("D", EDGE).posts("X", EDGE + 1).play()
    first, second = cases(ending)
    assert actions_by_member(ending, first) == {"D": OFFENDER, "B": ["WATCH"], "C": NEAR}
    assert actions_by_member(ending, second) == {"X": OFFENDER, "A": NEAR, "R": ["WATCH"]}
    assert {each["account_id"]: each["actions"] for each in evidence(second)["associated"]}["B"] == []


def test_a_stricter_sanction_is_added__if_32_c_7() -> None:
    ending = tree().posts("D", EDGE).posts("A", EDGE + 1).play()
    assert actions_by_member(ending, cases(ending)[1]) == {"A": OFFENDER, "B": NEAR, "R": NEAR, "X": NEAR}


@pytest.mark.parametrize(
    ("farther", "sent"),
    [
        pytest.param(Sanction(Action.MUTE, 7 * DAY), ["MUTE"], id="longer"),
        pytest.param(Sanction(Action.MUTE), ["MUTE"], id="without end"),
        pytest.param(Sanction(Action.MUTE, DAY), [], id="as long"),
        pytest.param(Sanction(Action.MUTE, HOUR), [], id="shorter"),
        pytest.param(Sanction(Action.NOTIFY_ADMIN), [], id="milder"),
    ],
)
def test_of_one_action_the_longest_of_a_window_counts__if_32_if_39(farther: Sanction, sent: list[str]) -> None:
    policy = forest_policy(first=replace(FIRST_CASE, distance_1=(Sanction(Action.MUTE, DAY),), farther=(farther,)))
    ending = tree(policy).posts("D", EDGE).posts("A", EDGE + 2).play()
    assert actions_by_member(ending, cases(ending)[1]).get("C", []) == sent
    ending = tree(policy).posts("D", EDGE).lifted("C", EDGE + 1).posts("A", EDGE + 2).play()
    assert "C" not in actions_by_member(ending, cases(ending)[1])


def test_an_associated_member_who_offends_gets_the_offenders_sanctions__if_32() -> None:
    ending = tree().posts("C", EDGE).posts("B", EDGE + 1).play()
    assert actions_by_member(ending, cases(ending)[1])["B"] == OFFENDER


@pytest.mark.parametrize(("people", "shown"), [(4, None), (5, {"account_id": "R", "let_in": 5, "offenders": 2})])
def test_an_inviters_record_is_listed_from_a_minimum_sample_on__if_35(
    people: int, shown: dict[str, object] | None
) -> None:
    story = GroupStory().admitted("R")
    for number in range(people):
        story.joins(f"m{number}", "R", 1 + number)
    story.leaves("m3", 20).joins("m3", "R", 21)
    story.posts("m0", HOUR).posts("m1", 2 * HOUR)
    assert preview(cases(story.play())[1]).get("inviter") == shown


def test_an_administrator_has_a_record_as_inviter_too__if_35_if_16() -> None:
    story = GroupStory(forest_policy(inviter_sample=2)).admitted("A").admitted("B", 1).posts("B", 10)
    assert preview(cases(story.play())[0])["inviter"] == {"account_id": "boss", "let_in": 2, "offenders": 1}


def test_beyond_the_mass_share_a_review_is_requested__if_36() -> None:
    for limit, outcome in ((Fraction(3, 6), "MANAGED"), (Fraction(49, 100), "REVIEW")):
        ending = tree(forest_policy(mass_share_limit=limit)).posts("C", 10).play()
        case = cases(ending)[0]
        assert (case.outcome, "MASS_SHARE" in case.reasons) == (outcome, outcome == "REVIEW")
        assert list(actions_by_member(ending))[:1] == ["C"]
        assert len(actions_by_member(ending)) == (4 if outcome == "MANAGED" else 1)


def test_a_policy_may_always_request_a_review__if_36() -> None:
    ending = tree(forest_policy(enforce=CaseMode.REVIEW_ALWAYS)).posts("C", 10).play()
    case = cases(ending)[0]
    assert (case.outcome, actions_by_member(ending)) == ("REVIEW", {"C": OFFENDER})
    assert case.actions == ("REVIEW", "REMOVE", "BAN")
    assert len(reviews(ending)) == 1


def test_the_first_reason_for_a_review_counts__if_37() -> None:
    policy = forest_policy(mass_limit=0, mass_share_limit=Fraction(0), enforce=CaseMode.REVIEW_ALWAYS)
    ending = tree(policy).becomes("D", MemberRole.ADMIN, 8).posts("C", 10).posts("D", 20).play()
    assert [set(case.reasons) - {"keywords"} for case in cases(ending)] == [{"MASS_LIMIT"}, {"OFFENDER_IS_ADMIN"}]


def test_a_sanction_in_force_for_as_long_is_not_sent_again__if_39() -> None:
    long = replace(FIRST_CASE, distance_1=(Sanction(Action.MUTE),))
    ending = tree(forest_policy(first=long, th1=1)).posts("C", 10).posts("A", DAY).play()
    assert actions_by_member(ending, cases(ending)[1]) == {"A": OFFENDER, "R": ["MUTE"], "X": ["MUTE"]}
    assert associated(cases(ending)[1]) == {"B": 1, "R": 1, "X": 1}


def test_a_sanction_that_would_end_later_is_sent_again__if_39() -> None:
    ending = tree(forest_policy(th1=1)).posts("C", 10).posts("A", DAY).play()
    assert actions_by_member(ending, cases(ending)[1])["B"] == NEAR


@pytest.mark.parametrize(("lift", "removed"), [(None, True), (HOUR, False)])
def test_a_lift_ends_bans__if_40(lift: int | None, *, removed: bool) -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).leaves("A", 20)
    if lift is not None:
        story.lifted("A", lift)
    ending = story.joins("A", "R", 2 * HOUR).play()
    assert actions_by_member(ending)["A"] == OFFENDER + ["REMOVE"] * removed


def test_a_lift_ends_sanctions_and_leaves_the_forest__if_40() -> None:
    long = replace(FIRST_CASE, distance_1=(Sanction(Action.MUTE),))
    ending = tree(forest_policy(first=long, th1=1)).posts("C", 10).lifted("B", HOUR).posts("A", DAY).play()
    assert actions_by_member(ending, cases(ending)[1])["B"] == ["MUTE"]


def test_a_case_does_not_sanction_again_after_a_lift__if_e28() -> None:
    story = GroupStory(forest_policy(first=MUTED)).chain("R", "A").posts("A", EDGE).lifted("A", EDGE + 1)
    ending = story.posts("A", EDGE + 2).play()
    assert (len(cases(ending)), actions_by_member(ending)["A"]) == (2, ["MUTE"])


def test_a_ban_without_end_is_in_force_for_years__if_41() -> None:
    story = rejoin(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).posts("A", 2 * HOUR)
    ending = story.leaves("A", 3 * HOUR).joins("A", "R", 3_000 * DAY).play()
    assert actions_by_member(ending)["A"] == [*OFFENDER, "REMOVE", *OFFENDER, "REMOVE"]


def test_a_banned_account_that_joined_has_a_node__if_41() -> None:
    story = rejoin(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).joins("B", "A", 2 * HOUR)
    assert associated(cases(story.posts("B", 3 * HOUR).play())[1]) == {"A": 1, "R": 2}


@pytest.mark.parametrize(("option", "later", "banned"), [(False, 0, 0), (True, -1, 1), (True, 0, 0)])
def test_a_departed_account_is_banned_when_it_rejoins__if_27_if_e7(option: bool, later: int, banned: int) -> None:  # noqa: FBT001
    story = GroupStory(forest_policy(ban_on_rejoin=option)).chain("R", "A", "B").leaves("A", 5).posts("B", 10)
    ending = story.joins("A", "R", 10 + 7 * DAY + later).play()
    bans = [command for command in ending.commands if command.account_id == "A"]
    assert [(str(ban.action), ban.decision_id) for ban in bans] == [("BAN", cases(ending)[0].decision_id)] * banned
    assert actions_by_member(ending)["B"] == OFFENDER


@pytest.mark.parametrize(("role", "banned"), [("OWNER", False), ("ADMIN", False), ("MEMBER", True)])
def test_a_departed_owner_or_administrator_has_no_sanction_to_escape__if_27_if_33(role: str, *, banned: bool) -> None:
    story = GroupStory(forest_policy(ban_on_rejoin=True)).chain("R", "A", "B").becomes("A", MemberRole(role), 4)
    ending = story.leaves("A", 5).posts("B", 10).joins("A", "R", DAY).play()
    assert ("A" in actions_by_member(ending)) == banned


@pytest.mark.parametrize(("short", "long"), [(10, 20), (20, 10)])
def test_the_latest_end_counts_for_a_departed_account__if_27_if_32(short: int, long: int) -> None:
    first = replace(FIRST_CASE, distance_1=(Sanction(Action.MUTE, DAY),), farther=(Sanction(Action.MUTE, HOUR),))
    story = GroupStory(forest_policy(ban_on_rejoin=True, first=first)).chain("R", "A", "B").joins("C", "B", 3)
    story.leaves("A", 5).posts("B", long).posts("C", short).joins("A", "R", 2 * HOUR)
    assert ends_by_action(story.play())["A", "BAN"] == long + DAY


def test_a_lift_ends_a_ban_that_awaits_a_return__if_27_if_40() -> None:
    story = GroupStory(forest_policy(ban_on_rejoin=True)).chain("R", "A", "B").leaves("A", 5).posts("B", 10)
    assert "A" not in actions_by_member(story.lifted("A", HOUR).joins("A", "R", DAY).play())


def test_a_late_hit_is_tagged_late__c_4() -> None:
    story = tree().posts("D", DAY, "hello").posts("C", 10)
    assert "LATE" in cases(story.play())[0].reasons


def test_every_command_has_its_own_id__c_11() -> None:
    ending = tree().posts("C", 10).posts("A", HOUR).play()
    assert len({command.command_id for command in ending.commands}) == len(ending.commands)


def test_ended_windows_and_sanctions_are_removed__if_38() -> None:
    story = tree(forest_policy(repeat_within_ms=0)).posts("C", 10)
    kept = {state: _entries(story, state) for state in ("sanctions", "treatments", "case-windows", "cases")}
    assert kept == {"sanctions": 6, "treatments": 4, "case-windows": 1, "cases": 1}
    later = story.posts("Z", 40 * DAY, "hello", group_id="h")
    assert [_entries(later, state) for state in kept] == [0, 0, 0, 0]


def _entries(story: GroupStory, state: str) -> int:
    """The number of entries of a state some seconds after the last event."""
    told = GroupStory(story.policy)
    told.events = [*story.events]
    last = max(event.at_ms for event in told.events) - 1_700_000_000_000  # type: ignore[attr-defined]
    rows = told.posts("nobody", last + 5_000, "hello", group_id="h").stored_rows()
    return sum(f"\x00\x00\x00\x05group\x00\x00\x00{chr(len(state))}{state}".encode() in row for row, _ in rows)


def test_policies_default_to_the_documented_actions__if_30() -> None:
    assert Policy().invite_forest.first == FIRST_CASE
    assert Policy().invite_forest.unconfirmed == (Sanction(Action.NOTIFY_ADMIN),)


@pytest.mark.parametrize(("later", "belongs"), [(30 * DAY, True), (30 * DAY + 1, False)])
def test_posts_of_a_removed_account_that_never_left_belong_to_the_stored_case__if_31(
    later: int, *, belongs: bool
) -> None:
    story = GroupStory().chain("R", "A").posts("A", 10).posts("A", 10 + later)
    assert ("REPEATED_HIT" in cases(story.play())[1].reasons) == belongs


def test_a_lifted_case_still_counts_as_an_earlier_case__if_40() -> None:
    story = rejoin(GroupStory().chain("R", "A").posts("A", 10), "A", "R", HOUR).lifted("A", 2 * HOUR).posts("A", DAY)
    assert evidence(cases(story.play())[1])["repetition"] == "repeated"


def test_a_post_after_a_lift_opens_a_new_case__if_31_if_40() -> None:
    ending = GroupStory().chain("R", "A").posts("A", 10).lifted("A", HOUR).posts("A", DAY).play()
    assert evidence(cases(ending)[1])["repetition"] == "repeated"
    assert actions_by_member(ending, cases(ending)[1])["A"] == OFFENDER

"""Limits of the commands about one subject, so that nobody is drowned by one account (C-31)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jobs.policy.file import InvalidPolicy, parse
from operators.enforcement.amendment import OVER_LIMIT
from operators.policy.action import Action, Operation
from operators.policy.model import DEFAULT_LIMITS, Limit, LimitScope, Policy
from schemas.records import Warn, WarnChannel
from tests.rules.enforcement.test_limits import limited
from tests.support.group_story import GroupStory, forest_policy, reviews
from tests.support.portraits import H0, rules, stolen
from tests.support.story import DAY, HOUR, MINUTE, START_MS, Story, evidence

if TYPE_CHECKING:
    from tests.support.story import StoryResult

MIDNIGHT = -START_MS % DAY
"""Start of the first whole day, relative to START_MS."""
WARNING = Operation(exit_session=True, warn=(WarnChannel.IN_APP,))


def capped(action: Action, at_most: int, per_ms: int = DAY) -> Limit:
    return Limit(action, at_most, per_ms, LimitScope.SUBJECT)


def pressing(policy: Policy, *times: int, senders: str = "a", recipients: tuple[str, ...] = ("bob",)) -> Story:
    """New friends write suspicious messages at these times."""
    story = Story(policy)
    for sender in senders:
        for recipient in recipients:
            story.friends(at=min(times) - 1, account_id=recipient, friend_id=sender)
    for at in times:
        for sender in senders:
            for recipient in recipients:
                story.message(at, sender_id=sender, recipient_id=recipient)
    return story


def warnings(ending: StoryResult) -> list[Warn]:
    return [command for command in ending.commands if isinstance(command, Warn)]


def over(ending: StoryResult) -> list[bool]:
    return [OVER_LIMIT in decision.reasons for decision in ending.decisions]


def test_a_command_beyond_the_limit_stays_and_the_others_leave__c_v7_c_31() -> None:
    ending = pressing(limited(capped(Action.WARN, 2), first=WARNING), *(MIDNIGHT + n for n in range(4))).play()
    assert over(ending) == [False, False, True, True]
    assert [ending.command_names(decision) for decision in ending.decisions] == [
        *[["ExitSession", "Warn IN_APP"]] * 2,
        *[["ExitSession"]] * 2,
    ]
    assert ending.decisions[3].actions == ("WARN", "EXIT_SESSION"), "what would have been done"
    assert ending.counts["relationship.over-limit"] == 2


def test_each_subject_and_each_who_is_warned_has_a_limit_of_its_own__c_31() -> None:
    policy = limited(capped(Action.WARN, 1), first=WARNING)
    ending = pressing(policy, MIDNIGHT, MIDNIGHT + 1, senders="ab", recipients=("bob", "cy")).play()
    assert sorted((each.about_id, each.account_id) for each in warnings(ending)) == [
        ("a", "bob"), ("a", "cy"), ("b", "bob"), ("b", "cy"),
    ]  # fmt: skip


def test_what_was_kept_back_is_in_the_evidence_of_the_next__c_31_c_13() -> None:
    policy = limited(capped(Action.WARN, 1), first=WARNING)
    times = (MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + 2, MIDNIGHT + DAY, MIDNIGHT + DAY + 1)
    first, second, third, next_day, last = pressing(policy, *times).play().decisions
    assert [evidence(each).get("kept_back") for each in (first, second, third, next_day, last)] == [
        None, None, None, {"WARN": 2}, None,
    ]  # fmt: skip
    shown = [found for found in evidence(third)["conditions"] if found["name"] == "commands_WARN"]
    assert shown == [{"name": "commands_WARN", "operator": "<=", "expected": 1, "actual": 3, "result": False}]
    assert "commands_WARN" not in {found["name"] for found in evidence(first)["conditions"]}


@pytest.mark.parametrize(("later", "shown"), [(2 * MINUTE - 1, {"WARN": 1}), (2 * MINUTE, None)])
def test_what_was_kept_back_is_told_until_the_end_of_the_window_after__c_31(
    later: int, shown: dict[str, int] | None
) -> None:
    policy = limited(capped(Action.WARN, 1, MINUTE), first=WARNING)
    *_, last = pressing(policy, MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + later).play().decisions
    assert evidence(last).get("kept_back") == shown


@pytest.mark.parametrize(("last", "kept"), [(MIDNIGHT - 1, [True]), (MIDNIGHT, [])])
def test_the_day_is_aligned_and_half_open__c_31_c_3(last: int, kept: list[bool]) -> None:
    policy = limited(capped(Action.WARN, 1), first=WARNING)
    assert over(pressing(policy, MIDNIGHT - 2, last).play()) == [False, bool(kept)]


def test_what_is_late_is_limited_too__c_31() -> None:
    story = pressing(limited(capped(Action.WARN, 1, HOUR), first=WARNING), 0)
    for minute in range(3):
        story.message(DAY + minute * MINUTE, "hello", sender_id="x", recipient_id="y")
        story.message(12 * HOUR + minute, sender_id="a", recipient_id="bob")
    story.message(DAY + HOUR, sender_id="a", recipient_id="bob").message(2 * DAY, "hello", sender_id="x")
    assert over(story.play()) == [False, False, True, True, False]
    assert not [row for row, _ in story.message(3 * DAY, "hello").stored_rows() if b"capped" in row]


def test_a_tally_of_something_late_expires_where_nothing_else_happens__c_31() -> None:
    story = Story(limited(capped(Action.WARN, 1), first=WARNING)).friends(account_id="bob", friend_id="a")
    story.message(MIDNIGHT + HOUR, "hello", sender_id="x", recipient_id="y")
    story.message(MIDNIGHT, sender_id="a", recipient_id="bob")
    for later, count in ((8 * DAY, 1), (10 * DAY, 0)):
        rows = story.message(MIDNIGHT + later, "hello", sender_id="x", recipient_id="y").stored_rows()
        assert len([row for row, _ in rows if b"capped" in row]) == count


def spamming(story: GroupStory, *offenders: str, count: int = 14, at: int = MIDNIGHT) -> GroupStory:
    """Members of whom each leads to a review in each of so many windows."""
    for who in offenders:
        story.admitted(who, at - DAY)
    for number in range(count):
        for who in offenders:
            story.posts(who, at + number * 10 * MINUTE)
    return story


def test_reviewers_are_not_drowned_by_one_account__c_31() -> None:
    policy = forest_policy(suffice_alone=frozenset())
    ending = spamming(GroupStory(policy), "o", "p").play()
    assert [each.subject_id for each in reviews(ending)].count("o") == 10
    assert len(reviews(ending)) == 20
    assert over(ending).count(True) == 8
    kept = [ending.command_names(each) for each in ending.decisions if OVER_LIMIT in each.reasons]
    assert kept == [["ManageMember"]] * 8, "administrators are told all the same"


def test_the_next_review_says_how_many_were_not_requested__c_v6_c_31() -> None:
    story = spamming(GroupStory(forest_policy(suffice_alone=frozenset())), "o")
    last = reviews(story.posts("o", MIDNIGHT + DAY).play())[-1]
    assert last.summary.endswith(": UNCONFIRMED. 4 more were not requested, for the limit.")


def test_a_limit_of_the_job_counts_what_is_left__c_26_c_31() -> None:
    policy = limited(capped(Action.WARN, 1), Limit(Action.EXIT_SESSION, 3, DAY), first=WARNING)
    ending = pressing(policy, *(MIDNIGHT + n for n in range(4))).play()
    assert [ending.command_names(decision) for decision in ending.decisions] == [
        ["ExitSession", "Warn IN_APP"], ["ExitSession"], ["ExitSession"], [],
    ]  # fmt: skip


def test_only_logged_commands_do_not_count__c_28_c_31() -> None:
    policy = limited(capped(Action.WARN, 1), first=WARNING)
    policy = replace(policy, enforcement=replace(policy.enforcement, log_only=frozenset({Action.WARN})))
    assert over(pressing(policy, MIDNIGHT, MIDNIGHT + 1).play()) == [False, False]


def test_a_limit_changes_no_decisions_id__c_10_c_31() -> None:
    times = [MIDNIGHT + number for number in range(4)]
    free, bound = (pressing(limited(*limits, first=WARNING), *times) for limits in ((), (capped(Action.WARN, 1),)))
    assert [each.decision_id for each in free.play().decisions] == [each.decision_id for each in bound.play().decisions]
    assert {each.command_id for each in bound.play().commands} < {each.command_id for each in free.play().commands}


def test_tallies_expire_and_name_nobody__c_31_c_18() -> None:
    story = pressing(limited(capped(Action.WARN, 1, HOUR), first=WARNING), 0, 1, senders=("alice",))  # type: ignore[arg-type]
    for later, count in ((MINUTE, 1), (3 * HOUR, 0)):
        rows = [row + value for row, value in story.message(later, "hello").stored_rows() if b"capped" in row]
        assert (len(rows), any(b"alice" in row or b"bob" in row for row in rows)) == (count, False)


@pytest.mark.parametrize("who", ["a", "bob"])
@pytest.mark.parametrize("late", [False, True])
def test_an_account_of_the_same_id_after_an_erasure_has_counts_of_its_own__c_31_c_18(who: str, *, late: bool) -> None:
    story = pressing(limited(capped(Action.WARN, 1), first=WARNING), MIDNIGHT, MIDNIGHT + 1)
    story.friends(at=MIDNIGHT + 2 * HOUR, account_id="bob", friend_id="a").erased(who, MIDNIGHT + HOUR)
    if not late:
        story.events.sort(key=lambda event: event.at_ms)
    ending = story.message(MIDNIGHT + 3 * HOUR, sender_id="a", recipient_id="bob").play()
    assert over(ending) == [False, True, False]


def test_a_new_account_of_the_recipients_id_is_warned_of_a_lookalike__c_31_c_18() -> None:
    at = 20 * DAY + MIDNIGHT
    story = stolen(H0, replace(rules(), limits=(capped(Action.WARN, 1),))).writes(at).erased("R", at + HOUR)
    story.befriends("R", "M", at + 2 * HOUR).writes(at + 3 * HOUR)
    assert over(story.play()) == [False, False]


def test_a_member_of_the_same_id_after_an_erasure_has_counts_of_its_own__c_31_c_18() -> None:
    story = spamming(GroupStory(forest_policy(suffice_alone=frozenset())), "o").erased("o", MIDNIGHT + 10 * HOUR)
    story.admitted("o", MIDNIGHT + 11 * HOUR).posts("o", MIDNIGHT + 12 * HOUR)
    assert not over(story.play())[-1]


def test_an_erasure_leaves_the_counts_of_others__c_31_c_18() -> None:
    story = pressing(limited(capped(Action.WARN, 1), first=WARNING), MIDNIGHT, senders="ab")
    story.erased("b", MIDNIGHT + HOUR).message(MIDNIGHT + 2 * HOUR, sender_id="a", recipient_id="bob")
    assert over(story.play())[-1]


@pytest.mark.parametrize(
    ("document", "limits"),
    [
        ("{}", DEFAULT_LIMITS),
        ("limits: {BLOCK: {at_most: 5, per_ms: 1h}}", (*DEFAULT_LIMITS, Limit(Action.BLOCK, 5, HOUR))),
        ("limits: {WARN: null}", DEFAULT_LIMITS[1:]),
        ("limits: {REVIEW: null, WARN: {at_most: 5, per_ms: 1h}}", (Limit(Action.WARN, 5, HOUR),)),
        ("limits: {WARN: {at_most: 5, per_ms: 1h, scope: SUBJECT}, REVIEW: null}", (capped(Action.WARN, 5, HOUR),)),
    ],
)
def test_an_action_that_a_policy_does_not_name_keeps_its_default__c_31(
    document: str, limits: tuple[Limit, ...]
) -> None:
    assert parse(document).limits == limits


def test_a_scope_is_of_a_job_or_a_subject__c_20() -> None:
    with pytest.raises(InvalidPolicy, match=r"limits\.WARN.*scope"):
        parse("limits: {WARN: {at_most: 5, per_ms: 1h, scope: GROUP}}")


def test_defaults_are_those_that_flood_people__c_31() -> None:
    assert {limit.action: limit.at_most for limit in DEFAULT_LIMITS} == {Action.WARN: 20, Action.REVIEW: 10}

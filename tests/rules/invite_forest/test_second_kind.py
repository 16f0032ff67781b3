"""By default a sanction needs evidence of two kinds; one kind leads to people (IF-43 to IF-46)."""

from __future__ import annotations

import pytest

from jobs.policy.file import InvalidPolicy, parse
from operators.policy.invite_forest import Sanction, TargetCondition
from operators.policy.model import Policy
from schemas.records import ManageMember, MemberRole, Warn
from tests.rules.invite_forest.test_findings import play_with_decision
from tests.support.group_story import (
    EDGE,
    WINDOW,
    GroupStory,
    actions_by_member,
    associated,
    cases,
    forest_policy,
    preview,
    reviews,
    tree,
)
from tests.support.story import DAY, HOUR, MINUTE, StoryResult, evidence

OFFENDER = ["REMOVE", "BAN"]
DEFAULT = TargetCondition()
PIZZA = "The payment for the pizza is 8 euros each"


def group(**changes: object) -> GroupStory:
    return tree(forest_policy(DEFAULT, **changes))


def several(**changes: object) -> GroupStory:
    """The same, and four members whom the administrator has let in one by one: independent reporters."""
    return group(**changes).admitted("P").admitted("Q").admitted("S").admitted("T")


def posting(story: GroupStory, who: str, *times: int) -> GroupStory:
    for at in times:
        story.posts(who, at, PIZZA)
    return story


def reporting(story: GroupStory, who: str, *reporters: str, at: int = HOUR) -> GroupStory:
    for number, reporter in enumerate(reporters):
        story.reported(who, reporter, at + number)
    return story


def warned(ending: StoryResult) -> list[str]:
    return [command.account_id for command in ending.commands if isinstance(command, Warn)]


def test_one_or_two_everyday_messages_lead_to_nothing__if_v32_if_44_if_e29() -> None:
    assert group().policy.invite_forest == Policy().invite_forest
    assert not posting(group(), "C", MINUTE, 2 * MINUTE).play().decisions


def test_several_messages_lead_to_people_and_nobody_is_sanctioned__if_v33_if_43_if_45() -> None:
    ending = posting(group(), "C", MINUTE, 2 * MINUTE, 3 * MINUTE).play()
    (case,) = cases(ending)
    assert (case.outcome, case.reasons) == ("REVIEW", ("UNCONFIRMED", "keywords"))
    assert (actions_by_member(ending), len(reviews(ending))) == ({"C": ["NOTIFY_ADMIN"]}, 1)
    assert (associated(case), preview(case)["share"]) == ({"A": 2, "B": 1, "D": 1}, "3/6")
    assert evidence(case)["associated"][0]["actions"] == ["WATCH"]
    assert not warned(ending)


@pytest.mark.parametrize(("last", "count"), [(MINUTE + HOUR, 1), (MINUTE + HOUR + 1, 0)])
def test_the_messages_are_of_one_hour__if_44(last: int, count: int) -> None:
    assert len(posting(group(), "C", MINUTE, 2 * MINUTE, last).play().decisions) == count


@pytest.mark.parametrize(
    ("parts", "who"),
    [
        pytest.param({"trusted_reporters": frozenset({"classifier"})}, ["classifier"], id="a trusted verdict"),
        pytest.param({}, ["P", "Q", "S"], id="reporters"),
    ],
)
def test_one_message_and_another_kind_of_evidence_are_enough__if_v34_if_43_if_44(
    parts: dict[str, object], who: list[str]
) -> None:
    ending = reporting(posting(several(**parts), "C", MINUTE), "C", *who).play()
    assert [case.outcome for case in cases(ending)] == ["MANAGED"]
    assert actions_by_member(ending)["C"] == OFFENDER
    assert "hits" in cases(ending)[0].reasons


@pytest.mark.parametrize(
    ("confirm", "outcomes"), [(4, ["REVIEW", "MANAGED"]), (3, ["MANAGED", "MANAGED"]), (1, ["MANAGED", "MANAGED"])]
)
def test_a_policy_says_how_many_reporters_confirm_what_is_written__if_v51_if_52(
    confirm: int, outcomes: list[str]
) -> None:
    story = reporting(posting(several(reports_confirm=confirm), "C", MINUTE), "C", "P", "Q", "S", "T")
    assert [case.outcome for case in cases(story.play())] == outcomes


def test_few_reporters_do_not_make_one_message_enough__if_44_if_52() -> None:
    story = posting(reporting(several(reports_confirm=4), "C", "P", "Q", "S", at=0), "C", HOUR)
    assert [case.reasons for case in cases(story.play())] == [("UNCONFIRMED", "reports")]


def test_a_message_after_the_reports_is_confirmed_by_them__if_v34() -> None:
    ending = posting(reporting(several(), "C", "P", "Q", "S"), "C", 2 * HOUR).play()
    first, second = cases(ending)
    assert [(case.outcome, case.reasons) for case in (first, second)] == [
        ("REVIEW", ("UNCONFIRMED", "reports")),
        ("MANAGED", ("keywords", "reports")),
    ]
    assert len(evidence(second)["causing_events"]) == 4


@pytest.mark.parametrize(
    ("rule", "outcome", "removed"),
    [
        ("friend-gate", "REFUSED_DENIED", True),
        ("avatar-impersonation", "RISK_USER", True),
        ("avatar-impersonation", "REVIEW", False),
    ],
)
def test_a_finding_confirms_one_message__if_v35_if_43(rule: str, outcome: str, *, removed: bool) -> None:
    ending = play_with_decision(posting(group(), "C", HOUR), rule, outcome, 10, "C")
    assert ("C" in actions_by_member(ending)) == removed
    assert all(evidence(case)["condition"] == ["findings", "keywords"] for case in cases(ending))


def test_reports_alone_lead_to_people_however_many_they_are__if_v36_if_43() -> None:
    ending = reporting(several(), "C", "P", "Q", "S", "T").play()
    assert {case.outcome for case in cases(ending)} == {"REVIEW"}
    assert actions_by_member(ending) == {"C": ["NOTIFY_ADMIN"]}


@pytest.mark.parametrize(("number", "removed"), [(3, False), (4, True)])
def test_a_policy_may_say_how_many_reporters_suffice__if_43(number: int, *, removed: bool) -> None:
    ending = reporting(several(reports_suffice=4), "C", *"PQST"[:number]).play()
    assert (actions_by_member(ending)["C"][-1] == "BAN") == removed


def test_what_is_confirmed_later_in_the_window_is_decided_again__if_45() -> None:
    story = posting(several(), "C", EDGE, EDGE + 1, EDGE + 2)
    ending = reporting(story, "C", "P", "Q", "S", at=EDGE + 3).posts("C", EDGE + 9).play()
    assert [(case.outcome, "REPEATED_HIT" in case.reasons) for case in cases(ending)] == [
        ("REVIEW", False), ("MANAGED", False), ("MANAGED", True)
    ]  # fmt: skip
    assert actions_by_member(ending)["C"] == ["NOTIFY_ADMIN", *OFFENDER]


@pytest.mark.parametrize(("at", "asked"), [(EDGE + WINDOW - 1, 1), (EDGE + WINDOW, 2)])
def test_people_are_asked_once_a_window__if_45(at: int, asked: int) -> None:
    ending = posting(group(), "C", EDGE, EDGE + 1, EDGE + 2, at).play()
    first, second = cases(ending)
    assert len(reviews(ending)) == asked
    assert second.outcome == "REVIEW"
    if asked == 1:
        assert evidence(second)["case"] == {"decision_id": first.decision_id}
        assert (second.actions, "REPEATED_HIT" in second.reasons) == ((), True)


def test_a_review_of_this_kind_makes_no_repetition_and_no_offender__if_45_if_35() -> None:
    story = posting(several(inviter_sample=1), "C", EDGE, EDGE + 1, EDGE + 2)
    first, second = cases(reporting(story, "C", "P", "Q", "S", at=EDGE + HOUR).play())
    assert [evidence(case)["repetition"] for case in (first, second)] == ["first", "first"]
    assert [preview(case)["inviter"]["offenders"] for case in (first, second)] == [0, 1]


def test_a_policy_may_hold_posts_back_until_people_have_looked__if_45() -> None:
    cell = parse("invite_forest: {actions: {unconfirmed: {PRE_MODERATE: 1d}}}").invite_forest.unconfirmed
    ending = posting(group(unconfirmed=cell), "C", MINUTE, 2 * MINUTE, 3 * MINUTE).play()
    assert actions_by_member(ending) == {"C": ["PRE_MODERATE"]}
    assert [each.until_ms - each.at_ms for each in ending.commands if isinstance(each, ManageMember)] == [DAY]


def test_nothing_stricter_is_done_to_who_is_only_suspected__if_45_c_20() -> None:
    with pytest.raises(InvalidPolicy, match=r"actions.unconfirmed.*REMOVE needs two kinds of evidence"):
        parse("invite_forest: {actions: {unconfirmed: {REMOVE: null, WATCH: 1d}}}")


def test_a_policy_may_let_one_keyword_suffice__if_43() -> None:
    condition = parse("invite_forest: {condition: {hits_needed: 1, suffice_alone: [keywords]}}").invite_forest.condition
    assert actions_by_member(posting(tree(forest_policy(condition)), "C", MINUTE).play())["C"] == OFFENDER


@pytest.mark.parametrize(("role", "at_most", "told"), [
    (MemberRole.OWNER, 6, list("ABDRX")), (MemberRole.ADMIN, 6, list("ABDRX")),
    (MemberRole.OWNER, 5, []), (MemberRole.MEMBER, 6, []),
])  # fmt: skip
def test_the_members_of_a_small_group_are_warned_of_its_owner__if_v37_if_46(
    role: MemberRole, at_most: int, told: list[str]
) -> None:
    story = group(small_group=at_most).becomes("C", role, 8)
    ending = posting(story, "C", MINUTE, 2 * MINUTE, 3 * MINUTE).play()
    assert warned(ending) == told
    assert [case.outcome for case in cases(ending)] == ["REVIEW"]
    assert all("in the group g" in each.report for each in ending.commands if isinstance(each, Warn))
    assert ("WARN" in cases(ending)[0].actions) == bool(told)


def test_who_has_left_is_not_warned__if_46() -> None:
    story = group().becomes("C", MemberRole.OWNER, 8).leaves("X", 9).leaves("A", 9)
    assert warned(posting(story, "C", MINUTE, 2 * MINUTE, 3 * MINUTE).play()) == ["B", "D", "R"]


def test_a_sanction_of_the_suspected_counts_in_the_window__if_45_if_32() -> None:
    story = several(
        hits_needed=1, unconfirmed=(Sanction(forest_policy().invite_forest.first.distance_1[1].action, 7 * DAY),)
    )
    story.posts("B", EDGE, PIZZA).posts("C", EDGE + 1, PIZZA)
    ending = reporting(story, "C", "P", "Q", "S", at=EDGE + 2).play()
    assert actions_by_member(ending)["B"] == ["PRE_MODERATE", "RESTRICT_INVITE"]

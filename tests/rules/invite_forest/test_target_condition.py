"""Target condition: the messages and reports that make a member an offender (IF-18 to IF-20)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.invite_forest.standing import on_decision
from operators.policy.keywords import ScreenRules
from operators.policy.model import Policy
from schemas.records import Decision
from state.entries.invite_forest import Charge
from tests.support.group_story import ONE_KEYWORD, GroupStory, actions_by_member, associated, cases, forest_policy
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, evidence

NOTHING = ScreenRules((), frozenset({"keyword"}), ())
CARD = "4111 1111 1111 1111"


def group(policy: Policy | None = None) -> GroupStory:
    return GroupStory(policy).chain("R", "A", "B")


def crowd(policy: Policy | None = None) -> GroupStory:
    """The same group with members whom the administrator has let in one by one."""
    story = group(policy)
    for who in ("r", "s", "t", "r0", "r1", "r2", "x", "y", "z"):
        story.admitted(who)
    return story


def parts(story: GroupStory) -> list[list[str]]:
    return [evidence(case)["condition"] for case in cases(story.play())]


def test_a_keyword_in_a_group_message_is_a_hit__if_18_if_19_fa_11() -> None:
    (case,) = cases(group().posts("A", 10, "send the p-a-y ment").play())
    shown = evidence(case)
    assert (case.subject_id, case.group_id, case.other_id) == ("A", "g", None)
    assert (shown["condition"], shown["causing_events"]) == (["keywords"], ["event-3"])
    assert shown["spans"] == [{"detector": "keyword", "keyword": "payment", "start": 9, "end": 19}]


@pytest.mark.parametrize("text", [HARMLESS, CARD, "see taobao.com"])
def test_only_the_parts_of_the_condition_count__if_19(text: str) -> None:
    assert parts(group().posts("A", 10, text)) == []


def test_a_pattern_is_a_hit__if_19() -> None:
    assert parts(group(forest_policy(patterns=("(?i)win +big",))).posts("A", 10, "WIN  big")) == [["patterns"]]


def test_a_link_is_a_hit__if_19_fa_10() -> None:
    screen = ScreenRules((), frozenset({"keyword", "shopping_link"}), ("bad.example",))
    assert parts(group(forest_policy(screen=screen)).posts("A", 10, "www.bad.example/x")) == [["links"]]


@pytest.mark.parametrize(("times", "count"), [([0, HOUR, DAY], 1), ([0, HOUR, DAY + 1], 0), ([0, 1, 1], 1)])
def test_three_reporters_in_a_day_suffice__if_19(times: list[int], count: int) -> None:
    story = crowd()
    for number, at in enumerate(times):
        story.reported("A", f"r{number}", MINUTE + at)
    assert parts(story) == [["reports"]] * count


def test_the_reports_of_one_reporter_count_once__if_19() -> None:
    story = crowd().reported("A", "r", 10).reported("A", "r", 11).reported("A", "r", 12).reported("A", "s", 13)
    assert parts(story) == []
    assert parts(story.reported("A", "t", 14)) == [["reports"]]


def test_a_repeated_report_counts_once__c_12() -> None:
    story = crowd().reported("A", "r", 10, event_id="x").reported("A", "s", 11)
    assert parts(story.reported("A", "r", 10, event_id="x")) == []


def test_a_reporters_latest_report_counts__if_19() -> None:
    story = crowd().reported("A", "r", MINUTE).reported("A", "s", HOUR).reported("A", "r", DAY)
    assert parts(story.reported("A", "t", DAY + HOUR)) == [["reports"]]


def test_reports_name_their_events_and_no_reporter__if_19_c_14() -> None:
    story = crowd().reported("A", "r", 10, event_id="x").reported("A", "s", 11, event_id="y")
    (case,) = cases(story.reported("A", "t", 12, event_id="z").play())
    assert evidence(case)["causing_events"] == ["x", "y", "z"]
    assert '"t"' not in case.evidence


def test_reports_of_another_member_do_not_count__if_19() -> None:
    assert parts(crowd().reported("A", "r", 10).reported("B", "s", 11).reported("A", "t", 12)) == []


def test_one_report_of_a_trusted_reporter_suffices__if_19() -> None:
    story = group(forest_policy(trusted_reporters=frozenset({"classifier"}))).reported("A", "classifier", 10)
    assert parts(story) == [["trusted_reporters"]]


@pytest.mark.parametrize(("last", "count"), [(10 * MINUTE, 1), (10 * MINUTE + 1, 0)])
def test_only_the_nth_hit_within_the_window_counts__if_19(last: int, count: int) -> None:
    story = group(forest_policy(hits_needed=3)).posts("A", MINUTE).posts("A", 2 * MINUTE).posts("A", MINUTE + last)
    (*found,) = cases(story.play())
    assert len(found) == count
    assert all(len(evidence(case)["causing_events"]) == 3 for case in found)


def test_hits_of_others_do_not_count__if_19() -> None:
    assert parts(group(forest_policy(hits_needed=2)).posts("A", 10).posts("B", 11)) == []


def test_a_repeated_message_is_one_hit__if_19_c_12() -> None:
    story = group(forest_policy(hits_needed=2)).posts("A", 10, event_id="x").posts("A", 10, event_id="x")
    assert parts(story) == []
    assert parts(story.posts("A", 11)) == [["keywords"]]


def test_one_message_may_meet_several_parts__if_19() -> None:
    assert parts(group(forest_policy(patterns=("pay.",))).posts("A", 10)) == [["keywords", "patterns"]]


def test_a_departed_author_is_banned__if_20_if_e8() -> None:
    ending = group().leaves("B", 10).posts("B", 20).play()
    assert associated(cases(ending)[0]) == {"A": 1, "R": 2}
    assert actions_by_member(ending)["B"] == ["REMOVE", "BAN"]
    assert evidence(cases(ending)[0])["offender"]["left"]


def test_a_ban_is_added_to_an_operation_without_one__if_20() -> None:
    mute = replace(forest_policy().invite_forest.first, offender=forest_policy().invite_forest.first.distance_1)
    policy = forest_policy(first=mute)
    assert actions_by_member(group(policy).posts("B", 20).play())["B"] == ["RESTRICT_INVITE", "PRE_MODERATE"]
    ending = group(policy).leaves("B", 10).posts("B", 20).play()
    assert actions_by_member(ending)["B"] == ["RESTRICT_INVITE", "PRE_MODERATE", "BAN"]
    bans = [command for command in ending.commands if command.action == "BAN"]
    assert [command.until_ms - command.at_ms for command in bans] == [7 * DAY]


def test_a_disabled_section_decides_nothing_but_keeps_state__c_28() -> None:
    story = crowd(forest_policy(enabled=False)).posts("A", 10)
    for who in "xyz":
        story.reported("A", who, 20)
    assert not story.play().outputs
    story.published(DAY, f"{{version: v2, invite_forest: {{{ONE_KEYWORD}}}}}").reported("B", "x", DAY).posts(
        "B", DAY + 1
    )
    assert associated(cases(story.play())[0]) == {"A": 1, "R": 2}


def test_thresholds_of_a_new_policy_apply_to_later_cases__if_42_if_e23_c_19() -> None:
    later = f"{{version: v2, invite_forest: {{mode: B, th2: 0, th1: 7, {ONE_KEYWORD}}}}}"
    story = group().posts("B", 10).published(HOUR, later)
    first, second = cases(story.posts("A", HOUR).play())
    assert (first.policy_version, evidence(first)["th1"], associated(first)) == ("default", 2, {"A": 1, "R": 2})
    shown = evidence(second)
    assert (second.policy_version, shown["mode"], shown["th1"], shown["th2"]) == ("v2", "B", 7, 0)
    assert associated(second) == {"B": 1}


class Standing:
    """A context of the step `standing` with one state: the stored finding."""

    late = False
    policy = Policy()

    def __init__(self) -> None:
        self.kept: dict[str, Charge] = {}

    def __getitem__(self, _: object) -> Standing:
        return self

    def get(self, entry: str) -> Charge | None:
        return self.kept.get(entry)

    def put(self, entry: str, value: Charge) -> None:
        self.kept[entry] = value

    def set_timer(self, _: int) -> None:
        pass


def decision(rule: str, outcome: str, at_ms: int = 5) -> Decision:
    return Decision(
        decision_id=f"d{at_ms}",
        at_ms=at_ms,
        rule=rule,
        outcome=outcome,
        subject_id="A",
        cause_event_id="e",
        policy_version="v",
        reasons=(),
        evidence="{}",
    )


@pytest.mark.parametrize(
    ("rule", "outcome", "counts"),
    [
        ("friend-gate", "REFUSED_DENIED", True),
        ("avatar-impersonation", "RISK_USER", True),
        ("friend-gate", "REFUSED_EXPIRED", False),
        ("avatar-impersonation", "REVIEW", False),
        ("friendship-age", "FIRST_OPERATION", False),
    ],
)
def test_denials_and_risk_users_are_findings_against_an_account__if_19_c_9(
    rule: str, outcome: str, *, counts: bool
) -> None:
    ctx = Standing()
    list(on_decision(decision(rule, outcome), ctx))  # type: ignore[arg-type]
    assert bool(ctx.kept) == counts


def test_the_latest_finding_counts__if_19() -> None:
    ctx = Standing()
    for at_ms in (5, 9, 7):
        list(on_decision(decision("friend-gate", "REFUSED_DENIED", at_ms), ctx))  # type: ignore[arg-type]
    assert ctx.kept == {"": Charge(9, "d9")}

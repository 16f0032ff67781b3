"""A suspicious message of somebody whom the recipient does not know (ST-1 to ST-7)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.policy.file import InvalidPolicy, parse
from jobs.runtime.decision_diff import unit_of
from operators.policy.model import RULES, Policy
from operators.policy.strangers import STRANGERS, StrangersPolicy
from schemas.jsonl import read_file
from schemas.records import Decision, ProfileChanged, Record, RiskWindow
from tests.support.portraits import H0
from tests.support.story import DAY, HOUR, MINUTE, SENDER, START_MS, Story, StoryResult, evidence

CASE = Path(__file__).parents[3].parent / "shared" / "cases" / "rules" / "stranger.jsonl"
CARD = "4111 1111 1111 1111"


def policy(friendship_age: dict[str, Any] | None = None, **strangers: Any) -> Policy:
    usual = Policy()
    ages = replace(usual.friendship_age, **(friendship_age or {}))
    return replace(usual, strangers=StrangersPolicy(**strangers), friendship_age=ages)


MILD = policy({"mild_detectors": frozenset({"keyword"})})


def strangers(story: Story) -> list[Decision]:
    return [decision for decision in story.play().decisions if decision.rule == STRANGERS]


def test_a_strangers_suspicious_message_warns_in_the_app__st_1_st_3_st_v1() -> None:
    ending = Story(Policy()).message().play()
    [decision] = ending.decisions
    assert (decision.rule, decision.outcome, decision.reasons) == ("strangers", "STRANGER", ("keyword",))
    assert (decision.subject_id, decision.other_id) == ("alice", "bob")
    assert ending.command_names(decision) == ["Warn IN_APP"]
    assert evidence(decision)["first_contact"] == {"sender_wrote_ms": START_MS}


def test_the_case_of_the_gift_card_warns__st_2() -> None:
    text = f"You do not know me. Send me a gift card and your verification code, card {CARD}"
    story = Story(Policy()).message(0, text)
    if CASE.exists():
        story.events = list(read_file(CASE))
    [decision] = strangers(story)
    assert set(decision.reasons) >= {"keyword", "bank_card"}


def test_a_harmless_message_leads_to_nothing__st_2_st_v2() -> None:
    assert Story(Policy()).message(0, "hello").play().outcomes == []


def test_a_friend_is_no_stranger__st_1_st_v3() -> None:
    assert Story(Policy()).friends_for(DAY).message().play().outcomes == ["FIRST_OPERATION"]


def test_the_recipients_list_counts__st_1_fa_2() -> None:
    story = Story(Policy()).friends(account_id="alice", friend_id="bob", mutual=False).message()
    assert story.play().outcomes == ["STRANGER"]


def test_a_group_message_is_out_of_scope__st_1() -> None:
    assert strangers(Story(Policy()).message(recipient_id=None, group_id="g")) == []


@pytest.mark.parametrize("age", [True, False])
def test_it_searches_by_the_detectors_of_friendship_age__st_2(age: bool) -> None:  # noqa: FBT001
    story = Story(policy({"enabled": age})).message(0, CARD)
    [decision] = strangers(story)
    assert decision.reasons == ("bank_card",)


def test_the_policy_may_do_more__st_3() -> None:
    rules = parse("strangers: {operation: {BLOCK: {}, EXIT_SESSION: {}, WARN: {}, REVIEW: {}}}")
    ending = Story(rules).message().message(MINUTE).play()
    assert ending.outcomes == ["STRANGER", "ALREADY_BLOCKED"]
    assert ending.command_names(ending.decisions[0]) == [
        *("BlockAccount", "ExitSession", "Warn IN_APP", "RequestReview"),
    ]
    assert ending.decisions[0].actions == ("WARN", "REVIEW", "EXIT_SESSION", "BLOCK")


@pytest.mark.parametrize("operation", ["{}", "{VERIFY: {}}", "[]"])
def test_a_stranger_is_never_verified__st_3(operation: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse(f"strangers: {{operation: {operation}}}")


@pytest.mark.parametrize(
    ("times", "decided"),
    [((0, MINUTE, DAY - 1), [0]), ((0, DAY), [0, DAY]), ((0, DAY - 1, DAY, DAY + 1), [0, DAY])],
)
def test_the_same_pair_is_decided_on_once_a_day__st_4_st_v4(times: tuple[int, ...], decided: list[int]) -> None:
    story = Story(Policy())
    for at in times:
        story.message(at)
    assert [decision.at_ms - START_MS for decision in strangers(story)] == decided
    assert story.play().counts.get("relationship.repeated-stranger", 0) == len(times) - len(decided)


def test_what_is_worse_is_decided_on_before__st_4_st_v5() -> None:
    story = Story(MILD).message().message(MINUTE).message(2 * MINUTE, CARD).message(3 * MINUTE).message(HOUR, CARD)
    assert [decision.reasons for decision in strangers(story)] == [("keyword", "mild"), ("bank_card",)]


def test_other_pairs_are_decided_on_by_themselves__st_4() -> None:
    story = Story(Policy()).message().message(1, recipient_id="carol").message(2, sender_id="dave")
    assert len(strangers(story)) == 3


def test_a_late_message_is_not_decided_on_beside_a_later_one__st_4() -> None:
    assert len(strangers(Story(Policy()).message(HOUR).message(0))) == 1


@pytest.mark.usefixtures("scores")
def test_a_conversation_is_a_hit__st_2_fa_86() -> None:
    story = Story(Policy())
    for minute in range(4):
        story.message(minute * MINUTE, "score 1000")
    [decision] = strangers(story)
    assert decision.reasons == ("CONVERSATION",)
    assert len(evidence(decision)["conversation"]) == 4


def test_a_blocked_sender_is_recorded_once__st_5_fa_51() -> None:
    rules = parse("strangers: {operation: [BLOCK]}")
    assert Story(rules).message().message(2 * DAY).play().outcomes == ["STRANGER", "ALREADY_BLOCKED"]


@pytest.mark.parametrize(("at", "commands"), [(1, ["Warn IN_APP"]), (7 * DAY, ["BlockAccount", "RequestReview"])])
def test_of_a_trusted_stranger_there_is_a_warning_in_the_app__st_5_fa_52(at: int, commands: list[str]) -> None:
    ending = Story(parse("strangers: {operation: [BLOCK, REVIEW]}")).trusted(0).message(at).play()
    [decision] = ending.decisions
    assert ending.command_names(decision) == commands


def test_a_lookalike_is_decided_on_besides__st_6() -> None:
    story = Story(Policy()).friends(friend_id="mother")
    for who in ("mother", SENDER):
        story.event(ProfileChanged, 0, account_id=who, avatar_hash=H0)
    assert sorted(decision.rule for decision in story.message(HOUR).play().decisions) == [
        *("avatar-impersonation", "strangers"),
    ]


def test_it_is_a_risk_of_the_senders__st_7_c_6() -> None:
    ending = Story(Policy()).message().play()
    [window] = ending.windows
    assert (window.subject_id, window.outcome, window.reasons) == ("alice", "WARN", ("keyword",))
    assert RULES[STRANGERS].risk == {"STRANGER"}
    assert unit_of(ending.decisions[0]) == "bob"


def test_its_warning_is_never_delayed__st_3_c_27() -> None:
    rules = parse("enforcement: {delay_at_most_ms: 1h}")
    ending = Story(rules).message().play()
    assert [command.at_ms for command in ending.commands] == [START_MS]


def test_state_about_decisions_ends_and_names_nobody__st_4_c_18() -> None:
    story = Story(Policy()).message().message(10_000, "hello")
    rows = [row + value for row, value in story.stored_rows() if b"strangers-found" in row]
    assert len(rows) == 1
    assert b"alice" not in rows[0]
    assert not any(b"strangers-found" in row for row, _ in story.message(26 * HOUR, "hello").stored_rows())


@pytest.mark.parametrize("who", ["alice", "bob"])
def test_after_an_erasure_another_account_is_decided_on__st_4_c_18(who: str) -> None:
    story = Story(Policy()).message().erased(who, MINUTE).message(2 * MINUTE)
    assert len(strangers(story)) == 2


def test_an_erasure_is_remembered_as_long_as_decisions_are__st_4_c_18() -> None:
    story = Story(policy(repeat_after_ms=90 * DAY, contact_memory_ms=0)).message().erased("alice", MINUTE)
    assert len(strangers(story.message(40 * DAY, "hello", sender_id="x").message(50 * DAY))) == 2


def test_nothing_is_said_after_an_erasure__c_18() -> None:
    ending: StoryResult = Story(Policy()).message().erased("alice", MINUTE).message(HOUR, "hello").play()
    named: list[Record] = [record for _, _, record in ending.outputs if isinstance(record, RiskWindow)]
    assert named == []


def test_a_switched_off_section_decides_nothing__st_15_c_28() -> None:
    assert Story(policy(enabled=False)).message().play().outcomes == []

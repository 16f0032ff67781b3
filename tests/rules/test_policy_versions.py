"""An event is evaluated by the policy of its time; open items end under the version they began with (C-19, C-28)."""

from dataclasses import replace

import pytest

from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import replay
from operators.policy.action import Operation
from state.stores.memory import MemoryStore
from tests.support.story import DAY, HOUR, MINUTE, START_MS, Story, evidence, rules

STRICT = "friendship_age: {t1_ms: 20d, t2_ms: 60d}"
OTHER_SECOND = "friendship_age: {second_operation: {EXIT_SESSION: {}}, verification_timeout_ms: 1m, late_answer_ms: 0}"


@pytest.mark.parametrize(
    ("at", "outcome", "version"),
    [(HOUR - 1, "MIDDLE", "default"), (HOUR, "FIRST_OPERATION", "v2"), (HOUR + 1, "FIRST_OPERATION", "v2")],
)
def test_a_message_is_evaluated_by_the_policy_in_force_at_its_time__c_19(at: int, outcome: str, version: str) -> None:
    story = Story().published(0, STRICT, effective_at_ms=START_MS + HOUR).friends(since=-10 * DAY, at=1)
    [decision] = story.message(at).play().decisions
    assert (decision.outcome, decision.policy_version) == (outcome, version)


def test_a_policy_is_not_in_force_before_it_was_published__c_19() -> None:
    story = Story().friends(since=-10 * DAY).published(HOUR, STRICT, effective_at_ms=START_MS)
    assert story.message(MINUTE).message(2 * HOUR).play().outcomes == ["MIDDLE", "FIRST_OPERATION"]


def test_a_verification_keeps_the_timeout_it_began_with__c_19_fa_e31() -> None:
    ending = Story().friends_for(30 * DAY).linked().message().published(1_000, OTHER_SECOND).play()
    assert ending.timed == [(0, "VERIFY"), (600_000, "UNVERIFIED")]
    assert {decision.policy_version for decision in ending.decisions} == {"default"}


@pytest.mark.parametrize("at", [MINUTE, 600_000, 4_200_000])
def test_a_verification_keeps_the_second_operation_and_late_window_it_began_with__c_19_fa_e31(at: int) -> None:
    story = Story().friends_for(30 * DAY).linked().message().answered(at, genuine=False)
    ending = story.published(1_000, OTHER_SECOND).play()
    answered = ending.decisions[-1]
    assert (answered.outcome, answered.policy_version) == ("NOT_GENUINE", "default")
    assert ending.command_names(answered) == ["BlockAccount", "Warn IN_APP"]


def test_a_message_that_attaches_is_evaluated_by_its_own_policy__c_19() -> None:
    story = Story().friends_for(30 * DAY).linked().message().published(1_000, OTHER_SECOND).message(2_000)
    assert [decision.policy_version for decision in story.play().decisions] == ["default", "v2", "default"]


@pytest.mark.parametrize("at", [2 * MINUTE, 12 * MINUTE])
def test_a_policy_with_a_longer_cool_down_leaves_an_open_verification_open__c_19_fa_48(at: int) -> None:
    story = Story(rules(cool_down_ms=HOUR)).friends_for(30 * DAY).linked().message().answered(1_000, genuine=True)
    story.message(HOUR + MINUTE).published(HOUR + 2 * MINUTE, "friendship_age: {cool_down: 1d}")
    assert story.answered(HOUR + at, genuine=True, about=1).play().timed[-1] == (HOUR + at, "GENUINE")


def test_messages_after_not_genuine_are_evaluated_by_their_own_policy__fa_49_c_19() -> None:
    lenient = rules(second_operation=Operation(exit_session=True))
    story = Story(lenient).friends_for(30 * DAY).linked().message().answered(1_000, genuine=False)
    blocking = "friendship_age: {second_operation: {BLOCK: {}}}"
    ending = story.published(2_000, blocking).message(3_000).message(4_000).play()
    assert ending.outcomes[1:] == ["NOT_GENUINE", "NOT_GENUINE", "ALREADY_BLOCKED"]


def test_a_keyword_counts_from_its_policys_time_on__c_19_fa_6() -> None:
    story = Story().friends_for(0).published(1_000, "friendship_age: {keywords: [kiwi], packs: []}")
    story.message(999, "kiwi").message(1_000, "kiwi").message(1_001, "payment")
    assert story.play().timed == [(1_000, "FIRST_OPERATION")]


def test_a_disabled_section_decides_nothing_and_still_keeps_state__c_28() -> None:
    on = "friendship_age: {enabled: true}"
    story = Story(rules(enabled=False)).friends(at=0).trusted(1, other_id="carol").message(2)
    story.friends(at=3, friend_id="carol").published(HOUR, on).message(2 * HOUR)
    ending = story.message(2 * HOUR + 1, sender_id="carol").play()
    assert ending.timed == [(2 * HOUR, "FIRST_OPERATION"), (2 * HOUR + 1, "TRUSTED")]
    assert evidence(ending.decisions[0])["friendship"]["age_ms"] == 2 * HOUR


def test_an_open_item_ends_though_its_section_is_disabled__c_28_c_19() -> None:
    story = Story().friends_for(30 * DAY).message().published(1_000, "friendship_age: {enabled: false}")
    assert story.play().outcomes == ["VERIFY", "UNVERIFIED"]


@pytest.mark.parametrize("late_answer_ms", [HOUR, 10 * DAY])
def test_a_verification_of_an_earlier_run_ends_by_the_first_policy_of_this_one__fa_46(late_answer_ms: int) -> None:
    store, graph = MemoryStore(), risk_graph()
    before = Story().friends_for(30 * DAY).linked().message().message(HOUR, "hello", sender_id="x", recipient_id="y")
    replay(graph, before.events, policy=before.policy, store=store, finish=False)
    after = Story(replace(rules(late_answer_ms=late_answer_ms), version="another"))
    for day in (9, 11, 12):
        after.message(day * DAY, "hello", sender_id="x", recipient_id="y", event_id=f"on day {day}")
    replay(graph, after.events, policy=after.policy, store=store, finish=False)
    assert not [row for row, _ in store.scan(b"") if b"verifications" in row or b"\x05pairs" in row]

"""Risk windows: all risk decisions about an account in ten minutes, in one record (C-6, C-7, C-8)."""

from dataclasses import replace

import msgspec
import pytest

from jobs.dataflow.risk import risk_graph
from operators.decision import MAX_LISTED
from operators.enforcement.risk_window import close_window, is_risk_decision, with_decision
from operators.policy.action import Action
from operators.policy.model import Policy
from schemas.records import Decision
from state.entries.enforcement import Window
from tests.support.story import DAY, MINUTE, START_MS, Story, rules

LENGTH = 600_000
OFFSET = START_MS % LENGTH
BEGIN = LENGTH - OFFSET
"""Start of the first window after START_MS, relative to it."""


def a_decision(rule: str = "friendship-age", outcome: str = "VERIFY") -> Decision:
    return Decision(
        decision_id="d",
        at_ms=START_MS,
        rule=rule,
        outcome=outcome,
        subject_id="alice",
        cause_event_id="m",
        policy_version="v",
        reasons=("keyword",),
        evidence="{}",
    )


def test_the_step_gets_a_decision_without_its_evidence__and_the_topic_gets_it_whole() -> None:
    decision = a_decision()
    sent = {route.dest: route.record for route in risk_graph().routes("relationship", decision)}
    assert sent["risk-window"] == msgspec.structs.replace(decision, evidence="")
    assert sent["decisions"] is decision


def test_window_has_one_record_with_all_reasons__c_6() -> None:
    story = Story().friends_for(0).message(BEGIN).message(BEGIN + 1, "4111 1111 1111 1111")
    story.friends(at=0, account_id="carol").message(BEGIN + 2, recipient_id="carol")
    ending = story.play()
    [window] = ending.windows
    assert (window.window_start_ms, window.window_end_ms) == (START_MS + BEGIN, START_MS + BEGIN + LENGTH)
    assert (window.subject_id, window.count, window.reasons) == ("alice", 3, ("bank_card", "keyword"))
    assert window.decision_ids == tuple(decision.decision_id for decision in ending.decisions)


@pytest.mark.parametrize(("at", "count"), [(BEGIN + LENGTH - 1, 1), (BEGIN + LENGTH, 2)])
def test_a_decision_at_the_end_belongs_to_the_next_window__c_3_c_6(at: int, count: int) -> None:
    assert len(Story().friends_for(0).message(BEGIN).message(at).play().windows) == count


def test_the_outcome_is_the_strictest_action__c_6_c_7() -> None:
    story = Story().friends(since=-4 * DAY).friends(since=-1 * DAY, account_id="carol")
    ending = story.message(BEGIN).message(BEGIN + 1, recipient_id="carol").play()
    assert [decision.actions for decision in ending.decisions] == [("WARN",), ("WARN", "EXIT_SESSION")]
    assert ending.windows[0].outcome == "EXIT_SESSION"


def test_a_window_of_decisions_without_action_is_none__c_7() -> None:
    closing = close_window("alice", with_decision(Window(0, LENGTH, (), 0, (), ()), a_decision(), LENGTH))
    assert closing.outcome == Action.NONE.name


def test_a_window_repeats_no_command__c_6() -> None:
    ending = Story().friends_for(0).message().play()
    assert len({command.command_id for command in ending.commands}) == len(ending.commands) == 2


@pytest.mark.parametrize(
    ("rule", "outcome", "count"),
    [
        ("friendship-age", "ALREADY_BLOCKED", 1),
        ("verification", "NOT_GENUINE", 1),
        ("verification", "UNVERIFIED", 1),
        ("verification", "GENUINE", 0),
        ("friend-gate", "REFUSED_DENIED", 1),
        ("friend-gate", "REFUSED_CONFLICT", 1),
        ("friend-gate", "REFUSED_EXPIRED", 0),
        ("friend-gate", "ACCEPTED", 0),
        ("avatar-impersonation", "REVIEW", 1),
        ("invite-forest", "MANAGED", 1),
        ("event-group", "CREATED", 0),
        ("identification", "MATCHED", 0),
    ],
)
def test_risk_decisions__c_6(rule: str, outcome: str, count: int) -> None:
    assert is_risk_decision(a_decision(rule, outcome)) == bool(count)


def test_window_length_is_that_of_the_policy__c_6() -> None:
    policy = replace(Policy(), common=replace(Policy().common, risk_window_ms=MINUTE))
    [window] = Story(policy).friends_for(0).message().play().windows
    assert window.window_end_ms - window.window_start_ms == MINUTE
    assert window.window_start_ms % MINUTE == 0


def test_unverified_is_in_the_window_of_its_deadline__c_6() -> None:
    windows = Story(rules(verification_timeout_ms=LENGTH)).friends_for(30 * DAY).message(BEGIN).play().windows
    assert [window.window_start_ms - START_MS for window in windows] == [BEGIN, BEGIN + LENGTH]
    assert [window.outcome for window in windows] == ["VERIFY", "WARN"]


def test_decisions_beyond_the_list_limit_are_only_counted__c_6() -> None:
    window = Window(0, LENGTH, (), 0, (), ())
    for _ in range(MAX_LISTED + 1):
        window = with_decision(window, a_decision(), LENGTH)
    assert (window.count, len(window.decision_ids)) == (MAX_LISTED + 1, MAX_LISTED)

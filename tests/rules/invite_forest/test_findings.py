"""Findings of other rules as hits: an account with a finding makes hits of its group messages (IF-19, C-9)."""

from __future__ import annotations

import pytest

from jobs.dataflow.graph import Route
from jobs.dataflow.risk import risk_graph
from jobs.replay.engine import Replay
from operators.invite_forest.standing import Standing
from operators.policy.model import Policy
from schemas.records import Decision
from state.stores.memory import MemoryStore
from tests.support.group_story import GroupStory, associated, cases, forest_policy
from tests.support.story import DAY, HARMLESS, HOUR, START_MS, StoryResult, evidence

FINDINGS = forest_policy(findings=True)


def play_with_decision(
    story: GroupStory, rule: str, outcome: str, at: int, subject: str = "A", *reasons: str
) -> StoryResult:
    """Play a story with a decision of another rule delivered to the account's step `standing`."""
    found = Decision(
        decision_id="finding",
        at_ms=START_MS + at,
        rule=rule,
        outcome=outcome,
        subject_id=subject,
        other_id="bob",
        cause_event_id="e",
        policy_version="default",
        reasons=reasons,
        evidence="{}",
    )
    run = Replay(risk_graph(), MemoryStore(), story.policy)
    outputs = list(run._send(Route(Standing.uid, subject, found)))
    outputs += [output for event in story.events for output in run.push(event)]
    return StoryResult([*outputs, *run.finish()], dict(run.counts))


def group(policy: Policy = FINDINGS) -> GroupStory:
    return GroupStory(policy).chain("R", "A")


@pytest.mark.parametrize(
    ("rule", "outcome"), [("friend-gate", "REFUSED_DENIED"), ("avatar-impersonation", "RISK_USER")]
)
def test_after_a_finding_any_message_of_the_account_is_a_hit__if_19_c_9(rule: str, outcome: str) -> None:
    (case,) = cases(play_with_decision(group().posts("A", HOUR, HARMLESS), rule, outcome, 10))
    assert (evidence(case)["condition"], associated(case)) == (["findings"], {"R": 1})
    assert "findings" in case.reasons
    assert "spans" not in evidence(case)


@pytest.mark.parametrize(("at", "count"), [(9, 0), (10, 0), (11, 1), (10 + DAY - 1, 1), (10 + DAY, 0)])
def test_a_finding_counts_for_a_day__if_19(at: int, count: int) -> None:
    ending = play_with_decision(group().posts("A", at, HARMLESS), "friend-gate", "REFUSED_DENIED", 10)
    assert len(cases(ending)) == count


@pytest.mark.parametrize(
    ("policy", "rule", "outcome", "subject"),
    [
        pytest.param(Policy(), "friend-gate", "REFUSED_DENIED", "A", id="the part is off"),
        pytest.param(FINDINGS, "friend-gate", "REFUSED_EXPIRED", "A", id="no denial"),
        pytest.param(FINDINGS, "avatar-impersonation", "REVIEW", "A", id="only a review"),
        pytest.param(FINDINGS, "friend-gate", "REFUSED_DENIED", "R", id="somebody else"),
    ],
)
def test_no_other_decision_makes_a_hit__if_19(policy: Policy, rule: str, outcome: str, subject: str) -> None:
    assert not cases(play_with_decision(group(policy).posts("A", HOUR, HARMLESS), rule, outcome, 10, subject))


@pytest.mark.parametrize(("reason", "count"), [("ALREADY_BLOCKED", 0), ("weak", 0), ("denied", 1)])
def test_a_request_that_a_block_or_a_namesake_refuses_is_no_denial__if_19_c_9_fa_61_fa_65(
    reason: str, count: int
) -> None:
    story = group().posts("A", HOUR, HARMLESS)
    ending = play_with_decision(story, "friend-gate", "REFUSED_DENIED", 10, "A", reason)
    assert len(cases(ending)) == count


@pytest.mark.parametrize(("reason", "count"), [("SENDER_FIRST", 0), ("PREVIOUS_AVATAR", 1)])
def test_a_picture_that_the_account_showed_first_is_no_hit__if_19_ai_39(reason: str, count: int) -> None:
    story = group().posts("A", HOUR, HARMLESS)
    ending = play_with_decision(story, "avatar-impersonation", "RISK_USER", 10, "A", reason)
    assert len(cases(ending)) == count


def test_a_keyword_is_a_hit_besides_a_finding__if_19() -> None:
    (case,) = cases(play_with_decision(group().posts("A", HOUR), "friend-gate", "REFUSED_DENIED", 10))
    assert evidence(case)["condition"] == ["findings", "keywords"]


def test_an_erased_account_starts_without_findings__c_18() -> None:
    story = group().erased("A", 20).posts("A", HOUR, HARMLESS)
    assert not cases(play_with_decision(story, "friend-gate", "REFUSED_DENIED", 10))

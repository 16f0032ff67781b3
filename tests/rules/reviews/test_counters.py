"""What answers of reviewers count for in Prometheus: by rule, by outcome, and by what the decision was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from schemas.records import MissReported
from tests.support.reviews.answering import OTHER_REVIEWER, REVIEWER, reviewed
from tests.support.reviews.counting import labelled_counts
from tests.support.story import DAY, HOUR, Story, rules

DECIDED = ("friendship-age", "FIRST_OPERATION")


def told(policy_needs: int = 1) -> Story:
    """A new friend writes something suspicious."""
    policy = rules()
    policy = replace(policy, reviews=replace(policy.reviews, reviewers_needed=policy_needs))
    return Story(policy).friends_for(0).message()


def test_changes_are_counted_by_rule_outcome_and_what_the_decision_was__rv_19() -> None:
    story = told()
    for at, (reviewer, upheld) in enumerate([(REVIEWER, True), (OTHER_REVIEWER, False), (REVIEWER, False)]):
        reviewed(story, HOUR + at, by=reviewer, upheld=upheld, outcome="FIRST_OPERATION")
    assert labelled_counts(story) == {
        ("upheld", (*DECIDED, "none")): 1,
        ("disputed", (*DECIDED, "upheld")): 1,
        ("overturned", (*DECIDED, "disputed")): 1,
    }


def test_a_decision_that_too_few_reviewers_overturn_becomes_undecided__rv_19_rv_e20() -> None:
    story = told(policy_needs=2)
    reviewed(story, HOUR, upheld=True, outcome="FIRST_OPERATION")
    reviewed(story, HOUR + 1, outcome="FIRST_OPERATION")
    counts = labelled_counts(story)
    assert counts == {("upheld", (*DECIDED, "none")): 1, ("undecided", (*DECIDED, "upheld")): 1}


@pytest.mark.parametrize(
    ("said", "labels"),
    [
        ({"outcome": None}, ("friendship-age", "none")),
        ({"outcome": "MAGIC"}, ("friendship-age", "other")),
        ({"outcome": "STRANGER"}, ("friendship-age", "other")),
        ({"rule": "magic", "outcome": "FIRST_OPERATION"}, ("other", "other")),
    ],
)
def test_labels_have_few_values_whatever_a_platform_sends__rv_19_rv_e19(
    said: dict[str, Any], labels: tuple[str, str]
) -> None:
    assert labelled_counts(reviewed(told(), HOUR, **said)) == {("overturned", (*labels, "none")): 1}


@pytest.mark.parametrize(("rule", "label"), [("strangers", "strangers"), ("magic", "other")])
def test_misses_are_counted_by_rule__rv_3_rv_19(rule: str, label: str) -> None:
    story = told()
    story.event(MissReported, HOUR, cause_event_id="x", rule=rule, subject_id="alice", reviewer_id=REVIEWER)
    assert labelled_counts(story) == {("missed", (label,)): 1}


def test_commands_that_are_taken_back_are_counted_by_type__rv_9() -> None:
    blocked = Story(rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))).friends_for(0)
    assert labelled_counts(reviewed(blocked.message(), HOUR))["revoked", ("BlockAccount",)] == 1
    warned = reviewed(told(), HOUR)
    assert not any(name == "revoked" for name, _ in labelled_counts(warned))

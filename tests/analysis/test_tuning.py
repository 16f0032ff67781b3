"""Runs under variants of a policy: what people said of the decisions of each, what is lost, avoided and found."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from jobs.analysis import tuning as tuning_module
from jobs.analysis.sample import Sample
from jobs.analysis.tuning import Tuning
from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from schemas.records import MissReported
from tests.analysis.test_what_if_properties import Told
from tests.support.given import policy_event
from tests.support.reviews.answering import OTHER_REVIEWER, REVIEWER, answered, reviewed
from tests.support.reviews.recording import recorded
from tests.support.story import DAY, HOUR, USUAL, Story, rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.replay.event_files import InputEvent
    from operators.policy.model import Policy
    from schemas.records import Record

RULE = "friendship-age"
STOPS, WARNS = Operation(), Operation()


def young(age_ms: int) -> Policy:
    """Return the usual policy with another age below which the first operation follows."""
    return rules(bands=bands_between(age_ms, 30 * DAY, STOPS, WARNS))


def tuned(events: Sequence[Record], *policies: Policy, sample: Sample | None = None) -> Tuning:
    tuning = Tuning(policies, sample)
    tuning.run(Told(events))
    return tuning


def counts(tuning: Tuning, place: int, rule: str = RULE) -> tuple[int, int, int, int, int]:
    """Return what the table shows: decisions, looked at, upheld, lost and avoided."""
    found = tuning.compare(place, rule)
    tally = found.tally
    return tally.decisions, tally.looked_at, tally.upheld, found.upheld_lost, found.overturned_avoided


def test_an_overturned_decision_that_a_value_does_not_make_is_avoided__rv_23_rv_v21() -> None:
    story = reviewed(Story(young(3 * DAY)).friends_for(HOUR).message(), DAY)
    tuning = tuned(story.events, young(3 * DAY), young(HOUR))
    assert (counts(tuning, 0), counts(tuning, 1)) == ((1, 1, 0, 0, 0), (1, 0, 0, 0, 1))


def test_an_upheld_decision_that_a_value_does_not_make_is_lost__rv_23() -> None:
    story = reviewed(Story(USUAL).friends_for(HOUR).message(), DAY, upheld=True)
    tuning = tuned(story.events, USUAL, rules(enabled=False))
    assert (counts(tuning, 0), counts(tuning, 1)) == ((1, 1, 1, 0, 0), (0, 0, 0, 1, 0))


def test_what_people_said_holds_for_the_outcome_that_they_saw__rv_23_rv_e24() -> None:
    story = reviewed(Story(young(3 * DAY)).friends_for(HOUR).message(), DAY, upheld=True, outcome="MIDDLE")
    tuning = tuned(story.events, young(3 * DAY), young(HOUR))
    assert (counts(tuning, 0), counts(tuning, 1)) == ((1, 0, 0, 0, 0), (1, 1, 1, 0, 0))


def test_as_many_reviewers_as_the_policy_needs_count__rv_20_rv_e21() -> None:
    policy = replace(USUAL, reviews=replace(USUAL.reviews, reviewers_needed=2))
    story = reviewed(Story(policy).friends_for(HOUR).message(), DAY)
    assert tuned(story.events, policy).compare(0, RULE).tally.overturned == 0
    reviewed(story, DAY, by=OTHER_REVIEWER)
    assert tuned(story.events, policy).compare(0, RULE).tally.overturned == 1


def test_an_answer_to_a_question_reaches_every_variant_that_asks_it__rv_23() -> None:
    story = Story(USUAL).friends_for(90 * DAY).message()
    story.answered(HOUR // 10, genuine=False)
    tuning = tuned(story.events, USUAL, young(HOUR), rules(bands=bands_between(HOUR, 180 * DAY, STOPS, WARNS)))
    decided = [tuning.runs[place].decisions["verification"] for place in range(3)]
    assert decided == [1, 1, 0]


def test_a_miss_that_a_value_finds_is_counted__rv_23_rv_22() -> None:
    story = Story(rules(enabled=False)).friends_for(HOUR).message(event_id="m")
    story.event(
        MissReported, DAY, cause_event_id="m", rule=RULE, subject_id="alice", other_id="bob", reviewer_id=REVIEWER
    )
    tuning = tuned(story.events, rules(enabled=False), USUAL)
    assert [tuning.compare(place, RULE).found for place in (0, 1)] == [0, 1]
    assert (tuning.count_missed(RULE), tuning.count_missed("strangers")) == (1, 0)


def test_published_policies_are_passed_over__rv_23() -> None:
    story = Story(USUAL).friends_for(HOUR).message()
    off = policy_event("off", "friendship_age: {enabled: false}", effective_at_ms=0)
    assert counts(tuned([off, *story.events], USUAL), 0)[0] == 1


def test_answers_about_decisions_that_are_not_made_are_counted__rv_23_rv_e22() -> None:
    story = reviewed(Story(USUAL).friends_for(HOUR).message(), DAY)
    assert tuned(story.events, replace(USUAL, version="renamed")).unknown == 1
    assert tuned(story.events, USUAL).unknown == 0


def test_rules_of_other_sections_are_shown_where_the_runs_differ_in_them__rv_23() -> None:
    story = Story(USUAL).friends_for(90 * DAY).message()
    tuning = tuned(story.events, USUAL, young(HOUR), rules(bands=bands_between(HOUR, 180 * DAY, STOPS, WARNS)))
    assert tuning.rules(["strangers"], [0, 1]) == []
    assert (tuning.is_alike(1), tuning.is_alike(2)) == (True, False)
    assert tuning.rules(["strangers"], [0, 2]) == ["friendship-age", "verification"]
    assert tuning.rules([RULE], [0, 1]) == [RULE]


def test_many_variants_run_in_several_passes_with_the_same_results__rv_23(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = [young(hours * HOUR) for hours in (72, 24, 36, 48)]
    at_once = tuned(recorded(), *policies)
    monkeypatch.setattr(tuning_module, "_AT_ONCE", 3)
    one_by_one, seen = Tuning(policies), list[int]()

    def watch(_: InputEvent, size: int) -> None:
        seen.append(size)

    one_by_one.run(Told(recorded(), size=7), watch)
    assert one_by_one.runs == at_once.runs
    assert one_by_one.events == at_once.events == len(recorded())
    assert seen == [14] * 2 * len(recorded())


def test_with_a_sample_what_is_in_it_counts_alone__rv_23() -> None:
    whole, none = Sample(Fraction(1)), Sample(Fraction(1, 10**9))
    story = reviewed(Story(USUAL).friends_for(HOUR).message(), DAY)
    story.event(
        MissReported, DAY, cause_event_id="m", rule=RULE, subject_id="alice", other_id="bob", reviewer_id=REVIEWER
    )
    assert counts(tuned(story.events, USUAL, sample=whole), 0) == counts(tuned(story.events, USUAL), 0)
    drawn = tuned(story.events, USUAL, sample=none)
    assert (counts(drawn, 0), drawn.count_missed(RULE)) == ((0, 0, 0, 0, 0), 0)


def test_a_variant_decides_as_a_replay_of_its_policy_does__rv_23() -> None:
    story = Story(young(3 * DAY))
    for event in recorded():
        story.events.append(event)
    tuning = tuned(story.events, young(3 * DAY), young(36 * HOUR))
    made = Story(young(36 * HOUR))
    made.events = story.events
    decisions = made.play().decisions
    assert tuning.runs[1].decisions.total() == len(decisions)
    outcomes = {each.decision_id: (each.outcome, each.rule) for each in decisions}
    assert tuning.runs[1].reviewed == {id_: outcomes[id_] for id_ in tuning.reviews.decision_ids}


def test_nothing_is_asked_of_a_decision_twice__rv_23() -> None:
    story = Story(USUAL).friends_for(HOUR).message()
    decision = story.play().decisions[0]
    for number in range(3):
        answered(story, decision, DAY + number, upheld=number % 2 == 0)
    assert counts(tuned(story.events, USUAL), 0) == (1, 1, 1, 0, 0)

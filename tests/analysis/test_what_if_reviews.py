"""What-if run over answers of reviewers: they are about the new side, too, and say whether a flip is right."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from jobs.analysis.flip_reviews import Change, FlipReviews
from jobs.analysis.sample import Sample
from jobs.analysis.what_if import WhatIfRun, run_what_if
from jobs.analysis.what_if_report import count_reported_misses
from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from operators.reviews.review import Verdict
from schemas.records import MissReported
from tests.analysis.test_what_if_properties import Told, nothing_changes
from tests.support.reviews.answering import OTHER_REVIEWER, REVIEWER, answered, reviewed
from tests.support.story import DAY, HOUR, USUAL, Story, rules

if TYPE_CHECKING:
    from operators.policy.model import Policy

BLOCKING = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))


@pytest.mark.parametrize("upheld", [True, False])
def test_an_answer_is_about_the_same_decision_on_the_new_side__rv_13(upheld: bool) -> None:  # noqa: FBT001
    story = reviewed(Story(BLOCKING).friends_for(0).message(), HOUR, upheld=upheld).message(2 * HOUR)
    renamed = replace(BLOCKING, version="renamed")
    nothing_changes(run_what_if(WhatIfRun(new=renamed, against=BLOCKING), Told(story.events)))


def test_flips_are_counted_by_what_people_said_of_them__rv_22_rv_v20() -> None:
    story = Story(USUAL).friends_for(HOUR).message(0).message(1).message(2).message(3)
    decisions = story.play().decisions
    for decision, upheld in zip(decisions, (True, False, False), strict=False):
        answered(story, decision, DAY, upheld=upheld)
    answered(story, decisions[2], DAY, upheld=True, by=OTHER_REVIEWER)
    found = flips(story, rules(bands=bands_between(HOUR, 30 * DAY, Operation(), Operation())))
    said = {Verdict.UPHELD: 1, Verdict.OVERTURNED: 1, Verdict.DISPUTED: 1, None: 1}
    assert (found.of(Change.OTHERWISE), found.all, found.unknown) == (said, said, 0)


def test_decisions_that_are_gone_or_new_are_told_apart__rv_22() -> None:
    story = reviewed(Story(USUAL).friends_for(HOUR).message(), DAY)
    off = rules(enabled=False)
    assert flips(story, off).by == {(Change.GONE, Verdict.OVERTURNED): 1}
    story = Story(off).friends_for(HOUR).message()
    assert flips(story, USUAL).by == {(Change.NEW, None): 1}


def test_a_new_decision_may_have_been_looked_at_in_the_shadow__rv_22() -> None:
    story, tried = Story(rules(enabled=False)).friends_for(HOUR).message(), replace(USUAL, version="tried")
    [decision] = Story(tried).friends_for(HOUR).message().play().decisions
    assert flips(answered(story, decision, DAY, upheld=True), tried).by == {(Change.NEW, Verdict.UPHELD): 1}


def test_misses_are_found_by_a_decision_of_the_rule_on_the_event__rv_22_rv_v22() -> None:
    story = Story(rules(enabled=False)).friends_for(HOUR).message(event_id="m")
    for rule, subject_id, cause in [
        ("friendship-age", "alice", "m"), ("strangers", "alice", "m"), ("friendship-age", "alice", "n"),
    ]:  # fmt: skip
        about = {"rule": rule, "subject_id": subject_id, "cause_event_id": cause}
        story.event(MissReported, DAY, reviewer_id=REVIEWER, **about)
    found = flips(story, USUAL).found
    assert found == (set(), {("friendship-age", "alice", "m")})


def test_answers_about_decisions_that_neither_side_makes_are_counted__rv_22_rv_e22() -> None:
    story = reviewed(Story(USUAL).friends_for(HOUR).message(), DAY, decision_id="of another version")
    assert flips(story, rules(enabled=False)).unknown == 1


def test_of_a_sample_its_own_misses_are_counted_alone__rv_22() -> None:
    story = Story(rules(enabled=False)).friends_for(HOUR).message(event_id="m")
    about = {"rule": "friendship-age", "subject_id": "alice", "cause_event_id": "m", "other_id": "bob"}
    story.event(MissReported, DAY, reviewer_id=REVIEWER, **about)
    for share, reported in ((Fraction(1), 1), (Fraction(1, 10**9), 0)):
        run = WhatIfRun(new=replace(USUAL, version="new"), against=story.policy, sample=Sample(share))
        found = run_what_if(run, Told(story.events))
        assert (count_reported_misses(run, found), len(found.reviews.found[1])) == (reported, reported)


def flips(story: Story, new: Policy) -> FlipReviews:
    """Return what people said of the flips from the story's policy to a new one."""
    new = new if new.version != story.policy.version else replace(new, version="new")
    return run_what_if(WhatIfRun(new=new, against=story.policy), Told(story.events)).reviews

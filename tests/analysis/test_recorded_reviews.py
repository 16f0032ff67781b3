"""What reviewers made of recorded decisions: the verdicts that the job has, however the answers arrive."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.analysis import recorded_reviews
from jobs.analysis.recorded_reviews import miss_of, read_reviews
from operators.policy.reviews import Reviews
from operators.reviews.review import REVIEWERS_AT_MOST, Verdict
from schemas.records import MissReported, ReviewAnswered
from tests.support.given import DECISION
from tests.support.reviews.counting import labelled_counts
from tests.support.story import START_MS, USUAL, Story

if TYPE_CHECKING:
    from collections.abc import Sequence


def answer(number: int = 0, decision_id: str = "d1", by: str = "rita", *, upheld: bool, at: int = 0) -> ReviewAnswered:
    return ReviewAnswered(
        event_id=f"answer-{number}",
        at_ms=START_MS + at,
        decision_id=decision_id,
        rule="friendship-age",
        subject_id="alice",
        reviewer_id=by,
        upheld=upheld,
    )


def missed(cause: str = "m1", group_id: str | None = None) -> MissReported:
    return MissReported(
        event_id="x", at_ms=1, cause_event_id=cause, rule=DECISION.rule, subject_id="alice", other_id="bob",
        group_id=group_id, reviewer_id="rita",
    )  # fmt: skip


def test_nobody_has_looked_at_a_decision_without_an_answer__rv_20() -> None:
    reviews = read_reviews([answer(upheld=True)])
    assert (reviews.verdict_of("d1"), reviews.verdict_of("d2")) == (Verdict.UPHELD, None)
    assert bool(reviews)
    assert not read_reviews([DECISION])


def test_so_many_reviewers_as_are_needed_overturn_a_decision__rv_20_rv_e21() -> None:
    said = [answer(upheld=False)]
    assert read_reviews(said, needed=2).verdict_of("d1") is Verdict.UNDECIDED
    assert read_reviews(said).verdict_of("d1") is Verdict.OVERTURNED
    assert read_reviews([*said, answer(1, by="rob", upheld=False)], needed=2).verdict_of("d1") is Verdict.OVERTURNED


def test_further_reviewers_do_not_count_and_are_counted__rv_20_rv_7() -> None:
    said = [answer(number, by=f"r{number}", upheld=True) for number in range(REVIEWERS_AT_MOST)]
    reviews = read_reviews([*said, answer(99, by="one more", upheld=False)])
    assert (reviews.verdict_of("d1"), reviews.left_out) == (Verdict.UPHELD, 1)


def test_what_is_remembered_is_bounded_and_the_rest_counted__rv_20(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorded_reviews, "_REMEMBERED_AT_MOST", 1)
    said = [answer(0, "d1", upheld=True), answer(1, "d2", upheld=True), answer(2, "d1", upheld=False, at=1)]
    reviews = read_reviews([*said, missed("m1"), missed("m2"), missed("m1")])
    assert (set(reviews.decision_ids), len(reviews.missed), reviews.left_out) == ({"d1"}, 1, 2)
    assert reviews.verdict_of("d1") is Verdict.OVERTURNED


def test_a_miss_is_what_a_decision_would_have_been__rv_22() -> None:
    reviews = read_reviews([missed(), missed(group_id="choir")])
    assert list(reviews.missed) == [miss_of(DECISION)]
    assert set(reviews.missed.values()) == {"choir"}


ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(("d1", "d2", "d3")), st.sampled_from(("rita", "rob", "ria")), st.booleans(), st.integers(0, 9)
    ),
    max_size=20,
)


@settings(max_examples=25)
@given(ANSWERS, st.integers(1, 3))
def test_recorded_answers_make_of_decisions_what_the_job_makes_of_them__rv_20(
    drawn: Sequence[tuple[str, str, bool, int]], needed: int
) -> None:
    policy = replace(USUAL, reviews=Reviews(reviewers_needed=needed))
    story = Story(policy)
    said = [
        answer(number, decision_id, by, upheld=upheld, at=at)
        for number, (decision_id, by, upheld, at) in enumerate(drawn)
    ]
    story.events = [*said]
    reviews = read_reviews(said, needed)
    verdicts = Counter(reviews.verdict_of(decision_id) for decision_id in reviews.decision_ids)
    assert verdicts == verdicts_of(story)


def verdicts_of(story: Story) -> Counter[Verdict]:
    """Return what the job has made of decisions in the end, by its counters of changes (RV-19)."""
    verdicts: Counter[Verdict] = Counter()
    for (became, (_, _, was)), number in labelled_counts(story).items():
        verdicts[Verdict(became)] += number
        if was != "none":
            verdicts[Verdict(was)] -= number
    return +verdicts

"""What reviewers said of recorded decisions: a verdict on each that they looked at, and what they report as missed.

Verdicts are those of RV-4. The job remembers answers for some time; of a recording all count (RV-20).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operators.reviews.review import REVIEWERS_AT_MOST, Verdict, order_of, verdict_by
from schemas.records import Decision, MissReported, ReviewAnswered
from state.entries.reviews import Answer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_REMEMBERED_AT_MOST: Final = 1_000_000
"""Most decisions whose answers are remembered, and most misses. Answers about further ones are only counted."""

Miss = tuple[str, str, str]
"""What is missed: a rule should have decided about a subject because of an event."""


class RecordedReviews:
    """The answers of a recording. So many reviewers as are `needed` have to say that a decision is wrong."""

    def __init__(self, needed: int = 1) -> None:
        self._needed = needed
        self._given: dict[str, dict[str, Answer]] = {}
        self._outcomes: dict[str, str] = {}
        self.missed: dict[Miss, str] = {}
        """What reviewers report as missed, and the unit of a sample that it belongs to."""
        self.left_out = 0
        """Answers and misses beyond what is remembered."""

    def add(self, event: object) -> None:
        """Take what a reviewer says; pass over every other event."""
        if isinstance(event, ReviewAnswered):
            self._add_answer(event)
        elif isinstance(event, MissReported):
            miss = (event.rule, event.subject_id, event.cause_event_id)
            if miss in self.missed or len(self.missed) < _REMEMBERED_AT_MOST:
                self.missed[miss] = event.group_id or event.other_id or event.subject_id
            else:
                self.left_out += 1

    def verdict_of(self, decision_id: str) -> Verdict | None:
        """Return what reviewers made of a decision; None if nobody looked at it."""
        given = self._given.get(decision_id)
        return None if given is None else verdict_by(given, self._needed)

    def outcome_of(self, decision_id: str) -> str | None:
        """Return the outcome of a decision as reviewers repeated it; None if they did not."""
        return self._outcomes.get(decision_id)

    @property
    def decision_ids(self) -> Collection[str]:
        """The decisions that somebody looked at."""
        return self._given.keys()

    def __bool__(self) -> bool:
        """Return whether reviewers said anything."""
        return bool(self._given or self.missed)

    def _add_answer(self, event: ReviewAnswered) -> None:
        given = self._given.get(event.decision_id)
        if given is None:
            if len(self._given) >= _REMEMBERED_AT_MOST:
                self.left_out += 1
                return
            given = self._given[event.decision_id] = {}
        answer, earlier = Answer(event.at_ms, event.upheld, event.event_id), given.get(event.reviewer_id)
        if earlier is None and len(given) >= REVIEWERS_AT_MOST:
            self.left_out += 1
        elif earlier is None or order_of(earlier) <= order_of(answer):
            given[event.reviewer_id] = answer
            if event.outcome is not None:
                self._outcomes[event.decision_id] = event.outcome


def read_reviews(events: Iterable[object], needed: int = 1) -> RecordedReviews:
    """Return what reviewers said, among events of any kind."""
    reviews = RecordedReviews(needed)
    for event in events:
        reviews.add(event)
    return reviews


def miss_of(decision: Decision) -> Miss:
    """Return what would have been missed without a decision."""
    return decision.rule, decision.subject_id, decision.cause_event_id

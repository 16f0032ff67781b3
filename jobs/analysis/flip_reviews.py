"""What people said of the decisions that flip between two policies, and which misses each side finds (RV-22)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from jobs.analysis.recorded_reviews import RecordedReviews, miss_of

if TYPE_CHECKING:
    from jobs.analysis.recorded_reviews import Miss
    from jobs.runtime.decision_diff import Flip
    from operators.reviews.review import Verdict
    from schemas.records import Decision


class Change(StrEnum):
    """What becomes of a decision that flips."""

    OTHERWISE = "otherwise"
    GONE = "gone"
    NEW = "new"


@dataclass(slots=True)
class FlipReviews:
    """Flips by what becomes of the decision and what people said of it: None if nobody looked at it."""

    reviews: RecordedReviews = field(default_factory=RecordedReviews)
    by: Counter[tuple[Change, Verdict | None]] = field(default_factory=Counter)
    found: tuple[set[Miss], set[Miss]] = field(default_factory=lambda: (set(), set()))
    """The misses that each side finds: its decisions on what people report as missed."""
    met: set[str] = field(default_factory=set)
    """The decisions that somebody looked at and that a side makes."""

    def see(self, side: int, decision: Decision) -> None:
        """Take a decision of a side."""
        if self.reviews.verdict_of(decision.decision_id) is not None:
            self.met.add(decision.decision_id)
        if (miss := miss_of(decision)) in self.reviews.missed:
            self.found[side].add(miss)

    def count(self, flip: Flip) -> None:
        """Count a flip."""
        both = flip.against is not None and flip.new is not None
        change = Change.OTHERWISE if both else Change.NEW if flip.against is None else Change.GONE
        self.by[change, self.verdict_on(flip)] += 1

    def verdict_on(self, flip: Flip) -> Verdict | None:
        """Return what people said of a flip: of the old decision, else of the new one, which a shadow may have made."""
        decided = (flip.against, flip.new)
        verdicts = [self.reviews.verdict_of(each.decision_id) for each in decided if each is not None]
        return next((verdict for verdict in verdicts if verdict is not None), None)

    def of(self, change: Change) -> Counter[Verdict | None]:
        """Return the flips of a kind by what people said of them."""
        return Counter({verdict: number for (kind, verdict), number in self.by.items() if kind is change})

    @property
    def all(self) -> Counter[Verdict | None]:
        """All flips by what people said of them."""
        return sum((self.of(change) for change in Change), Counter())

    @property
    def unknown(self) -> int:
        """The number of decisions that somebody looked at and that neither side makes."""
        return len(self.reviews.decision_ids) - len(self.met)

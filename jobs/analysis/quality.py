"""How good each rule is: what people said of its decisions, by outcome, band, detector, keyword and policy (RV-21)."""

from __future__ import annotations

import json
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from jobs.analysis.precision import Tally
from operators.friendship_age.bands import band_in_evidence
from operators.policy.model import rule_of
from operators.policy.section import Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from jobs.analysis.recorded_reviews import RecordedReviews
    from schemas.records import Decision

Kind = tuple[str, str]
"""A rule, and a kind of its decisions: an outcome, a band, a detector and so on."""


class Quality:
    """Tallies of decisions by each of the kinds that `KINDS` names."""

    def __init__(self, reviews: RecordedReviews) -> None:
        self.reviews = reviews
        self.by: dict[str, dict[Kind, Tally]] = {name: defaultdict(Tally) for name in KINDS}
        self.missed: dict[str, int] = defaultdict(int)
        for rule, _, _ in reviews.missed:
            self.missed[rule] += 1

    def add(self, decision: Decision) -> None:
        """Count a decision with what people said of it."""
        verdict = self.reviews.verdict_of(decision.decision_id)
        for name, kinds_of in KINDS.items():
            for kind in kinds_of(decision):
                self.by[name][decision.rule, kind].add(verdict)

    @property
    def met(self) -> int:
        """The number of decisions that somebody looked at."""
        return sum(tally.looked_at for tally in self.by["rule"].values())


def _bands(decision: Decision) -> Iterable[str]:
    band = band_in_evidence(decision)
    return () if band is None else (band,)


def _found(member: str) -> Callable[[Decision], Iterable[str]]:
    """Return a function that names, each once, what was found in the message that a decision judges."""

    def names(decision: Decision) -> Iterable[str]:
        if rule_of(decision.rule).judged is not Judged.MESSAGE:
            return ()  # what follows from a decision about a message has the same spans once more
        found = [span.get(member) for span in _spans(decision.evidence)]
        return dict.fromkeys(name for name in found if isinstance(name, str))

    return names


@lru_cache(maxsize=1)  # detectors and keywords of one decision are asked for one after the other
def _spans(evidence: str) -> list[dict[str, Any]]:
    try:
        spans = json.loads(evidence)["spans"]
    except (ValueError, TypeError, LookupError):
        return []
    return [span for span in spans if isinstance(span, dict)] if isinstance(spans, list) else []


KINDS: Final[Mapping[str, Callable[[Decision], Iterable[str]]]] = {
    "rule": lambda _: ("",),
    "outcome": lambda decision: (decision.outcome,),
    "age of the friendship": _bands,
    "detector": _found("detector"),
    "keyword": _found("keyword"),
    "policy": lambda decision: (decision.policy_version,),
}
"""By what decisions of a rule are told apart: the kinds to which a decision belongs."""

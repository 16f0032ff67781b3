"""Precision: how often people uphold what a rule decides, as an interval, since few answers say little."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from math import ceil, floor, sqrt
from typing import Final

from operators.reviews.review import Verdict

_Z: Final = 1.96
"""The 97.5 % quantile of the normal distribution: standard errors to either side of a 95 % interval."""

_PERCENT: Final = 100


@dataclass(slots=True)
class Tally:
    """Decisions of a kind, and those of them that people looked at, by what they made of them."""

    decisions: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)

    def add(self, verdict: Verdict | None) -> None:
        """Count a decision; its verdict is None if nobody looked at it."""
        self.decisions += 1
        if verdict is not None:
            self.verdicts[verdict] += 1

    @property
    def looked_at(self) -> int:
        """The number of decisions about which somebody answered."""
        return self.verdicts.total()

    @property
    def upheld(self) -> int:
        """The number of decisions that people uphold."""
        return self.verdicts[Verdict.UPHELD]

    @property
    def overturned(self) -> int:
        """The number of decisions that people do not uphold."""
        return self.verdicts[Verdict.OVERTURNED]

    @property
    def interval(self) -> tuple[float, float]:
        """The share of upheld decisions, of those upheld or overturned: with 95 % certainty it is between the two."""
        return wilson_interval(self.upheld, self.upheld + self.overturned)


def wilson_interval(part: int, whole: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, from a part of a whole; from 0 to 1 for a whole of nothing.

    It is the score interval of Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference",
    which holds for few and for shares near 0 and 1, too.
    """
    if not whole:
        return 0.0, 1.0
    centre, squared = part + _Z**2 / 2, _Z**2
    error = _Z * sqrt(part * (whole - part) / whole + squared / 4)
    return max((centre - error) / (whole + squared), 0.0), min((centre + error) / (whole + squared), 1.0)


def describe_interval(tally: Tally) -> str:
    """Return the interval of a precision in words, rounded to the outside: it is never narrower than it is."""
    if not tally.upheld + tally.overturned:
        return "unknown"
    low, high = tally.interval
    return f"{floor(low * _PERCENT)}% to {ceil(high * _PERCENT)}%"


def precision_object(tally: Tally) -> dict[str, object]:
    """Return a tally as JSON; a precision of which nothing is known is null."""
    is_known = bool(tally.upheld + tally.overturned)
    low, high = tally.interval
    return {
        "decisions": tally.decisions,
        "looked_at": tally.looked_at,
        **{verdict.value: tally.verdicts[verdict] for verdict in Verdict},
        "precision": {"low": round(low, 4), "high": round(high, 4), "confidence": 0.95} if is_known else None,
    }

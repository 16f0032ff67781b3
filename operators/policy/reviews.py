"""Section `reviews` of a policy: what follows from the answers of the people who look at decisions."""

from __future__ import annotations

from dataclasses import dataclass

from operators.policy.durations import DAY
from operators.policy.section import setting


@dataclass(frozen=True, slots=True)
class Reviews:
    """Section `reviews`: what follows from the answers of reviewers."""

    undo: bool = setting(
        default=True, doc="whether what stands because of a decision ends once people do not uphold it (RV-8)"
    )
    reviewers_needed: int = setting(
        1,
        "so many reviewers have to say that a decision is wrong, and none that it is right (RV-4)",
        "reviewers",
        1,
        32,
    )
    memory_ms: int = setting(90 * DAY, "for how long the answers about a decision are remembered (RV-7)", "ms")

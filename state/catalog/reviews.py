"""State of reviews: what reviewers answered."""

from typing import Final

from state.entries.reviews import ANSWERS_CODEC, Answers
from state.spec import MapSpec

ANSWERS: Final[MapSpec[str, Answers]] = MapSpec(
    "answers",
    str,
    ANSWERS_CODEC,
    entry="decision",
    holds="the latest answer of each reviewer (a hash), and what they make of the decision",
    kept="`reviews.memory_ms` after the latest",
    bound="decisions about the account that people answered in `reviews.memory_ms`; 32 reviewers each",
    at_bound="a further reviewer is not counted; the oldest entry expires",
)

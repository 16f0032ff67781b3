"""Section `friendship_age.conversation` of a policy: when the weak signs of several messages count as a hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from operators.policy.durations import HOUR

CONVERSATION: Final = "CONVERSATION"
"""The reason of a decision to which several messages led, of which none would have been enough."""

FULL_SCORE: Final = 1_000
"""The score of a text that is just at the recogniser's threshold: a text without a hit has less."""


@dataclass(frozen=True, slots=True)
class ConversationPolicy:
    """How the points of one sender's messages to one recipient add up (FA-84, FA-85)."""

    enabled: bool = True
    window_ms: int = 24 * HOUR  # a message's points go down to nothing in this time
    threshold: int = 3_000  # points; more than any single message has
    mild_weight: int = FULL_SCORE  # points of a message that only mild detectors hit

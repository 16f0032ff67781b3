"""Section `strangers` of a policy: what follows when somebody unknown to the recipient writes something suspicious."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from operators.policy.action import IN_APP_WARNING, Operation
from operators.policy.conversation import CONVERSATION
from operators.policy.durations import DAY, HOUR
from operators.policy.section import Judged, PolicySection, Rule

STRANGERS: Final = "strangers"
STRANGER: Final = "STRANGER"
PERIOD_HOURS: Final = 30 * 24
PERIOD_MS: Final = PERIOD_HOURS * HOUR
"""Of one sender, recipient and period the earliest message counts as a contact (ST-9). It is in savepoints."""

RULES: Final = (
    Rule(
        name=STRANGERS,
        judged=Judged.MESSAGE,
        outcomes={STRANGER: "{subject}, a stranger to {other}, sent a suspicious message"},
        risk=frozenset({STRANGER}),
        reasons={CONVERSATION: "several messages that are suspicious together, none of them alone"},
    ),
)


@dataclass(frozen=True, slots=True)
class StrangersPolicy(PolicySection):
    """Section `strangers`. What is suspicious is said in the section `friendship_age`."""

    rules = RULES

    enabled: bool = True
    operation: Operation = IN_APP_WARNING  # never verifies (ST-3)
    review: bool = False  # moderators review the sender
    repeat_after_ms: int = 24 * HOUR  # the same pair again only after this (ST-4)
    contact_memory_ms: int = 180 * DAY  # who wrote first is forgotten after a silence of this length (ST-13)

    @property
    def blocks(self) -> bool:
        """Whether a stranger may be blocked."""
        return self.enabled and self.operation.block

"""Section `strangers` of a policy file: its keys, and its value for the operators."""

from typing import Annotated

from jobs.policy.operations import ReviewedActions
from jobs.policy.section import Section, freeze
from jobs.policy.values import Between, Duration, Truth, key
from operators.policy.durations import DAY, format_duration
from operators.policy.strangers import StrangersPolicy

_DEFAULT = StrangersPolicy()
LONGEST_MEMORY_MS = 365 * DAY  # each period of it is remembered, as an account may have begun in it


class StrangersSection(Section):
    """Keys about suspicious messages from accounts that the recipient does not know."""

    enabled: Truth = key(_DEFAULT.enabled, "whether its rule decides; if not, nothing is remembered either (ST-15)")
    operation: ReviewedActions = key(
        {"WARN": {}}, "what is done about a stranger's suspicious message (ST-3)", validate_default=True
    )
    repeat_after_ms: Duration = key(_DEFAULT.repeat_after_ms, "the same pair again only after this (ST-4)", "ms")
    contact_memory_ms: Annotated[Duration, Between(0, LONGEST_MEMORY_MS, format_duration)] = key(
        _DEFAULT.contact_memory_ms, "who wrote first is forgotten after such a silence (ST-13)", "ms"
    )

    def value(self) -> StrangersPolicy:
        """Return the section for the operators."""
        return freeze(StrangersPolicy, self, operation=self.operation.value(), review=self.operation.REVIEW is not None)

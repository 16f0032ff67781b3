"""The policy: one frozen value per version, with a default for every key.

Durations are whole milliseconds. Thresholds and weights are fractions, so that comparing them is exact (C-15).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, get_type_hints

from operators.policy.action import Action
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from operators.policy.durations import DAY, HOUR, MINUTE, SECOND
from operators.policy.event_group import EventGroupPolicy
from operators.policy.friendship_age import FriendshipAgePolicy
from operators.policy.invite_forest import InviteForestPolicy
from operators.policy.reviews import Reviews
from operators.policy.section import PolicySection, Rule, setting
from operators.policy.strangers import StrangersPolicy


@dataclass(frozen=True, slots=True)
class Common:
    """Section `common`: settings of all capabilities."""

    out_of_order_ms: int = setting(
        SECOND, "how far events may be out of order; every decision comes this much later; needs a restart (C-4)", "ms"
    )
    idle_ms: int = setting(
        30 * SECOND,
        "a partition without records for this long is idle: it holds nothing back; needs a restart",
        "ms",
        1,
    )
    risk_window_ms: int = setting(10 * MINUTE, "decisions about an account are collected per window (C-6)", "ms", 1)
    removal_memory_ms: int = setting(
        7 * DAY, "removals are remembered, so that an older addition that comes late does not undo them (C-4)", "ms"
    )
    repeat_memory_ms: int = setting(24 * HOUR, "for how long repeated events are recognised (C-12)", "ms")
    erasure_marker_ms: int = setting(7 * DAY, "for how long events from before an erasure are ignored (C-18)", "ms")


class LimitScope(StrEnum):
    """What a limit counts: the commands of the whole job (C-26), or those about one subject (C-31)."""

    JOB = "JOB"
    SUBJECT = "SUBJECT"


@dataclass(frozen=True, slots=True)
class Limit:
    """Rate limit: at most `at_most` commands of one action per epoch-aligned window (C-26, C-31)."""

    action: Action
    at_most: int
    per_ms: int
    scope: LimitScope = LimitScope.JOB


DEFAULT_LIMITS: Final = (
    Limit(Action.WARN, 20, DAY, LimitScope.SUBJECT),
    Limit(Action.REVIEW, 10, DAY, LimitScope.SUBJECT),
)
"""What would flood people: the actions by which an attacker can keep them busy."""


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Section `enforcement`."""

    delay_at_most_ms: int = 0  # commands are delayed by up to this (C-27)
    log_only: frozenset[Action] = frozenset()  # decided, but no command is emitted (C-28)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Policy:
    """All rules of one version. `version` is recorded in every decision."""

    version: str = "default"
    common: Common = Common()
    friendship_age: FriendshipAgePolicy = field(default_factory=FriendshipAgePolicy)
    strangers: StrangersPolicy = field(default_factory=StrangersPolicy)
    avatar_impersonation: AvatarImpersonationPolicy = field(default_factory=AvatarImpersonationPolicy)
    invite_forest: InviteForestPolicy = field(default_factory=InviteForestPolicy)
    event_group: EventGroupPolicy = field(default_factory=EventGroupPolicy)
    reviews: Reviews = field(default_factory=Reviews)
    limits: tuple[Limit, ...] = DEFAULT_LIMITS  # one per limited action, mildest action first
    enforcement: Enforcement = Enforcement()

    @property
    def sections(self) -> tuple[PolicySection, ...]:
        """The sections of the capabilities, in the order of their fields."""
        return _SECTIONS_OF(self)


def limits_of(policy: Policy, scope: LimitScope) -> Mapping[Action, Limit]:
    """Return the limits of a policy that count in a scope, by the limited action."""
    return {limit.action: limit for limit in policy.limits if limit.scope is scope}


SECTIONS: Final[Mapping[str, Any]] = {
    name: kind
    for name, kind in get_type_hints(Policy).items()
    if isinstance(kind, type) and issubclass(kind, PolicySection)
}
"""The type of each capability's section, by the section's name."""

_SECTIONS_OF: Final[Callable[[Policy], tuple[PolicySection, ...]]] = attrgetter(*SECTIONS)

RULES: Final[Mapping[str, Rule]] = {rule.name: rule for kind in SECTIONS.values() for rule in kind.rules}
"""Every rule, by the name that its decisions carry."""


def rule_of(name: str) -> Rule:
    """Return a rule by its name; for a name that this release does not have, a rule without outcomes and reasons."""
    return RULES.get(name) or Rule(name, {})

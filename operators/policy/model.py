"""Which rules are in force: one frozen value per policy version, every key with its default. Key: none.

Durations are whole milliseconds. Thresholds and weights are fractions, so that comparing them is exact (C-15).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
from operators.policy.durations import DAY, HOUR, MINUTE, SECOND
from operators.policy.event_group import EventGroupPolicy
from operators.policy.friendship_age import FriendshipAgePolicy
from operators.policy.invite_forest import InviteForestPolicy

if TYPE_CHECKING:
    from operators.policy.action import Action


@dataclass(frozen=True, slots=True)
class Common:
    """Section `common`: what holds for every capability."""

    out_of_order_ms: int = SECOND  # how far events may be out of order (C-4); read at start only
    idle_ms: int = 30 * SECOND  # an input silent for so long holds nothing back (C-4); read at start only
    risk_window_ms: int = 10 * MINUTE  # length of a risk window (C-6)
    removal_memory_ms: int = 7 * DAY  # how long a removal outranks older facts that come late (C-4)
    repeat_memory_ms: int = 24 * HOUR  # how long an event id is known again (C-12)
    erasure_marker_ms: int = 7 * DAY  # how long older events about an erased account change nothing (C-18)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many commands of one action per epoch-aligned window, over the whole job (C-26)."""

    action: Action
    at_most: int
    per_ms: int


@dataclass(frozen=True, slots=True)
class Enforcement:
    """Section `enforcement`."""

    delay_at_most_ms: int = 0  # commands leave up to this much later (C-27)
    log_only: frozenset[Action] = frozenset()  # decided, never commanded (C-28)


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of one version. `version` is recorded in every decision."""

    version: str = "default"
    common: Common = Common()
    friendship_age: FriendshipAgePolicy = field(default_factory=FriendshipAgePolicy)
    avatar_impersonation: AvatarImpersonationPolicy = field(default_factory=AvatarImpersonationPolicy)
    invite_forest: InviteForestPolicy = field(default_factory=InviteForestPolicy)
    event_group: EventGroupPolicy = field(default_factory=EventGroupPolicy)
    limits: tuple[Limit, ...] = ()  # one per limited action, mildest action first
    enforcement: Enforcement = Enforcement()

"""What may a policy file say? Its sections, and those that are too small for a file of their own. Key: none."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from jobs.policy.avatar_impersonation import AvatarImpersonationSection
from jobs.policy.event_group import EventGroupSection
from jobs.policy.friendship_age import FriendshipAgeSection
from jobs.policy.invite_forest import InviteForestSection
from jobs.policy.section import Section
from jobs.policy.values import Duration, PositiveDuration, Version, Whole, key
from operators.policy.action import Action
from operators.policy.model import Common, Enforcement

_COMMON = Common()
ActionName = Literal[
    "WATCH",
    "NOTIFY_ADMIN",
    "WARN",
    "REVIEW",
    "RESTRICT_LINK_MEDIA",
    "RESTRICT_INVITE",
    "PRE_MODERATE",
    "VERIFY",
    "REFUSE",
    "EXIT_SESSION",
    "MUTE",
    "REMOVE",
    "BLOCK",
    "BAN",
]


class CommonSection(Section):
    """What holds for every capability."""

    out_of_order_ms: Duration = key(
        _COMMON.out_of_order_ms,
        "how far events may be out of order; every decision waits so long; read at start only",
        "ms",
    )
    idle_ms: PositiveDuration = key(
        _COMMON.idle_ms, "an input silent for so long holds nothing back; read at start only (C-4)", "ms"
    )
    risk_window_ms: PositiveDuration = key(_COMMON.risk_window_ms, "length of a risk window (C-6)", "ms")
    removal_memory_ms: Duration = key(
        _COMMON.removal_memory_ms, "how long a removal outranks older facts that come late (C-4)", "ms"
    )
    repeat_memory_ms: Duration = key(_COMMON.repeat_memory_ms, "how long an event id is known again (C-12)", "ms")
    erasure_marker_ms: Duration = key(
        _COMMON.erasure_marker_ms, "how long older events about an erased account change nothing (C-18)", "ms"
    )


class LimitSection(Section):
    """At most so many commands of an action (C-26)."""

    at_most: Whole = Field(description="commands per window", json_schema_extra={"unit": "commands"})
    per_ms: PositiveDuration = Field(description="length of the window", json_schema_extra={"unit": "ms"})


class EnforcementSection(Section):
    """How decisions are carried out."""

    delay_at_most_ms: Duration = key(0, "a command leaves up to so much later (C-27)", "ms")
    log_only: tuple[ActionName, ...] = key((), "actions that are decided and never commanded (C-28)")

    def value(self) -> Enforcement:
        """Return the frozen section."""
        return Enforcement(self.delay_at_most_ms, frozenset(Action[name] for name in self.log_only))


Limits = Annotated[dict[ActionName, LimitSection], BeforeValidator(lambda value: {} if value is None else value)]


class PolicyFile(Section):
    """A policy of Kithward: every key is optional and has a default.

    Durations (keys in _ms) are whole milliseconds or text such as 3d, 10m, 250ms.
    """

    version: Version = key("default", "recorded in every decision; without blanks")
    common: CommonSection = Field(default_factory=CommonSection)
    friendship_age: FriendshipAgeSection = Field(default_factory=FriendshipAgeSection)
    avatar_impersonation: AvatarImpersonationSection = Field(default_factory=AvatarImpersonationSection)
    invite_forest: InviteForestSection = Field(default_factory=InviteForestSection)
    event_group: EventGroupSection = Field(default_factory=EventGroupSection)
    limits: Limits = key({}, "per action, how many commands may leave in how much time (C-26)")
    enforcement: EnforcementSection = Field(default_factory=EnforcementSection)

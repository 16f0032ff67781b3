"""Pydantic model of a policy file: its sections, of which the small ones are defined here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, create_model

from jobs.policy.avatar_impersonation import AvatarImpersonationSection
from jobs.policy.event_group import EventGroupSection
from jobs.policy.friendship_age import FriendshipAgeSection
from jobs.policy.invite_forest import InviteForestSection
from jobs.policy.section import Section
from jobs.policy.section_models import GENERATED, section_model
from jobs.policy.strangers import StrangersSection
from jobs.policy.values import Duration, PositiveDuration, Version, Whole, key
from operators.policy.action import Action
from operators.policy.model import DEFAULT_LIMITS, Enforcement, Limit, LimitScope

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


class LimitSection(Section):
    """The limit of an action: so many commands per window, in all or about one subject (C-26, C-31)."""

    at_most: Whole = Field(description="commands per window", json_schema_extra={"unit": "commands"})
    per_ms: PositiveDuration = Field(description="length of the window", json_schema_extra={"unit": "ms"})
    scope: LimitScope = key(LimitScope.JOB, "JOB: of the whole job; SUBJECT: about one account, of warnings to one")


class EnforcementSection(Section):
    """Keys of how decisions are carried out: delays, and actions that are only recorded."""

    delay_at_most_ms: Duration = key(0, "a command leaves up to so much later (C-27)", "ms")
    log_only: tuple[ActionName, ...] = key((), "actions that are decided and never commanded (C-28)")

    def value(self) -> Enforcement:
        """Return the section for the operators."""
        return Enforcement(self.delay_at_most_ms, frozenset(Action[name] for name in self.log_only))


Limits = Annotated[dict[ActionName, LimitSection | None], BeforeValidator(lambda value: {} if value is None else value)]


def _section(limit: Limit) -> LimitSection:
    return LimitSection(at_most=limit.at_most, per_ms=limit.per_ms, scope=limit.scope)


class PolicyFile(Section):
    """A policy of Kithward: every key is optional and has a default.

    Durations (keys in _ms) are whole milliseconds or text such as 3d, 10m, 250ms; with a unit the key needs no _ms.
    """

    version: Version = key("default", "recorded in every decision; without blanks")
    common: Section = Field(default_factory=Section)  # which POLICY_FILE makes whole
    friendship_age: FriendshipAgeSection = Field(default_factory=FriendshipAgeSection)
    strangers: StrangersSection = Field(default_factory=StrangersSection)
    avatar_impersonation: AvatarImpersonationSection = Field(default_factory=AvatarImpersonationSection)
    invite_forest: InviteForestSection = Field(default_factory=InviteForestSection)
    event_group: EventGroupSection = Field(default_factory=EventGroupSection)
    reviews: Section = Field(default_factory=Section)  # as `common`
    limits: Limits = key(
        {limit.action.name: _section(limit) for limit in DEFAULT_LIMITS},
        "per action, how many commands may leave in how much time (C-26, C-31); null: no limit, not even the default",
    )
    enforcement: EnforcementSection = Field(default_factory=EnforcementSection)


_GENERATED: dict[str, Any] = {
    name: (model := section_model(cls), Field(default_factory=model)) for name, cls in GENERATED.items()
}

POLICY_FILE: type[PolicyFile] = create_model(
    "PolicyFile",
    __base__=PolicyFile,
    __doc__=PolicyFile.__doc__,
    **_GENERATED,
)
"""The whole model: with the sections that are generated."""

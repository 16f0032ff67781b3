"""Section `event_group` of a policy file: its keys, and its value for the operators."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from jobs.policy.section import Section, freeze
from jobs.policy.values import (
    MOST_ENTRIES,
    Between,
    Counting,
    Duration,
    PositiveDuration,
    Share,
    Text,
    Truth,
    Whole,
    key,
    parse_whole,
    refuse,
)
from operators.attention.geometry import REACH_AT_MOST_M
from operators.policy.durations import format_duration
from operators.policy.event_group import Combination, EventGroupPolicy, Permissions, Widening
from schemas.records.enums import Permission

_DEFAULT = EventGroupPolicy()
_ROLES = _DEFAULT.permissions
MOST_STEPS = 10

Reach = Annotated[int, BeforeValidator(parse_whole), Between(1, REACH_AT_MOST_M)]
"""A radius in metres: a wider search would query more grid cells than a step can."""


class PermissionsSection(Section):
    """Permission of each role in an event group (EG-33)."""

    ORGANISATION: Permission = key(_ROLES.organisation, "organisations")
    EVENT_USER: Permission = key(_ROLES.event_user, "who reported the incident")
    FOLLOWER: Permission = key(_ROLES.follower, "followers")
    OBJECT: Permission = key(_ROLES.object, "the person watched over")
    NEARBY_USER: Permission = key(_ROLES.nearby_user, "people nearby")

    def value(self) -> Permissions:
        """Return the permissions for the operators."""
        return Permissions(**{role.lower(): permission for role, permission in self})


class WideningSection(Section):
    """A step by which an incident is made known farther away while nobody comes to help (EG-50)."""

    after_ms: PositiveDuration = Field(description="after the group's creation", json_schema_extra={"unit": "ms"})
    radius_m: Reach = Field(description="nearby users are no farther away", json_schema_extra={"unit": "m"})
    nearby_at_most: Whole = key(_DEFAULT.nearby_at_most, "further nearby users prompted, nearest first", "accounts")


def _widening_faults(steps: tuple[WideningSection, ...], radius_m: int) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield the places where a step is not later and wider than the one before."""
    after_ms = 0
    for place, step in enumerate(steps):
        if step.after_ms <= after_ms:
            yield (place, "after_ms"), f"must be greater than that of the step before, {format_duration(after_ms)}"
        if step.radius_m <= radius_m:
            yield (place, "radius_m"), f"must be greater than the radius before, {radius_m}"
        after_ms, radius_m = step.after_ms, step.radius_m


class EventGroupSection(Section):
    """Keys of event groups: incidents, and the groups that are created for them."""

    enabled: Truth = key(_DEFAULT.enabled, "whether its rules decide; its memory is kept in any case (C-28)")
    follow_pending_ms: PositiveDuration = key(_DEFAULT.follow_pending_ms, "how long a follow request waits", "ms")
    follow_pending_at_most: Counting = key(
        _DEFAULT.follow_pending_at_most, "most follow requests that wait for one account's answer (EG-7)", "requests"
    )
    radius_m: Reach = key(_DEFAULT.radius_m, "nearby users are no farther away", "m")
    location_ttl_ms: PositiveDuration = key(_DEFAULT.location_ttl_ms, "how long a location is fresh", "ms")
    nearby_at_most: Whole = key(_DEFAULT.nearby_at_most, "nearby users prompted, nearest first", "accounts")
    widen: tuple[WideningSection, ...] = key(
        (), "steps by which nearby users farther away are prompted while nobody comes (EG-50)", max_length=MOST_STEPS
    )
    audit_timeout_ms: PositiveDuration = key(_DEFAULT.audit_timeout_ms, "how long an audit may take (EG-11)", "ms")
    audit_kinds_exempt: tuple[Text, ...] = key(
        (), "kinds of incident without an audit (EG-11)", max_length=MOST_ENTRIES
    )
    emergency_kinds: tuple[Text, ...] = key(
        (),
        "kinds created at once, audited afterwards; followers are told at once (EG-13, EG-45)",
        max_length=MOST_ENTRIES,
    )
    reports_per_day: Counting = key(
        _DEFAULT.reports_per_day, "most reports of one reporter in 24 h; more are rejected (EG-14)", "reports"
    )
    rejections_limit: Counting = key(
        _DEFAULT.rejections_limit,
        "from so many rejections in 30 d on, every report of the reporter is rejected (EG-14)",
        "rejections",
    )
    same_incident_m: Annotated[int, BeforeValidator(parse_whole), Between(0, REACH_AT_MOST_M)] = key(
        _DEFAULT.same_incident_m, "reports no farther apart are of the same incident", "m"
    )
    same_incident_ms: Duration = key(_DEFAULT.same_incident_ms, "and no longer apart", "ms")
    merge: Truth = key(_DEFAULT.merge, "whether such reports make one group")
    concern_radius_m: Reach = key(_DEFAULT.concern_radius_m, "objects no farther away are concerned (EG-22)", "m")
    concern_follow_age_min_ms: Duration | None = key(None, "followed for at least so long; null: any", "ms")
    concern_follow_age_max_ms: Duration | None = key(None, "and at most so long; null: any", "ms")
    concern_combine: Combination = key(_DEFAULT.concern_combine, "all of these (AND) or one (OR)")
    tell_followers_after_ms: Duration = key(
        _DEFAULT.tell_followers_after_ms, "followers of whom a search found are told after this silence (EG-45)", "ms"
    )
    found_again_limit: Counting = key(
        _DEFAULT.found_again_limit,
        "from so many searches in 7 d that find a person by the location, people review it (EG-48)",
        "searches",
    )
    prompt_timeout_ms: PositiveDuration = key(_DEFAULT.prompt_timeout_ms, "how long a prompt waits", "ms")
    group_life_ms: PositiveDuration = key(_DEFAULT.group_life_ms, "an event group closes after this", "ms")
    keep_after_close_ms: PositiveDuration = key(_DEFAULT.keep_after_close_ms, "and is remembered for this", "ms")
    permissions: PermissionsSection = Field(
        default_factory=PermissionsSection, description="what the members of each role may do in the group (EG-33)"
    )
    match_threshold: Share = key(_DEFAULT.match_threshold, "pictures more similar than this match (EG-36)", "share")
    match_prompt_at_most: Counting = key(_DEFAULT.match_prompt_at_most, "objects prompted after a match", "objects")
    identifications_per_member: Counting = key(
        _DEFAULT.identifications_per_member, "requests of one member", "requests"
    )

    @field_validator("widen")
    @classmethod
    def _wider_and_wider(cls, steps: tuple[WideningSection, ...], info: ValidationInfo) -> tuple[WideningSection, ...]:
        faults = tuple(_widening_faults(steps, info.data.get("radius_m") or 0))
        if faults:
            refuse("each step must be later and wider than the one before (EG-50)", faults=faults)
        return steps

    @field_validator("concern_follow_age_max_ms")
    @classmethod
    def _not_below_min(cls, age_max_ms: int | None, info: ValidationInfo) -> int | None:
        age_min_ms = info.data.get("concern_follow_age_min_ms") or 0
        if age_max_ms is not None and age_max_ms < age_min_ms:
            refuse(f"must be at least concern_follow_age_min_ms, {format_duration(age_min_ms)}")
        return age_max_ms

    def value(self) -> EventGroupPolicy:
        """Return the section for the operators."""
        return freeze(
            EventGroupPolicy,
            self,
            audit_kinds_exempt=frozenset(self.audit_kinds_exempt),
            emergency_kinds=frozenset(self.emergency_kinds),
            permissions=self.permissions.value(),
            widen=tuple(freeze(Widening, step) for step in self.widen),
        )

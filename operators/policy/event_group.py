"""Section `event_group` of a policy: incidents, and the groups that are created for them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from operators.policy.durations import DAY, HOUR, MINUTE
from operators.policy.section import PolicySection, Rule
from schemas.records.enums import Permission

EVENT_GROUP: Final = "event-group"
IDENTIFICATION: Final = "identification"


class Combination(StrEnum):
    """Whether all concern predicates must hold or one suffices (EG-22)."""

    AND = "AND"
    OR = "OR"


@dataclass(frozen=True, slots=True)
class Widening:
    """A step by which an incident is made known farther away while nobody comes to help (EG-50)."""

    after_ms: int  # after the group's creation
    radius_m: int
    nearby_at_most: int  # further nearby users prompted, nearest first


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permission of each role in an event group; a field is the role's name in lower case."""

    organisation: Permission = Permission.MANAGE
    event_user: Permission = Permission.POST
    follower: Permission = Permission.POST
    object: Permission = Permission.POST
    nearby_user: Permission = Permission.POST


RULES: Final = (
    Rule(
        name=EVENT_GROUP,
        outcomes={
            "REQUESTED": "{subject} reports an incident and asks for a group",
            "APPROVED": "{subject}'s report of an incident holds",
            "REJECTED": "{subject}'s report of an incident gets no group",
            "CREATED": "{subject}'s incident has its group, and who can help is asked to join",
            "WIDENED": "nobody has come to help at {subject}'s incident, and people farther away are asked",
            "MEMBER_ADDED": "{other} joins the group of {subject}'s incident",
            "MEMBER_DECLINED": "{other} does not join the group of {subject}'s incident, or leaves it",
            "PROMPT_EXPIRED": "{other} did not say in time whether to join the group of {subject}'s incident",
            "CLOSED": "{subject}'s incident is over",
            "FOUND_AGAIN": "reports of incidents have found {subject} by the location again and again",
        },
        reasons={
            "AUDIT_SILENT": "nobody has audited it in time",
            "AUDIT_APPROVED": "an auditor has approved it",
            "AUDIT_REJECTED": "an auditor has rejected it",
            "AUDIT_EXEMPT": "its kind needs no audit",
            "RATE_LIMIT": "more often than is allowed",
            "REPORTER_BLOCKED": "auditors have rejected too many reports of this account",
            "DUPLICATE": "the same account has reported the same before",
            "MERGED": "somebody else has reported the same, and that group is open",
            "WITHDRAWN": "by their own wish, or because nobody is left who keeps the group",
            "LIFE": "its time is over",
            "CLOSED": "the platform has closed it",
        },
    ),
    Rule(
        name=IDENTIFICATION,
        outcomes={
            "MATCHED": "{subject} showed what somebody looks like, and {other} may be meant: those whom it concerns "
            "are asked, and {subject} is told no name",
            "NOT_FOUND": "{subject} showed what somebody looks like, and nobody is known by it",
            "FORBIDDEN_ROLE": "{subject} may not ask who is concerned",
        },
        reasons={
            "NO_MATCH": "nobody resembles it",
            "GROUP_NOT_OPEN": "there is no open group",
            "NO_MEMBER": "whoever asks is not in the group",
            "ROLE": "whoever asks is in the group in no role that may ask",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class EventGroupPolicy(PolicySection):
    """Section `event_group`; distances in whole metres."""

    rules = RULES

    enabled: bool = True
    follow_pending_ms: int = 7 * DAY  # how long a follow request waits for its answer
    follow_pending_at_most: int = 1_000  # requests that wait for the answer of one account (EG-7)
    radius_m: int = 2_000  # nearby users: no farther from the incident than this
    location_ttl_ms: int = 15 * MINUTE  # a location is fresh for this long, inclusive
    nearby_at_most: int = 50  # nearby users prompted, nearest first
    widen: tuple[Widening, ...] = ()  # EG-50
    audit_timeout_ms: int = 5 * MINUTE
    audit_kinds_exempt: frozenset[str] = frozenset()  # kinds of incident that need no audit (EG-11)
    emergency_kinds: frozenset[str] = (
        frozenset()
    )  # created at once, audited afterwards (EG-13); followers at once (EG-45)
    reports_per_day: int = 3  # reports of one reporter in 24 h (EG-14)
    rejections_limit: int = 3  # rejections of one reporter in 30 d
    same_incident_m: int = 500  # inclusive
    same_incident_ms: int = 10 * MINUTE  # inclusive
    merge: bool = True  # reports of the same incident make one group
    concern_radius_m: int = 2_000  # EG-22
    concern_follow_age_min_ms: int | None = None  # None: no such predicate
    concern_follow_age_max_ms: int | None = None
    concern_combine: Combination = Combination.AND
    tell_followers_after_ms: int = 5 * MINUTE  # of an object found by its location that does not answer (EG-45)
    found_again_limit: int = 5  # searches in 7 d that find a person by the location: people look at it (EG-48)
    prompt_timeout_ms: int = 30 * MINUTE
    group_life_ms: int = 24 * HOUR
    keep_after_close_ms: int = 7 * DAY
    permissions: Permissions = Permissions()
    match_threshold: Fraction = Fraction(84, 100)  # a match: strictly above (EG-36); 0 to 1
    match_prompt_at_most: int = 3  # objects prompted after a match
    identifications_per_member: int = 10

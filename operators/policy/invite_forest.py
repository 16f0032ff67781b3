"""Section `invite_forest` of a policy: target condition, association by invitation tree, sanctions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from operators.policy.action import Action
from operators.policy.durations import DAY, HOUR, MINUTE
from operators.policy.keywords import default_keywords
from operators.policy.section import Judged, PolicySection, Rule

if TYPE_CHECKING:
    from operators.policy.keywords import ScreenRules

INVITE_FOREST: Final = "invite-forest"


class ForestMode(StrEnum):
    """How members are associated with an offender (IF-21): by distance, by common ancestor, or either."""

    A = "A"
    B = "B"
    UNION = "UNION"


class CaseMode(StrEnum):
    """Whether cases are enforced or always reviewed by moderators (IF-36)."""

    AUTO = "AUTO"
    REVIEW_ALWAYS = "REVIEW_ALWAYS"


@dataclass(frozen=True, slots=True)
class Sanction:
    """One action of IF-29 and its duration; `for_ms` None: without end."""

    action: Action
    for_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """The sanctions of a case by distance (IF-30); each field has at least one sanction, mildest first."""

    offender: tuple[Sanction, ...]
    distance_1: tuple[Sanction, ...]
    farther: tuple[Sanction, ...]


UNCONFIRMED_CASE = (Sanction(Action.NOTIFY_ADMIN),)
FIRST_CASE = Response(
    offender=(Sanction(Action.REMOVE), Sanction(Action.BAN, 30 * DAY)),
    distance_1=(Sanction(Action.RESTRICT_INVITE, 7 * DAY), Sanction(Action.PRE_MODERATE, 7 * DAY)),
    farther=(Sanction(Action.WATCH, 7 * DAY),),
)
REPEATED_CASE = Response(
    offender=(Sanction(Action.REMOVE), Sanction(Action.BAN)),
    distance_1=(Sanction(Action.MUTE, 7 * DAY),),
    farther=(Sanction(Action.PRE_MODERATE, 7 * DAY),),
)


@dataclass(frozen=True, slots=True)
class TargetCondition:
    """The target condition, which makes a member an offender (IF-19): any part meets it.

    Sanctions need a part that suffices alone, or two kinds of evidence; otherwise people are asked (IF-43).
    """

    # With the hosts of the key `links`, if it has any, for the detector shopping_link.
    screen: ScreenRules = field(default_factory=default_keywords)
    patterns: tuple[str, ...] = ()  # regular expressions without back references and lookaround
    reports_needed: int = 3  # different reporters of the member
    reports_confirm: int | None = None  # so many confirm what else is known; None: as many as reports_needed
    reports_suffice: int | None = None  # so many lead to sanctions without anything else; None: never
    reports_within_ms: int = 24 * HOUR
    upheld_within_ms: int = 7 * DAY  # so long before or after a report something else may uphold it (IF-51)
    reporter_memory_ms: int = 90 * DAY  # reports no older make the record of a reporter
    reporter_sample: int = 5  # decided reports from which on the record counts
    least_weight: Fraction = Fraction(1, 4)  # what a reporter who is never upheld counts
    trusted_reporters: frozenset[str] = frozenset()  # account ids; one report by any of them meets it
    findings: bool = False  # a denial at the gate or a RISK_USER makes every later group message a hit
    finding_for_ms: int = 24 * HOUR  # how long after it
    hits_needed: int = 3  # only this hit meets the condition, unless evidence of another kind comes with it (IF-44)
    hits_within_ms: int = HOUR
    suffice_alone: frozenset[str] = frozenset({"trusted_reporters", "findings"})  # parts, see IF-43


RULES: Final = (
    Rule(
        name=INVITE_FOREST,
        judged=Judged.MESSAGE,
        outcomes={
            "MANAGED": "{subject} abused the group {group}: what this member and those tied to it by who let whom in "
            "may do there is limited",
            "REVIEW": "people should look at {subject} in the group {group} before more is done",
        },
        risk=frozenset({"MANAGED", "REVIEW"}),
        reasons={
            "keywords": "a phrase that the group's rules do not allow",
            "patterns": "a text of a form that the group's rules do not allow",
            "links": "a link that the group's rules do not allow",
            "hits": "it wrote before what the group's rules do not allow",
            "reports": "enough different members reported it",
            "trusted_reporters": "a trusted reporter reported it",
            "findings": "it was found to deceive somebody elsewhere",
            "UNCONFIRMED": "nothing but what it wrote, or nothing but reports, speaks against it, so people are asked",
            "REPEATED_HIT": "the case is open already, nothing more is done",
            "NOT_REMOVED": "it was to be removed, and is still in the group",
            "OFFENDER_IS_ADMIN": "it is the group's owner or an administrator",
            "MASS_LIMIT": "more members are tied to it than may be sanctioned without people",
            "MASS_SHARE": "a larger part of the group is tied to it than may be sanctioned without people",
            "REVIEW_ALWAYS": "people decide about every case",
            "GRAFT_REFUSED": "it joined through somebody whom it has let in itself",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class InviteForestPolicy(PolicySection):
    """Section `invite_forest`."""

    rules = RULES

    enabled: bool = True
    mode: ForestMode = ForestMode.A
    th1: int = 2  # edges, inclusive (IF-22)
    th2: int = 2  # most edges up to the common ancestor (IF-23)
    link_weight: int = 2  # edges that a tie by link or approval counts for (IF-50)
    condition: TargetCondition = field(default_factory=TargetCondition)
    unconfirmed: tuple[Sanction, ...] = UNCONFIRMED_CASE  # of the offender alone; at most PRE_MODERATE (IF-45)
    first: Response = FIRST_CASE
    repeated: Response = REPEATED_CASE
    case_window_ms: int = 10 * MINUTE  # one case per group, offender and window (IF-31)
    repeat_within_ms: int = 30 * DAY  # an earlier case no older than this makes a repetition (IF-30)
    remove_again_after_ms: int = HOUR  # a removal that is not carried out is asked for again (IF-49)
    mass_limit: int = 200  # associated members; more in one group and window: REVIEW (IF-36)
    mass_share_limit: Fraction | None = None  # of the current members, 0 to 1; None: no such limit
    enforce: CaseMode = CaseMode.AUTO
    all_incarnations: bool = False  # IF-26
    ban_on_rejoin: bool = False  # IF-27
    virtual_admin_edges: bool = False  # IF-34
    small_group: int = 20  # members up to which they are warned of an administrator (IF-46)
    inviter_sample: int = 5  # invited members from which on an inviter's share of offenders is reported (IF-35)

    @property
    def every_group_message(self) -> bool:
        """Whether harmless group messages are evaluated too: those of accounts with a finding elsewhere (IF-19)."""
        return self.condition.findings

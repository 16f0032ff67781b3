"""Section `invite_forest` of a policy file: its keys, and its value for the operators."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from jobs.policy.keyword_entries import KeywordsSection
from jobs.policy.section import Section, freeze
from jobs.policy.values import (
    MOST_ENTRIES,
    Counting,
    Duration,
    Host,
    Pattern,
    PositiveDuration,
    Share,
    Text,
    Truth,
    Whole,
    key,
    refuse,
)
from operators.policy.action import Action
from operators.policy.invite_forest import (
    FIRST_CASE,
    REPEATED_CASE,
    UNCONFIRMED_CASE,
    CaseMode,
    ForestMode,
    InviteForestPolicy,
    Response,
    Sanction,
    TargetCondition,
)
from operators.policy.keywords import ScreenRules
from schemas.records.enums import MemberAction

_DEFAULT = InviteForestPolicy()
_CONDITION = TargetCondition()
MOST_PATTERNS = 200


def _not_empty(value: object) -> object:
    if not isinstance(value, dict) or not value:
        refuse("must map at least one action to how long it holds, such as {MUTE: 7d}; null: without end")
    return value


def _mild(cell: dict[MemberAction, int | None]) -> dict[MemberAction, int | None]:
    strict = [action.name for action in cell if Action[action.name] > Action.PRE_MODERATE]
    if strict:
        refuse(f"{strict[0]} needs two kinds of evidence, or a part of the condition in suffice_alone")
    return cell


Cell = Annotated[dict[MemberAction, PositiveDuration | None], BeforeValidator(_not_empty)]


def _cell(sanctions: tuple[Sanction, ...]) -> dict[MemberAction, int | None]:
    return {MemberAction[sanction.action.name]: sanction.for_ms for sanction in sanctions}


def _sanctions(cell: Cell) -> tuple[Sanction, ...]:
    """Return a cell's sanctions, mildest first."""
    sanctions = (Sanction(Action[action.name], for_ms) for action, for_ms in cell.items())
    return tuple(sorted(sanctions, key=lambda sanction: sanction.action))


MildCell = Annotated[Cell, AfterValidator(_mild)]


class Part(StrEnum):
    """A part of the target condition that may suffice alone (IF-43)."""

    KEYWORDS = "keywords"
    PATTERNS = "patterns"
    LINKS = "links"
    TRUSTED_REPORTERS = "trusted_reporters"
    FINDINGS = "findings"


class ResponseSection(Section):
    """Sanctions of a case, by the member's part in it (IF-30)."""

    offender: Cell = key(_cell(FIRST_CASE.offender), "the offender")
    distance_1: Cell = key(_cell(FIRST_CASE.distance_1), "associated members at distance 1")
    farther: Cell = key(_cell(FIRST_CASE.farther), "associated members farther away")

    def value(self) -> Response:
        """Return the sanctions for the operators."""
        return Response(_sanctions(self.offender), _sanctions(self.distance_1), _sanctions(self.farther))


class RepeatedResponseSection(ResponseSection):
    """Sanctions of a case whose offender has had one before."""

    offender: Cell = key(_cell(REPEATED_CASE.offender), "the offender")
    distance_1: Cell = key(_cell(REPEATED_CASE.distance_1), "associated members at distance 1")
    farther: Cell = key(_cell(REPEATED_CASE.farther), "associated members farther away")


class ActionsSection(Section):
    """Permission management by role in the case, distance and repetition (IF-30)."""

    unconfirmed: MildCell = key(
        _cell(UNCONFIRMED_CASE),
        "the offender while evidence is of one kind, with a review; at most PRE_MODERATE (IF-45)",
    )
    first: ResponseSection = Field(default_factory=ResponseSection, description="an offender's first case")
    repeated: RepeatedResponseSection = Field(
        default_factory=RepeatedResponseSection, description="an earlier case within repeat_within_ms"
    )


class ConditionSection(Section):
    """The target condition: what makes a member an offender; any part suffices (IF-19)."""

    keywords: KeywordsSection | None = key(
        None, "keywords in a group message; null: those of friendship_age, packs included"
    )
    patterns: tuple[Pattern, ...] = key((), "regular expressions with linear running time", max_length=MOST_PATTERNS)
    links: tuple[Host, ...] = key((), "hosts of links, with all below them (FA-10)", max_length=MOST_ENTRIES)
    reports_needed: Counting = key(
        _CONDITION.reports_needed, "independent members who report the same one (IF-48)", "reporters"
    )
    reports_confirm: Counting | None = key(
        _CONDITION.reports_confirm, "so many confirm what else is known; null: as reports_needed (IF-52)", "reporters"
    )
    reports_suffice: Counting | None = key(
        _CONDITION.reports_suffice, "so many lead to sanctions without other evidence; null: never (IF-43)", "reporters"
    )
    reports_within_ms: PositiveDuration = key(_CONDITION.reports_within_ms, "within this time", "ms")
    upheld_within_ms: PositiveDuration = key(
        _CONDITION.upheld_within_ms, "so long before or after a report something else upholds it (IF-51)", "ms"
    )
    reporter_memory_ms: PositiveDuration = key(
        _CONDITION.reporter_memory_ms, "reports no older make the record of a reporter", "ms"
    )
    reporter_sample: Counting = key(
        _CONDITION.reporter_sample, "upheld or not, so many reports make a record count", "reports"
    )
    least_weight: Share = key(
        _CONDITION.least_weight, "what a reporter who is never upheld counts; 1: records do not count", "share"
    )
    trusted_reporters: tuple[Text, ...] = key(
        (), "accounts of classifiers: one report meets it", max_length=MOST_ENTRIES
    )
    findings: Truth = key(
        _CONDITION.findings, "after a gate denial or RISK_USER each group message is a hit; all must then be read"
    )
    finding_for_ms: PositiveDuration = key(_CONDITION.finding_for_ms, "for so long", "ms")
    hits_needed: Counting = key(
        _CONDITION.hits_needed, "only this hit meets it, unless evidence of another kind comes with it (IF-44)", "hits"
    )
    hits_within_ms: PositiveDuration = key(_CONDITION.hits_within_ms, "within this time", "ms")
    suffice_alone: tuple[Part, ...] = key(
        tuple(part for part in Part if part in _CONDITION.suffice_alone),
        "parts that lead to sanctions alone; the others need evidence of a second kind (IF-43)",
    )

    def value(self, screen: ScreenRules) -> TargetCondition:
        """Return the condition for the operators; `screen` has its keywords and hosts."""
        return freeze(
            TargetCondition,
            self,
            screen=screen,
            trusted_reporters=frozenset(self.trusted_reporters),
            suffice_alone=frozenset(part.value for part in self.suffice_alone),
        )


class InviteForestSection(Section):
    """Keys of the invite forest: members who let each other into groups."""

    enabled: Truth = key(_DEFAULT.enabled, "whether its rules decide; its memory is kept in any case (C-28)")
    mode: ForestMode = key(
        _DEFAULT.mode, "associated by distance (A), by common ancestor (B), by either (UNION) (IF-21)"
    )
    th1: Whole = key(_DEFAULT.th1, "mode A: greatest distance, inclusive (IF-22)", "edges")
    th2: Whole = key(_DEFAULT.th2, "mode B: how many edges to climb; all members below are associated (IF-23)", "edges")
    link_weight: Counting = key(
        _DEFAULT.link_weight, "a tie by link or approval counts as so many edges (IF-50)", "edges"
    )
    condition: ConditionSection = Field(
        default_factory=ConditionSection, description="the target condition: what makes a member an offender (IF-19)"
    )
    actions: ActionsSection = Field(
        default_factory=ActionsSection, description="actions by role in the case, distance and repetition (IF-30)"
    )
    case_window_ms: PositiveDuration = key(_DEFAULT.case_window_ms, "one case per offender and window (IF-31)", "ms")
    repeat_within_ms: Duration = key(_DEFAULT.repeat_within_ms, "an earlier case no older is a repetition", "ms")
    remove_again_after_ms: PositiveDuration = key(
        _DEFAULT.remove_again_after_ms, "who posts so long after its removal is removed again (IF-49)", "ms"
    )
    mass_limit: Whole = key(_DEFAULT.mass_limit, "more associated members in a window: REVIEW (IF-36)", "members")
    mass_share_limit: Share | None = key(None, "the same for their share of the group; null: no limit", "share")
    enforce: CaseMode = key(_DEFAULT.enforce, "AUTO, or REVIEW_ALWAYS: people decide every case (IF-36)")
    all_incarnations: Truth = key(
        _DEFAULT.all_incarnations,
        "compute the associated members from all stays of the offender, not only the current one (IF-26)",
    )
    ban_on_rejoin: Truth = key(
        _DEFAULT.ban_on_rejoin,
        "ban associated members who have left and come back while the sanction would last (IF-27)",
    )
    virtual_admin_edges: Truth = key(
        _DEFAULT.virtual_admin_edges, "in previews, whom an administrator let in is at distance 1 (IF-34)"
    )
    small_group: Whole = key(
        _DEFAULT.small_group, "in a group of at most so many, members are warned of an administrator (IF-46)", "members"
    )
    inviter_sample: Counting = key(_DEFAULT.inviter_sample, "an inviter's record is told from so many on", "members")

    def value(self, screen: ScreenRules) -> InviteForestPolicy:
        """Return the section for the operators; `screen` has the condition's keywords and hosts."""
        return freeze(
            InviteForestPolicy,
            self,
            condition=self.condition.value(screen),
            unconfirmed=_sanctions(self.actions.unconfirmed),
            first=self.actions.first.value(),
            repeated=self.actions.repeated.value(),
        )

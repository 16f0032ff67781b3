"""Target condition: whether a member's messages, or reports about it, make the member an offender.

Keyed by the group; runs inside the step `group`. Any enabled part of the condition meets it (IF-19). Messages are hits,
of which several may be needed; reports have thresholds of their own. Sanctions follow only where the offence is
confirmed: by a part that suffices alone, or by two kinds of evidence (IF-43).
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import Final

from msgspec import Struct

from operators.decision import LATE, POLICY_UNSEEN, Conditions
from operators.ids import identify
from operators.invite_forest.report_record import record_report
from operators.invite_forest.reporters import independent_reporters, stay_at
from operators.invite_forest.signs import count_sign, hits_threshold, latest_of_each, reports_threshold, signs_within
from operators.operator import Context
from operators.policy.invite_forest import INVITE_FOREST, TargetCondition
from operators.screening.findings import result_for
from schemas.records import ContentSuspected, MemberReported, Span
from state.catalog.invite_forest import HITS, REPORTS
from state.entries.invite_forest import NO_NODE, ConditionSignals

CAUSES_AT_MOST = 100
"""Causing events listed in one decision."""

_PART_OF = {"keyword": "keywords", "pattern": "patterns", "shopping_link": "links"}
"""Part of the condition by detector. Another detector is a part under its own name."""

FINDINGS, REPORTED, TRUSTED = "findings", "reports", "trusted_reporters"
_KINDS: Final = frozenset({FINDINGS, REPORTED, TRUSTED})
"""Parts that are a kind of evidence each; all others are what the member wrote."""


class Offence(Struct, frozen=True, kw_only=True):
    """An offence that meets the target condition: account, time, parts of the condition, causing events."""

    account_id: str
    event_id: str
    at_ms: int
    parts: tuple[str, ...]
    event_ids: tuple[str, ...]
    conditions: Conditions
    confirmed: bool  # whether sanctions may follow (IF-43)
    tags: frozenset[str] = frozenset()
    spans: tuple[Span, ...] = ()
    span_count: int = 0  # the number of all spans, if not all are listed; else 0
    weights: Sequence[Fraction] = ()  # what each circle of reporters counts (IF-51)

    @property
    def is_found(self) -> bool:
        """Whether something else than reports speaks against the account."""
        return set(self.parts) != {REPORTED}


def offence_of_content(event: ContentSuspected, ctx: Context) -> Offence | None:
    """Return the offence that a message completes with earlier hits; None if it is not a hit or they are too few."""
    policy, condition, conditions = ctx.policy, ctx.policy.invite_forest.condition, Conditions()
    seen = result_for(INVITE_FOREST, policy.version, event)
    parts = {_PART_OF.get(span.detector, span.detector) for span in seen.spans}
    if (parts or condition.findings) and _has_finding(event, condition, conditions):
        parts.add(FINDINGS)
    if not parts:
        return None
    hits = count_sign(ctx, HITS, event.sender_id, (event.at_ms, event.event_id, "", NO_NODE), hits_threshold(condition))
    reports, weights = _reports_against(ctx, event.sender_id, event.at_ms)
    reporters = _total(weights)
    if conditions.compare("reporters", reporters, ">=", condition.reports_needed):
        parts.add(REPORTED)
    needed = 1 if _kinds(_confirming(parts, reporters, condition, conditions)) > 1 else condition.hits_needed
    if not conditions.compare("hits", len(hits.times), ">=", needed):
        return None
    late = event.late or ctx.late
    tags = {tag for tag, applies in ((LATE, late), (POLICY_UNSEEN, seen.policy_unseen)) if applies}
    causes = (*(reports.event_ids if REPORTED in parts else ()), *hits.event_ids)
    return Offence(
        account_id=event.sender_id,
        event_id=event.event_id,
        at_ms=event.at_ms,
        parts=tuple(sorted(parts)),
        event_ids=causes[-CAUSES_AT_MOST:],
        conditions=conditions,
        confirmed=_is_confirmed(parts, reporters, condition, conditions),
        tags=frozenset(tags),
        spans=seen.spans,
        span_count=seen.span_count,
        weights=weights,
    )


def offence_of_report(event: MemberReported, ctx: Context) -> Offence | None:
    """Return the offence that a report completes with earlier signs; None if there are too few reporters."""
    condition, conditions = ctx.policy.invite_forest.condition, Conditions()
    number = stay_at(ctx, event.reporter_id, event.at_ms)
    if number is not None:
        reporter = identify(event.reporter_id)
        sign = (event.at_ms, event.event_id, reporter, number)
        count_sign(ctx, REPORTS, event.account_id, sign, reports_threshold(condition))
        if ctx.policy.invite_forest.enabled:  # without offences nothing could uphold it (IF-51)
            record_report(ctx, event.account_id, reporter, event.at_ms)
    reports, weights = _reports_against(ctx, event.account_id, event.at_ms)
    reporters = _total(weights)
    trusted = conditions.check("reporter_is_trusted", event.reporter_id in condition.trusted_reporters)
    is_member = conditions.check("reporter_is_member", number is not None)
    enough = conditions.compare("reporters", reporters, ">=", condition.reports_needed) and is_member
    if not (trusted or enough):
        return None
    hits = signs_within(ctx, HITS, event.account_id, event.at_ms, condition.reports_within_ms)
    found = ((REPORTED, enough), (TRUSTED, trusted), ("hits", bool(hits.times)))
    parts = {part for part, is_met in found if is_met}
    causes = (*hits.event_ids, *(reports.event_ids if enough else (event.event_id,)))
    return Offence(
        account_id=event.account_id,
        event_id=event.event_id,
        at_ms=event.at_ms,
        parts=tuple(sorted(parts)),
        event_ids=causes[-CAUSES_AT_MOST:],
        conditions=conditions,
        confirmed=_is_confirmed(parts, reporters, condition, conditions),
        tags=frozenset({LATE} if ctx.late else ()),
        weights=weights,
    )


def _has_finding(event: ContentSuspected, condition: TargetCondition, conditions: Conditions) -> bool:
    since_ms = None if event.charged_ms is None else event.at_ms - event.charged_ms
    if since_ms is None:
        return conditions.check("finding_against_author", actual=False)
    return conditions.compare("since_finding_ms", since_ms, "<", condition.finding_for_ms)


def _reports_against(ctx: Context, account_id: str, at_ms: int) -> tuple[ConditionSignals, Sequence[Fraction]]:
    """Return the reports that count at a time, and what each independent reporter counts."""
    within_ms = ctx.policy.invite_forest.condition.reports_within_ms
    reports = signs_within(ctx, REPORTS, account_id, at_ms, within_ms)
    hits = signs_within(ctx, HITS, account_id, at_ms, within_ms)
    since_ms, reports = min((*reports.times, *hits.times), default=at_ms), latest_of_each(reports)
    return reports, independent_reporters(ctx, reports, account_id, since_ms, at_ms)


def _total(weights: Sequence[Fraction]) -> int | Fraction:
    total = sum(weights, Fraction())
    return total.numerator if total.denominator == 1 else total


def _kinds(parts: AbstractSet[str]) -> int:
    """Return how many kinds of evidence the parts are: all that is written is one."""
    return len(parts & _KINDS) + bool(parts - _KINDS)


def _confirming(
    parts: AbstractSet[str], reporters: int | Fraction, condition: TargetCondition, conditions: Conditions
) -> AbstractSet[str]:
    """Return the parts that confirm others: reports only by as many as the policy wants (IF-52)."""
    least = condition.reports_confirm
    if REPORTED not in parts or least is None or conditions.compare("reporters", reporters, ">=", least):
        return parts
    return parts - {REPORTED}


def _is_confirmed(
    parts: AbstractSet[str], reporters: int | Fraction, condition: TargetCondition, conditions: Conditions
) -> bool:
    """Return whether sanctions may follow (IF-43)."""
    if conditions.check("part_suffices_alone", bool(parts & condition.suffice_alone)):
        return True
    kinds = _kinds(_confirming(parts, reporters, condition, conditions))
    if conditions.compare("kinds_of_evidence", kinds, ">=", 2):
        return True
    most = condition.reports_suffice
    return most is not None and conditions.compare("reporters", reporters, ">=", most)

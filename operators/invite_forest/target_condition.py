"""Target condition: whether a member's messages, or reports about it, make the member an offender.

Keyed by the group; runs inside the step `group`. Any enabled part of the condition suffices (IF-19). Messages are hits,
of which several may be needed; reports have a threshold of their own. Signs (hits and reports) are stored per account
and deduplicated by event id.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from operators.decision import LATE, POLICY_UNSEEN, Conditions
from operators.ids import identify
from operators.operator import Context
from operators.policy.invite_forest import INVITE_FOREST, TargetCondition
from operators.retention import set_cleanup_timer
from operators.screening.findings import result_for
from schemas.records import ContentSuspected, MemberReported, Span
from state.catalog.invite_forest import HITS, REPORTS
from state.entries.invite_forest import ConditionSignals
from state.spec import MapSpec

SIGNS_AT_LEAST = 16
"""Hits or reports stored per account: the newest so many, or as many as the policy needs. It bounds the state under a
flood of messages."""
CAUSES_AT_MOST = 100
"""Causing events listed in one decision."""

Sign = tuple[int, str, str]
"""Event time, event id, reporter (hashed; empty for a hit)."""

_PART_OF = {"keyword": "keywords", "pattern": "patterns", "shopping_link": "links"}
"""Part of the condition by detector. Another detector is a part under its own name."""


class Threshold(Struct, frozen=True):
    """The number of signs needed, and the window that they must fall into."""

    number: int
    within_ms: int


class Offence(Struct, frozen=True, kw_only=True):
    """An offence that meets the target condition: account, time, parts of the condition, causing events."""

    account_id: str
    event_id: str
    at_ms: int
    parts: tuple[str, ...]
    event_ids: tuple[str, ...]
    conditions: Conditions
    tags: frozenset[str] = frozenset()
    spans: tuple[Span, ...] = ()
    span_count: int = 0  # the number of all spans, if not all are listed; else 0


def offence_of_content(event: ContentSuspected, ctx: Context) -> Offence | None:
    """Return the offence that a message completes with earlier hits; None if it is not a hit or they are too few."""
    policy, condition, conditions = ctx.policy, ctx.policy.invite_forest.condition, Conditions()
    seen = result_for(INVITE_FOREST, policy.version, event)
    parts = {_PART_OF.get(span.detector, span.detector) for span in seen.spans}
    if condition.findings and _has_finding(event, condition, conditions):
        parts.add("findings")
    if not parts:
        return None
    needed = Threshold(condition.hits_needed, condition.hits_within_ms)
    hits = _count_sign(ctx, HITS, event.sender_id, (event.at_ms, event.event_id, ""), needed)
    if not conditions.compare("hits", len(hits.times), ">=", condition.hits_needed):
        return None
    late = event.late or ctx.late
    tags = {tag for tag, applies in ((LATE, late), (POLICY_UNSEEN, seen.policy_unseen)) if applies}
    return Offence(
        account_id=event.sender_id,
        event_id=event.event_id,
        at_ms=event.at_ms,
        parts=tuple(sorted(parts)),
        event_ids=hits.event_ids[-CAUSES_AT_MOST:],
        conditions=conditions,
        tags=frozenset(tags),
        spans=seen.spans,
        span_count=seen.span_count,
    )


def offence_of_report(event: MemberReported, ctx: Context) -> Offence | None:
    """Return the offence that a report completes with earlier ones; None if there are too few reporters."""
    condition, conditions = ctx.policy.invite_forest.condition, Conditions()
    needed = Threshold(condition.reports_needed, condition.reports_within_ms)
    sign = (event.at_ms, event.event_id, identify(event.reporter_id))
    reports = _count_sign(ctx, REPORTS, event.account_id, sign, needed)
    trusted = conditions.check("reporter_is_trusted", event.reporter_id in condition.trusted_reporters)
    enough = conditions.compare("reporters", len(set(reports.sources)), ">=", condition.reports_needed)
    if not (trusted or enough):
        return None
    return Offence(
        account_id=event.account_id,
        event_id=event.event_id,
        at_ms=event.at_ms,
        parts=tuple(part for part, met in (("reports", enough), ("trusted_reporters", trusted)) if met),
        event_ids=reports.event_ids[-CAUSES_AT_MOST:] if enough else (event.event_id,),
        conditions=conditions,
        tags=frozenset({LATE} if ctx.late else ()),
    )


def forget_signs(ctx: Context, account_id: str, before_ms: int) -> None:
    """Delete the signs against an erased account, and its own reports on others."""
    for spec in (HITS, REPORTS):
        known = ctx[spec].get(account_id)
        if known is not None:
            _store_signs(ctx, spec, account_id, _filter_signs(known, (at_ms >= before_ms for at_ms in known.times)))
    source = identify(account_id)
    for other_id, reports in list(ctx[REPORTS].items()):
        if source in reports.sources:
            stays = (
                by != source or at_ms >= before_ms for by, at_ms in zip(reports.sources, reports.times, strict=True)
            )
            _store_signs(ctx, REPORTS, other_id, _filter_signs(reports, stays))


def remove_expired_signs(ctx: Context, at_ms: int) -> None:
    """Remove the signs that are too old to count."""
    condition = ctx.policy.invite_forest.condition
    for spec, life_ms in ((HITS, condition.hits_within_ms), (REPORTS, condition.reports_within_ms)):
        for account_id, signs in list(ctx[spec].items()):
            if signs.times[-1] + life_ms < at_ms:
                ctx[spec].remove(account_id)


def _has_finding(event: ContentSuspected, condition: TargetCondition, conditions: Conditions) -> bool:
    since_ms = None if event.charged_ms is None else event.at_ms - event.charged_ms
    if since_ms is None:
        return conditions.check("finding_against_author", actual=False)
    return conditions.compare("since_finding_ms", since_ms, "<", condition.finding_for_ms)


def _count_sign(
    ctx: Context, spec: MapSpec[str, ConditionSignals], account_id: str, sign: Sign, needed: Threshold
) -> ConditionSignals:
    """Store one sign, and return those that count at its time: of each reporter the latest report."""
    known = ctx[spec].get(account_id) or ConditionSignals()
    at_ms, event_id, source = sign
    if event_id not in known.event_ids:
        stays = (not source or by != source or other_ms > at_ms for by, other_ms in _pairs(known))
        rows = sorted([*_rows(_filter_signs(known, stays)), sign])
        known = _signs_from_rows(rows[-max(needed.number, SIGNS_AT_LEAST) :])
        _store_signs(ctx, spec, account_id, known)
        set_cleanup_timer(ctx, at_ms + needed.within_ms + 1)
    return _filter_signs(known, (at_ms - needed.within_ms <= other_ms <= at_ms for other_ms in known.times))


def _pairs(signs: ConditionSignals) -> Iterable[tuple[str, int]]:
    return zip(signs.sources, signs.times, strict=True)


def _rows(signs: ConditionSignals) -> Iterable[Sign]:
    return zip(signs.times, signs.event_ids, signs.sources, strict=True)


def _filter_signs(signs: ConditionSignals, stays: Iterable[bool]) -> ConditionSignals:
    return _signs_from_rows([row for row, is_kept in zip(_rows(signs), stays, strict=True) if is_kept])


def _signs_from_rows(rows: Sequence[Sign]) -> ConditionSignals:
    times, event_ids, sources = zip(*rows, strict=True) if rows else ((), (), ())
    return ConditionSignals(times, event_ids, sources)


def _store_signs(ctx: Context, spec: MapSpec[str, ConditionSignals], account_id: str, signs: ConditionSignals) -> None:
    if signs.times:
        ctx[spec].put(account_id, signs)
    else:
        ctx[spec].remove(account_id)

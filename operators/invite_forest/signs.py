"""Signs against the members of a group: hits and reports, stored per account and deduplicated by event id.

Keyed by the group; runs inside the step `group`. A hit may complete reports and a report hits (IF-43), so that both are
stored for the longer of the two periods.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from operators.ids import identify
from operators.operator import Context
from operators.policy.invite_forest import TargetCondition
from operators.retention import remove_expired, set_cleanup_timer
from state.catalog.invite_forest import HITS, REPORTS
from state.entries.invite_forest import NO_NODE, ConditionSignals
from state.spec import MapSpec

SIGNS_AT_LEAST = 16
"""Hits stored per account: the newest so many, or as many as the policy needs. It bounds the state under a
flood of messages."""

REPORTS_AT_LEAST = 64
"""The same for reports: reporters who are tied to each other must not drive out the others."""

Sign = tuple[int, str, str, int]
"""Event time, event id, reporter (hashed; empty for a hit), the reporter's node."""


class Threshold(Struct, frozen=True):
    """The number of signs needed, the window that they must fall into, and for how long they are stored."""

    number: int
    within_ms: int
    kept_ms: int


def hits_threshold(condition: TargetCondition) -> Threshold:
    """Return how many hits meet the condition."""
    return Threshold(condition.hits_needed, condition.hits_within_ms, _kept_ms(condition))


def reports_threshold(condition: TargetCondition) -> Threshold:
    """Return how many reports have to be stored, so that each of the policy's numbers can be met."""
    wanted = (condition.reports_needed, condition.reports_confirm or 0, condition.reports_suffice or 0)
    number = max(*wanted, REPORTS_AT_LEAST)
    return Threshold(number, condition.reports_within_ms, _kept_ms(condition))


def signs_within(
    ctx: Context, spec: MapSpec[str, ConditionSignals], account_id: str, at_ms: int, within_ms: int
) -> ConditionSignals:
    """Return the signs against an account that count at a time."""
    known = ctx[spec].get(account_id) or ConditionSignals()
    return _filter_signs(known, (at_ms - within_ms <= other_ms <= at_ms for other_ms in known.times))


def latest_of_each(reports: ConditionSignals) -> ConditionSignals:
    """Return of each reporter the latest report."""
    return _signs_from_rows(sorted({row[2]: row for row in _rows(reports)}.values()))


def count_sign(
    ctx: Context, spec: MapSpec[str, ConditionSignals], account_id: str, sign: Sign, needed: Threshold
) -> ConditionSignals:
    """Store one sign, and return those stored that lie in its window."""
    known = ctx[spec].get(account_id) or ConditionSignals()
    at_ms, event_id, *_ = sign
    if event_id not in known.event_ids:
        known = _signs_from_rows(_to_keep(sorted([*_rows(known), sign]), needed))
        _store_signs(ctx, spec, account_id, known)
        set_cleanup_timer(ctx, at_ms + needed.kept_ms + 1)
    return signs_within(ctx, spec, account_id, at_ms, needed.within_ms)


def _to_keep(rows: Sequence[Sign], needed: Threshold) -> Sequence[Sign]:
    """Return the newest signs, of a reporter the latest and the first in the window: it began then (IF-48)."""
    since_ms = rows[-1][0] - needed.within_ms
    latest = {row[2] or row[1]: row for row in rows}
    first = {row[2] or row[1]: row for row in reversed(rows) if row[0] >= since_ms}
    newest = sorted(latest.values())[-max(needed.number, SIGNS_AT_LEAST) :]
    return sorted({*newest, *(first.get(row[2] or row[1], row) for row in newest)})


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
    kept_ms = _kept_ms(ctx.policy.invite_forest.condition)
    for spec in (HITS, REPORTS):
        remove_expired(ctx, spec, at_ms, lambda signs: signs.times[-1] + kept_ms + 1)


def _kept_ms(condition: TargetCondition) -> int:
    return max(condition.hits_within_ms, condition.reports_within_ms)


def _rows(signs: ConditionSignals) -> Iterable[Sign]:
    nodes = signs.nodes or (NO_NODE,) * len(signs.times)
    return zip(signs.times, signs.event_ids, signs.sources, nodes, strict=True)


def _filter_signs(signs: ConditionSignals, stays: Iterable[bool]) -> ConditionSignals:
    return _signs_from_rows([row for row, is_kept in zip(_rows(signs), stays, strict=True) if is_kept])


def _signs_from_rows(rows: Sequence[Sign]) -> ConditionSignals:
    times, event_ids, sources, nodes = zip(*rows, strict=True) if rows else ((), (), (), ())
    return ConditionSignals(times, event_ids, sources, nodes)


def _store_signs(ctx: Context, spec: MapSpec[str, ConditionSignals], account_id: str, signs: ConditionSignals) -> None:
    if signs.times:
        ctx[spec].put(account_id, signs)
    else:
        ctx[spec].remove(account_id)

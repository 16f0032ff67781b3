"""Records of reporters: how often something else than reports was found against the members whom an account reported.

Keyed by the group; runs inside the step `group`. A report is upheld if other evidence meets the target condition, or
somebody removes the member, within a time before or after it; it is decided once it is upheld or that time has passed.
Who reports often and is seldom upheld counts less (IF-51).
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

from msgspec.structs import replace

from operators.ids import identify
from operators.operator import Context
from operators.policy.invite_forest import TargetCondition
from operators.retention import remove_expired, set_cleanup_timer
from state.catalog.invite_forest import ACCUSATIONS, REPORT_RECORDS
from state.entries.invite_forest import Accusation, Report, ReportRecord

REPORTS_AT_MOST: Final = 16
"""Reports remembered of one reporter: the newest that are decided, and as many that are open."""
REPORTERS_AT_MOST: Final = 64
"""Reporters of one member whose records a finding reaches, the newest."""


def record_report(ctx: Context, account_id: str, reporter: str, at_ms: int) -> None:
    """Add a report to its reporter's record; several about one member within the time count as one."""
    within_ms, accused, reports = _condition(ctx).upheld_within_ms, identify(account_id), _reports_by(ctx, reporter)
    if any(who == accused and abs(at_ms - time_ms) <= within_ms for time_ms, who, _ in reports):
        return
    known = ctx[ACCUSATIONS].get(account_id) or Accusation()
    upheld = known.found_ms is not None and abs(at_ms - known.found_ms) <= within_ms
    _store_reports(ctx, reporter, _newest([*reports, (at_ms, accused, upheld)], at_ms, within_ms))
    reporters = sorted([*known.reporters, (at_ms, reporter)])[-REPORTERS_AT_MOST:]
    _store_accusation(ctx, account_id, Accusation(known.found_ms, tuple(reporters)))


def _newest(reports: Iterable[Report], at_ms: int, within_ms: int) -> list[Report]:
    """Return the reports to remember, oldest first: a flood of open ones drives out none that is decided or soon is."""
    decided, pending = list[Report](), list[Report]()
    for report in sorted(reports):
        (decided if _is_decided(report, at_ms, within_ms) else pending).append(report)
    if len(pending) > REPORTS_AT_MOST:
        pending = [*pending[: REPORTS_AT_MOST // 2], *pending[-REPORTS_AT_MOST // 2 :]]
    return sorted([*decided[-REPORTS_AT_MOST:], *pending])


def _is_decided(report: Report, at_ms: int, within_ms: int) -> bool:
    time_ms, _, upheld = report
    return upheld or at_ms - time_ms > within_ms


def uphold_reports(ctx: Context, account_id: str, at_ms: int) -> None:
    """Uphold the reports of a member against whom something else has been found."""
    within_ms = _condition(ctx).upheld_within_ms
    known = ctx[ACCUSATIONS].get(account_id) or Accusation()
    # What an earlier finding has reached is upheld already: a flood of messages does not touch it again.
    reached_ms = None if known.found_ms is None else known.found_ms + within_ms
    for time_ms, reporter in known.reporters:
        if abs(at_ms - time_ms) <= within_ms and (reached_ms is None or time_ms > reached_ms):
            _mark(ctx, reporter, account_id, lambda report: report[2] or abs(at_ms - report[0]) <= within_ms)
    found_ms = at_ms if known.found_ms is None else max(at_ms, known.found_ms)
    _store_accusation(ctx, account_id, replace(known, found_ms=found_ms))


def withdraw_findings(ctx: Context, account_id: str, before_ms: int) -> None:
    """Take back that reports of a member were upheld: the sanctions that followed are lifted (IF-40).

    The records of reporters outlive the accusation. Once it has expired, those reports are meant that nothing since the
    lift can have upheld: a repeated lift is no new one (C-12).
    """
    known = ctx[ACCUSATIONS].get(account_id) or Accusation()
    if known.found_ms is not None and known.found_ms >= before_ms:
        return
    until_ms = before_ms if known.found_ms is not None else before_ms - _condition(ctx).upheld_within_ms
    for reporter in [reporter for reporter, _ in ctx[REPORT_RECORDS].items()]:
        _mark(ctx, reporter, account_id, lambda report: report[2] and report[0] >= until_ms)
    if known.found_ms is not None:
        _store_accusation(ctx, account_id, replace(known, found_ms=None))


def weight_of(ctx: Context, reporter: str, at_ms: int) -> Fraction:
    """Return what the reports of one reporter count: 1 at most, which it is where half of them are upheld (IF-51)."""
    condition = _condition(ctx)
    known = (each for each in _reports_by(ctx, reporter) if 0 <= at_ms - each[0] <= condition.reporter_memory_ms)
    decided = [each[2] for each in known if _is_decided(each, at_ms, condition.upheld_within_ms)][-REPORTS_AT_MOST:]
    if len(decided) < condition.reporter_sample:
        return Fraction(1)
    # Twice the probability that the next one is upheld, by the rule of succession (Laplace, 1814).
    weight = Fraction(2 * (sum(decided) + 1), len(decided) + 2)
    return min(Fraction(1), max(condition.least_weight, weight))


def forget_reports(ctx: Context, account_id: str, before_ms: int) -> None:
    """Delete what an erased account has reported, and what was reported of it."""
    erased = identify(account_id)
    for reporter, record in list(ctx[REPORT_RECORDS].items()):
        kept = [each for each in record.reports if each[0] >= before_ms or erased not in (reporter, each[1])]
        if len(kept) < len(record.reports):
            _store_reports(ctx, reporter, kept)
    for accused_id, known in list(ctx[ACCUSATIONS].items()):
        is_own = accused_id == account_id
        reporters = tuple(by for by in known.reporters if by[0] >= before_ms or not (is_own or by[1] == erased))
        is_over = is_own and known.found_ms is not None and known.found_ms < before_ms
        if is_over or len(reporters) < len(known.reporters):
            _store_accusation(ctx, accused_id, Accusation(None if is_over else known.found_ms, reporters))


def remove_expired_reports(ctx: Context, at_ms: int) -> None:
    """Remove the records and accusations that are too old to count."""
    memory_ms, within_ms = _condition(ctx).reporter_memory_ms, _condition(ctx).upheld_within_ms
    remove_expired(ctx, REPORT_RECORDS, at_ms, lambda record: record.reports[-1][0] + memory_ms + 1)
    remove_expired(ctx, ACCUSATIONS, at_ms, lambda known: _latest_ms(known) + within_ms + 1)


def _condition(ctx: Context) -> TargetCondition:
    return ctx.policy.invite_forest.condition


def _reports_by(ctx: Context, reporter: str) -> tuple[Report, ...]:
    return (ctx[REPORT_RECORDS].get(reporter) or ReportRecord()).reports


def _mark(ctx: Context, reporter: str, account_id: str, is_upheld: Callable[[Report], bool]) -> None:
    accused, reports = identify(account_id), _reports_by(ctx, reporter)
    marked = [(*each[:2], is_upheld(each)) if each[1] == accused else each for each in reports]
    if marked != list(reports):
        _store_reports(ctx, reporter, marked)


def _store_reports(ctx: Context, reporter: str, reports: Iterable[Report]) -> None:
    stored = tuple(reports)
    if stored:
        ctx[REPORT_RECORDS].put(reporter, ReportRecord(stored))
        set_cleanup_timer(ctx, stored[-1][0] + _condition(ctx).reporter_memory_ms + 1)
    else:
        ctx[REPORT_RECORDS].remove(reporter)


def _latest_ms(known: Accusation) -> int:
    return max([time_ms for time_ms, _ in known.reporters[-1:]] + [known.found_ms or 0])


def _store_accusation(ctx: Context, account_id: str, known: Accusation) -> None:
    if known == Accusation():
        ctx[ACCUSATIONS].remove(account_id)
    else:
        ctx[ACCUSATIONS].put(account_id, known)
        set_cleanup_timer(ctx, _latest_ms(known) + _condition(ctx).upheld_within_ms + 1)

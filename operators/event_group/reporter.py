"""Rate limit of incident reports per reporter.

Keyed by the reporter. A report passes through on its way to the incident, and leaves with the counts of the reporter's
earlier reports and rejections, and a refusal if there were too many (EG-14), here or at the incident desk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec.structs import replace

from operators.erasure.markers import erase, erased_after, remove_expired_markers
from operators.operator import ERASED_METRIC, Context, Handler, Operator
from operators.policy.durations import DAY
from operators.retention import remove_expired, set_cleanup_timer
from schemas.records import AccountErased, IncidentAdvanced, IncidentFiled
from state.catalog.erasure import ERASED
from state.catalog.event_group import REJECTIONS, REPORTED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RATE_LIMIT, REPORTER_BLOCKED = "RATE_LIMIT", "REPORTER_BLOCKED"
REPORTS_WITHIN_MS: Final = DAY
"""Sliding window of the report limit, half open: reports exactly a day apart never share a window."""

REJECTIONS_WITHIN_MS: Final = 30 * DAY
"""Sliding window of rejections, its end included."""


class Reporter(Operator):
    """Counts one account's reports, and those that auditors rejected."""

    uid = "reporter"
    states = (REPORTED, REJECTIONS, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {IncidentFiled: on_incident_filed, IncidentAdvanced: on_rejected, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove reports and rejections outside their windows, and expired erasure markers."""
        remove_expired(ctx, REPORTED, at_ms, lambda reported_ms: reported_ms + REPORTS_WITHIN_MS)
        remove_expired(ctx, REJECTIONS, at_ms, lambda rejected_ms: rejected_ms + REJECTIONS_WITHIN_MS + 1)
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_incident_filed(event: IncidentFiled, ctx: Context) -> Iterator[Any]:
    """Forward a report, refused if there were too many reports or rejections. A refused one is not counted."""
    if erased_after(ctx, event.at_ms) is not None:
        yield ERASED_METRIC
        return
    section = ctx.policy_of(event.policy_version).event_group
    reports = sum(abs(event.at_ms - at_ms) < REPORTS_WITHIN_MS for _, at_ms in ctx[REPORTED].items())
    rejections = sum(0 <= event.at_ms - at_ms <= REJECTIONS_WITHIN_MS for _, at_ms in ctx[REJECTIONS].items())
    refusal = ""
    if rejections >= section.rejections_limit:
        refusal = REPORTER_BLOCKED
    elif event.refusal or reports >= section.reports_per_day:
        refusal = RATE_LIMIT
    else:
        ctx[REPORTED].put(event.incident_id, event.at_ms)
        set_cleanup_timer(ctx, event.at_ms + REPORTS_WITHIN_MS)
    yield replace(event, refusal=refusal, reports=reports, rejections=rejections)


def on_rejected(event: IncidentAdvanced, ctx: Context) -> Iterator[Any]:
    """Store a rejection by an auditor."""
    ctx[REJECTIONS].put(event.incident_id, event.at_ms)
    set_cleanup_timer(ctx, event.at_ms + REJECTIONS_WITHIN_MS + 1)
    yield from ()


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Delete the reports and rejections of an erased account (C-18)."""
    yield from erase(
        ctx,
        event,
        (REPORTED, int),
        (REJECTIONS, int),
    )

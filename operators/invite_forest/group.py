"""Step that keeps a group's invite forest and sanctions offenders with the members associated with them.

Keyed by the group. Emits decisions, `ManageMember` and `RequestReview`. This module maps record types to handlers; the
rules are in the modules that it imports.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from operators.erasure.markers import erased_after, remove_expired_markers
from operators.invite_forest.case import on_content_suspected, on_member_reported
from operators.invite_forest.case_window import remove_expired_windows
from operators.invite_forest.erasure import on_member_forgotten
from operators.invite_forest.membership import on_member_joined, on_member_left
from operators.invite_forest.overturned import on_overturned
from operators.invite_forest.report_record import remove_expired_reports, withdraw_findings
from operators.invite_forest.roles import on_role_changed
from operators.invite_forest.sanctions import forget_sanctions, remove_expired_sanctions
from operators.invite_forest.signs import remove_expired_signs
from operators.operator import LATE_FACT_METRIC, Context, Handler, Operator
from operators.retention import is_cleanup_timer, remove_expired, set_cleanup_timer
from schemas.records import (
    ContentSuspected,
    DecisionOverturned,
    MemberForgotten,
    MemberJoined,
    MemberLeft,
    MemberReported,
    RoleChanged,
    SanctionLifted,
)
from state.catalog.erasure import ERASED
from state.catalog.invite_forest import (
    ACCUSATIONS,
    ADMITTED_ROOTS,
    BANS_ON_RETURN,
    CASE_WINDOWS,
    CASES,
    CHILDREN,
    CURRENT_NODES,
    DEPARTURES,
    GRAFTS,
    GROUP,
    HITS,
    INVITERS,
    NODES,
    REPORT_RECORDS,
    REPORTS,
    ROLES,
    SANCTIONS,
    TREATMENTS,
)


class GroupForest(Operator):
    """Keeps the forest, roles, signs, cases and sanctions of one group."""

    uid = "group"
    states = (
        GROUP,
        NODES,
        CHILDREN,
        GRAFTS,
        CURRENT_NODES,
        DEPARTURES,
        ROLES,
        INVITERS,
        ADMITTED_ROOTS,
        HITS,
        REPORTS,
        REPORT_RECORDS,
        ACCUSATIONS,
        SANCTIONS,
        BANS_ON_RETURN,
        CASES,
        CASE_WINDOWS,
        TREATMENTS,
        ERASED,
    )

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            MemberJoined: on_member_joined,
            MemberLeft: on_member_left,
            RoleChanged: on_role_changed,
            MemberReported: on_member_reported,
            ContentSuspected: on_content_suspected,
            SanctionLifted: on_sanction_lifted,
            DecisionOverturned: on_overturned,
            MemberForgotten: on_member_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove expired departures, sanctions, signs, windows, cases and markers. The forest stays (IF-17)."""
        if is_cleanup_timer(at_ms):
            removal_ms = ctx.policy.common.removal_memory_ms
            remove_expired(ctx, DEPARTURES, at_ms, lambda left_ms: left_ms + removal_ms)
            remove_expired_sanctions(ctx, at_ms)
            remove_expired_signs(ctx, at_ms)
            remove_expired_reports(ctx, at_ms)
            remove_expired_windows(ctx, at_ms)
            _remove_expired_cases(ctx, at_ms)
            remove_expired_markers(ctx, at_ms)
        yield from ()


def on_sanction_lifted(event: SanctionLifted, ctx: Context) -> Iterator[Any]:
    """End all sanctions imposed on an account before (IF-40). A stored case still counts as an earlier one."""
    if erased_after(ctx, event.at_ms, event.account_id) is not None:
        yield LATE_FACT_METRIC
        return
    forget_sanctions(ctx, event.account_id, event.at_ms)
    withdraw_findings(ctx, event.account_id, event.at_ms)
    case = ctx[CASES].get(event.account_id)
    if case is not None and case.opened_ms < event.at_ms:
        kept_ms = max(case.end_ms, case.opened_ms + ctx.policy.invite_forest.repeat_within_ms)
        ctx[CASES].put(event.account_id, replace(case, kept_ms=min(kept_ms, case.kept_ms), barred=False))
        set_cleanup_timer(ctx, kept_ms + 1)


def _remove_expired_cases(ctx: Context, at_ms: int) -> None:
    for offender_id, case in list(ctx[CASES].items()):
        if case.kept_ms < at_ms:
            ctx[CASES].remove(offender_id)

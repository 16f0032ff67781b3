"""Undoing of a case that people do not uphold: its sanctions, and what it made of the offender (RV-14, RV-15).

Keyed by the group; runs inside the step `group`. Sanctions are those of everybody whom the decision sanctioned, the
offender and the members associated with it. What another decision has imposed since stays.
"""

from collections.abc import Iterator

from operators.commands import revoke
from operators.erasure.markers import erased_at
from operators.invite_forest.forest import current_node, unmark_offender
from operators.invite_forest.report_record import withdraw_findings
from operators.invite_forest.sanctions import ENDLESS_MS, end_sanctions
from operators.operator import Context
from operators.policy.action import Action
from operators.retention import set_cleanup_timer
from schemas.records import DecisionOverturned, ManageMember, RevokeCommand
from state.catalog.invite_forest import CASES
from state.entries.invite_forest import CaseEntry


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[RevokeCommand]:
    """End what stands in the group because of the decision; after its subject's erasure nothing does (RV-12)."""
    erased_ms = erased_at(ctx, event.subject_id)
    case = ctx[CASES].get(event.subject_id)
    if case is not None and case.decision_id == event.decision_id and event.at_ms <= case.kept_ms:
        if _is_removed(event.subject_id, case, ctx):
            yield _revoke(event, event.subject_id, Action.REMOVE, ctx)
        _end_case(event, case, ctx)
    for account_id, action in end_sanctions(ctx, event.decision_id, event.at_ms, erased_ms):
        yield _revoke(event, account_id, action, ctx)


def _is_removed(offender_id: str, case: CaseEntry, ctx: Context) -> bool:
    """Return whether a removal by the case stands: it was asked for, not lifted, and the offender has not come back."""
    found = current_node(ctx, offender_id)
    return case.barred and case.removal_ms != ENDLESS_MS and (found is None or found[0] == case.node)


def _end_case(event: DecisionOverturned, case: CaseEntry, ctx: Context) -> None:
    """Forget a case; one before it counts as the earlier one again."""
    withdraw_findings(ctx, event.subject_id, event.at_ms)
    if case.marked:
        unmark_offender(ctx, case.node)
    kept_ms = (case.earlier_ms or 0) + ctx.policy.invite_forest.repeat_within_ms
    if case.earlier_ms is None or kept_ms < event.at_ms:
        ctx[CASES].remove(event.subject_id)
        return
    at_ms = case.earlier_ms
    ctx[CASES].put(event.subject_id, CaseEntry(at_ms, at_ms, at_ms, kept_ms, "", case.node, False, ENDLESS_MS))  # noqa: FBT003
    set_cleanup_timer(ctx, kept_ms + 1)


def _revoke(event: DecisionOverturned, account_id: str, action: Action, ctx: Context) -> RevokeCommand:
    return revoke(event, ManageMember, account_id, action.name, group_id=ctx.key, action=action)

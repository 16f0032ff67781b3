"""Undoing of a case that people do not uphold: its sanctions, and what it made of the offender (RV-14, RV-15).

Keyed by the group; runs inside the step `group`. Sanctions are those of everybody whom the decision sanctioned, the
offender and the members associated with it. What another decision has imposed since stays.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from operators.commands import revoke
from operators.erasure.markers import erased_at
from operators.invite_forest.case_window import forget_treatments
from operators.invite_forest.forest import current_node, node_of, unmark_offender
from operators.invite_forest.report_record import withdraw_findings
from operators.invite_forest.sanctions import ENDLESS_MS, EndedSanction, end_sanctions, is_removed
from operators.operator import Context
from operators.policy.action import Action
from operators.retention import set_cleanup_timer
from schemas.records import DecisionOverturned, ManageMember, RevokeCommand
from state.catalog.invite_forest import CASES
from state.entries.invite_forest import CaseEntry, CaseRecord


def on_overturned(event: DecisionOverturned, ctx: Context) -> Iterator[RevokeCommand]:
    """End what stands in the group because of the decision; after its subject's erasure nothing does (RV-12)."""
    erased_ms = erased_at(ctx, event.subject_id)
    entry = ctx[CASES].get(event.subject_id)
    case = None
    if entry is not None and event.at_ms <= entry.kept_ms:
        yield from _undo_removal(event, entry, ctx)
        case = _undo_case(event, entry, ctx)
    sanctions = tuple(end_sanctions(ctx, event.decision_id, event.at_ms, erased_ms))
    forget_treatments(ctx, sanctions, None if case is None else (event.subject_id, case.opened_ms))
    for ended in sanctions:
        if not _has_returned(ended, ctx):
            yield _revoke(event, ended.account_id, ended.action, ctx)
        if ended.held.removed_by:
            yield _revoke(event, ended.account_id, Action.REMOVE, ctx, ended.held.removed_by)


def _undo_removal(event: DecisionOverturned, entry: CaseEntry, ctx: Context) -> Iterator[RevokeCommand]:
    """Take back the removal that the decision asked for, and the latest that asked for it again (IF-49)."""
    asking = {record.decision_id for record in entry.records if record.bars}
    if not _is_removed(event, entry, ctx):
        return
    if event.decision_id in asking:
        yield _revoke(event, event.subject_id, Action.REMOVE, ctx)
    if entry.removal_id and event.decision_id in asking | {entry.removal_id}:
        again = replace(event, decision_id=entry.removal_id)
        yield _revoke(again, event.subject_id, Action.REMOVE, ctx)


def _has_returned(ended: EndedSanction, ctx: Context) -> bool:
    """Return whether an associated member was removed and has come back since: then no removal stands."""
    found = current_node(ctx, ended.account_id)
    return ended.action is Action.REMOVE and found is not None and found[1].joined_ms > ended.held.since_ms


def _is_removed(event: DecisionOverturned, entry: CaseEntry, ctx: Context) -> bool:
    """Return whether a removal stands: it was asked for, not lifted, and the offender has not come back.

    If a case against somebody else has asked for it since, it is that one's.
    """
    number, node = current_node(ctx, event.subject_id) or (entry.node, node_of(ctx, entry.node))
    stands = entry.barred and entry.removal_ms != ENDLESS_MS and number == entry.node
    return stands and not is_removed(ctx, event.subject_id, node.joined_ms, event.at_ms)


def _undo_case(event: DecisionOverturned, entry: CaseEntry, ctx: Context) -> CaseRecord | None:
    """Forget the case that the decision opened, and return it; None if it opened none.

    Of the cases that stand the latest counts as the earlier one.
    """
    if event.decision_id == entry.removal_id:
        ctx[CASES].put(event.subject_id, replace(entry, removal_id=""))
    known = entry.records
    ended = next((record for record in known if record.decision_id == event.decision_id), None)
    if ended is None:
        return None
    records = _pass_mark_on(ended, [record for record in known if record is not ended], ctx)
    if ended is known[-1]:
        withdraw_findings(ctx, event.subject_id, event.at_ms)
        standing = _case_of(entry, records, ctx)
    elif ended.bars:
        standing = replace(entry, barred=False, removal_ms=ENDLESS_MS, removal_id="", cases=records)
    else:
        standing = replace(entry, cases=records)
    _store_case(event, standing, ctx)
    return ended


def _store_case(event: DecisionOverturned, standing: CaseEntry | None, ctx: Context) -> None:
    if standing is None or standing.kept_ms < event.at_ms:
        ctx[CASES].remove(event.subject_id)
        return
    ctx[CASES].put(event.subject_id, standing)
    if standing.kept_ms < ENDLESS_MS:
        set_cleanup_timer(ctx, standing.kept_ms + 1)


def _pass_mark_on(ended: CaseRecord, others: Sequence[CaseRecord], ctx: Context) -> tuple[CaseRecord, ...]:
    """Return the other cases, the latest about the same stay with its mark; without one the mark ends."""
    heirs = [record for record in others if record.node == ended.node]
    if ended.marked and not heirs:
        unmark_offender(ctx, ended.node)
    is_heir = {heirs[-1].decision_id} if ended.marked and heirs else set()
    return tuple(replace(record, marked=True) if record.decision_id in is_heir else record for record in others)


def _case_of(entry: CaseEntry, records: tuple[CaseRecord, ...], ctx: Context) -> CaseEntry | None:
    """Return the entry for what is left of the cases: its window has no more hits to join."""
    if not records:
        return None
    latest = records[-1]
    bars = latest.bars and entry.barred
    return CaseEntry(
        opened_ms=latest.opened_ms,
        start_ms=latest.opened_ms,
        end_ms=latest.opened_ms,
        kept_ms=entry.kept_ms if bars else latest.opened_ms + ctx.policy.invite_forest.repeat_within_ms,
        decision_id=latest.decision_id,
        node=latest.node,
        barred=bars,
        removal_ms=entry.removal_ms if bars else ENDLESS_MS,
        removal_id=entry.removal_id if bars else "",
        cases=records,
    )


def _revoke(event: DecisionOverturned, account_id: str, action: Action, ctx: Context, *parts: str) -> RevokeCommand:
    return revoke(event, ManageMember, account_id, action.name, *parts, group_id=ctx.key, action=action)

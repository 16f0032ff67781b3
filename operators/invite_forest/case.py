"""Cases against offenders: decides on the sanctions of an offender and of the members associated with it.

Keyed by the group; runs inside the step `group`. One case per group, offender and window. Emits a decision,
`ManageMember`, `RequestReview` and `Warn`. The first row that applies counts:

| the offender | outcome |
|---|---|
| has a case in this window, or was removed and has not come back (IF-49) | `MANAGED`, `REPEATED_HIT`, no command |
| has one kind of evidence against it only | see `unconfirmed` |
| is owner or administrator | `REVIEW`, nobody is sanctioned |
| is associated with more members than the policy acts on by itself | `REVIEW`, only the offender is sanctioned |
| anything else | `MANAGED`: the offender and the associated members are sanctioned |
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from operators.decision import Basis, Trigger
from operators.erasure.markers import erased_after
from operators.invite_forest.association import find_associated
from operators.invite_forest.case_evidence import NewCase, cause_of, evidence_of, offender_operation
from operators.invite_forest.case_plan import Plan, plan_case, share_of
from operators.invite_forest.case_review import OFFENDER_IS_ADMIN, REPEATED_HIT, decide_review, decide_unconfirmed
from operators.invite_forest.case_window import (
    add_offender_treatment,
    add_treatment,
    count_associated,
    due_offender_sanctions,
    due_sanctions,
    store_count,
    window_at,
)
from operators.invite_forest.forest import add_placeholder, current_node, mark_offender, node_of
from operators.invite_forest.report_record import uphold_reports
from operators.invite_forest.roles import is_administrator, role_of
from operators.invite_forest.sanctions import ENDLESS_MS, await_return, impose, remember_removal, until_of
from operators.invite_forest.target_condition import Offence, offence_of_content, offence_of_report
from operators.operator import ERASED_METRIC, Context
from operators.policy.action import Action
from operators.policy.invite_forest import INVITE_FOREST, CaseMode, Sanction
from operators.retention import set_cleanup_timer
from schemas.records import ContentSuspected, MemberReported
from state.catalog.invite_forest import CASES
from state.entries.invite_forest import CaseEntry, CaseRecord

MANAGED, NOT_REMOVED = "MANAGED", "NOT_REMOVED"
MASS_LIMIT, MASS_SHARE, REVIEW_ALWAYS = "MASS_LIMIT", "MASS_SHARE", "REVIEW_ALWAYS"
COUNTED_APART: Final = 1_000
"""Associated members of a window up to which each is counted once, whatever the mass limit is."""
CASES_AT_MOST: Final = 8
"""Cases of one offender that are known one by one, the newest."""
_BARRING: Final = frozenset({Action.REMOVE, Action.BAN})


def on_content_suspected(event: ContentSuspected, ctx: Context) -> Iterator[Any]:
    """Check a group message against the target condition, and decide if it is met (IF-18)."""
    if not ctx.policy.invite_forest.enabled:
        return
    if erased_after(ctx, event.at_ms, event.sender_id) is not None:
        yield ERASED_METRIC
        return
    offence = offence_of_content(event, ctx)
    if offence is not None:
        yield from _judge(offence, ctx)


def on_member_reported(event: MemberReported, ctx: Context) -> Iterator[Any]:
    """Count a report about a member, and decide if the reports meet the target condition (IF-19)."""
    if erased_after(ctx, event.at_ms, event.account_id, event.reporter_id) is not None:
        yield ERASED_METRIC
        return
    offence = offence_of_report(event, ctx)
    if offence is not None and ctx.policy.invite_forest.enabled:
        yield from _judge(offence, ctx)


def _judge(offence: Offence, ctx: Context) -> Iterator[Any]:
    if offence.is_found:
        uphold_reports(ctx, offence.account_id, offence.at_ms)
    basis = Basis(
        rule=INVITE_FOREST,
        subject_id=offence.account_id,
        group_id=ctx.key,
        trigger=Trigger(offence.event_id, offence.at_ms),
        policy_version=ctx.policy.version,
        reasons=frozenset({*offence.parts, *offence.tags}),
        conditions=offence.conditions,
    )
    case = _stored_case(offence, ctx)
    if case is not None and _belongs_to(case, offence, basis, ctx):
        yield from _repeat(offence, basis, case, ctx)
        return
    new_case = _new_case(offence, basis, case, ctx)
    if not offence.confirmed:
        yield from decide_unconfirmed(new_case, ctx)
        return
    marks = mark_offender(ctx, new_case.number, new_case.node)
    yield from _open_case(replace(new_case, node=node_of(ctx, new_case.number), marks=marks), ctx)


def _stored_case(offence: Offence, ctx: Context) -> CaseEntry | None:
    case = ctx[CASES].get(offence.account_id)
    return None if case is None or offence.at_ms > case.kept_ms else case


def _belongs_to(case: CaseEntry, offence: Offence, basis: Basis, ctx: Context) -> bool:
    """Return whether an offence belongs to an earlier case (IF-31)."""
    check, found = basis.conditions.check, current_node(ctx, offence.account_id)
    if check("case_open", bool(_decision_at(case, offence.at_ms, ctx))):
        return True
    return check("barred_and_not_back", case.barred and found is not None and found[0] == case.node)


def _decision_at(case: CaseEntry, at_ms: int, ctx: Context) -> str:
    """Return the decision that opened the case of a time's window; empty if none is known. Only a late hit is older."""
    if at_ms >= case.start_ms:
        return case.decision_id if at_ms < case.end_ms else ""
    window = window_at(ctx.policy.invite_forest, at_ms)
    found = (each.decision_id for each in case.records if window.start_ms <= each.opened_ms < window.end_ms)
    return next(found, "")


def _repeat(offence: Offence, basis: Basis, case: CaseEntry, ctx: Context) -> Iterator[Any]:
    """Record a further hit of a case; ask again for a removal that has not been carried out for too long (IF-49)."""
    decision_id = _decision_at(case, offence.at_ms, ctx) or case.decision_id
    shown = {**cause_of(offence), "case": {"decision_id": decision_id}}
    if not _is_overdue(offence, basis, case, ctx):
        yield basis.decide(MANAGED, (), shown, {REPEATED_HIT})
        return
    decision = basis.decide(MANAGED, {Action.REMOVE}, shown, {REPEATED_HIT, NOT_REMOVED})
    yield decision
    yield from impose(ctx, decision, offence.account_id, (Sanction(Action.REMOVE),))
    ctx[CASES].put(offence.account_id, replace(case, removal_ms=offence.at_ms, removal_id=decision.decision_id))


def _is_overdue(offence: Offence, basis: Basis, case: CaseEntry, ctx: Context) -> bool:
    found = current_node(ctx, offence.account_id)
    if not case.barred or found is None or found[0] != case.node or found[1].left_ms is not None:
        return False
    asked_ms = case.opened_ms if case.removal_ms is None else case.removal_ms
    again_ms = ctx.policy.invite_forest.remove_again_after_ms
    return basis.conditions.compare("since_removal_ms", offence.at_ms - asked_ms, ">=", again_ms)


def _new_case(offence: Offence, basis: Basis, case: CaseEntry | None, ctx: Context) -> NewCase:
    section, at_ms = ctx.policy.invite_forest, offence.at_ms
    found = current_node(ctx, offence.account_id)
    number = add_placeholder(ctx, offence.account_id, at_ms) if found is None else found[0]
    opened = () if case is None else (each.opened_ms for each in case.records)
    earlier_ms = max((opened_ms for opened_ms in opened if opened_ms <= at_ms), default=None)
    repeated = earlier_ms is not None and basis.conditions.compare(
        "since_earlier_case_ms", at_ms - earlier_ms, "<=", section.repeat_within_ms
    )
    return NewCase(
        offence=offence,
        basis=basis,
        number=number,
        node=node_of(ctx, number),
        section=section,
        response=section.repeated if repeated else section.first,
        earlier_ms=earlier_ms if repeated else None,
        window=window_at(section, at_ms),
    )


def _open_case(new_case: NewCase, ctx: Context) -> Iterator[Any]:
    offender_id, at_ms, section = new_case.offence.account_id, new_case.offence.at_ms, new_case.section
    is_admin = is_administrator(role_of(ctx, offender_id, at_ms))
    walk = find_associated(ctx, new_case.number, section, as_administrator=is_admin)
    plan = plan_case(ctx, walk, new_case.response, at_ms)
    in_window = count_associated(ctx, new_case.window, (each.account_id for each in plan.counted))
    reason = _review_reason(new_case, plan, in_window, ctx, is_admin=is_admin)
    operation = () if is_admin else offender_operation(new_case)
    _store_case(new_case, operation, ctx)
    store_count(ctx, new_case.window, in_window)
    own = due_offender_sanctions(ctx, offender_id, operation, at_ms)
    if reason is None:
        yield from _decide_managed(new_case, plan, own, ctx)
    else:
        yield from decide_review(new_case, plan, own, reason, ctx)
    if operation:
        add_offender_treatment(ctx, new_case.window, offender_id, operation)
    # Beyond the limit all later cases of the window are too, unless a policy raises it: counting twice is harmless.
    if in_window <= max(section.mass_limit, COUNTED_APART):
        for each in plan.associates:
            has = each.sanctions if reason is None else ()
            add_treatment(ctx, new_case.window, each.account_id, has, counts=each.counts)


def _review_reason(new_case: NewCase, plan: Plan, in_window: int, ctx: Context, *, is_admin: bool) -> str | None:
    """Return the first reason for a review; None if the case is decided here (IF-34, IF-36, IF-37)."""
    section, conditions = new_case.section, new_case.basis.conditions
    if conditions.check("offender_is_administrator", is_admin):
        return OFFENDER_IS_ADMIN
    if conditions.compare("associated_in_window", in_window, ">", section.mass_limit):
        return MASS_LIMIT
    limit = section.mass_share_limit
    if limit is not None and conditions.check("share_beyond_limit", share_of(ctx, plan) > limit):
        return MASS_SHARE
    is_always = section.enforce is CaseMode.REVIEW_ALWAYS
    return REVIEW_ALWAYS if conditions.check("review_always", is_always) else None


def _store_case(new_case: NewCase, operation: Sequence[Sanction], ctx: Context) -> None:
    at_ms, window = new_case.offence.at_ms, new_case.window
    ends = [until_of(sanction, at_ms) for sanction in operation if sanction.action is Action.BAN]
    kept = [window.end_ms, at_ms + new_case.section.repeat_within_ms]
    kept += [ENDLESS_MS if end_ms is None else end_ms for end_ms in ends]
    decision_id, number = new_case.basis.decision_id, new_case.number
    bars = any(sanction.action in _BARRING for sanction in operation)
    case = CaseEntry(
        opened_ms=at_ms,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        kept_ms=max(kept),
        decision_id=decision_id,
        node=number,
        barred=bars,
        removal_ms=at_ms if any(sanction.action is Action.REMOVE for sanction in operation) else ENDLESS_MS,
        cases=(CaseRecord(at_ms, decision_id, number, new_case.marks, bars),),
    )
    known = _stored_case(new_case.offence, ctx)
    case = case if known is None else _merge_cases(known, case)
    ctx[CASES].put(new_case.offence.account_id, case)
    if case.kept_ms < ENDLESS_MS:
        set_cleanup_timer(ctx, case.kept_ms + 1)


def _merge_cases(known: CaseEntry, case: CaseEntry) -> CaseEntry:
    """Return the case to store, given the stored one: a late case must not replace a newer one (IF-31).

    Whoever was removed before has come back or was pardoned, or there would be no other case.
    """
    before = (replace(record, bars=False) for record in known.records)
    records = sorted((*before, *case.cases), key=lambda record: record.opened_ms)
    cases = tuple(records[-CASES_AT_MOST:])
    if known.opened_ms <= case.opened_ms:
        return replace(case, cases=cases)
    barred = case.barred or (known.barred and known.node == case.node)
    removal_ms = case.removal_ms if known.removal_ms == ENDLESS_MS else known.removal_ms
    kept_ms = max(known.kept_ms, case.kept_ms)
    return replace(
        known, kept_ms=kept_ms, node=case.node, barred=barred, removal_ms=removal_ms, removal_id="", cases=cases
    )


def _decide_managed(new_case: NewCase, plan: Plan, own: Sequence[Sanction], ctx: Context) -> Iterator[Any]:
    """Sanction the offender and all associated members (IF-29)."""
    at_ms, window = new_case.offence.at_ms, new_case.window
    imposed = {
        each.account_id: due_sanctions(ctx, window, each.account_id, each.sanctions, at_ms) for each in plan.associates
    }
    actions = {sanction.action for sanctions in (own, *imposed.values()) for sanction in sanctions}
    shown = evidence_of(new_case, plan, own, imposed, ctx)
    decision = new_case.basis.decide(MANAGED, actions, shown)
    yield decision
    yield from impose(ctx, decision, new_case.offence.account_id, own)
    case = ctx[CASES].get(new_case.offence.account_id)
    for each in plan.associates:
        yield from impose(ctx, decision, each.account_id, imposed[each.account_id], each.distance)
        if case is not None and any(sanction.action is Action.REMOVE for sanction in imposed[each.account_id]):
            remember_removal(ctx, decision, each.account_id, case.kept_ms)
    if new_case.section.ban_on_rejoin:
        for account_id, sanctions in plan.departed:
            await_return(ctx, decision, account_id, sanctions)

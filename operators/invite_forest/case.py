"""What happens to an offender and to the members tied to it? One case per group, offender and window. Key: the group.

Asked in this order:

| the offender | outcome |
|---|---|
| has a case in this window, or was removed by one and has not come back | `MANAGED`, `REPEATED_HIT`, nothing is done |
| is owner or administrator | `REVIEW`, nobody is sanctioned |
| is tied to more members than the policy acts on by itself | `REVIEW`, only the offender is sanctioned |
| anything else | `MANAGED`: the offender and the associated members are sanctioned |
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from msgspec.structs import replace

from operators.commands import request_review
from operators.decision import Basis
from operators.erasure.markers import erased_after
from operators.invite_forest.association import associated
from operators.invite_forest.case_evidence import Opening, cause_of, evidence_of, operation_of, summary_of
from operators.invite_forest.case_plan import Plan, planned, share_of
from operators.invite_forest.case_window import (
    associated_with,
    due,
    due_to_offender,
    keep_count,
    treat,
    treat_offender,
    window_at,
)
from operators.invite_forest.forest import Place, current_node, mark_offender, node_of, plant
from operators.invite_forest.roles import is_administrator, role_of
from operators.invite_forest.sanctions import ENDLESS_MS, await_return, impose, until_of
from operators.invite_forest.target_condition import Offence, offence_of_content, offence_of_report
from operators.operator import Context, Metric
from operators.policy.action import Action
from operators.policy.invite_forest import CaseMode, Sanction
from operators.retention import set_cleanup_timer
from operators.rules import INVITE_FOREST
from schemas.records import ContentSuspected, MemberReported
from state.catalog.invite_forest import CASES
from state.entries.invite_forest import Case

MANAGED, REVIEW = "MANAGED", "REVIEW"
REPEATED_HIT = "REPEATED_HIT"
OFFENDER_IS_ADMIN = "OFFENDER_IS_ADMIN"
MASS_LIMIT, MASS_SHARE, REVIEW_ALWAYS = "MASS_LIMIT", "MASS_SHARE", "REVIEW_ALWAYS"
_BARRING: Final = frozenset({Action.REMOVE, Action.BAN})


def on_content(event: ContentSuspected, ctx: Context) -> Iterator[Any]:
    """Judge what a member has written into the group (IF-18)."""
    if not ctx.policy.invite_forest.enabled:
        return
    if erased_after(ctx, event.at_ms, event.sender_id) is not None:
        yield Metric("erased")
        return
    offence = offence_of_content(event, ctx)
    if offence is not None:
        yield from _judged(offence, ctx)


def on_reported(event: MemberReported, ctx: Context) -> Iterator[Any]:
    """Count a report about a member; together with others it may meet the condition (IF-19)."""
    if erased_after(ctx, event.at_ms, event.account_id, event.reporter_id) is not None:
        yield Metric("erased")
        return
    offence = offence_of_report(event, ctx)
    if offence is not None and ctx.policy.invite_forest.enabled:
        yield from _judged(offence, ctx)


def _judged(offence: Offence, ctx: Context) -> Iterator[Any]:
    basis = Basis(
        rule=INVITE_FOREST,
        subject_id=offence.account_id,
        group_id=ctx.key,
        cause=offence.event_id,
        at_ms=offence.at_ms,
        policy_version=ctx.policy.version,
        reasons=frozenset({*offence.parts, *offence.tags}),
        conditions=offence.conditions,
    )
    case = _known_case(offence, ctx)
    if case is not None and _goes_on(case, offence, basis, ctx):
        shown = {**cause_of(offence), "case": {"decision_id": case.decision_id}}
        yield basis.decide(MANAGED, (), shown, {REPEATED_HIT})
    else:
        yield from _open(_opening(offence, basis, case, ctx), ctx)


def _known_case(offence: Offence, ctx: Context) -> Case | None:
    case = ctx[CASES].get(offence.account_id)
    return None if case is None or offence.at_ms > case.kept_ms else case


def _goes_on(case: Case, offence: Offence, basis: Basis, ctx: Context) -> bool:
    """Return whether an offence belongs to a case that was opened before (IF-31)."""
    check, found = basis.conditions.check, current_node(ctx, offence.account_id)
    if check("case_open", case.start_ms <= offence.at_ms < case.end_ms):
        return True
    return check("barred_and_not_back", case.barred and found is not None and found[0] == case.node)


def _opening(offence: Offence, basis: Basis, case: Case | None, ctx: Context) -> Opening:
    section, at_ms = ctx.policy.invite_forest, offence.at_ms
    found = current_node(ctx, offence.account_id)
    number = plant(ctx, offence.account_id, at_ms, Place(), provisional=True) if found is None else found[0]
    since_ms = None if case is None else at_ms - case.opened_ms
    repeated = (
        since_ms is not None
        and since_ms >= 0
        and basis.conditions.compare("since_earlier_case_ms", since_ms, "<=", section.repeat_within_ms)
    )
    mark_offender(ctx, number, node_of(ctx, number))
    return Opening(
        offence=offence,
        basis=basis,
        number=number,
        node=node_of(ctx, number),
        section=section,
        response=section.repeated if repeated else section.first,
        repeated=repeated,
        window=window_at(section, at_ms),
    )


def _open(opening: Opening, ctx: Context) -> Iterator[Any]:
    offender_id, at_ms, section = opening.offence.account_id, opening.offence.at_ms, opening.section
    is_admin = is_administrator(role_of(ctx, offender_id, at_ms))
    walk = associated(ctx, opening.number, section, as_administrator=is_admin)
    plan = planned(ctx, walk, opening.response, at_ms)
    in_window = associated_with(ctx, opening.window, (each.account_id for each in plan.counted))
    reason = _exception(opening, plan, in_window, ctx, is_admin=is_admin)
    operation = () if is_admin else operation_of(opening)
    _remember(opening, operation, ctx)
    keep_count(ctx, opening.window, in_window)
    own = due_to_offender(ctx, offender_id, operation, at_ms)
    if reason is None:
        yield from _managed(opening, plan, own, ctx)
    else:
        yield from _reviewed(opening, plan, own, reason, ctx)
    if operation:
        treat_offender(ctx, opening.window, offender_id, operation)
    if in_window <= section.mass_limit:  # else every later case of the window is beyond it, whoever is counted twice
        for each in plan.associates:
            has = each.sanctions if reason is None else ()
            treat(ctx, opening.window, each.account_id, has, counts=not each.spared)


def _exception(opening: Opening, plan: Plan, in_window: int, ctx: Context, *, is_admin: bool) -> str | None:
    """Return why people have to decide: the first that applies (IF-34, IF-36, IF-37)."""
    section, conditions = opening.section, opening.basis.conditions
    if conditions.check("offender_is_administrator", is_admin):
        return OFFENDER_IS_ADMIN
    if conditions.compare("associated_in_window", in_window, ">", section.mass_limit):
        return MASS_LIMIT
    limit = section.mass_share_limit
    if limit is not None and conditions.check("share_beyond_limit", share_of(ctx, plan) > limit):
        return MASS_SHARE
    is_always = section.enforce is CaseMode.REVIEW_ALWAYS
    return REVIEW_ALWAYS if conditions.check("review_always", is_always) else None


def _remember(opening: Opening, operation: Sequence[Sanction], ctx: Context) -> None:
    at_ms, window = opening.offence.at_ms, opening.window
    ends = [until_of(sanction, at_ms) for sanction in operation if sanction.action is Action.BAN]
    kept = [window.end_ms, at_ms + opening.section.repeat_within_ms]
    kept += [ENDLESS_MS if end_ms is None else end_ms for end_ms in ends]
    case = Case(
        opened_ms=at_ms,
        start_ms=window.start_ms,
        end_ms=window.end_ms,
        kept_ms=max(kept),
        decision_id=opening.basis.decision_id,
        node=opening.number,
        barred=any(sanction.action in _BARRING for sanction in operation),
    )
    known = ctx[CASES].get(opening.offence.account_id)
    case = case if known is None else _latest(known, case)
    ctx[CASES].put(opening.offence.account_id, case)
    if case.kept_ms < ENDLESS_MS:
        set_cleanup_timer(ctx, case.kept_ms + 1)


def _latest(known: Case, case: Case) -> Case:
    """Return what is remembered of a case and the one before it: a late one must not hide one that is newer (IF-31)."""
    if known.opened_ms <= case.opened_ms:
        return case
    barred = case.barred or (known.barred and known.node == case.node)
    return replace(known, kept_ms=max(known.kept_ms, case.kept_ms), node=case.node, barred=barred)


def _managed(opening: Opening, plan: Plan, own: Sequence[Sanction], ctx: Context) -> Iterator[Any]:
    """Sanction the offender and all associated members (IF-29)."""
    at_ms, window = opening.offence.at_ms, opening.window
    taken = {each.account_id: due(ctx, window, each.account_id, each.sanctions, at_ms) for each in plan.associates}
    actions = {sanction.action for sanctions in (own, *taken.values()) for sanction in sanctions}
    shown = evidence_of(opening, plan, own, taken, ctx)
    decision = opening.basis.decide(MANAGED, actions, shown)
    yield decision
    yield from impose(ctx, decision, opening.offence.account_id, own)
    for each in plan.associates:
        yield from impose(ctx, decision, each.account_id, taken[each.account_id], each.distance)
    if opening.section.ban_on_rejoin:
        for account_id, sanctions in plan.gone:
            await_return(ctx, decision, account_id, sanctions)


def _reviewed(opening: Opening, plan: Plan, own: Sequence[Sanction], reason: str, ctx: Context) -> Iterator[Any]:
    """Have people decide about the associated members; an offender who is no administrator is sanctioned."""
    wanted = {each.account_id: each.sanctions for each in plan.associates}
    actions = {Action.REVIEW, *(sanction.action for sanction in own)}
    shown = evidence_of(opening, plan, own, wanted, ctx)
    decision = opening.basis.decide(REVIEW, actions, shown, {reason})
    yield decision
    yield request_review(decision, summary_of(opening, plan, reason, ctx))
    yield from impose(ctx, decision, opening.offence.account_id, own)

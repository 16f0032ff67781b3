"""Cases in which people decide: reviews, and warnings to the members of a small group.

Keyed by the group; runs inside the step `group`. Emits a decision, `RequestReview`, `ManageMember` for the offender
alone, and `Warn`. Where nothing confirms an offence, one review is requested per window; it is no case that counts as
an earlier one (IF-45).
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from operators.commands import request_review, warn_account
from operators.invite_forest.association import find_associated
from operators.invite_forest.case_evidence import NewCase, cause_of, evidence_of, summary_of
from operators.invite_forest.case_plan import Plan, plan_case
from operators.invite_forest.case_window import add_review, due_offender_sanctions, treatment_of
from operators.invite_forest.forest import members_within
from operators.invite_forest.roles import is_administrator, role_of
from operators.invite_forest.sanctions import impose
from operators.operator import Context
from operators.policy.action import IN_APP_WARNING, Action
from operators.policy.invite_forest import Sanction

REVIEW: Final = "REVIEW"
REPEATED_HIT, UNCONFIRMED, OFFENDER_IS_ADMIN = "REPEATED_HIT", "UNCONFIRMED", "OFFENDER_IS_ADMIN"


def decide_unconfirmed(new_case: NewCase, ctx: Context) -> Iterator[Any]:
    """Request a review of an offender against whom only one kind of evidence speaks; of repetitions, record them."""
    offence, basis, window = new_case.offence, new_case.basis, new_case.window
    asked = treatment_of(ctx, window, offence.account_id).review
    if basis.conditions.check("review_requested", bool(asked)):
        shown = {**cause_of(offence), "case": {"decision_id": asked}}
        yield basis.decide(REVIEW, (), shown, {REPEATED_HIT})
        return
    is_admin = is_administrator(role_of(ctx, offence.account_id, offence.at_ms))
    basis.conditions.check("offender_is_administrator", is_admin)
    walk = find_associated(ctx, new_case.number, new_case.section, as_administrator=is_admin)
    plan = plan_case(ctx, walk, new_case.response, offence.at_ms)
    operation = () if is_admin else new_case.section.unconfirmed
    own = due_offender_sanctions(ctx, offence.account_id, operation, offence.at_ms)
    yield from decide_review(new_case, plan, own, OFFENDER_IS_ADMIN if is_admin else UNCONFIRMED, ctx)
    add_review(ctx, window, offence.account_id, basis.decision_id, operation)


def decide_review(new_case: NewCase, plan: Plan, own: Sequence[Sanction], reason: str, ctx: Context) -> Iterator[Any]:
    """Request a review of the associated members; an offender who is not an administrator is sanctioned."""
    offender_id = new_case.offence.account_id
    wanted = {each.account_id: each.sanctions for each in plan.associates}
    warned = _members_to_warn(new_case, reason, ctx)
    actions = {Action.REVIEW, *(sanction.action for sanction in own), *((Action.WARN,) if warned else ())}
    shown = evidence_of(new_case, plan, own, wanted, ctx)
    decision = new_case.basis.decide(REVIEW, actions, shown, {reason})
    yield decision
    yield request_review(decision, summary_of(new_case, plan, reason, ctx))
    yield from impose(ctx, decision, offender_id, own)
    for account_id in warned:
        yield from warn_account(decision, account_id, IN_APP_WARNING.warn, ctx.policy.friendship_age)


def _members_to_warn(new_case: NewCase, reason: str, ctx: Context) -> Sequence[str]:
    """Return the other members of a small group whose administrator is the offender (IF-46)."""
    if reason != OFFENDER_IS_ADMIN:
        return ()
    members = members_within(ctx, new_case.section.small_group)
    return [account_id for account_id in members if account_id != new_case.offence.account_id]

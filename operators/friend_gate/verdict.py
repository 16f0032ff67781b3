"""Decision of the friend gate from the answers of the friends who were asked. Keyed by requester.

| answers | outcome |
|---|---|
| only yes | `ACCEPTED`; the two accounts are linked as the same person's |
| only no | `REFUSED_DENIED` |
| both | `REFUSED_CONFLICT`, with a request for human review |
| none | `REFUSED_EXPIRED`; the requester may try again. Only weak reasons held: `ACCEPTED` with a note to the target |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operators.commands import request_review
from operators.friend_gate.commands import accept_requests, note_to_target, refuse_requests
from operators.likeness.profile_similarity import are_weak, reasons_of, request_evidence
from operators.policy.action import Action
from operators.retention import set_cleanup_timer
from schemas.records import AliasLinked
from state.catalog.entry_key import join_ids
from state.catalog.friend_gate import DENIALS, SAME_PERSON
from state.entries.profiles import Alias, Denial, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.decision import Basis
    from operators.operator import Context
    from operators.policy.friendship_age import FriendshipAgePolicy
    from schemas.records import Decision

YES, NO, DENIED_BEFORE = "YES", "NO", "DENIED_BEFORE"
WEAK = "weak"
"""The reason of a refusal that rests on denials by friends of whom only weak reasons hold."""


def remember_denial(target_id: str, lookalike_id: str, at_ms: int, ctx: Context) -> None:
    """Store that a friend of the target denied that the requester's account is theirs (FA-62)."""
    ctx[DENIALS].put(join_ids(target_id, lookalike_id), Denial(at_ms))
    set_cleanup_timer(ctx, at_ms + ctx.policy.friendship_age.gate_denial_memory_ms)


def is_denied(target_id: str, lookalike_id: str, at_ms: int, section: FriendshipAgePolicy, ctx: Context) -> bool:
    """Return whether such a denial is stored and not expired."""
    denial = ctx[DENIALS].get(join_ids(target_id, lookalike_id))
    return denial is not None and at_ms < denial.at_ms + section.gate_denial_memory_ms


def decide_by_answers(request: Request, basis: Basis, ctx: Context) -> Iterator[Any]:
    """Decide from the answers so far; friends who did not answer are ignored if others did (FA-60)."""
    conditions = basis.conditions
    yes = conditions.check("confirmed", YES in request.answers)
    no = conditions.check("denied", not {NO, DENIED_BEFORE}.isdisjoint(request.answers))
    if yes and not no:
        decision = basis.decide("ACCEPTED", (), request_evidence(request))
        yield decision
        yield from accept_requests(decision, request.request_ids)
        yield from _link_aliases(request, basis, ctx)
        return
    section = ctx.policy_of(request.policy_version).friendship_age
    if not no and conditions.check("weak", all(are_weak(reasons, section) for reasons in reasons_of(request))):
        yield from _accept_with_a_note(request, basis)
        return
    outcome, reason = _refusal(yes=yes, no=no)
    actions = {Action.REFUSE, *({Action.REVIEW} if yes else ())}
    weak = {WEAK} if no and not yes and _are_denials_weak(request, section) else set()
    decision = basis.decide(outcome, actions, request_evidence(request), {reason, *weak})
    _rest_on_denials(request, decision, ctx)
    yield decision
    yield from refuse_requests(decision, request.request_ids, outcome)
    if yes:
        yield request_review(
            decision,
            f"Friends of {decision.other_id} contradict each other on whether {decision.subject_id} is one of them.",
        )


def _are_denials_weak(request: Request, section: FriendshipAgePolicy) -> bool:
    """Return whether only weak reasons hold of all who said no: of two people of one name each says so (FA-61)."""
    answered = zip(request.answers, reasons_of(request), strict=True)
    return all(are_weak(reasons, section) for answer, reasons in answered if answer in (NO, DENIED_BEFORE))


def _accept_with_a_note(request: Request, basis: Basis) -> Iterator[Any]:
    """Accept although nobody has answered, and tell the target that the requester looks like a friend."""
    decision = basis.decide("ACCEPTED", {Action.WARN}, request_evidence(request), {"no_answer"})
    yield decision
    yield from accept_requests(decision, request.request_ids)
    yield note_to_target(decision)


def _rest_on_denials(request: Request, decision: Decision, ctx: Context) -> None:
    """Store with each denial that the decision rests on it: it ends with the decision (RV-16)."""
    for friend_id, answer in zip(request.asked, request.answers, strict=True):
        entry = join_ids(decision.other_id or "", friend_id)
        denial = ctx[DENIALS].get(entry)
        if answer in (NO, DENIED_BEFORE) and denial is not None:
            ctx[DENIALS].put(entry, Denial(denial.at_ms, decision.decision_id))


def _refusal(*, yes: bool, no: bool) -> tuple[str, str]:
    if yes:
        return "REFUSED_CONFLICT", "contradicting_answers"
    return ("REFUSED_DENIED", "denied") if no else ("REFUSED_EXPIRED", "no_answer")


def _link_aliases(request: Request, basis: Basis, ctx: Context) -> Iterator[AliasLinked]:
    """Store the confirmed accounts as the same person's, and yield the link for both sides (FA-61)."""
    for friend_id, answer in zip(request.asked, request.answers, strict=True):
        if answer == YES:
            ctx[SAME_PERSON].put(friend_id, Alias(friend_id, basis.trigger.at_ms, request.requested_ms))
            for account_id, other_id in ((basis.subject_id, friend_id), (friend_id, basis.subject_id)):
                yield AliasLinked(
                    event_id=basis.trigger.event_id,
                    at_ms=basis.trigger.at_ms,
                    account_id=account_id,
                    other_id=other_id,
                    confirmed_by=friend_id,
                    asked_ms=request.requested_ms,
                )

"""Step `gate`: decides on friend requests whose requester looks like one of the target's friends.

Keyed by requester. Input is `RequestCompared`, the comparison with the target's friends, made where these are stored
(`operators.friend_gate.request_comparison`). The gate keeps, for all targets, the open requests, the denials, and the
accounts that are known to be the same person's. It emits decisions, `AcceptFriend`, `RefuseFriend`, `AskLookalike` and
`AliasLinked`.

| the two are | the profile is | outcome |
|---|---|---|
| blocked | not compared | `REFUSED_DENIED` |
| friends | not compared | `ACCEPTED` |
| neither | like no friend's, or only like those of known accounts of the same person | `ACCEPTED` |
| neither | like a friend's | `ASKED`; when all have answered, or at the deadline, see `operators.friend_gate.verdict` |
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.decision import LATE, MAX_LISTED, Basis, Trigger
from operators.erasure.markers import erase, erased_after, forget_entry, mark_erased, remove_expired_markers
from operators.friend_gate.commands import accept_requests, ask_lookalikes, refuse_requests
from operators.friend_gate.overturned import on_overturned
from operators.friend_gate.request_comparison import BLOCKED, FRIEND
from operators.friend_gate.sent_requests import (
    RequestCount,
    count_request,
    forget_old_requests,
    forget_sent,
    judge_requests,
    note_refusal,
    on_fulfilled,
    requests_evidence,
)
from operators.friend_gate.verdict import DENIED_BEFORE, NO, YES, decide_by_answers, is_denied, remember_denial
from operators.ids import timer_cause
from operators.likeness.profile_similarity import request_evidence, serialize_score
from operators.operator import ERASED_METRIC, Context, Handler, Metric, Operator
from operators.policy.action import Action
from operators.policy.friendship_age import FRIEND_GATE
from operators.retention import is_cleanup_timer, remove_expired
from schemas.records import (
    AccountErased,
    AccountForgotten,
    Decision,
    DecisionOverturned,
    LookalikeReplied,
    ProfileScore,
    RequestCompared,
    RequestFulfilled,
)
from state.catalog.entry_key import split_ids
from state.catalog.erasure import ERASED
from state.catalog.friend_gate import DENIALS, REQUESTS, SAME_PERSON, SENT_REQUESTS
from state.entries.profiles import Request

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operators.policy.model import Policy

TIMER = "gate"
ACCEPTED, ASKED, REFUSED_DENIED = "ACCEPTED", "ASKED", "REFUSED_DENIED"
PROFILE_UNKNOWN, ALREADY_BLOCKED = "profile_unknown", "ALREADY_BLOCKED"


class Gate(Operator):
    """Keeps the account's open friend requests and decides on them."""

    uid = "gate"
    states = (REQUESTS, SENT_REQUESTS, DENIALS, SAME_PERSON, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            RequestCompared: on_compared,
            LookalikeReplied: on_replied,
            RequestFulfilled: on_fulfilled,
            DecisionOverturned: on_overturned,
            AccountErased: on_erased,
            AccountForgotten: on_forgotten,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Decide on the requests whose deadline has come, and remove expired denials."""
        for target_id, request in sorted(ctx[REQUESTS].items()):
            if request.deadline_ms <= at_ms:
                cause = timer_cause(request.cause_event_id, TIMER)
                yield from _decide(request, target_id, cause, request.deadline_ms, ctx)
        if is_cleanup_timer(at_ms):
            memory_ms = ctx.policy.friendship_age.gate_denial_memory_ms
            remove_expired(ctx, DENIALS, at_ms, lambda denial: denial.at_ms + memory_ms)
            forget_old_requests(at_ms, ctx)
            remove_expired_markers(ctx, at_ms)


def on_compared(event: RequestCompared, ctx: Context) -> Iterator[Any]:
    """Handle a new request with its comparison, or the comparison without a friend that is not asked any more."""
    if erased_after(ctx, event.at_ms, event.account_id) is not None:
        yield ERASED_METRIC
    elif event.left_id is not None:
        yield from _on_friend_left(event, ctx)
    else:
        counts = count_request(event, ctx)
        yield from _on_requested(event, counts, ctx)
        yield from judge_requests(event, counts, ctx)


def _on_requested(event: RequestCompared, counts: Sequence[RequestCount], ctx: Context) -> Iterator[Any]:
    policy = ctx.policy
    tags = {
        PROFILE_UNKNOWN: event.profile_unknown and event.standing not in (BLOCKED, FRIEND),
        LATE: event.late or ctx.late,
    }
    request = Request(
        requester_id=ctx.key,
        cause_event_id=event.event_id,
        requested_ms=event.requested_ms,
        deadline_ms=event.requested_ms + policy.friendship_age.gate_timeout_ms,
        policy_version=policy.version,
        request_ids=(event.request_id,),
        asked=(),
        answers=(),
        scores=(),
        compared=event.compared,
        not_comparable=event.not_comparable,
        reasons=tuple(sorted(tag for tag, applies in tags.items() if applies)),
    )
    open_request = ctx[REQUESTS].get(event.account_id)
    basis = _basis(request, event.account_id, event.event_id, event.at_ms, ctx)
    conditions = basis.conditions
    if conditions.check("blocked", event.standing == BLOCKED):
        decision = basis.decide(REFUSED_DENIED, {Action.REFUSE}, requests_evidence(counts), {ALREADY_BLOCKED})
        note_refusal(event.account_id, event.requested_ms, ctx)
        yield decision
        yield from refuse_requests(decision, request.request_ids, ALREADY_BLOCKED)
    elif conditions.check("friend", event.standing == FRIEND):
        yield from _accept(basis, request, counts=counts)
    elif open_request is not None:
        joined = dict.fromkeys((*open_request.request_ids, event.request_id))
        ctx[REQUESTS].put(event.account_id, replace(open_request, request_ids=tuple(joined)[:MAX_LISTED]))
        yield Metric("joined-request")
    else:
        yield from _ask(request, event, basis, counts, ctx)


def _ask(
    request: Request, event: RequestCompared, basis: Basis, counts: Sequence[RequestCount], ctx: Context
) -> Iterator[Any]:
    """Ask the friends that there is most reason to ask; accept if there are none, decide if all have denied before.

    FA-54, FA-55, FA-57, FA-58, FA-62.
    """
    policy, conditions = ctx.policy_of(request.policy_version), basis.conditions
    alike = [score for score in event.alike if ctx[SAME_PERSON].get(score.account_id) is None]
    request = replace(
        request, compared=event.compared - len(event.alike) + len(alike), not_comparable=event.not_comparable
    )
    to_ask = [score for score in alike if score.reasons]
    reasons = {reason for score in to_ask for reason in score.reasons}
    best = max((Fraction(score.similarity) for score in alike), default=Fraction(0))
    conditions.compare("similarity", best, ">", policy.friendship_age.gate_threshold)
    for reason in sorted(policy.friendship_age.gate_reasons):
        conditions.check(reason.value, reason in reasons)
    if not to_ask:
        yield from _accept(basis, request, *alike[:1], counts=counts)
        return
    request = _with_friends_to_ask(request, to_ask, event, policy, ctx)
    if all(request.answers):
        yield from _decide(request, event.account_id, event.event_id, event.at_ms, ctx)
        return
    ctx[REQUESTS].put(event.account_id, request)
    ctx.set_timer(request.deadline_ms)
    unanswered = [friend_id for friend_id, answer in zip(request.asked, request.answers, strict=True) if not answer]
    decision = basis.decide(ASKED, (), {**request_evidence(request), **requests_evidence(counts)}, reasons)
    yield decision
    yield from ask_lookalikes(decision, request.request_ids[0], unanswered)


def _with_friends_to_ask(
    request: Request, to_ask: list[ProfileScore], event: RequestCompared, policy: Policy, ctx: Context
) -> Request:
    """Return the request with the friends to ask; one that has denied recently counts as denying again (FA-62)."""
    section = policy.friendship_age
    denied = {
        score.account_id for score in to_ask if is_denied(event.account_id, score.account_id, event.at_ms, section, ctx)
    }
    most = to_ask[: section.gate_ask_at_most]
    asked = [*most, *(score for score in to_ask[section.gate_ask_at_most :] if score.account_id in denied)]
    return replace(
        request,
        asked=tuple(score.account_id for score in asked),
        answers=tuple(DENIED_BEFORE if score.account_id in denied else "" for score in asked),
        scores=tuple(serialize_score(score) for score in asked),
    )


def _accept(basis: Basis, request: Request, *best: ProfileScore, counts: Sequence[RequestCount]) -> Iterator[Any]:
    decision = basis.decide(ACCEPTED, (), {**request_evidence(request, *best), **requests_evidence(counts)})
    yield decision
    yield from accept_requests(decision, request.request_ids)


def _on_friend_left(event: RequestCompared, ctx: Context) -> Iterator[Any]:
    """Remove a friend and its answer from an open request (FA-63)."""
    request = ctx[REQUESTS].get(event.account_id)
    if request is None or request.request_ids[0] != event.request_id or event.left_id not in request.asked:
        return
    places = [place for place, friend_id in enumerate(request.asked) if friend_id != event.left_id]
    request = replace(
        request,
        asked=tuple(request.asked[place] for place in places),
        answers=tuple(request.answers[place] for place in places),
        scores=tuple(request.scores[place] for place in places),
    )
    if not places:
        ctx[REQUESTS].remove(event.account_id)
        basis = _basis(request, event.account_id, event.event_id, event.at_ms, ctx)
        yield from _ask(request, event, basis, (), ctx)
    elif all(request.answers):
        yield from _decide(request, event.account_id, event.event_id, event.at_ms, ctx)
    else:
        ctx[REQUESTS].put(event.account_id, request)


def on_replied(event: LookalikeReplied, ctx: Context) -> Iterator[Any]:
    """Store an answer, the first of each friend (FA-59), and decide once all have answered."""
    request = ctx[REQUESTS].get(event.account_id)
    if request is None or request.request_ids[0] != event.request_id or event.lookalike_id not in request.asked:
        yield Metric("unknown-answer")
        return
    place = request.asked.index(event.lookalike_id)
    if request.answers[place]:
        yield Metric("repeated-answer")
        return
    answers = (*request.answers[:place], YES if event.same_person else NO, *request.answers[place + 1 :])
    request = replace(request, answers=answers)
    if not event.same_person:
        remember_denial(event.account_id, event.lookalike_id, event.at_ms, ctx)
    if all(answers):
        yield from _decide(request, event.account_id, event.event_id, event.at_ms, ctx)
    else:
        ctx[REQUESTS].put(event.account_id, request)


def _decide(request: Request, target_id: str, cause: str, at_ms: int, ctx: Context) -> Iterator[Any]:
    """End a request by the answers so far (FA-60)."""
    ctx[REQUESTS].remove(target_id)
    for conclusion in decide_by_answers(request, _basis(request, target_id, cause, at_ms, ctx), ctx):
        if isinstance(conclusion, Decision) and conclusion.outcome != ACCEPTED:
            note_refusal(target_id, at_ms, ctx)
        yield conclusion


def _basis(request: Request, target_id: str, cause: str, at_ms: int, ctx: Context) -> Basis:
    return Basis(
        rule=FRIEND_GATE,
        subject_id=request.requester_id,
        other_id=target_id,
        trigger=Trigger(cause, at_ms, ctx.late),
        policy_version=request.policy_version,
        reasons=frozenset(request.reasons),
    )


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Remove what is older than the erasure; open requests end without outcome (C-18)."""
    forget_sent(event.at_ms, ctx)
    yield from erase(
        ctx,
        event,
        (REQUESTS, lambda request: request.requested_ms),
        (DENIALS, lambda denial: denial.at_ms),
        (SAME_PERSON, lambda alias: alias.last_seen_ms(event.account_id)),
    )


def on_forgotten(event: AccountForgotten, ctx: Context) -> Iterator[Any]:
    """Remove an erased account. As a friend that is asked it is removed by the target's account, also notified."""
    erased_id = event.erased_id
    forget_sent(event.at_ms, ctx, erased_id)
    forget_entry(ctx, REQUESTS, erased_id, event.at_ms, lambda request: request.requested_ms)
    forget_entry(ctx, SAME_PERSON, erased_id, event.at_ms, lambda alias: alias.last_seen_ms(erased_id))
    for entry, denial in list(ctx[DENIALS].items()):
        if erased_id in split_ids(entry) and denial.at_ms < event.at_ms:
            ctx[DENIALS].remove(entry)
    mark_erased(ctx, event.at_ms, erased_id)
    yield from ()

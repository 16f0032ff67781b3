"""Decision on the answer to a verification, by the state of the pair. Keyed by protected account.

"Counted" means: the answer changes nothing and is counted in a metric.

| state of the pair | "genuine" | "not genuine" |
|---|---|---|
| this one pending, or unanswered in its late window | `GENUINE`, cool-down | `NOT_GENUINE`, second operation |
| another verification pending | counted | counted |
| cool-down | counted | `NOT_GENUINE`, second operation |
| not genuine, not blocked | once `NOT_GENUINE`, `CONTRADICTED`: human review only | counted |
| blocked | counted | counted |
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from operators.commands import request_review
from operators.contacts.pair import is_cooling, read_pair, without_cool_down, write_pair
from operators.decision import Basis, Trigger
from operators.friendship_age.operation import carry_out
from operators.friendship_age.verification import GENUINE, NOT_GENUINE, end_verification, final_evidence
from operators.operator import Context, Metric
from operators.policy.action import Action
from operators.policy.friendship_age import VERIFICATION, FriendshipAgePolicy
from operators.retention import set_cleanup_timer
from schemas.records import AnswerVia, VerificationAnswered
from state.catalog.relationship import BLOCKS, VERIFICATIONS
from state.entries.relationship import Pair, Verification

CONTRADICTED = "CONTRADICTED"


class Answer(Struct, frozen=True):
    """An answer to a stored verification, with the state of the pair."""

    event: VerificationAnswered
    verification: Verification
    pair: Pair
    section: FriendshipAgePolicy  # of the version that the verification began with (C-19)
    basis: Basis

    @property
    def evidence(self) -> dict[str, object]:
        """The evidence of the decision."""
        return final_evidence(self.event.verification_id, self.verification) | {"answer": self.event.event_id}


def on_answered(event: VerificationAnswered, ctx: Context) -> Iterator[Any]:
    """Decide from an answer, if it is in time and credible."""
    verification = ctx[VERIFICATIONS].get(event.verification_id)
    if verification is None:
        yield Metric("unknown-answer")
        return
    section = ctx.policy_of(verification.policy_version).friendship_age
    answer = Answer(
        event, verification, read_pair(ctx, verification.sender_id), section, _basis(event, verification, ctx)
    )
    if not _is_effective(answer, ctx):
        yield Metric("late-answer")
    elif event.genuine and not _is_believed(answer):
        yield Metric("unbelieved-answer")
    elif event.genuine:
        yield from _decide_genuine(answer, ctx)
    elif answer.basis.conditions.check("not_genuine", answer.pair.not_genuine_ms is not None):
        yield Metric("repeated-answer")
    else:
        yield from _decide_not_genuine(answer, ctx)


def _basis(event: VerificationAnswered, verification: Verification, ctx: Context) -> Basis:
    return Basis(
        rule=VERIFICATION,
        subject_id=verification.sender_id,
        other_id=verification.account_id,
        trigger=Trigger(event.event_id, event.at_ms, ctx.late),
        policy_version=verification.policy_version,
        reasons=frozenset(verification.reasons),
    )


def _is_effective(answer: Answer, ctx: Context) -> bool:
    """Return whether an answer is effective: in time, the pair not blocked, no newer verification pending."""
    conditions, verification, pair = answer.basis.conditions, answer.verification, answer.pair
    last_ms = verification.deadline_ms + answer.section.late_answer_ms
    is_other_pending = pair.pending and pair.latest != answer.event.verification_id
    return (
        conditions.compare("answered_ms", answer.event.at_ms, "<=", last_ms)
        and not conditions.check("blocked", ctx[BLOCKS].get(verification.sender_id) is not None)
        and not conditions.check("newer_verification_pending", is_other_pending)
    )


def _is_believed(answer: Answer) -> bool:
    """Return whether a genuine answer is credible: only through the alternate account, while it is linked."""
    conditions = answer.basis.conditions
    return conditions.compare("via", answer.event.via, "==", AnswerVia.ALTERNATE_APP) and conditions.check(
        "alternate_account_usable", answer.verification.usable
    )


def _decide_genuine(answer: Answer, ctx: Context) -> Iterator[Any]:
    conditions, pair, at_ms = answer.basis.conditions, answer.pair, answer.event.at_ms
    if conditions.check("not_genuine", pair.not_genuine_ms is not None):
        yield from _decide_contradicted(answer, ctx)
    elif conditions.check("cooling_down", _is_cooling_since(answer, ctx)) or answer.verification.outcome == GENUINE:
        yield Metric("repeated-answer")
    else:
        end_verification(answer.event.verification_id, answer.verification, GENUINE, ctx)
        marks = Pair(
            latest=pair.latest,
            answered=answer.event.verification_id,
            asked_ms=answer.verification.asked_ms,
            genuine_ms=at_ms,
            trusted_ms=pair.trusted_ms,
            decision_id=answer.basis.decision_id,
        )
        write_pair(ctx, answer.verification.sender_id, marks)
        set_cleanup_timer(ctx, at_ms + ctx.policy.friendship_age.cool_down_ms)
        yield answer.basis.decide(GENUINE, (), answer.evidence)


def _is_cooling_since(answer: Answer, ctx: Context) -> bool:
    """Return whether the pair cools down after an answer that came since this verification was asked.

    One that was asked after an earlier answer's cool-down stays open if a new policy makes that one longer (C-19).
    """
    pair, asked_ms = answer.pair, answer.verification.asked_ms
    return (pair.genuine_ms or 0) >= asked_ms and is_cooling(pair, answer.event.at_ms, ctx.policy.friendship_age)


def _decide_contradicted(answer: Answer, ctx: Context) -> Iterator[Any]:
    """Decide on genuine after not genuine: nothing is undone, one human review is requested (FA-47)."""
    if answer.basis.conditions.check("contradicted", answer.pair.contradicted):
        yield Metric("repeated-answer")
        return
    write_pair(ctx, answer.verification.sender_id, replace(answer.pair, contradicted=True))
    decision = answer.basis.decide(NOT_GENUINE, {Action.REVIEW}, answer.evidence, {CONTRADICTED})
    yield decision
    about = answer.verification.sender_id
    yield request_review(decision, f"{about} was said to be not genuine, and then to be genuine.")


def _decide_not_genuine(answer: Answer, ctx: Context) -> Iterator[Any]:
    """Decide that the account is in other hands: second operation, credible from either side (FA-41, FA-43)."""
    verification_id, operation = answer.event.verification_id, answer.section.second_operation
    end_verification(verification_id, answer.verification, NOT_GENUINE, ctx)
    left = without_cool_down(replace(answer.pair, pending=False))
    marked = replace(
        left,
        answered=verification_id,
        asked_ms=answer.verification.asked_ms,
        not_genuine_ms=answer.event.at_ms,
        decision_id=answer.basis.decision_id,
    )
    write_pair(ctx, answer.verification.sender_id, left if operation.block else marked)
    decision = answer.basis.decide(NOT_GENUINE, operation.actions, answer.evidence)
    yield from carry_out(decision, operation, answer.section, ctx, answer.verification.asked_ms)

"""Is the sender's account in the hands of its own person? Asked, waited for, given up. Key: the protected account."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from operators.commands import request_verification
from operators.contacts.pair import drop_verification, read_pair, write_pair
from operators.decision import LATE, Basis, Conditions
from operators.friendship_age.operation import carry_out
from operators.ids import timer_cause
from operators.operator import Context
from operators.policy.action import IN_APP_WARNING
from operators.policy.friendship_age import FriendshipAgePolicy
from operators.policy.model import Policy
from schemas.records import AlternateAccountChanged, Channel, Decision, RequestVerification, SuspicionRaised
from state.catalog.relationship import BLOCKS, VERIFICATIONS
from state.entries.relationship import Verification

RULE = "verification"
TIMER = "verification"
FIRST_APP = "FIRST_APP"
"""The application named where the person has to be asked in the application that feeds the job (FA-38)."""

GENUINE, NOT_GENUINE, UNVERIFIED = "GENUINE", "NOT_GENUINE", "UNVERIFIED"
ENDED = "ENDED"
"""How a verification is marked whose deadline found the pair blocked: nothing was concluded."""

MAX_ATTACHED_EVENTS = 1000
"""Events listed per verification. More are only counted, so that one flood does not fill a state and an output."""


def new_verification(event: SuspicionRaised, policy: Policy, reasons: frozenset[str], account_id: str) -> Verification:
    """Return the question that a message raises: through the alternate account, else in the first application."""
    way = event.alternate
    return Verification(
        account_id=account_id,
        sender_id=event.sender_id,
        cause_event_id=event.event_id,
        asked_ms=event.at_ms,
        deadline_ms=event.at_ms + policy.friendship_age.verification_timeout_ms,
        policy_version=policy.version,
        app=way.app if way else FIRST_APP,
        alternate_id=way.alternate_id if way else None,
        channel=way.channel if way else Channel.TEXT,
        usable=way is not None,
        reasons=tuple(sorted(reasons - {LATE})),
        late=LATE in reasons,
        attached=(event.event_id,),
        attached_count=1,
    )


def begin_verification(
    decision: Decision, asked: Verification, section: FriendshipAgePolicy, ctx: Context
) -> RequestVerification:
    """Begin a verification: remember it under its decision's id, set the alarm, return the request (FA-40)."""
    verification_id, sender_id = decision.decision_id, decision.subject_id
    ctx[VERIFICATIONS].put(verification_id, asked)
    write_pair(ctx, sender_id, replace(read_pair(ctx, sender_id), latest=verification_id, pending=True))
    ctx.set_timer(asked.deadline_ms)
    ctx.set_timer(asked.deadline_ms + section.late_answer_ms)
    return request_verification(decision, asked)


def attach_message(verification_id: str, event_id: str, ctx: Context) -> Verification:
    """Add a further suspicious message to the pending verification (FA-39)."""
    asked = ctx[VERIFICATIONS].get(verification_id)
    if asked is None:
        message = f"verification {verification_id} is pending and not remembered"
        raise LookupError(message)
    attached = (*asked.attached, event_id)[:MAX_ATTACHED_EVENTS]
    asked = replace(asked, attached=attached, attached_count=asked.attached_count + 1)
    ctx[VERIFICATIONS].put(verification_id, asked)
    return asked


def verification_evidence(verification_id: str, asked: Verification) -> dict[str, object]:
    """Return what evidence says of a verification. The account asked elsewhere stays out of it."""
    return {
        "id": verification_id,
        "app": asked.app,
        "channel": asked.channel,
        "deadline_ms": asked.deadline_ms,
        "low_trust": asked.alternate_id is None,
    }


def on_alternate_changed(event: AlternateAccountChanged, ctx: Context) -> Iterator[Any]:
    """Remember whether a genuine answer through the sender's alternate account still counts (FA-44)."""
    link = (event.sender_id, event.app, event.alternate_id)
    for verification_id, asked in list(ctx[VERIFICATIONS].items()):
        if (asked.sender_id, asked.app, asked.alternate_id) == link:
            ctx[VERIFICATIONS].put(verification_id, replace(asked, usable=event.usable))
    yield from ()


def expire_verifications(at_ms: int, ctx: Context) -> Iterator[Any]:
    """Conclude the verifications whose deadline has come, and forget those that can no longer be answered."""
    for verification_id, asked in _by_deadline(ctx):
        if not asked.outcome and asked.deadline_ms <= at_ms:
            yield from _decide_unverified(verification_id, asked, ctx)
        if asked.deadline_ms + ctx.policy_of(asked.policy_version).friendship_age.late_answer_ms <= at_ms:
            drop_verification(ctx, verification_id, asked.sender_id)


def _by_deadline(ctx: Context) -> Sequence[tuple[str, Verification]]:
    return sorted(ctx[VERIFICATIONS].items(), key=lambda item: (item[1].deadline_ms, item[0]))


def _decide_unverified(verification_id: str, asked: Verification, ctx: Context) -> Iterator[Any]:
    """Conclude from silence: the recipient is warned, nobody is blocked (FA-41)."""
    conditions = Conditions()
    is_blocked = conditions.check("blocked", ctx[BLOCKS].get(asked.sender_id) is not None)
    end_verification(verification_id, asked, ENDED if is_blocked else UNVERIFIED, ctx)
    if is_blocked:
        return
    conditions.check("answered", actual=False)
    basis = Basis(
        rule=RULE,
        subject_id=asked.sender_id,
        other_id=asked.account_id,
        cause=timer_cause(asked.cause_event_id, TIMER),
        at_ms=asked.deadline_ms,
        policy_version=asked.policy_version,
        reasons=frozenset(asked.reasons) | ({LATE} if asked.late else set()),
        conditions=conditions,
    )
    section = ctx.policy_of(asked.policy_version).friendship_age
    decision = basis.decide(UNVERIFIED, IN_APP_WARNING.actions, final_evidence(verification_id, asked))
    yield from carry_out(decision, IN_APP_WARNING, section, ctx)


def final_evidence(verification_id: str, asked: Verification) -> dict[str, object]:
    """Return what every conclusion of a verification shows: what was asked, and all messages that it was about."""
    return {
        "verification": verification_evidence(verification_id, asked),
        "attached": asked.attached,
        "attached_count": asked.attached_count,
    }


def end_verification(verification_id: str, asked: Verification, outcome: str, ctx: Context) -> None:
    """Record how a verification ended; it is remembered for answers that come late (FA-46)."""
    ctx[VERIFICATIONS].put(verification_id, replace(asked, outcome=outcome))
    pair = read_pair(ctx, asked.sender_id)
    if pair.latest == verification_id:
        write_pair(ctx, asked.sender_id, replace(pair, pending=False))

"""Verification: asks the sender's person, outside the suspect account, if the account is still in their hands.

Keyed by protected account. Begins a verification (`RequestVerification`), attaches further messages while it is
pending, and decides `UNVERIFIED` at the deadline. Answers are in `operators.friendship_age.verification_answer`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from operators.commands import request_verification
from operators.contacts.pair import drop_verification, read_pair, write_pair
from operators.decision import LATE, MAX_LISTED, Basis, Conditions, Trigger
from operators.friendship_age.operation import carry_out
from operators.operator import Context
from operators.policy.action import IN_APP_WARNING
from operators.policy.friendship_age import VERIFICATION, FriendshipAgePolicy
from operators.policy.model import Policy
from schemas.records import AlternateAccountChanged, Channel, Decision, RequestVerification, SuspicionRaised
from state.catalog.relationship import BLOCKS, VERIFICATIONS
from state.entries.relationship import Verification

TIMER = "verification"
FIRST_APP = "FIRST_APP"
"""The application named if the person has to be asked in the application that feeds the job (FA-38)."""

GENUINE, NOT_GENUINE, UNVERIFIED = "GENUINE", "NOT_GENUINE", "UNVERIFIED"
ENDED = "ENDED"
"""The outcome stored for a verification whose pair was blocked at the deadline: no decision was made."""


def new_verification(event: SuspicionRaised, policy: Policy, reasons: frozenset[str], account_id: str) -> Verification:
    """Return a verification for a message: through the alternate account if there is one, else in the first app."""
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
    decision: Decision, verification: Verification, section: FriendshipAgePolicy, ctx: Context
) -> RequestVerification:
    """Begin a verification: store it under its decision's id, set its timers, return the command (FA-40)."""
    verification_id, sender_id = decision.decision_id, decision.subject_id
    ctx[VERIFICATIONS].put(verification_id, verification)
    write_pair(ctx, sender_id, replace(read_pair(ctx, sender_id), latest=verification_id, pending=True))
    ctx.set_timer(verification.deadline_ms)
    ctx.set_timer(verification.deadline_ms + section.late_answer_ms)
    return request_verification(decision, verification)


def attach_message(verification_id: str, event_id: str, ctx: Context) -> Verification:
    """Attach a further suspicious message to the pending verification (FA-39).

    Raises `LookupError` if it is not stored.
    """
    verification = ctx[VERIFICATIONS].get(verification_id)
    if verification is None:
        message = f"verification {verification_id} is pending but not stored"
        raise LookupError(message)
    attached = (*verification.attached, event_id)[:MAX_LISTED]
    verification = replace(verification, attached=attached, attached_count=verification.attached_count + 1)
    ctx[VERIFICATIONS].put(verification_id, verification)
    return verification


def verification_evidence(verification_id: str, verification: Verification) -> dict[str, object]:
    """Return the evidence about a verification. It does not name the alternate account."""
    return {
        "id": verification_id,
        "app": verification.app,
        "channel": verification.channel,
        "deadline_ms": verification.deadline_ms,
        "low_trust": verification.alternate_id is None,
    }


def links_evidence(event: SuspicionRaised) -> dict[str, object]:
    """Return the evidence about the sender's alternate accounts: when the suspicion began, and which count (FA-93)."""
    known = {"suspected_ms": event.suspected_ms, "linked_ms": event.alternate and event.alternate.linked_ms}
    return {"too_new": event.links_too_new} | {name: at_ms for name, at_ms in known.items() if at_ms is not None}


def on_alternate_changed(event: AlternateAccountChanged, ctx: Context) -> Iterator[Any]:
    """Store whether a genuine answer through the sender's alternate account still counts (FA-44)."""
    link = (event.sender_id, event.app, event.alternate_id)
    for verification_id, verification in list(ctx[VERIFICATIONS].items()):
        if (verification.sender_id, verification.app, verification.alternate_id) == link:
            ctx[VERIFICATIONS].put(verification_id, replace(verification, usable=event.usable))
    yield from ()


def expire_verifications(at_ms: int, ctx: Context) -> Iterator[Any]:
    """Decide on the verifications whose deadline has come, and remove those that can no longer be answered.

    The late window may have become longer since the timer was set: the first policy of an earlier run is not known.
    """
    for verification_id, verification in _by_deadline(ctx):
        if not verification.outcome and verification.deadline_ms <= at_ms:
            yield from _decide_unverified(verification_id, verification, ctx)
        section = ctx.policy_of(verification.policy_version).friendship_age
        end_ms = verification.deadline_ms + section.late_answer_ms
        if end_ms <= at_ms:
            drop_verification(ctx, verification_id, verification.sender_id)
        else:
            ctx.set_timer(end_ms)


def _by_deadline(ctx: Context) -> Sequence[tuple[str, Verification]]:
    return sorted(ctx[VERIFICATIONS].items(), key=lambda item: (item[1].deadline_ms, item[0]))


def _decide_unverified(verification_id: str, verification: Verification, ctx: Context) -> Iterator[Any]:
    """Decide on a verification without an answer: the recipient is warned, nobody is blocked (FA-41)."""
    conditions = Conditions()
    is_blocked = conditions.check("blocked", ctx[BLOCKS].get(verification.sender_id) is not None)
    end_verification(verification_id, verification, ENDED if is_blocked else UNVERIFIED, ctx)
    if is_blocked:
        return
    conditions.check("answered", actual=False)
    basis = Basis(
        rule=VERIFICATION,
        subject_id=verification.sender_id,
        other_id=verification.account_id,
        trigger=Trigger.timeout(verification.cause_event_id, TIMER, verification.deadline_ms, late=verification.late),
        policy_version=verification.policy_version,
        reasons=frozenset(verification.reasons),
        conditions=conditions,
    )
    section = ctx.policy_of(verification.policy_version).friendship_age
    decision = basis.decide(UNVERIFIED, IN_APP_WARNING.actions, final_evidence(verification_id, verification))
    yield from carry_out(decision, IN_APP_WARNING, section, ctx)


def final_evidence(verification_id: str, verification: Verification) -> dict[str, object]:
    """Return the evidence of every decision on a verification: the verification, and the messages attached to it."""
    return {
        "verification": verification_evidence(verification_id, verification),
        "attached": verification.attached,
        "attached_count": verification.attached_count,
    }


def end_verification(verification_id: str, verification: Verification, outcome: str, ctx: Context) -> None:
    """Store the outcome of a verification; it is kept for answers that come late (FA-46)."""
    ctx[VERIFICATIONS].put(verification_id, replace(verification, outcome=outcome))
    pair = read_pair(ctx, verification.sender_id)
    if pair.latest == verification_id:
        write_pair(ctx, verification.sender_id, replace(pair, pending=False))

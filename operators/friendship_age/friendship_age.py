"""Decision on a suspicious message from a friend, by the state of the pair and the age of the friendship.

Keyed by recipient; used by the step `relationship`; emits decisions of the rule `friendship-age` and their commands.

The longer the friendship, the likelier that the recipient knows the person, and that a suspicious message comes from a
stolen account. The first row that applies decides:

| the pair is | outcome |
|---|---|
| blocked | `ALREADY_BLOCKED` |
| trusted | `TRUSTED`, a warning in the app, if the sender is a friend |
| no friendship | none, counted |
| waiting for a verification's answer | `ATTACHED` |
| cooling down after a genuine answer | `ATTACHED`, a warning in the app; the third time `ESCALATED` |
| known not to be genuine | `verification` `NOT_GENUINE`, second operation |
| anything else | by age: `FIRST_OPERATION`, `MIDDLE` or `VERIFY` |
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from operators.commands import request_review, warn_instead_of_verify
from operators.contacts.pair import is_cooling, is_trusted, read_pair, write_pair
from operators.decision import Basis, spans_as_evidence
from operators.erasure.markers import erased_after
from operators.friendship_age.bands import age_evidence, evaluate_age
from operators.friendship_age.conversation import Conversation, basis_of
from operators.friendship_age.operation import carry_out
from operators.friendship_age.verification import (
    NOT_GENUINE,
    attach_message,
    begin_verification,
    links_evidence,
    new_verification,
    verification_evidence,
)
from operators.operator import ERASED_METRIC, Context, Metric
from operators.policy.action import IN_APP_WARNING, Action
from operators.policy.friendship_age import FRIENDSHIP_AGE, VERIFICATION, FriendshipAgePolicy
from operators.policy.model import Policy
from operators.screening.findings import ScreeningResult
from schemas.records import Decision, Span, SuspicionRaised
from state.catalog.relationship import BLOCKS, FRIENDS
from state.entries.relationship import Block, Friendship, Pair

TRUSTED: Final = "TRUSTED"
LOW_TRUST, NO_WAY_TO_ASK, NEW_LINK = "low_trust", "no_way_to_ask", "new_link"


class Suspicion(Struct, frozen=True):
    """A suspicious message with its screening result and the state of the pair."""

    event: SuspicionRaised
    policy: Policy
    screened: ScreeningResult
    pair: Pair
    basis: Basis
    conversation: Conversation

    @property
    def alone(self) -> Sequence[Span]:
        """What was found in the message by itself; empty if the conversation is the hit."""
        return () if self.conversation.counts_as_hit else self.screened.spans


def on_suspicion(
    event: SuspicionRaised, seen: ScreeningResult, conversation: Conversation, ctx: Context
) -> Iterator[Any]:
    """Judge a message that a detector of the policy in force hit (FA-6), or its conversation did (FA-86)."""
    policy = ctx.policy
    if not policy.friendship_age.enabled:
        return
    if erased_after(ctx, event.at_ms, event.sender_id) is not None:
        yield ERASED_METRIC
        return
    basis = basis_of(FRIENDSHIP_AGE, event, seen, conversation, ctx)
    yield from _judge(Suspicion(event, policy, seen, read_pair(ctx, event.sender_id), basis, conversation), ctx)


def _judge(suspicion: Suspicion, ctx: Context) -> Iterator[Any]:
    sender_id, at_ms, pair = suspicion.event.sender_id, suspicion.event.at_ms, suspicion.pair
    section, check = suspicion.policy.friendship_age, suspicion.basis.conditions.check
    block, friendship = ctx[BLOCKS].get(sender_id), ctx[FRIENDS].get(sender_id)
    if check("blocked", block is not None) and block is not None:
        yield from _record_blocked(suspicion, block)
    elif check("trusted", is_trusted(pair, at_ms, section)):
        yield Metric("trusted")
        if check("friend", friendship is not None) and friendship is not None:
            yield from _warn_of_trusted(suspicion, friendship, ctx)
    elif not check("friend", friendship is not None) or friendship is None:
        yield Metric("no-friend")
    elif check("verification_pending", pair.pending):
        yield from _attach(suspicion, ctx)
    elif check("cooling_down", is_cooling(pair, at_ms, section)):
        yield from _while_cooling(suspicion, ctx)
    elif check("not_genuine", pair.not_genuine_ms is not None):
        yield from _still_not_genuine(suspicion, ctx)
    else:
        yield from _by_age(suspicion, friendship, ctx)


def _record_blocked(suspicion: Suspicion, block: Block) -> Iterator[Any]:
    """Record a message of a blocked pair, without evaluating it (FA-51)."""
    yield _decide(suspicion, "ALREADY_BLOCKED", (), {"block": {"decision_id": block.decision_id}})


def _warn_of_trusted(suspicion: Suspicion, friendship: Friendship, ctx: Context) -> Iterator[Any]:
    """Warn a recipient who trusts the sender: whoever is under pressure is talked into that, too (FA-95)."""
    section = suspicion.policy.friendship_age
    verdict = evaluate_age(friendship, suspicion.alone, suspicion.event.at_ms, section, suspicion.basis.conditions)
    details = {"friendship": age_evidence(friendship, verdict)}
    operation = IN_APP_WARNING if verdict.operation.actions else verdict.operation
    decision = _decide(suspicion, TRUSTED, operation.actions, details, verdict.tags)
    yield from carry_out(decision, operation, section, ctx)


def _attach(suspicion: Suspicion, ctx: Context) -> Iterator[Any]:
    """Add the message to the verification that is pending (FA-39)."""
    latest = suspicion.pair.latest
    verification = attach_message(latest, suspicion.event.event_id, ctx)
    details = {
        "verification": verification_evidence(latest, verification),
        "attached_count": verification.attached_count,
    }
    yield _decide(suspicion, "ATTACHED", (), details)


def _while_cooling(suspicion: Suspicion, ctx: Context) -> Iterator[Any]:
    """Warn of a message in the cool-down after a genuine answer; at the limit request a human review, once (FA-48)."""
    section, pair, conditions = suspicion.policy.friendship_age, suspicion.pair, suspicion.basis.conditions
    since_ms = suspicion.event.at_ms - (pair.genuine_ms or 0)
    is_counted = conditions.check("counts_for_escalation", 0 < since_ms <= section.escalate_within_ms)
    pair = replace(pair, suspicious=pair.suspicious + is_counted)
    escalates = (
        is_counted
        and conditions.compare("suspicious_since_genuine", pair.suspicious, ">=", section.escalate_after)
        and not conditions.check("escalated", pair.escalated)
    )
    write_pair(ctx, suspicion.event.sender_id, replace(pair, escalated=pair.escalated or escalates))
    details = {"verification": {"id": pair.answered}, "attached_count": pair.suspicious}
    outcome, review = ("ESCALATED", {Action.REVIEW}) if escalates else ("ATTACHED", set[Action]())
    decision = _decide(suspicion, outcome, {*IN_APP_WARNING.actions, *review}, details)
    yield from carry_out(decision, IN_APP_WARNING, section, ctx)
    if escalates:
        sender_id = suspicion.event.sender_id
        yield request_review(decision, f"{sender_id} was said to be genuine; suspicious messages go on.")


def _still_not_genuine(suspicion: Suspicion, ctx: Context) -> Iterator[Any]:
    """Repeat the second operation on a sender who is known not to be genuine (FA-49)."""
    section = suspicion.policy.friendship_age
    answered = replace(suspicion, basis=replace(suspicion.basis, rule=VERIFICATION))
    details = {"verification": {"id": suspicion.pair.answered}}
    decision = _decide(answered, NOT_GENUINE, section.second_operation.actions, details)
    yield from carry_out(decision, section.second_operation, section, ctx)


def _by_age(suspicion: Suspicion, friendship: Friendship, ctx: Context) -> Iterator[Any]:
    """Carry out the policy's operation for the friendship's age, and begin a verification if it has one.

    FA-20 to FA-26.
    """
    event, policy, section = suspicion.event, suspicion.policy, suspicion.policy.friendship_age
    verdict = evaluate_age(friendship, suspicion.alone, event.at_ms, section, suspicion.basis.conditions)
    operation, tags = verdict.operation, set(verdict.tags)
    details: dict[str, object] = {"friendship": age_evidence(friendship, verdict)}
    if operation.verify:
        tags |= _verification_tags(event, section)
        details["links"] = links_evidence(event)
    verification = None
    if NO_WAY_TO_ASK in tags:
        operation = warn_instead_of_verify(operation)
    elif operation.verify:
        verification = new_verification(event, policy, suspicion.basis.all_reasons | tags, ctx.key)
        details["verification"] = verification_evidence(suspicion.basis.decision_id, verification)
    decision = _decide(suspicion, verdict.outcome.value, operation.actions, details, tags)
    yield from carry_out(decision, operation, section, ctx)
    if verification:
        yield begin_verification(decision, verification, section, ctx)


def _verification_tags(event: SuspicionRaised, section: FriendshipAgePolicy) -> set[str]:
    """Return how the sender's person can be asked, as reasons (FA-38), and whether a link was too new (FA-93)."""
    asked = set() if event.alternate else {LOW_TRUST if section.in_app_challenge else NO_WAY_TO_ASK}
    return asked | ({NEW_LINK} if event.links_too_new else set())


def _decide(
    suspicion: Suspicion,
    outcome: str,
    actions: Iterable[Action],
    evidence: Mapping[str, object],
    tags: Iterable[str] = (),
) -> Decision:
    spans = spans_as_evidence(suspicion.screened.spans, suspicion.screened.span_count)
    details = {**spans, **suspicion.conversation.evidence, **evidence}
    return suspicion.basis.decide(outcome, actions, details, tags)

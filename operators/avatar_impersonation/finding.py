"""Decides what follows when a sender looks like one of the recipient's contacts.

Keyed by the sender; runs inside the step `impersonation`. Accounts of the same person are no lookalikes (AI-8). A
finding is reported once per repetition period, together with all found beside it; a new avatar on either side makes it
a new finding (AI-24).
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from operators.avatar_impersonation.lookalike import HASH_BECAME_COMMON, NEAR_THRESHOLD, ORDER_UNKNOWN, SENDER_FIRST
from operators.commands import commands_of, request_review, warn_account
from operators.decision import Basis, Conditions, Trigger, spans_as_evidence
from operators.erasure.markers import erased_after, erased_at
from operators.ids import identify
from operators.likeness.perceptual_hash import BITS
from operators.operator import ERASED_METRIC, Context, Metric
from operators.policy.action import Action
from operators.policy.avatar_impersonation import AVATAR_IMPERSONATION
from operators.retention import set_cleanup_timer
from schemas.records import Decision, LookalikesFound, MatchSuppressed, Resemblance
from state.catalog.avatar_impersonation import ALIASES, BARRED, FINDINGS
from state.entries.relationship import Block

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operators.policy.model import Policy

RISK_USER, REVIEW = "RISK_USER", "REVIEW"
COPIES_RECIPIENT, PREVIOUS_AVATAR = "COPIES_RECIPIENT", "PREVIOUS_AVATAR"


class Assessment(Struct, frozen=True):
    """The lookalikes found for one message, without the sender's own accounts, and the basis of a decision."""

    event: LookalikesFound
    policy: Policy
    lookalikes: Sequence[Resemblance]  # ranked, the one to report first
    count: int
    common: Sequence[Resemblance]
    copied: Resemblance | None
    basis: Basis


def on_lookalikes_found(event: LookalikesFound, ctx: Context) -> Iterator[Any]:
    """Decide on a message whose sender looks like contacts of its recipient (AI-21)."""
    if erased_after(ctx, event.at_ms, event.account_id) is not None:
        yield ERASED_METRIC
        return
    assessment = _assess(event, ctx)
    if assessment.basis.conditions.check("blocked_by_a_finding", ctx[BARRED].get(event.account_id) is not None):
        yield Metric("blocked-pair")
        return
    counting = [*assessment.lookalikes, *([assessment.copied] if assessment.copied else [])]
    fresh = [found for found in counting if not _is_repeated(event, found, ctx)]
    for found in fresh:
        _store_finding(_finding_entry(event, found), event.at_ms, ctx)
    if fresh:
        yield from _report(assessment, fresh[0], ctx)
    elif counting:
        yield Metric("repeated-finding")
    elif assessment.common:
        yield _match_suppressed(assessment, assessment.common[0])


def _assess(event: LookalikesFound, ctx: Context) -> Assessment:
    others = [found for found in event.candidates if ctx[ALIASES].get(found.account_id) is None]
    contacts = [found for found in others if found.account_id != event.account_id]
    lookalikes = [found for found in contacts if not found.common]
    basis = Basis(
        rule=AVATAR_IMPERSONATION,
        subject_id=ctx.key,
        other_id=event.account_id,
        trigger=Trigger(event.event_id, event.at_ms),
        policy_version=ctx.policy.version,
        reasons=frozenset(event.reasons),
        conditions=Conditions(json.loads(event.conditions)),
    )
    aliases = sum(not found.common and found.account_id != event.account_id for found in event.candidates) - len(
        lookalikes
    )
    return Assessment(
        event=event,
        policy=ctx.policy,
        lookalikes=lookalikes,
        count=event.count - aliases,
        common=[found for found in contacts if found.common],
        copied=next((found for found in others if found.account_id == event.account_id), None),
        basis=basis,
    )


def _report(assessment: Assessment, found: Resemblance, ctx: Context) -> Iterator[Any]:
    weak = _review_reasons(assessment, found)
    tags = {PREVIOUS_AVATAR} if found.previous else set()
    copies = {COPIES_RECIPIENT} if assessment.copied else set()
    is_copy = found is assessment.copied
    if is_copy or weak:
        decision = assessment.basis.decide(
            REVIEW, {Action.REVIEW}, lookalike_as_evidence(assessment, found), {*weak, *tags, *copies}
        )
        yield decision
        yield request_review(decision, _summary(decision, found))
    else:
        first = {SENDER_FIRST} if _is_sender_first(assessment) else set()
        yield from _decide_risk_user(assessment, found, {*tags, *copies, *first}, ctx)


def _review_reasons(assessment: Assessment, found: Resemblance) -> set[str]:
    """Return the reasons for a review instead of a risk user; record the conditions evaluated (AI-20, AI-21)."""
    conditions, section = assessment.basis.conditions, assessment.policy.avatar_impersonation
    similarity = Fraction(BITS - found.bits, BITS)
    conditions.compare("similarity", similarity, ">", section.threshold)
    if found is assessment.copied:
        return set()
    conditions.check("related", actual=True)
    near = not conditions.compare("similarity_beyond_review", similarity, ">", section.review_up_to)
    unordered = not conditions.check("order_established", ORDER_UNKNOWN not in found.reasons)
    weak = {NEAR_THRESHOLD: near, ORDER_UNKNOWN: unordered, HASH_BECAME_COMMON: _is_common(found, conditions)}
    return {reason for reason, applies in weak.items() if applies}


def _is_sender_first(assessment: Assessment) -> bool:
    """Return whether the sender showed the picture before all lookalikes: they may have copied it (AI-39)."""
    return all(SENDER_FIRST in found.reasons for found in assessment.lookalikes)


def _is_common(found: Resemblance, conditions: Conditions) -> bool:
    """Return whether a crowd shows the picture by now, which the contact had before it (AI-37)."""
    return HASH_BECAME_COMMON in found.reasons and conditions.check("common", actual=True)


def _decide_risk_user(assessment: Assessment, found: Resemblance, tags: set[str], ctx: Context) -> Iterator[Any]:
    risk, section = assessment.policy.avatar_impersonation.risk_operation, assessment.policy.friendship_age
    optional = {Action.REVIEW: risk.review, Action.WARN: bool(risk.warn_lookalike)}
    actions = {*risk.operation.actions, *(action for action, applies in optional.items() if applies)}
    decision = assessment.basis.decide(RISK_USER, actions, lookalike_as_evidence(assessment, found), tags)
    yield decision
    yield from commands_of(decision, risk.operation, section, assessment.event.number)
    yield from warn_account(decision, found.account_id, risk.warn_lookalike, section)
    if risk.review:
        yield request_review(decision, _summary(decision, found))
    if risk.operation.block:
        ctx[BARRED].put(
            assessment.event.account_id,
            Block(decision.at_ms, decision.decision_id, decision.outcome, assessment.event.at_ms),
        )


def _match_suppressed(assessment: Assessment, found: Resemblance) -> MatchSuppressed:
    """Return the review that the step `popular-picture` issues if it is the picture's first (AI-18)."""
    assessment.basis.conditions.check("common", actual=True)
    decision = assessment.basis.decide(
        REVIEW, {Action.REVIEW}, lookalike_as_evidence(assessment, found), {HASH_BECAME_COMMON}
    )
    return MatchSuppressed(
        event_id=assessment.event.event_id,
        at_ms=decision.at_ms,
        picture=found.common,
        subject_id=decision.subject_id,
        account_id=assessment.event.account_id,
        policy_version=decision.policy_version,
        reasons=decision.reasons,
        evidence=decision.evidence,
    )


def lookalike_as_evidence(assessment: Assessment, found: Resemblance) -> Mapping[str, object]:
    """Return the evidence on a lookalike: hashes, versions and times, never a picture."""
    event = assessment.event
    similarity = (BITS - found.bits) / BITS  # exact: a multiple of 1/64
    shown: dict[str, object] = {
        "lookalike": found.account_id,
        "candidates": assessment.count or int(found is assessment.copied),
        "hash": {
            "kind": found.kind,
            "version": found.algorithm,
            "distance": found.bits,
            "similarity": similarity,
            "quality": event.quality,
        },
        "sender_avatar": _avatar(event.version, event.set_ms, found.sender_hash, event.quality),
        "lookalike_avatar": _avatar(found.version, found.set_ms, found.hash, found.quality)
        | {"previous": found.previous},
        **spans_as_evidence(event.spans, event.span_count),
    }
    if found.previous:
        shown["tags"] = [PREVIOUS_AVATAR]
    if found is not assessment.copied:
        shown["relation"] = {"since_ms": found.since_ms}
    return shown if event.opened_by is None else shown | {"opened_by": event.opened_by}


def _avatar(version: str, set_ms: int, hex_hash: str, quality: int | None) -> dict[str, object]:
    return {"version": version, "set_ms": set_ms, "hash": hex_hash, "quality": quality}


def _summary(decision: Decision, found: Resemblance) -> str:
    who = "the recipient" if found.account_id == decision.other_id else found.account_id
    return (
        f"{decision.subject_id} writes to {decision.other_id} and looks like {who}: {found.bits} of {BITS} bits differ."
    )


def _is_repeated(event: LookalikesFound, found: Resemblance, ctx: Context) -> bool:
    found_ms = ctx[FINDINGS].get(_finding_entry(event, found))
    if found_ms is None or found_ms < (erased_at(ctx, event.account_id) or 0):  # it was told to another account
        return False
    return event.at_ms < found_ms + ctx.policy.avatar_impersonation.repeat_after_ms


def _store_finding(entry: str, at_ms: int, ctx: Context) -> None:
    ctx[FINDINGS].put(entry, at_ms)
    set_cleanup_timer(ctx, at_ms + ctx.policy.avatar_impersonation.repeat_after_ms)


def _finding_entry(event: LookalikesFound, found: Resemblance) -> str:
    """Return the entry key of a finding: a hash, because the lookalike's erasure does not reach this step."""
    return identify("avatars", event.account_id, found.account_id, event.version, found.version)

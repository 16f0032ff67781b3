"""Requests a review of a friend whose changed profile looks like another friend's (FA-66).

Keyed by the account that changed; runs inside the step `impersonation`. Whoever changes a profile to and fro gets one
review per recipient and lookalike within the repetition period; the findings in between are counted in the evidence of
the next review (FA-90).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.avatar_impersonation.finding import REVIEW
from operators.commands import request_review
from operators.decision import Basis, Trigger
from operators.erasure.markers import erased_after, erased_at
from operators.ids import identify
from operators.likeness.profile_similarity import score_evidence
from operators.operator import Metric
from operators.policy.action import Action
from operators.policy.avatar_impersonation import AVATAR_IMPERSONATION
from operators.retention import set_cleanup_timer
from state.catalog.avatar_impersonation import ALIASES, DRIFTS
from state.entries.profiles import Drift

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context
    from operators.policy.avatar_impersonation import AvatarImpersonationPolicy
    from schemas.records import ProfileScore, ProfilesDrifted

PROFILE_DRIFT = "PROFILE_DRIFT"


def kept_until_ms(drift: Drift, section: AvatarImpersonationPolicy) -> int:
    """Return until when a review is remembered: a period for repetitions, and one for the next review to count them."""
    return drift.reviewed_ms + 2 * section.repeat_after_ms


def on_profiles_drifted(event: ProfilesDrifted, ctx: Context) -> Iterator[Any]:
    """Request a review of the lookalikes that none was requested of within the repetition period; count the others."""
    if erased_after(ctx, event.at_ms, event.account_id) is not None:
        return
    others = [score for score in event.alike if ctx[ALIASES].get(score.account_id) is None]
    further = {score: _further_since_review(event, score, ctx) for score in others}
    fresh = [score for score in others if further[score] is not None]
    if fresh:
        yield from _request_review(event, fresh, sum(further[score] or 0 for score in fresh), ctx)
    elif others:
        yield Metric("repeated-finding")


def _further_since_review(event: ProfilesDrifted, score: ProfileScore, ctx: Context) -> int | None:
    """Return how many findings came since the last review, and remember a new one; None: the last one still counts."""
    section, entry = ctx.policy.avatar_impersonation, identify("profiles", event.account_id, score.account_id)
    known, erased_ms = ctx[DRIFTS].get(entry), erased_at(ctx, event.account_id) or 0
    if known is not None and known.reviewed_ms < erased_ms:  # another account was told of its friend
        known = None
    if known is not None and event.at_ms < known.reviewed_ms + section.repeat_after_ms:
        ctx[DRIFTS].put(entry, replace(known, further=known.further + 1))
        return None
    drift = Drift(event.at_ms)
    ctx[DRIFTS].put(entry, drift)
    set_cleanup_timer(ctx, kept_until_ms(drift, section))
    return known.further if known is not None and event.at_ms < kept_until_ms(known, section) else 0


def _request_review(event: ProfilesDrifted, alike: Sequence[ProfileScore], further: int, ctx: Context) -> Iterator[Any]:
    basis = Basis(
        rule=AVATAR_IMPERSONATION,
        subject_id=ctx.key,
        other_id=event.account_id,
        trigger=Trigger.of_event(event, ctx),
        policy_version=ctx.policy.version,
        reasons=frozenset({PROFILE_DRIFT}),
    )
    threshold = ctx.policy.friendship_age.gate_threshold
    basis.conditions.compare("similarity", Fraction(alike[0].similarity), ">", threshold)
    shown = {
        "lookalike": alike[0].account_id,
        "candidates": len(alike),
        "further": further,
        "version": event.version,
        "best": score_evidence(alike[0]),
    }
    decision = basis.decide(REVIEW, {Action.REVIEW}, shown)
    yield decision
    yield request_review(
        decision, f"{ctx.key}, a friend of {event.account_id}, has begun to look like {alike[0].account_id}."
    )

"""State of a pair: the marks that a protected account keeps of one sender. Keyed by protected account.

The marks: cool-down after a genuine answer, not genuine, trusted, pending verification. Expired marks are ignored when
they are read; timers only free their memory.
"""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from operators.operator import Context
from operators.policy.friendship_age import FriendshipAgePolicy
from operators.retention import set_cleanup_timer
from state.catalog.relationship import PAIRS, VERIFICATIONS
from state.entries.relationship import Pair, Verification

UNMARKED = Pair()


def read_pair(ctx: Context, sender_id: str) -> Pair:
    """Return the stored state of the pair; that of an unmarked one if none is stored."""
    return ctx[PAIRS].get(sender_id) or UNMARKED


def write_pair(ctx: Context, sender_id: str, pair: Pair) -> None:
    """Store the state of the pair; that of an unmarked one is removed."""
    if pair == UNMARKED:
        ctx[PAIRS].remove(sender_id)
    else:
        ctx[PAIRS].put(sender_id, pair)


def is_cooling(pair: Pair, at_ms: int, section: FriendshipAgePolicy) -> bool:
    """Return whether the pair is in the cool-down after a genuine answer (FA-48)."""
    return pair.genuine_ms is not None and at_ms < pair.genuine_ms + section.cool_down_ms


def is_trusted(pair: Pair, at_ms: int, section: FriendshipAgePolicy) -> bool:
    """Return whether the recipient's statement of trust is still in force (FA-52)."""
    return pair.trusted_ms is not None and at_ms < pair.trusted_ms + section.trust_ms


def cancel_pending(ctx: Context, sender_id: str, before_ms: int) -> None:
    """Remove the pending verifications that began before `before_ms`; they end without outcome (FA-50)."""
    if ctx[PAIRS].get(sender_id) is not None:
        _drop_verifications(
            ctx, sender_id, lambda verification: not verification.outcome and verification.asked_ms < before_ms
        )


def reset_pair(ctx: Context, sender_id: str, before_ms: int) -> None:
    """Remove all verifications that began before `before_ms`, and the marks set before it (FA-18, FA-52)."""
    if ctx[PAIRS].get(sender_id) is not None:  # else there is no verification, and no need to search for one
        _drop_verifications(ctx, sender_id, lambda verification: verification.asked_ms < before_ms)
        write_pair(ctx, sender_id, _without_marks_before(read_pair(ctx, sender_id), before_ms))


def forget_pair(ctx: Context, sender_id: str, before_ms: int) -> None:
    """Remove all that is older than `before_ms` from the pair, trust included (C-18).

    An answer about an older message is removed too, even if it came later: it is no fact about a new account.
    """
    reset_pair(ctx, sender_id, before_ms)
    pair = read_pair(ctx, sender_id)
    if pair.asked_ms < before_ms:
        pair = without_answer(pair)
        write_pair(ctx, sender_id, pair)
    if pair.trusted_ms is not None and pair.trusted_ms < before_ms:
        write_pair(ctx, sender_id, replace(pair, trusted_ms=None))


def _drop_verifications(ctx: Context, sender_id: str, is_meant: Callable[[Verification], bool]) -> None:
    for verification_id, verification in list(ctx[VERIFICATIONS].items()):
        if verification.sender_id == sender_id and is_meant(verification):
            drop_verification(ctx, verification_id, sender_id)


def drop_verification(ctx: Context, verification_id: str, sender_id: str) -> None:
    """Remove a verification that can no longer be answered."""
    ctx[VERIFICATIONS].remove(verification_id)
    write_pair(ctx, sender_id, replace(read_pair(ctx, sender_id), **_latest_verification(ctx, sender_id)))


def _latest_verification(ctx: Context, sender_id: str) -> dict[str, Any]:
    """Return the pair's fields about its current verification: the pending one, else the newest one stored."""
    candidates = (
        (not v.outcome, v.asked_ms, v_id) for v_id, v in ctx[VERIFICATIONS].items() if v.sender_id == sender_id
    )
    pending, _, latest = max(candidates, default=(False, 0, ""))
    return {"latest": latest, "pending": pending}


def _without_marks_before(pair: Pair, before_ms: int) -> Pair:
    if pair.genuine_ms is not None and pair.genuine_ms < before_ms:
        pair = without_cool_down(pair)
    if pair.not_genuine_ms is not None and pair.not_genuine_ms < before_ms:
        pair = _without_not_genuine(pair)
    return pair


def _without_not_genuine(pair: Pair) -> Pair:
    return replace(pair, answered="", decision_id="", asked_ms=0, not_genuine_ms=None, contradicted=False)


def without_cool_down(pair: Pair) -> Pair:
    """Return the pair without the mark of a genuine answer, and without the messages counted since."""
    left = replace(pair, genuine_ms=None, suspicious=0, escalated=False)
    return replace(left, answered="", decision_id="", asked_ms=0) if pair.not_genuine_ms is None else left


def without_answer(pair: Pair) -> Pair:
    """Return the pair as if the person behind the sender had never answered."""
    return _without_not_genuine(without_cool_down(pair))


def remove_expired_marks(ctx: Context, at_ms: int) -> None:
    """Remove the marks that have expired by `at_ms`, and set cleanup timers for the others."""
    section = ctx.policy.friendship_age
    for sender_id, pair in list(ctx[PAIRS].items()):
        cooling, trusted = is_cooling(pair, at_ms, section), is_trusted(pair, at_ms, section)
        left = pair if cooling else without_cool_down(pair)
        write_pair(ctx, sender_id, left if trusted else replace(left, trusted_ms=None))
        if cooling:
            set_cleanup_timer(ctx, (pair.genuine_ms or 0) + section.cool_down_ms)
        if trusted:
            set_cleanup_timer(ctx, (pair.trusted_ms or 0) + section.trust_ms)

"""Comparison of a friend request's requester with the target's friends; emits `RequestCompared` to the gate.

Keyed by target, where friends and their profiles are stored; used by the step `relationship`. Whom to ask and the
outcome are decided by requester (`operators.friend_gate.gate`), where the accounts known to be the same person's are
stored for all targets. While a request is open, a friend who leaves the target's list is reported there too, with a new
comparison (FA-63).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.contacts.contact_profiles import contact_profiles
from operators.contacts.contacts import is_stranger
from operators.contacts.memberships import groups_of
from operators.contacts.pair import read_pair
from operators.decision import MAX_RANKED
from operators.erasure.markers import erased_after
from operators.likeness.profile_similarity import compare_profiles, rank, without_chance
from operators.operator import ERASED_METRIC, Context, Metric
from operators.retention import set_cleanup_timer
from schemas.records import (
    Appearance,
    FriendshipSought,
    LookalikeAnswered,
    LookalikeReplied,
    RequestCompared,
)
from state.catalog.relationship import BLOCKS, COMPARED, FRIENDS
from state.entries.appearances import decode_appearance, encode_appearance
from state.entries.profiles import Comparison

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from state.entries.relationship import Friendship

_FEW_FRIENDS = 50
"""Among more, some stranger's picture is like one of theirs by chance."""

NONE, FRIEND, BLOCKED = "NONE", "FRIEND", "BLOCKED"
"""The relation of requester and target."""


_EMPTY = Appearance(version="", revision=0, pictures=())


def on_sought(event: FriendshipSought, ctx: Context) -> Iterator[Any]:
    """Compare a requester with all friends of the target, before the friendship exists (FA-53)."""
    section = ctx.policy.friendship_age
    if not (section.enabled and section.gate_enabled):
        return
    if erased_after(ctx, event.at_ms, event.requester_id) is not None:
        yield ERASED_METRIC
        return
    standing = _standing(event.requester_id, ctx)
    appearance = event.appearance or _EMPTY
    comparison = Comparison(
        requester_id=event.requester_id,
        requested_ms=event.at_ms,
        deadline_ms=event.at_ms + section.gate_timeout_ms,
        policy_version=ctx.policy.version,
        appearance=encode_appearance(appearance),
        alike=(),
    )
    result = (
        _compare_with_friends(event.request_id, comparison, event.at_ms, ctx)
        if standing == NONE
        else _blank_comparison(event.request_id, comparison, ctx)
    )
    yield replace(
        result,
        event_id=event.event_id,
        at_ms=event.at_ms,
        standing=standing,
        acquainted=_are_acquainted(event, ctx),
        late=event.late or ctx.late,
    )
    _remember_comparison(event.request_id, comparison, _ids_to_ask(result), ctx)


def _remember_comparison(request_id: str, comparison: Comparison, to_ask: Collection[str], ctx: Context) -> None:
    """Store whom there is reason to ask; of a request that comes again also whom there was: they may yet answer."""
    known = ctx[COMPARED].get(request_id)
    if known is None or known.requester_id != comparison.requester_id:
        _write_comparison(request_id, replace(comparison, alike=tuple(to_ask)), ctx)
    elif to_ask:
        _write_comparison(request_id, replace(comparison, alike=tuple(sorted({*known.alike, *to_ask}))), ctx)


def _are_acquainted(event: FriendshipSought, ctx: Context) -> bool:
    """Return whether requester and target know each other, or a friend or group of theirs does (FA-102)."""
    return (
        event.established
        or not is_stranger(event.requester_id, ctx)
        or any(ctx[FRIENDS].get(friend_id) is not None for friend_id in event.friends)
        or not set(event.groups).isdisjoint(groups_of(ctx))
    )


def _standing(requester_id: str, ctx: Context) -> str:
    if ctx[BLOCKS].get(requester_id) is not None:
        return BLOCKED
    return NONE if ctx[FRIENDS].get(requester_id) is None else FRIEND


def _write_comparison(request_id: str, comparison: Comparison, ctx: Context) -> None:
    if comparison.alike:
        ctx[COMPARED].put(request_id, comparison)
        set_cleanup_timer(ctx, comparison.deadline_ms + 1)
    else:
        ctx[COMPARED].remove(request_id)


def _blank_comparison(request_id: str, comparison: Comparison, ctx: Context) -> RequestCompared:
    return RequestCompared(
        event_id="",
        at_ms=comparison.requested_ms,
        subject_id=comparison.requester_id,
        account_id=ctx.key,
        request_id=request_id,
        requested_ms=comparison.requested_ms,
        standing=NONE,
        profile_unknown=not decode_appearance(comparison.appearance).version,
        compared=0,
        not_comparable=0,
        alike=(),
    )


def _compare_with_friends(request_id: str, comparison: Comparison, at_ms: int, ctx: Context) -> RequestCompared:
    """Compare the requester with each current friend, by the policy version that the request began with."""
    policy, requester = ctx.policy_of(comparison.policy_version), decode_appearance(comparison.appearance)
    scored, unknown = [], 0
    known = dict(contact_profiles(ctx))
    for friend_id, _ in _friends(ctx):
        text = known.get(friend_id)
        if text is None:
            unknown += 1
        elif friend_id != comparison.requester_id:
            friend = decode_appearance(text)
            parts = compare_profiles(requester, friend, at_ms, policy.avatar_impersonation)
            scored.append(parts.score(friend_id, friend.version, policy))
    if len(scored) > _FEW_FRIENDS:
        scored = list(map(without_chance, scored))
    scored.sort(key=partial(rank, section=policy.friendship_age))
    to_ask = [score for score in scored if score.reasons]
    others = [score for score in scored if not score.reasons][:1]
    result = replace(_blank_comparison(request_id, comparison, ctx), compared=len(scored), not_comparable=unknown)
    return replace(result, alike=(*to_ask[:MAX_RANKED], *others))


def _friends(ctx: Context) -> Iterator[tuple[str, Friendship]]:
    """Yield the friends that are not blocked."""
    return ((friend_id, known) for friend_id, known in ctx[FRIENDS].items() if ctx[BLOCKS].get(friend_id) is None)


def _ids_to_ask(result: RequestCompared) -> tuple[str, ...]:
    return tuple(each.account_id for each in result.alike if each.reasons)


def on_answered(event: LookalikeAnswered, ctx: Context) -> Iterator[Any]:
    """Send a friend's answer on to the requester's key, where the gate waits for it."""
    comparison = ctx[COMPARED].get(event.request_id)
    if comparison is None or event.lookalike_id not in comparison.alike:
        yield Metric("unknown-answer")
        return
    if event.same_person and _is_under_suspicion(event.lookalike_id, ctx):
        yield Metric("unbelieved-answer")
        return
    yield LookalikeReplied(
        event_id=event.event_id,
        at_ms=event.at_ms,
        subject_id=comparison.requester_id,
        account_id=ctx.key,
        request_id=event.request_id,
        lookalike_id=event.lookalike_id,
        same_person=event.same_person,
        late=ctx.late,
    )


def _is_under_suspicion(friend_id: str, ctx: Context) -> bool:
    """Return whether a friend's account may be in other hands, so that a yes of it is not believed (FA-59)."""
    pair = read_pair(ctx, friend_id)
    return pair.pending or pair.not_genuine_ms is not None


def withdraw_friend(friend_id: str, event_id: str, at_ms: int, ctx: Context) -> Iterator[RequestCompared]:
    """Yield, for each open request, the comparison without a friend that is not asked any more (FA-63).

    For one that is a friend again, and not blocked, only the requests up to `at_ms`.
    """
    is_friend = ctx[FRIENDS].get(friend_id) is not None and ctx[BLOCKS].get(friend_id) is None
    for request_id, comparison in sorted(ctx[COMPARED].items()):
        if friend_id in comparison.alike and (comparison.requested_ms <= at_ms or not is_friend):
            left_ms = max(at_ms, comparison.requested_ms)
            result = _compare_with_friends(request_id, comparison, left_ms, ctx)
            yield replace(result, event_id=event_id, at_ms=left_ms, left_id=friend_id, late=ctx.late)
            alike = {*comparison.alike, *_ids_to_ask(result)} - {friend_id}
            _write_comparison(request_id, replace(comparison, alike=tuple(sorted(alike))), ctx)


def forget_requester(requester_id: str, before_ms: int, ctx: Context) -> None:
    """Remove the requests that an erased account made before `before_ms` (C-18)."""
    for request_id, comparison in list(ctx[COMPARED].items()):
        if comparison.requester_id == requester_id and comparison.requested_ms < before_ms:
            ctx[COMPARED].remove(request_id)

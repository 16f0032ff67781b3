"""Whom among the target's friends does a requester look like? Key: the target.

Here the friends and their profiles are known. Who is asked and how it ends is decided where it is known which accounts
are the same person's, for all targets: with the requester (operators.friend_gate.gate). As long as answers may come,
a friend who
leaves the target's list is told there too, with a fresh comparison (FA-63).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from operators.contacts.contact_profiles import contact_profiles
from operators.erasure.markers import erased_after
from operators.likeness.profile_similarity import compare_profiles
from operators.operator import Context, Metric
from operators.retention import set_cleanup_timer
from schemas.records import (
    Appearance,
    FriendshipSought,
    LookalikeAnswered,
    LookalikeReplied,
    ProfileScore,
    RequestCompared,
)
from state.catalog.relationship import BLOCKS, COMPARED, FRIENDS
from state.entries.appearances import read_appearance, written_appearance
from state.entries.profiles import Comparison

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy.model import Policy
    from state.entries.relationship import Friendship

NONE, FRIEND, BLOCKED = "NONE", "FRIEND", "BLOCKED"
"""What requester and target are to each other."""

MAX_LISTED_FRIENDS = 100
"""Similar friends told of one request. There are a few places to fill; the others only show that there were more."""

_EMPTY = Appearance(version="", revision=0, pictures=())


def on_sought(event: FriendshipSought, ctx: Context) -> Iterator[Any]:
    """Compare a requester with all friends, before the friendship exists (FA-53)."""
    section = ctx.policy.friendship_age
    if not (section.enabled and section.gate_enabled):
        return
    if erased_after(ctx, event.at_ms, event.requester_id) is not None:
        yield Metric("erased")
        return
    standing = _standing(event.requester_id, ctx)
    appearance = event.appearance or _EMPTY
    asked = Comparison(
        requester_id=event.requester_id,
        requested_ms=event.at_ms,
        deadline_ms=event.at_ms + section.gate_timeout_ms,
        policy_version=ctx.policy.version,
        appearance=written_appearance(appearance),
        alike=(),
    )
    told = (
        _compare_with_friends(event.request_id, asked, event.at_ms, ctx)
        if standing == NONE
        else _blank_comparison(event.request_id, asked, ctx)
    )
    yield replace(
        told,
        event_id=event.event_id,
        at_ms=event.at_ms,
        standing=standing,
        late=event.late or ctx.late,
    )
    _write_comparison(event.request_id, replace(asked, alike=_ids_above_threshold(told, ctx.policy)), ctx)


def _standing(requester_id: str, ctx: Context) -> str:
    if ctx[BLOCKS].get(requester_id) is not None:
        return BLOCKED
    return NONE if ctx[FRIENDS].get(requester_id) is None else FRIEND


def _write_comparison(request_id: str, asked: Comparison, ctx: Context) -> None:
    if asked.alike:
        ctx[COMPARED].put(request_id, asked)
        set_cleanup_timer(ctx, asked.deadline_ms + 1)
    else:
        ctx[COMPARED].remove(request_id)


def _blank_comparison(request_id: str, asked: Comparison, ctx: Context) -> RequestCompared:
    return RequestCompared(
        event_id="",
        at_ms=asked.requested_ms,
        subject_id=asked.requester_id,
        account_id=ctx.key,
        request_id=request_id,
        requested_ms=asked.requested_ms,
        standing=NONE,
        profile_unknown=not read_appearance(asked.appearance).version,
        compared=0,
        not_comparable=0,
        alike=(),
    )


def _compare_with_friends(request_id: str, asked: Comparison, at_ms: int, ctx: Context) -> RequestCompared:
    """Return how alike the requester is to each friend of now, by the policy that the request began with."""
    policy, requester = ctx.policy_of(asked.policy_version), read_appearance(asked.appearance)
    scored, unknown = [], 0
    known = dict(contact_profiles(ctx))
    for friend_id, _ in _friends(ctx):
        text = known.get(friend_id)
        if text is None:
            unknown += 1
        elif friend_id != asked.requester_id:
            scored.append(_score(friend_id, requester, read_appearance(text), at_ms, policy))
    scored.sort(key=_sort_key)
    threshold = policy.friendship_age.gate_threshold
    above = [score for similarity, score in scored if similarity > threshold]
    below = [score for similarity, score in scored if similarity <= threshold][:1]
    told = replace(_blank_comparison(request_id, asked, ctx), compared=len(scored), not_comparable=unknown)
    return replace(told, alike=(*above[:MAX_LISTED_FRIENDS], *below))


def _friends(ctx: Context) -> Iterator[tuple[str, Friendship]]:
    """Yield the friends who are not blocked."""
    return ((friend_id, known) for friend_id, known in ctx[FRIENDS].items() if ctx[BLOCKS].get(friend_id) is None)


def _score(
    account_id: str, requester: Appearance, friend: Appearance, at_ms: int, policy: Policy
) -> tuple[Fraction, ProfileScore]:
    parts = compare_profiles(requester, friend, at_ms, policy.avatar_impersonation)
    similarity = parts.mean(policy.friendship_age.gate_weights)
    return similarity, parts.score(account_id, friend.version, similarity)


def _sort_key(scored: tuple[Fraction, ProfileScore]) -> tuple[Fraction, str]:
    return -scored[0], scored[1].account_id


def _ids_above_threshold(told: RequestCompared, policy: Policy) -> tuple[str, ...]:
    threshold = policy.friendship_age.gate_threshold
    return tuple(each.account_id for each in told.alike if Fraction(each.similarity) > threshold)


def on_answered(event: LookalikeAnswered, ctx: Context) -> Iterator[Any]:
    """Send a friend's answer on to the request that it is about."""
    asked = ctx[COMPARED].get(event.request_id)
    if asked is None or event.lookalike_id not in asked.alike:
        yield Metric("unknown-answer")
        return
    yield LookalikeReplied(
        event_id=event.event_id,
        at_ms=event.at_ms,
        subject_id=asked.requester_id,
        account_id=ctx.key,
        request_id=event.request_id,
        lookalike_id=event.lookalike_id,
        same_person=event.same_person,
        late=ctx.late,
    )


def withdraw_friend(friend_id: str, event_id: str, at_ms: int, ctx: Context) -> Iterator[RequestCompared]:
    """Tell the open requests that a friend is not to be asked any more (FA-63): of one who is back only older ones."""
    is_friend = ctx[FRIENDS].get(friend_id) is not None
    for request_id, asked in sorted(ctx[COMPARED].items()):
        if friend_id in asked.alike and (asked.requested_ms <= at_ms or not is_friend):
            left_ms = max(at_ms, asked.requested_ms)
            told = _compare_with_friends(request_id, asked, left_ms, ctx)
            yield replace(told, event_id=event_id, at_ms=left_ms, left_id=friend_id, late=ctx.late)
            alike = {*asked.alike, *_ids_above_threshold(told, ctx.policy_of(asked.policy_version))} - {friend_id}
            _write_comparison(request_id, replace(asked, alike=tuple(sorted(alike))), ctx)


def forget_requester(requester_id: str, before_ms: int, ctx: Context) -> None:
    """Forget the requests that somebody made before being erased (C-18)."""
    for request_id, asked in list(ctx[COMPARED].items()):
        if asked.requester_id == requester_id and asked.requested_ms < before_ms:
            ctx[COMPARED].remove(request_id)

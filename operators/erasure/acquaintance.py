"""Who has to hear that an account was erased? Key: a shard of all pairs of accounts.

Whoever remembers somebody keeps that name under a key of their own, which an erasure does not reach: it only names the
erased account. So every pair that a relation has ever named is known here, in the shard of the pair, and an erasure
comes to all shards. Each tells those whom it knows, and forgets the pair (C-18).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.ids import identify
from operators.operator import Context, Handler, Operator
from schemas.records import (
    AccountErased,
    AccountForgotten,
    AccountUnblocked,
    ContactAdded,
    ContactRemoved,
    FollowAnswered,
    FollowRequested,
    FollowRevoked,
    FriendAdded,
    FriendRemoved,
    FriendRequested,
)
from state.catalog.erasure import ACQUAINTANCES, ERASED

Follow = FollowRequested | FollowAnswered | FollowRevoked
Relation = FriendAdded | FriendRemoved | ContactAdded | ContactRemoved | AccountUnblocked | FriendRequested | Follow

PAIR_SHARD_DIGITS = 2
"""Hex digits of a shard's name. It lives in savepoints: with another number the pairs known so far are not found."""

PAIR_SHARDS = tuple(f"{number:0{PAIR_SHARD_DIGITS}x}" for number in range(16**PAIR_SHARD_DIGITS))


def accounts_of(relation: Relation) -> tuple[str, str]:
    """Return the two accounts that a relation names, the one whose list it is first."""
    match relation:
        case FollowRequested() | FollowAnswered() | FollowRevoked():
            return relation.object_id, relation.follower_id
        case FriendRequested():
            return relation.target_id, relation.requester_id
        case AccountUnblocked():
            return relation.account_id, relation.other_id
        case ContactAdded() | ContactRemoved():
            return relation.account_id, relation.contact_id
        case _:
            return relation.account_id, relation.friend_id


def pair_shard(one: str, other: str) -> str:
    """Return the shard of two accounts, whichever stands first."""
    return identify(*sorted((one, other)))[:PAIR_SHARD_DIGITS]


class Acquaintance(Operator):
    """Knows who may remember whom."""

    uid = "acquaintance"
    states = (ACQUAINTANCES, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            FriendAdded: on_relation,
            FriendRemoved: on_relation,
            ContactAdded: on_relation,
            ContactRemoved: on_relation,
            AccountUnblocked: on_relation,
            FollowRequested: on_relation,
            FollowAnswered: on_relation,
            FollowRevoked: on_relation,
            FriendRequested: on_relation,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Give up the markers that have had their time."""
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_relation(event: Relation, ctx: Context) -> Iterator[AccountForgotten]:
    """Remember that the two may remember each other."""
    yield from remember_pair(event.event_id, dict.fromkeys(accounts_of(event), event.at_ms), ctx)


def remember_pair(event_id: str, heard_ms: Mapping[str, int], ctx: Context) -> Iterator[AccountForgotten]:
    """Remember that two may remember each other; one that was erased since is forgotten once more.

    `heard_ms`: of each of the two since when it is known to be there. An erasure cuts by that.
    """
    pair = sorted(heard_ms)
    known = {account_id: _partners_of(account_id, ctx) for account_id in pair}
    sides = list(zip(pair, reversed(pair), strict=True))
    latest = [max(heard_ms[account_id], known[account_id].get(other_id, 0)) for account_id, other_id in sides]
    erased = [erased_after(ctx, at_ms, account_id) for account_id, at_ms in zip(pair, latest, strict=True)]
    for (account_id, other_id), erased_ms in zip(sides, erased, strict=True):
        if erased_ms is not None:
            yield _notice(event_id, erased_ms, other_id, account_id)
    if erased == [None, None]:
        for (account_id, other_id), at_ms in zip(sides, latest, strict=True):
            ctx[ACQUAINTANCES].put(account_id, {**known[account_id], other_id: at_ms})


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Tell all whom the account has met, and forget the pairs in which it was not heard of since."""
    for other_id, heard_ms in sorted(_partners_of(event.account_id, ctx).items()):
        yield _notice(event.event_id, event.at_ms, other_id, event.account_id)
        if heard_ms < event.at_ms:
            _forget_partner(event.account_id, other_id, ctx)
            _forget_partner(other_id, event.account_id, ctx)
    mark_erased(ctx, event.at_ms, event.account_id)


def _partners_of(account_id: str, ctx: Context) -> Mapping[str, int]:
    return ctx[ACQUAINTANCES].get(account_id) or {}


def _forget_partner(account_id: str, other_id: str, ctx: Context) -> None:
    left = {each: at_ms for each, at_ms in _partners_of(account_id, ctx).items() if each != other_id}
    if left:
        ctx[ACQUAINTANCES].put(account_id, left)
    else:
        ctx[ACQUAINTANCES].remove(account_id)


def _notice(event_id: str, at_ms: int, account_id: str, erased_id: str) -> AccountForgotten:
    return AccountForgotten(event_id=event_id, at_ms=at_ms, account_id=account_id, erased_id=erased_id)

"""Step `acquaintance`: index of pairs of related accounts; on an erasure it notifies the partners of the account.

Keyed by shard of the pair (256 shards). Input: friends, contacts, follows, friend requests, unblocks, messages that may
lead to a stranger's block, and erasures.
Emits `AccountForgotten` to each account that may hold state about the erased one. Of a friendship whose accounts were a
pair before it emits `RequestFulfilled`: only then can there have been a friend request, which the step `gate` counts.

State about another account is stored under the holder's key, which an erasure does not name. So every pair that a
relation has ever named is indexed here, an erasure goes to all shards, and each shard notifies the partners that it has
and removes the pairs (C-18). The step `encounter` does the same for pairs that were only compared.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from operators.erasure.markers import erased_after, mark_erased, remove_expired_markers
from operators.ids import identify
from operators.operator import Context, Handler, Operator
from operators.policy.strangers import STRANGERS
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
    MessageScreened,
    MessageSent,
    RequestFulfilled,
)
from state.catalog.erasure import ACQUAINTANCES, ERASED

Follow = FollowRequested | FollowAnswered | FollowRevoked
Relation = FriendAdded | FriendRemoved | ContactAdded | ContactRemoved | AccountUnblocked | FriendRequested | Follow

PAIR_SHARD_DIGITS = 2
"""Hex digits of a shard's name. The number is in savepoints: with another one, stored pairs are not found."""

PAIR_SHARDS = tuple(f"{number:0{PAIR_SHARD_DIGITS}x}" for number in range(16**PAIR_SHARD_DIGITS))


def accounts_of(relation: Relation) -> tuple[str, str]:
    """Return the two accounts of a relation; the owner of the list comes first."""
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
    """Return the shard of a pair of accounts, in either order."""
    return identify(*sorted((one, other)))[:PAIR_SHARD_DIGITS]


class Acquaintance(Operator):
    """Indexes which accounts may hold state about which others."""

    uid = "acquaintance"
    states = (ACQUAINTANCES, ERASED)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {
            FriendAdded: on_friend_added,
            FriendRemoved: on_relation,
            ContactAdded: on_relation,
            ContactRemoved: on_relation,
            AccountUnblocked: on_relation,
            FollowRequested: on_relation,
            FollowAnswered: on_relation,
            FollowRevoked: on_relation,
            FriendRequested: on_relation,
            MessageScreened: on_message,
            MessageSent: on_message,
            AccountErased: on_erased,
        }

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Remove the expired markers of erasures."""
        remove_expired_markers(ctx, at_ms)
        yield from ()


def on_relation(event: Relation, ctx: Context) -> Iterator[AccountForgotten]:
    """Index the pair of a relation."""
    yield from remember_pair(event.event_id, dict.fromkeys(accounts_of(event), event.at_ms), ctx)


def on_friend_added(event: FriendAdded, ctx: Context) -> Iterator[AccountForgotten | RequestFulfilled]:
    """Index the pair of a friendship; if it was known before, tell each whose request the other may have accepted."""
    if event.friend_id in _partners_of(event.account_id, ctx):
        yield _fulfilled(event, event.friend_id, event.account_id)
        if event.mutual:
            yield _fulfilled(event, event.account_id, event.friend_id)
    yield from on_relation(event, ctx)


def stranger_shard(message: MessageScreened | MessageSent) -> Iterable[str]:
    """Return the shard of a message's pair, if it may lead to a stranger's block or is not screened yet."""
    if message.recipient_id is None:
        return ()
    is_meant = isinstance(message, MessageSent) or any(found.rule == STRANGERS for found in message.findings)
    return (pair_shard(message.sender_id, message.recipient_id),) if is_meant else ()


def without_text(message: MessageScreened | MessageSent) -> MessageScreened | MessageSent:
    """Return the message without its text, which must not be stored (C-14)."""
    return replace(message, text="") if isinstance(message, MessageSent) else message


def on_message(event: MessageScreened | MessageSent, ctx: Context) -> Iterator[AccountForgotten]:
    """Index the pair of a message: the recipient's block list may name a stranger, whom no relation names."""
    if ctx.policy.strangers.blocks and event.recipient_id is not None:
        yield from remember_pair(event.event_id, dict.fromkeys((event.sender_id, event.recipient_id), event.at_ms), ctx)


def _fulfilled(event: FriendAdded, account_id: str, target_id: str) -> RequestFulfilled:
    return RequestFulfilled(event_id=event.event_id, at_ms=event.at_ms, account_id=account_id, target_id=target_id)


def remember_pair(event_id: str, heard_ms: Mapping[str, int], ctx: Context) -> Iterator[AccountForgotten]:
    """Index a pair of accounts; if one of them was erased since, notify the other once more instead.

    `heard_ms`: both accounts, each with the time of its last sign of life. An erasure later than that
    removes the pair; after an earlier one the pair belongs to a new account.
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
    """Notify all partners of the account, and remove the pairs without a sign of life since the erasure."""
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

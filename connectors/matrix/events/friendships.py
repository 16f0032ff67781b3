"""Direct rooms: the invitation is a friend request, its acceptance the friendship, leaving its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from connectors.matrix.events.matrix_event import is_set, record_id
from connectors.matrix.events.room import Friendship, Membership
from schemas.records import FriendAdded, FriendRemoved, FriendRequested

if TYPE_CHECKING:
    from connectors.matrix.events.change import Change
    from connectors.matrix.events.room import Room
    from schemas.records import Record


def carry_over(predecessor: Room, room: Room, account: str) -> None:
    """Let the friendships of somebody who joins be those of the room that replaces another one.

    Only of two who are both in it: until then either's leaving of the former room ends it.
    """
    for friendship in predecessor.friendships:
        other = friendship.other(account)
        if friendship.is_accepted and other is not None and room.is_joined(other):
            predecessor.friendships = tuple(each for each in predecessor.friendships if each != friendship)
            room.set_friendship(friendship)


def follow(room: Room, change: Change) -> list[Record]:
    """Return what a change of membership becomes between two: a request, a friendship, or its end."""
    match change.after:
        case Membership.INVITE if _asks(room, change):
            return _request(room, change)
        case Membership.JOIN:
            return _begin(room, change)
        case None | Membership.BAN if not change.is_commanded and change.event.sender != change.bot:
            return _end(room, change)
    return []


def _asks(room: Room, change: Change) -> bool:
    """Return whether an invitation is a request: a direct one, and one of two of whom one has asked already."""
    sender = change.event.sender
    if sender == change.bot or not room.is_joined(sender) or change.is_commanded:
        return False
    known = room.between(change.account)
    is_again = known is not None and known.other(sender) is not None and not known.is_accepted
    return is_set(change.event.content, "is_direct") or is_again


def _request(room: Room, change: Change) -> list[Record]:
    """Return the request of an invitation, whose id is that of the invitation."""
    requester, target = change.event.sender, change.account
    room.set_friendship(Friendship(requester, target))
    event_id = change.event.event_id
    return [
        FriendRequested(
            event_id=record_id(event_id),
            at_ms=change.at_ms,
            request_id=event_id,
            requester_id=requester,
            target_id=target,
        )
    ]


def _begin(room: Room, change: Change) -> list[Record]:
    """Return the friendship with whoever is in the room and has asked last, or was asked."""
    asked = ((each, each.other(change.account)) for each in reversed(room.friendships) if not each.is_accepted)
    friendship = next((each for each, other in asked if other is not None and room.is_joined(other)), None)
    if friendship is None:
        return []
    room.set_friendship(replace(friendship, is_accepted=True))
    return [
        FriendAdded(
            event_id=record_id(change.event.event_id),
            at_ms=change.at_ms,
            account_id=friendship.target,
            friend_id=friendship.requester,
        )
    ]


def _end(room: Room, change: Change) -> list[Record]:
    """Return the end of the friendship in a room of two. Who leaves while a third is there leaves a group.

    Whoever is there, that of an invitation ends which the friend gate declines: it was one around the gate.
    """
    friendship = room.of(change.account, change.declined) if change.declined else room.between(change.account)
    other = None if friendship is None else friendship.other(change.account)
    if friendship is None or other is None or not friendship.is_accepted:
        return []
    room.set_friendship(replace(friendship, is_accepted=False))
    # Who puts the other out ends it, too: the account of the record is that of whoever does (FA-50).
    account, friend = (other, change.account) if change.event.sender == other else (change.account, other)
    return [
        FriendRemoved(
            event_id=record_id(change.event.event_id),
            at_ms=change.at_ms,
            account_id=account,
            friend_id=friend,
        )
    ]

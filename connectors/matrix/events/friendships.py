"""Direct rooms: the invitation is a friend request, its acceptance the friendship, leaving its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from connectors.matrix.events.matrix_event import record_id
from connectors.matrix.events.room import Friendship, Membership
from schemas.records import FriendAdded, FriendRemoved, FriendRequested

if TYPE_CHECKING:
    from connectors.matrix.events.change import Change
    from connectors.matrix.events.room import Room
    from schemas.records import Record


def begins(room: Room, change: Change) -> bool:
    """Return whether a change is a direct invitation by the only one who is in the room."""
    sender = change.event.sender
    is_invitation = change.after is Membership.INVITE and change.event.content.get("is_direct") is True
    return is_invitation and sender != change.bot and room.first_people() == [sender] and room.is_joined(sender)


def request(room: Room, change: Change) -> list[Record]:
    """Return the request of a direct invitation, whose id is that of the invitation."""
    requester, target = change.event.sender, change.account
    room.friendship = Friendship(requester, target)
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


def follow(room: Room, change: Change) -> list[Record]:
    """Return what a change of one of the two becomes: a request that is repeated, a friendship, or its end."""
    friendship = room.friendship
    other = None if friendship is None else friendship.other(change.account)
    if friendship is None or other is None:
        return []
    match change.after:
        case Membership.INVITE:
            is_asked_again = change.event.sender == other and room.is_joined(other) and not change.is_commanded
            return request(room, change) if is_asked_again else []
        case Membership.JOIN if not friendship.is_accepted and room.is_joined(other):
            return _begin(room, friendship, change)
        case None | Membership.BAN if friendship.is_accepted and not change.is_commanded:
            room.friendship = replace(friendship, is_accepted=False)
            return [
                FriendRemoved(
                    event_id=record_id(change.event.event_id),
                    at_ms=change.at_ms,
                    account_id=change.account,
                    friend_id=other,
                )
            ]
    return []


def _begin(room: Room, friendship: Friendship, change: Change) -> list[Record]:
    room.friendship = replace(friendship, is_accepted=True)
    return [
        FriendAdded(
            event_id=record_id(change.event.event_id),
            at_ms=change.at_ms,
            account_id=friendship.target,
            friend_id=friendship.requester,
        )
    ]

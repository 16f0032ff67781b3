"""Adoption of a room that was there before the connector: its members and the friendship in it, as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from connectors.matrix.events.groups import found_group
from connectors.matrix.events.matrix_event import MatrixEvent, parse_event, record_id, string
from connectors.matrix.events.room import Friendship, Member, Membership, Room, set_bot, set_creators, set_levels
from schemas.records import FriendAdded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.records import Record

_START_UNKNOWN: Final = -1
_PAIR: Final = 2


def adopted_room(room_id: str, state: Iterable[object], bot: str) -> tuple[Room, list[MatrixEvent]]:
    """Return a room with the given state, and the events by which its members are in it, the oldest first."""
    room, joins = Room(room_id), list[MatrixEvent]()
    events = [event for each in state if (event := parse_event(each)) is not None]
    for event in sorted(events, key=lambda event: event.origin_server_ts):
        match event.type:
            case "m.room.create":
                set_creators(room, event)
            case "m.room.power_levels":
                set_levels(room, event)
            case "m.room.member" if event.state_key == bot:
                set_bot(room, event)
            case "m.room.member" if event.state_key:
                _set_member(room, event)
                joins += [event] if room.is_joined(event.state_key or "") else []
    return room, joins


def adoption_records(room: Room, joins: list[MatrixEvent], at_ms: int, *, is_direct: bool) -> list[Record]:
    """Return the friendship in a direct room of two, or the members of a group; their ids are the same each time."""
    people = room.first_people()
    if not is_direct or len(people) != _PAIR:
        return found_group(room, record_id(room.room_id, "adopted"), at_ms) if len(people) >= _PAIR else []
    requester, target = people
    friendship = Friendship(requester, target, is_accepted=len(joins) == _PAIR)
    room.set_friendship(friendship)
    if not friendship.is_accepted:
        return []
    return [
        FriendAdded(
            event_id=record_id(room.room_id, "adopted"),
            at_ms=at_ms,
            account_id=target,
            friend_id=requester,
            since_ms=_START_UNKNOWN,
        )
    ]


def keep_inviters(room: Room, invited: Room) -> None:
    """Let a room that is read again say who has let its members in, and forget who is not there."""
    room.changed |= invited.changed | invited.members.keys()
    for account, member in invited.members.items():
        if member.inviter and room.is_joined(account):
            room.set_member(account, replace(room.members[account], inviter=member.inviter, via=member.via))


def _set_member(room: Room, event: MatrixEvent) -> None:
    membership = string(event.content, "membership")
    if event.state_key and membership in set(Membership):
        inviter = event.sender if membership == Membership.INVITE else ""
        room.set_member(event.state_key, Member(Membership(membership), event.event_id, inviter))

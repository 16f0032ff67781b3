"""Membership events: who asks whom to be a friend, who comes into a group by whose leave, who goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.matrix.events import friendships, groups
from connectors.matrix.events.change import Change
from connectors.matrix.events.matrix_event import string
from connectors.matrix.events.room import Member, Membership
from schemas.records import JoinVia

if TYPE_CHECKING:
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.events.room import Room
    from schemas.records import Record

_GONE: Final = "leave"


def follow_membership(
    room: Room, event: MatrixEvent, at_ms: int, *, bot: str, is_commanded: bool = False
) -> list[Record]:
    """Take over a membership event into the room, and return what becomes of it. A repetition becomes nothing."""
    account, membership = event.state_key or "", string(event.content, "membership") or ""
    before = room.members.get(account)
    if not account or account == bot or (before is not None and before.event_id == event.event_id):
        return []
    if membership not in {*Membership, _GONE}:
        return []
    after = None if membership == _GONE else Membership(membership)
    if after is Membership.INVITE and not room.creators and event.sender not in {bot, *room.members}:
        # Of a room of another homeserver nothing can be read before somebody joins; who invites is in it.
        room.set_member(event.sender, Member(Membership.JOIN, ""))
    change = Change(event, at_ms, account, before, after, bot, is_commanded)
    if after is change.was:
        return []
    if room.friendship is None and not room.is_group and friendships.begins(room, change):
        records = friendships.request(room, change)
    elif room.friendship is not None and not room.is_group and room.friendship.other(account) is not None:
        records = friendships.follow(room, change)
    else:
        records = groups.follow(room, change)
    room.set_member(account, None if after is None else _member(change, after))
    return records


def _member(change: Change, after: Membership) -> Member:
    event, before = change.event, change.before
    if after is Membership.INVITE:
        via = JoinVia.APPROVAL if change.was is Membership.KNOCK else JoinVia.INVITE
        return Member(after, event.event_id, event.sender, via)
    if after is Membership.JOIN and before is not None and change.was is Membership.INVITE:
        return Member(after, event.event_id, before.inviter, before.via)
    return Member(after, event.event_id)

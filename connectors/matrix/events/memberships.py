"""Membership events: who asks whom to be a friend, who comes into a group by whose leave, who goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.matrix.events import friendships, groups
from connectors.matrix.events.change import Change
from connectors.matrix.events.matrix_event import is_set, string
from connectors.matrix.events.room import Member, Membership
from schemas.records import JoinVia

if TYPE_CHECKING:
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.events.room import Room
    from schemas.records import Record

_GONE: Final = "leave"


def take_membership(  # noqa: PLR0913 - the parts of a change
    room: Room, event: MatrixEvent, at_ms: int, *, bot: str, is_commanded: bool = False, declined: str = ""
) -> Change | None:
    """Return what a membership event would change in a room; None for a repetition, and for what is no membership.

    A direct invitation is one also where somebody is invited already: clients show the latest.
    """
    account, membership = event.state_key or "", string(event.content, "membership") or ""
    before = room.members.get(account)
    if not account or account == bot or (before is not None and before.event_id == event.event_id):
        return None
    if membership not in {*Membership, _GONE}:
        return None
    after = None if membership == _GONE else Membership(membership)
    change = Change(event, at_ms, account, before, after, bot, is_commanded, declined)
    is_asking = after is Membership.INVITE and is_set(event.content, "is_direct")
    return change if is_asking or after is not change.was else None


def follow_membership(room: Room, change: Change) -> list[Record]:
    """Take over a change into the room, and return what becomes of it."""
    sender = change.event.sender
    is_unread = room.is_partial or not room.creators
    if change.after is Membership.INVITE and is_unread and sender not in {change.bot, *room.members}:
        # Of a room of another homeserver nothing can be read before somebody joins; who invites is in it.
        room.set_member(sender, Member(Membership.JOIN, ""))
    records = [*friendships.follow(room, change), *groups.follow(room, change)]
    set_membership(room, change)
    return records


def set_membership(room: Room, change: Change) -> None:
    """Take over a change into the room."""
    room.set_member(change.account, None if change.after is None else _member(change, change.after))


def _member(change: Change, after: Membership) -> Member:
    event, before = change.event, change.before
    if after is Membership.INVITE:
        via = JoinVia.APPROVAL if change.was is Membership.KNOCK else JoinVia.INVITE
        return Member(after, event.event_id, event.sender, via)
    if after is Membership.JOIN and before is not None and change.was is Membership.INVITE:
        return Member(after, event.event_id, before.inviter, before.via)
    return Member(after, event.event_id)

"""Groups: members come by an invitation, an answered knock or a public address, have roles, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.matrix.events.matrix_event import record_id
from connectors.matrix.events.room import Membership
from schemas.records import JoinVia, MemberJoined, MemberLeft, MemberRole, RoleChanged, SanctionLifted

if TYPE_CHECKING:
    from connectors.matrix.events.change import Change
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.events.room import Member, Room
    from schemas.records import Record


def follow(room: Room, change: Change) -> list[Record]:
    """Return what a change becomes in a group. A room is one from the first invitation or join of a second on.

    Where two have been asked to be friends, it is one from the join of a third on.
    """
    match change.after, change.was:
        case Membership.JOIN, _:
            return _come(room, change)
        case Membership.INVITE, _:
            return found_group(room, change.event.event_id, change.at_ms - 1) if not room.friendships else []
        case ((None | Membership.BAN), Membership.JOIN):
            return _go(room, change)
        case None, Membership.BAN if room.is_group and change.event.sender != change.bot:
            return [
                SanctionLifted(
                    event_id=record_id(change.event.event_id),
                    at_ms=change.at_ms,
                    group_id=room.room_id,
                    account_id=change.account,
                )
            ]
    return []


def follow_levels(room: Room, event: MatrixEvent, at_ms: int, before: dict[str, MemberRole]) -> list[Record]:
    """Return whose role has changed; `before` has the roles of all members."""
    changed = {account: role for account, role in roles(room).items() if role is not before.get(account)}
    return (
        [_role(room, event.event_id, at_ms, account, role) for account, role in changed.items()]
        if room.is_group
        else []
    )


def roles(room: Room) -> dict[str, MemberRole]:
    """Return the roles of all who are in a room."""
    return {account: room.role(account) for account in room.members if room.is_joined(account)}


def found_group(room: Room, source: str, at_ms: int) -> list[Record]:
    """Return those who are in the room when it becomes a group, those first by whom others were let in.

    Their time is one before that of the event that makes it one, so that they are there to invite.
    """
    if room.is_group:
        return []
    room.is_group = True
    joined = [(account, member) for account, member in room.members.items() if room.is_joined(account)]
    return [record for account, member in joined for record in _founder(room, source, at_ms, account, member)]


def _come(room: Room, change: Change) -> list[Record]:
    before = change.before
    if not room.is_group and not room.first_people() and change.account in room.creators:
        return []  # the first: whether it becomes a group is not yet known
    if not room.is_group and room.between(change.account) is not None:
        return []
    records = found_group(room, change.event.event_id, change.at_ms - 1)
    inviter = before.inviter if before is not None and before.membership is Membership.INVITE else ""
    via = before.via if before is not None and inviter else JoinVia.LINK
    records.append(_join(room, change.event.event_id, change.at_ms, change.account, inviter, via, change.bot))
    role = room.role(change.account)
    if role is not MemberRole.MEMBER:
        records.append(_role(room, change.event.event_id, change.at_ms, change.account, role))
    return records


def _go(room: Room, change: Change) -> list[Record]:
    """Return the end of a stay. Who was removed by a command was not removed by anybody (IF-51)."""
    if not room.is_group:
        return []
    sender = change.event.sender
    return [
        MemberLeft(
            event_id=record_id(change.event.event_id, "left"),
            at_ms=change.at_ms,
            group_id=room.room_id,
            account_id=change.account,
            removed_by=None if sender in {change.account, change.bot} else sender,
        )
    ]


def _founder(room: Room, source: str, at_ms: int, account: str, member: Member) -> list[Record]:
    via, inviter = (JoinVia.FOUNDING, "") if account in room.creators else (member.via, member.inviter)
    records: list[Record] = [_join(room, source, at_ms, account, inviter, via, "")]
    role = room.role(account)
    return records if role is MemberRole.MEMBER else [*records, _role(room, source, at_ms, account, role)]


def _join(  # noqa: PLR0913, PLR0917 - the record's fields
    room: Room, source: str, at_ms: int, account: str, inviter: str, via: JoinVia, bot: str
) -> MemberJoined:
    known = inviter if inviter not in {"", account, bot} else None
    return MemberJoined(
        event_id=record_id(source, "joined", account),
        at_ms=at_ms,
        group_id=room.room_id,
        account_id=account,
        inviter_id=known,
        inviter_role=None if known is None else room.role(known),
        via=via,
    )


def _role(room: Room, source: str, at_ms: int, account: str, role: MemberRole) -> RoleChanged:
    return RoleChanged(
        event_id=record_id(source, "role", account),
        at_ms=at_ms,
        group_id=room.room_id,
        account_id=account,
        role=role,
    )

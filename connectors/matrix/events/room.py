"""State of a room as far as it matters: who is in it by whose leave, their power, and whether it is a friendship."""

from __future__ import annotations

from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from connectors.matrix.events.matrix_event import part, string
from schemas.records import JoinVia, MemberRole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.matrix.events.matrix_event import MatrixEvent

_OWNER_LEVEL: Final = 100
_ADMIN_LEVEL: Final = 50
_CREATORS_RULE_SINCE: Final = 12
"""The version of rooms since which their creators have all power for ever, and stand in no list of levels."""
_PAIR: Final = 2
_MOST_ROOM_ID: Final = 255
MOST_FRIENDSHIPS: Final = 10
"""Friendships and requests that are remembered of a room; beyond these the oldest request is forgotten."""


class Membership(StrEnum):
    """What somebody is in a room; who has left is not kept."""

    INVITE = "invite"
    JOIN = "join"
    KNOCK = "knock"
    BAN = "ban"


class Member(Struct, frozen=True):
    """A member. `inviter` is who has let it in, by an invitation or by the answer to a knock (`via`)."""

    membership: Membership
    event_id: str
    inviter: str = ""
    via: JoinVia = JoinVia.LINK


class Friendship(Struct, frozen=True):
    """What a direct invitation began: a request, and since its acceptance a friendship."""

    requester: str
    target: str
    is_accepted: bool = False

    def other(self, account: str) -> str | None:
        """Return the other one of the two, or None for somebody else."""
        others = {self.requester: self.target, self.target: self.requester}
        return others.get(account)

    @property
    def pair(self) -> frozenset[str]:
        """The two."""
        return frozenset((self.requester, self.target))


class Room(Struct):
    """A room. `is_group` since the job knows its members; `changed` are those that are not yet in the store.

    `predecessor` is the room that it replaces, as its creator says. `is_partial` is one whose state could not be read,
    `has_bot` one in which the connector's own user is, who is no member.
    """

    room_id: str
    creators: tuple[str, ...] = ()
    creators_rule: bool = False
    predecessor: str = ""
    levels: dict[str, int] | None = None
    default_level: int = 0
    friendships: tuple[Friendship, ...] = ()
    is_group: bool = False
    is_partial: bool = False
    has_bot: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)

    def set_member(self, account: str, member: Member | None) -> None:
        """Set what somebody is in the room; None for who has left."""
        self.changed.add(account)
        if member is None:
            self.members.pop(account, None)
        else:
            self.members[account] = member

    def erase(self, account: str) -> None:
        """Name somebody no more: neither as a member nor as who has let others in."""
        self.set_member(account, None)
        for other, member in list(self.members.items()):
            if member.inviter == account:
                self.set_member(other, replace(member, inviter=""))
        self.creators = tuple("" if each == account else each for each in self.creators)
        if self.levels is not None:
            self.levels = {each: level for each, level in self.levels.items() if each != account}
        self.friendships = tuple(each for each in self.friendships if account not in each.pair)

    def set_friendship(self, friendship: Friendship) -> None:
        """Set what two of the room are to each other, instead of what they were."""
        others = [each for each in self.friendships if each.pair != friendship.pair]
        if len(others) == MOST_FRIENDSHIPS:
            others.remove(next((each for each in others if not each.is_accepted), others[0]))
        self.friendships = (*others, friendship)

    def of(self, account: str, other: str) -> Friendship | None:
        """Return what two are to each other by this room, whoever else is in it."""
        return next((each for each in self.friendships if each.pair == {account, other}), None)

    def between(self, account: str) -> Friendship | None:
        """Return what somebody and another one are to each other whose room it is, as long as no third is in it."""
        joined = (each for each in self.members if self.is_joined(each))
        inside = {account, *islice(joined, _PAIR + 1)}
        return next((each for each in reversed(self.friendships) if inside <= each.pair), None)

    def is_made_by(self, account: str) -> bool:
        """Return whether somebody has made the room; whom its maker names as a further creator has not."""
        return self.creators[:1] == (account,)

    def is_joined(self, account: str) -> bool:
        """Return whether somebody is in the room."""
        return account in self.members and self.members[account].membership is Membership.JOIN

    def is_left(self, server_name: str) -> bool:
        """Return whether nobody of a homeserver is in the room, or asked or asking to be: it tells of it no more.

        A friendship that a command has made somebody leave stands, and so its room is none.
        """
        if self.is_partial or self.has_bot or any(each.is_accepted for each in self.friendships):
            return False
        local = (member for account, member in self.members.items() if account.endswith(f":{server_name}"))
        return all(member.membership is Membership.BAN for member in local)

    def people(self) -> Iterator[str]:
        """Yield who is in the room or invited to it, without the connector's own user, who is no member."""
        present = {Membership.JOIN, Membership.INVITE}
        return (account for account, member in self.members.items() if member.membership in present)

    def first_people(self) -> list[str]:
        """Return the first three of them: enough to tell a room of two, and in a large one at once."""
        return list(islice(self.people(), _PAIR + 1))

    def other_of_two(self, account: str) -> str | None:
        """Return whom a member of a room of two is with, or None in every other room.

        A direct room is one of two as long as no third is in it: an invitation that nobody accepts changes nothing.
        """
        friendship = self.between(account) if self.friendships else None
        friend = None if friendship is None else friendship.other(account)
        if friend is not None and account in self.people() and friend in self.people():
            return friend
        people = self.first_people()
        if len(people) != _PAIR or account not in people:
            return None
        return people[1 - people.index(account)]

    def role(self, account: str) -> MemberRole:
        """Return somebody's role by its power: that of an owner from 100 on, of an administrator from 50 on."""
        if account in self.creators and (self.creators_rule or self.levels is None):
            return MemberRole.OWNER
        level = (self.levels or {}).get(account, self.default_level)
        if level >= _OWNER_LEVEL:
            return MemberRole.OWNER
        return MemberRole.ADMIN if level >= _ADMIN_LEVEL else MemberRole.MEMBER


def set_creators(room: Room, event: MatrixEvent) -> None:
    """Take over who has created a room."""
    version = string(event.content, "room_version") or "1"
    room.creators_rule = version.isascii() and version.isdecimal() and int(version[:9]) >= _CREATORS_RULE_SINCE
    more = event.content.get("additional_creators") if room.creators_rule else None
    named = [each for each in more if isinstance(each, str)] if isinstance(more, list) else []
    room.creators = (event.sender, *named)
    room.predecessor = (string(part(event.content, "predecessor"), "room_id") or "")[:_MOST_ROOM_ID]


def set_bot(room: Room, event: MatrixEvent) -> None:
    """Take over whether the connector's own user is in a room."""
    room.has_bot = event.content.get("membership") == Membership.JOIN


def set_levels(room: Room, event: MatrixEvent) -> None:
    """Take over the levels of power."""
    users = part(event.content, "users")
    found = {account: _level(value) for account, value in users.items()}
    room.levels = {account: level for account, level in found.items() if level is not None}
    room.default_level = _level(event.content.get("users_default")) or 0


def _level(value: object) -> int | None:
    """Return a level; rooms of old versions may have it as a text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None

"""Rooms as commands need them: the bot's room with a person, rooms of two, members, powers, and messages of the bot."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.commands.action import Impossible
from connectors.matrix.commands.ledger import now_ms
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.own_doings import MARK

if TYPE_CHECKING:
    from connectors.matrix.homeserver import Homeserver
    from connectors.matrix.store import Store

Json = dict[str, Any]

ROOMS: Final = "/_matrix/client/v3/rooms"
MEMBER: Final = "m.room.member"
POWER_LEVELS: Final = "m.room.power_levels"
MOST_ROOMS: Final = 200
"""Rooms that are looked through for one that two accounts have for themselves."""
_CREATE: Final = "/_matrix/client/v3/createRoom"
_GONE: Final = frozenset({"leave", "ban", ""})
_IN_ALIAS: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""A name that an alias can have; ids of incidents are anybody's, and may be longer or have other characters."""


class Rooms:
    """The rooms of a homeserver."""

    def __init__(self, homeserver: Homeserver, store: Store, server_name: str) -> None:
        self.homeserver, self.store = homeserver, store
        self._server_name = server_name

    @property
    def bot(self) -> str:
        """The connector's own user."""
        return self.homeserver.bot

    def is_local(self, account_id: str) -> bool:
        """Return whether the connector can act in an account's name."""
        return account_id.startswith("@") and account_id.partition(":")[2] == self._server_name

    def check_local(self, *accounts: str) -> None:
        """Raise Impossible for an account of another server."""
        if not all(map(self.is_local, accounts)):
            raise Impossible("REMOTE_ACCOUNT")

    async def state(self, room_id: str, kind: str, key: str = "", user: str = "") -> Json:
        """Return the content of a state event, empty where there is none."""
        try:
            return await self.homeserver.request("GET", ROOMS, room_id, "state", kind, key, user=user)
        except HomeserverError as refused:
            if refused.is_absence:
                return {}
            raise

    async def set_state(self, room_id: str, kind: str, content: Json, key: str = "", user: str = "") -> None:
        """Set a state event; one with the same content stays as it is."""
        await self.homeserver.request("PUT", ROOMS, room_id, "state", kind, key, body=content, user=user)

    async def membership(self, room_id: str, account_id: str, user: str = "") -> str:
        """Return what an account is in a room, as a user sees it: `join`, `invite`, `leave`, `ban`, or nothing."""
        return str((await self.state(room_id, MEMBER, account_id, user)).get("membership", ""))

    async def membership_or_nothing(self, room_id: str, account_id: str, user: str) -> str:
        """Return what an account is in a room; nothing where the user does not see the room."""
        try:
            return await self.membership(room_id, account_id, user)
        except HomeserverError as refused:
            if refused.is_forbidden:
                return ""
            raise

    async def depart(self, room_id: str, account_id: str, other_id: str, *, as_friend: bool = True) -> None:
        """Let a local account leave a room, or decline the invitation of another one, because of a command.

        It is noted, so that with `as_friend` the leaving is not taken for the end of a friendship, and without for that
        of the two, whoever else is there; not where it has left already.
        """
        seen = await self.membership_or_nothing(room_id, account_id, account_id)
        if not seen:  # who is only invited sees nothing of a room; whoever has invited does, if of this server
            is_local = self.is_local(other_id)
            seen = await self.membership_or_nothing(room_id, account_id, other_id) if is_local else "invite"
        if seen not in {"join", "invite"}:
            return
        row = (room_id, account_id, now_ms(), "" if as_friend else other_id)
        self.store.run("INSERT OR REPLACE INTO departures VALUES (?, ?, ?, ?)", *row)
        if not await self._leave(room_id, account_id):
            self.store.run("DELETE FROM departures WHERE room_id = ? AND user_id = ?", room_id, account_id)

    async def _leave(self, room_id: str, account_id: str) -> bool:
        """Let an account leave a room; return whether it was there."""
        try:
            await self.homeserver.request("POST", ROOMS, room_id, "leave", body={}, user=account_id)
        except HomeserverError as refused:
            if not (refused.is_absence or refused.is_forbidden):
                raise
            return False
        return True

    async def join(self, room_id: str, account_id: str) -> None:
        """Let a local account join a room to which it is invited."""
        await self.homeserver.request("POST", ROOMS, room_id, "join", body={}, user=account_id)

    async def enter(self, room_id: str) -> None:
        """Let the bot accept the invitation to a room, if it is not there."""
        if await self.membership_or_nothing(room_id, self.bot, "") != "join":
            await self.join(room_id, self.bot)

    async def invite(self, room_id: str, account_id: str, command_id: str, user: str = "", **more: object) -> None:
        """Invite an account, unless it is invited or there already."""
        if await self.membership(room_id, account_id, user) not in {"invite", "join"}:
            content = {"membership": "invite", MARK: command_id, **more}
            await self.set_state(room_id, MEMBER, content, account_id, user)

    async def of_two(self, account_id: str, other_id: str, joined: set[str], invited: set[str]) -> list[str]:
        """Return the rooms that a local account has with another one alone, the bot aside, who may moderate one.

        It is in those of `joined`. Into those of `invited` the other one has invited it, and may come back.
        """
        rooms = joined & (invited | await self.joined(other_id)) if self.is_local(other_id) else joined
        looked_at = sorted(rooms, key=lambda room: (room not in invited, room))[:MOST_ROOMS]
        people = {room: await self._members(room, account_id) - {self.bot} for room in looked_at}
        pair = {account_id, other_id}
        return [room for room, those in people.items() if those == pair or (room in invited and those <= pair)]

    async def joined(self, account_id: str) -> set[str]:
        """Return the rooms that a local account is in."""
        answer = await self.homeserver.request("GET", "/_matrix/client/v3/joined_rooms", user=account_id)
        return set(answer["joined_rooms"])

    async def _members(self, room_id: str, user: str) -> set[str]:
        answer = await self.homeserver.request("GET", ROOMS, room_id, "joined_members", user=user)
        return set(answer["joined"])

    async def say(self, room_id: str, text: str, command_id: str, more: Json | None = None) -> str:
        """Send a notice because of a command, once; return its event id."""
        content = {"msgtype": "m.notice", "body": text, MARK: command_id, **(more or {})}
        return await self.send(room_id, "m.room.message", content, command_id)

    async def send(self, room_id: str, kind: str, content: Json, transaction: str, user: str = "") -> str:
        """Send an event; return its id. One with the same transaction is the same event."""
        path = (ROOMS, room_id, "send", kind, transaction)
        return str((await self.homeserver.request("PUT", *path, body=content, user=user))["event_id"])

    async def redact(self, room_id: str, event_id: str, transaction: str, user: str = "") -> None:
        """Remove the content of an event."""
        await self.homeserver.request("PUT", ROOMS, room_id, "redact", event_id, transaction, body={}, user=user)

    async def notify(self, account_id: str, text: str, command_id: str) -> None:
        """Send a notice to a person, in a room of the bot's with that person alone."""
        await self.say(await self.notice_room(account_id), text, command_id)

    async def notice_room(self, account_id: str) -> str:
        """Return the room in which the bot talks to a person. Who has left it is invited, or let in, again."""
        given = {"name": "Safety notices", "invite": [account_id], "is_direct": True}
        room_id = await self.named(f"notices-{_hash(account_id)}", given)
        seen = await self.membership(room_id, account_id)
        if seen in _GONE:
            await self.invite(room_id, account_id, "notices", is_direct=True)
        if self.is_local(account_id) and seen != "join":
            await self.join(room_id, account_id)
        return room_id

    async def named(self, name: str, given: Json) -> str:
        """Return the bot's room of a name, which is made if it is not there. The name, or a hash, is in its alias."""
        known = self.store.row("SELECT room_id FROM own_rooms WHERE name = ?", name)
        if known is not None:
            return str(known[0])
        readable = name if _IN_ALIAS.fullmatch(name) else _hash(name)
        room_id = await self._create(f"kithward-{readable}", {"preset": "private_chat", **given})
        self.store.run("INSERT OR REPLACE INTO own_rooms VALUES (?, ?)", name, room_id)
        return room_id

    async def _create(self, alias: str, given: Json) -> str:
        """Make a room, once: an alias is taken by the first attempt, whose answer may have been lost."""
        try:
            answer = await self.homeserver.request("POST", _CREATE, body={**given, "room_alias_name": alias})
        except HomeserverError as refused:
            if refused.code != "M_ROOM_IN_USE":
                raise
            path = "/_matrix/client/v3/directory/room"
            answer = await self.homeserver.request("GET", path, f"#{alias}:{self._server_name}")
        return str(answer["room_id"])


def _hash(account_id: str) -> str:
    return hashlib.sha256(account_id.encode()).hexdigest()[:32]

"""Powers in a room: who may do what, and how the bot becomes a moderator of a room."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from connectors.matrix.commands.action import Impossible
from connectors.matrix.commands.rooms import POWER_LEVELS, ROOMS

if TYPE_CHECKING:
    from connectors.matrix.commands.rooms import Json, Rooms

MODERATOR: Final = 50
ADMINISTRATOR: Final = 100
CREATOR: Final = 2**53
"""The power of a creator since version 12 of rooms: more than any level."""
_CREATORS_SINCE: Final = 12


class Powers:
    """The powers in a room: its levels, and whoever is above them."""

    def __init__(self, levels: Json, creators: frozenset[str] = frozenset()) -> None:
        self.levels, self.creators = levels, creators

    def of(self, account_id: str) -> int:
        """Return the level of an account."""
        given = self.levels.get("users", {}).get(account_id, self.levels.get("users_default", 0))
        return CREATOR if account_id in self.creators else int(given)

    def at_least(self, level: int) -> list[str]:
        """Return the accounts of at least a level, the most powerful first."""
        named = {*self.creators, *self.levels.get("users", {})}
        return sorted((each for each in named if self.of(each) >= level), key=lambda each: (-self.of(each), each))

    @property
    def to_write(self) -> int:
        """The level of those who may send messages."""
        return int(self.levels.get("events", {}).get("m.room.message", self.levels.get("events_default", 0)))

    @property
    def needed(self) -> int:
        """The level of those who may do all that moderation takes: ban, kick, redact, change levels."""
        events, others = self.levels.get("events", {}), self.levels.get("state_default", MODERATOR)
        actions = (int(self.levels.get(name, MODERATOR)) for name in ("ban", "kick", "redact"))
        return max(int(events.get(POWER_LEVELS, others)), *actions)


class Moderation:
    """The bot as a moderator of rooms."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._one_change = WeakValueDictionary[str, asyncio.Lock]()

    async def powers(self, room_id: str, user: str = "") -> Powers:
        """Return the powers in a room, as a user sees them."""
        query = {"format": "event"}
        created = await self._rooms.homeserver.request(
            "GET", ROOMS, room_id, "state", "m.room.create", "", query=query, user=user
        )
        levels = await self._rooms.state(room_id, POWER_LEVELS, user=user)
        content, sender = created["content"], created["sender"]
        version = str(content.get("room_version", "1"))
        if version.isdecimal() and int(version) >= _CREATORS_SINCE:
            return Powers(levels, frozenset([sender, *content.get("additional_creators", ())]))
        return Powers(levels or {"users": {sender: ADMINISTRATOR}})

    async def moderate(self, room_id: str, member: str) -> Powers:
        """Return the powers in a room of which the bot is a moderator, or becomes one.

        A local administrator makes it one. While the bot is not in the room, it is seen through a local member.
        """
        is_there = await self._rooms.membership_or_nothing(room_id, self._rooms.bot, "") == "join"
        viewer = "" if is_there else self._local_member(room_id, member)
        powers = await self.powers(room_id, viewer)
        if is_there and powers.of(self._rooms.bot) >= powers.needed:
            return powers
        await self._appoint(room_id, powers, viewer)
        return await self.powers(room_id)

    def _local_member(self, room_id: str, member: str) -> str:
        """Return a member if it is local, else one of whom the events have told."""
        if self._rooms.is_local(member):
            return member
        joined = "SELECT account FROM members WHERE room_id = ? AND membership = 'join'"
        known = (str(account) for (account,) in self._rooms.store.rows(joined, room_id))
        found = next(filter(self._rooms.is_local, known), None)
        if found is None:
            raise Impossible("NO_LOCAL_MEMBER")
        return found

    async def _appoint(self, room_id: str, powers: Powers, viewer: str) -> None:
        """Let the most powerful local member make the bot a moderator."""
        bot = self._rooms.bot
        for account_id in filter(self._rooms.is_local, powers.at_least(powers.needed)):
            if account_id != bot and await self._rooms.membership(room_id, account_id, viewer) == "join":
                await self._rooms.invite(room_id, bot, "moderation", account_id)
                if await self._rooms.membership(room_id, bot, account_id) == "invite":
                    await self._rooms.join(room_id, bot)
                await self.set_level(room_id, bot, min(powers.of(account_id), ADMINISTRATOR), account_id)
                return
        raise Impossible("NO_MODERATOR")

    async def set_level(self, room_id: str, account_id: str, level: int | None, user: str = "") -> None:
        """Give an account a level; with None that of everybody."""
        async with self._one_change.setdefault(room_id, asyncio.Lock()):  # a refused room holds up no other one
            levels = await self._rooms.state(room_id, POWER_LEVELS, user=user)
            users = {each: given for each, given in levels.get("users", {}).items() if each != account_id}
            if level is not None:
                users[account_id] = level
            await self._rooms.set_state(room_id, POWER_LEVELS, {**levels, "users": users}, user=user)

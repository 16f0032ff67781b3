"""Rooms as the store has them, with a bounded number in memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from connectors.matrix.events.room import Friendship, Member, Membership, Room
from schemas.records import JoinVia

if TYPE_CHECKING:
    from connectors.matrix.store import Store

_ROOMS_IN_MEMORY: Final = 2_000
_MEMBERS_IN_MEMORY: Final = 200_000
_MEMBERS: Final = "SELECT account FROM members WHERE room_id = ?"
_FORGET_STRANGER: Final = (
    "DELETE FROM profiles WHERE account = ?1 AND NOT EXISTS (SELECT 1 FROM members WHERE account = ?1)"
)


class _Head(Struct, frozen=True):
    """What a room is besides its members."""

    creators: tuple[str, ...] = ()
    creators_rule: bool = False
    predecessor: str = ""
    levels: dict[str, int] | None = None
    default_level: int = 0
    friendships: tuple[Friendship, ...] = ()
    is_group: bool = False
    is_partial: bool = False
    has_bot: bool = False

    def names(self) -> set[str]:
        """Return the accounts that it names."""
        friends = (account for each in self.friendships for account in each.pair)
        return {*self.creators, *(self.levels or {}), *friends}


class Rooms:
    """The rooms. Those that were changed are written by `save`, or forgotten by `forget_changes`.

    A room that everybody of the homeserver has left is removed, and so is the profile of whoever of another one is in
    no room any more. Profiles of the own users stay: there are no more of them than users.
    """

    def __init__(self, store: Store, server_name: str, members_in_memory: int = _MEMBERS_IN_MEMORY) -> None:
        self._store, self._server_name, self._most = store, server_name, members_in_memory
        self._held: OrderedDict[str, Room] = OrderedDict()
        self._written: dict[str, _Head] = {}
        self._touched: set[str] = set()

    def find(self, room_id: str) -> Room | None:
        """Return a room, or None for one that is not known."""
        if room_id not in self._held:
            room = self._read(room_id)
            if room is None:
                return None
            self._held[room_id] = room
        self._held.move_to_end(room_id)
        self._touched.add(room_id)
        return self._held[room_id]

    def is_known(self, room_id: str) -> bool:
        """Return whether a room is known, without taking it into memory."""
        return room_id in self._held or self._store.row("SELECT 1 FROM rooms WHERE room_id = ?", room_id) is not None

    def add(self, room: Room) -> None:
        """Add a room that was not known."""
        self._held[room.room_id] = room
        self._touched.add(room.room_id)

    def save(self) -> None:
        """Write what was changed, within a transaction of the store; `settle` follows it."""
        gone = set[str]()  # of one room: they may have come into another one
        for room_id in sorted(self._touched):
            room = self._held[room_id]
            if room.changed and room.is_left(self._server_name):
                gone |= self._remove(room)
                continue
            head = _Head(**{name: getattr(room, name) for name in _Head.__struct_fields__})
            if head != self._written.get(room_id):
                self._written[room_id] = head
                encoded = msgspec.json.encode(head).decode()
                self._store.run("INSERT OR REPLACE INTO rooms VALUES (?, ?)", room_id, encoded)
                self._write_names(room_id, head.names())
            for account in room.changed:
                self._write(room_id, account, room.members.get(account))
            gone |= room.changed - room.members.keys()
            room.changed.clear()
        self._forget_strangers(gone)

    def _remove(self, room: Room) -> set[str]:
        """Remove a room, and return who was in it."""
        self._store.run("DELETE FROM rooms WHERE room_id = ?", room.room_id)
        self._store.run("DELETE FROM named WHERE room_id = ?", room.room_id)
        known = {account for (account,) in self._store.rows(_MEMBERS, room.room_id)}
        self._store.run("DELETE FROM members WHERE room_id = ?", room.room_id)
        del self._held[room.room_id]
        self._written.pop(room.room_id, None)
        return {*known, *room.changed}

    def _forget_strangers(self, accounts: set[str]) -> None:
        for account in accounts:
            if not account.endswith(f":{self._server_name}"):
                self._store.run(_FORGET_STRANGER, account)

    def settle(self) -> None:
        """Take what was written for good, now that the store has it."""
        self._touched.clear()
        self._shrink()

    def forget_changes(self) -> None:
        """Forget what was not written."""
        for room_id in self._touched:
            self._held.pop(room_id, None)
            self._written.pop(room_id, None)
        self._touched.clear()

    def erase(self, account: str) -> None:
        """Name an account in no room any more."""
        wanted = (("named", "account"), ("members", "account"), ("members", "inviter"))
        queries = [f"SELECT room_id FROM {table} WHERE {column} = ?" for table, column in wanted]  # noqa: S608 - our names
        named = [row for query in queries for row in self._store.rows(query, account)]
        for room_id in {*self._touched, *(room_id for (room_id,) in named)}:
            room = self.find(room_id)
            if room is not None:
                room.erase(account)

    def shared_groups(self, account: str, other: str, at_most: int) -> list[str]:
        """Return groups that two accounts are both in."""
        query = (
            "SELECT one.room_id FROM members one JOIN members two USING (room_id) JOIN rooms USING (room_id) "
            "WHERE one.account = ? AND two.account = ? AND one.membership = 'join' AND two.membership = 'join' "
            "AND json_extract(rooms.head, '$.is_group') ORDER BY one.room_id LIMIT ?"
        )
        return [room_id for (room_id,) in self._store.rows(query, account, other, at_most)]

    def _read(self, room_id: str) -> Room | None:
        found = self._store.row("SELECT head FROM rooms WHERE room_id = ?", room_id)
        if found is None:
            return None
        head = msgspec.json.decode(found[0], type=_Head)
        query = "SELECT account, membership, event_id, inviter, via FROM members WHERE room_id = ? ORDER BY number"
        members = {
            account: Member(Membership(membership), event_id, inviter, JoinVia(via))
            for account, membership, event_id, inviter, via in self._store.rows(query, room_id)
        }
        return Room(room_id, members=members, **{name: getattr(head, name) for name in _Head.__struct_fields__})

    def _write_names(self, room_id: str, names: set[str]) -> None:
        known = {name for (name,) in self._store.rows("SELECT account FROM named WHERE room_id = ?", room_id)}
        for name in known - names:
            self._store.run("DELETE FROM named WHERE account = ? AND room_id = ?", name, room_id)
        for name in names - known:
            self._store.run("INSERT INTO named VALUES (?, ?)", name, room_id)

    def _write(self, room_id: str, account: str, member: Member | None) -> None:
        if member is None:
            self._store.run("DELETE FROM members WHERE room_id = ? AND account = ?", room_id, account)
            return
        fields = (member.membership.value, member.event_id, member.inviter, member.via.value)
        self._store.run(
            "INSERT INTO members (room_id, account, membership, event_id, inviter, via) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (room_id, account) DO UPDATE SET membership = excluded.membership, "
            "event_id = excluded.event_id, inviter = excluded.inviter, via = excluded.via",
            *(room_id, account, *fields),
        )

    def _shrink(self) -> None:
        held = sum(len(room.members) for room in self._held.values())
        while len(self._held) > 1 and (held > self._most or len(self._held) > _ROOMS_IN_MEMORY):
            room_id, room = self._held.popitem(last=False)
            self._written.pop(room_id, None)
            held -= len(room.members)

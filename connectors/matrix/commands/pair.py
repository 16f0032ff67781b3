"""Commands about two people: the ignore list of one, and the rooms that they have for themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.action import Action, ids
from connectors.matrix.homeserver import HomeserverError
from schemas.records import BlockAccount, ExitSession

if TYPE_CHECKING:
    from connectors.matrix.commands.ledger import Note
    from connectors.matrix.commands.rooms import Json, Rooms

_USER: Final = "/_matrix/client/v3/user"
_IGNORED: Final = "m.ignored_user_list"


class IgnoreLists:
    """The ignore lists of local people, which their clients write, too: read, merged, written."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def has(self, account_id: str, ignored_id: str) -> bool:
        """Return whether an account ignores another one."""
        return ignored_id in (await self._read(account_id))["ignored_users"]

    async def put(self, account_id: str, ignored_id: str, *, ignored: bool) -> None:
        """Add an account to a list, or remove it; all else on it stays."""
        content = await self._read(account_id)
        listed = content["ignored_users"]
        if ignored is not (ignored_id in listed):
            others = {each: entry for each, entry in listed.items() if each != ignored_id}
            changed = {**content, "ignored_users": {**others, **({ignored_id: {}} if ignored else {})}}
            await self._rooms.homeserver.request("PUT", *_path(account_id), body=changed, user=account_id)

    async def _read(self, account_id: str) -> Json:
        """Return the content of a list. What is no list, as only a broken client writes it, is an empty one."""
        try:
            content = await self._rooms.homeserver.request("GET", *_path(account_id), user=account_id)
        except HomeserverError as refused:
            if not refused.is_absence:
                raise
            content = {}
        listed = content.get("ignored_users")
        return {**content, "ignored_users": listed if isinstance(listed, dict) else {}}


def _path(account_id: str) -> tuple[str, ...]:
    return _USER, account_id, "account_data", _IGNORED


class Block(Action[BlockAccount]):
    """`BlockAccount`: an entry in the person's ignore list. Whom the person ignored already stays there."""

    def __init__(self, rooms: Rooms, lists: IgnoreLists) -> None:
        self._rooms, self._lists = rooms, lists

    def effect(self, command: BlockAccount) -> str:
        """Return the pair."""
        return ids("block", command.account_id, command.blocked_id)

    async def note(self, command: BlockAccount) -> Note:
        """Return the pair, and whether the entry was there."""
        self._rooms.check_local(command.account_id)
        pair = (command.account_id, command.blocked_id)
        return {"account": pair[0], "blocked": pair[1], "was": await self._lists.has(*pair)}

    async def carry_out(self, command: BlockAccount, note: Note) -> None:  # noqa: ARG002
        """Add the entry."""
        await self._lists.put(command.account_id, command.blocked_id, ignored=True)

    async def take_back(self, command_id: str, note: Note) -> None:  # noqa: ARG002
        """Remove the entry, unless it was the person's own."""
        if not note["was"]:
            await self._lists.put(note["account"], note["blocked"], ignored=False)


class Exit(Action[ExitSession]):
    """`ExitSession`: the person leaves the rooms of the two. With `forbid`, the other's invitations are declined.

    An ended conversation is not taken back (RV-9); that invitations are declined is.
    """

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def effect(self, command: ExitSession) -> str:
        """Return the pair, if it stays apart."""
        return closed(command.account_id, command.other_id) if command.forbid else ""

    async def note(self, command: ExitSession) -> Note:
        """Return the pair."""
        self._rooms.check_local(command.account_id)
        return {"account": command.account_id, "other": command.other_id}

    async def carry_out(self, command: ExitSession, note: Note) -> None:  # noqa: ARG002
        """Leave every room of the two, and decline what the other asked for."""
        account_id, other_id = command.account_id, command.other_id
        asked = "SELECT room_id FROM requests WHERE requester = ? AND target = ?"
        invited = {str(room_id) for (room_id,) in self._rooms.store.rows(asked, other_id, account_id)}
        joined = await self._rooms.joined(account_id)
        of_two = await self._rooms.of_two(account_id, other_id, joined, invited)
        for room_id in (*of_two, *sorted(invited - joined)):
            await self._rooms.depart(room_id, account_id, other_id)


def closed(account_id: str, other_id: str) -> str:
    """Return the effect by which somebody has no conversation with another one until they begin one themselves."""
    return ids("closed", account_id, other_id)

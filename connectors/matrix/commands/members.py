"""`ManageMember`: what a member may do in a group, by its action.

What the rooms of Matrix have no means for is done by the connector as it sees what the member does: `guard.py`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.action import Action, Impossible, ids
from connectors.matrix.commands.ledger import Status
from connectors.matrix.commands.patience import each_of
from connectors.matrix.commands.powers import MODERATOR
from connectors.matrix.commands.rooms import ROOMS
from schemas.records import ManageMember, MemberAction

if TYPE_CHECKING:
    from connectors.matrix.commands.ledger import Ledger, Note
    from connectors.matrix.commands.powers import Moderation, Powers
    from connectors.matrix.commands.rooms import Rooms

MOST_ADMINISTRATORS: Final = 10
"""Administrators of a group who are told."""
_TOLD: Final = "In a room that you administer, {account} is suspected of misuse. Please have a look: {room}"
_REASON: Final = "decision {decision}"
_GONE: Final = frozenset({"leave", "ban", ""})
_BY_POWER: Final = frozenset({MemberAction.MUTE, MemberAction.REMOVE, MemberAction.BAN})
"""What the bot does as a moderator, and takes back."""


def sanction(action: MemberAction, room_id: str, account_id: str) -> str:
    """Return the effect of a member's sanction."""
    return ids(action, room_id, account_id)


class Manage(Action[ManageMember]):
    """A sanction of a member, imposed by the bot as a moderator of the room."""

    def __init__(self, rooms: Rooms, moderation: Moderation, ledger: Ledger) -> None:
        self._rooms, self._moderation, self._ledger = rooms, moderation, ledger

    def effect(self, command: ManageMember) -> str:
        """Return action, room and member."""
        return sanction(command.action, self._room_of(command), command.account_id)

    def due_ms(self, command: ManageMember) -> int | None:
        """Return when the sanction ends."""
        return command.until_ms

    def _room_of(self, command: ManageMember) -> str:
        """Return the room of a group: an event group's, else the group's id is the room's."""
        found = self._rooms.store.row("SELECT room_id FROM own_rooms WHERE name = ?", f"group-{command.group_id}")
        return command.group_id if found is None else str(found[0])

    async def note(self, command: ManageMember) -> Note:
        """Return action, room and member, and what the member was before: its own level, its membership."""
        room_id, account_id = self._room_of(command), command.account_id
        note = {"action": command.action, "room_id": room_id, "account": account_id, "decision": command.decision_id}
        if command.action not in _BY_POWER:
            return note
        powers = await self._moderation.moderate(room_id, account_id)
        if command.action is MemberAction.MUTE:
            return {**note, "level": powers.levels.get("users", {}).get(account_id)}
        return {**note, "was": await self._rooms.membership(room_id, account_id)}

    async def carry_out(self, command: ManageMember, note: Note) -> None:
        """Impose the sanction."""
        room_id, account_id = note["room_id"], command.account_id
        if command.action is MemberAction.WATCH:
            return
        powers = await self._moderation.moderate(room_id, account_id)
        if command.action is MemberAction.NOTIFY_ADMIN:
            await self._tell_administrators(room_id, powers, command)
            return
        if powers.of(account_id) >= powers.of(self._rooms.bot):
            raise Impossible("MEMBER_IS_ADMINISTRATOR")
        if command.action is MemberAction.MUTE:
            await self._moderation.set_level(room_id, account_id, powers.to_write - 1)
        elif command.action in {MemberAction.REMOVE, MemberAction.BAN}:
            await self._put_out(room_id, account_id, command)

    async def _put_out(self, room_id: str, account_id: str, command: ManageMember) -> None:
        """Remove or ban a member, also one that has not come yet."""
        now = await self._rooms.membership(room_id, account_id)
        banned = command.action is MemberAction.BAN
        if now == "ban" or (now in _GONE and not banned):
            return
        body = {"user_id": account_id, "reason": _REASON.format(decision=command.decision_id)}
        await self._rooms.homeserver.request("POST", ROOMS, room_id, "ban" if banned else "kick", body=body)

    async def _tell_administrators(self, room_id: str, powers: Powers, command: ManageMember) -> None:
        """Tell each of them. One that cannot be told, as of a server that is gone, keeps it from no other one."""
        accounts = [each for each in powers.at_least(MODERATOR) if each not in {self._rooms.bot, command.account_id}]
        text = _TOLD.format(account=command.account_id, room=room_id)
        told = accounts[:MOST_ADMINISTRATORS]
        await each_of(partial(self._rooms.notify, each, text, f"{command.command_id}-{each}") for each in told)

    async def take_back(self, command_id: str, note: Note) -> None:
        """End the sanction. Who was put out is invited again; what people did before or since stays."""
        room_id, account_id = note["room_id"], note["account"]
        if note["action"] not in _BY_POWER or note.get("was") == "ban":
            return
        powers = await self._moderation.moderate(room_id, account_id)
        if note["action"] == MemberAction.MUTE:
            if powers.of(account_id) < powers.to_write:
                await self._moderation.set_level(room_id, account_id, note["level"])
        elif note["action"] == MemberAction.BAN:
            await self._unban(room_id, account_id)
            if self._was_removed(note):
                await self._rooms.invite(room_id, account_id, command_id)
        elif note.get("was") not in _GONE and await self._rooms.membership(room_id, account_id) != "ban":
            await self._rooms.invite(room_id, account_id, command_id)

    async def _unban(self, room_id: str, account_id: str) -> None:
        if await self._rooms.membership(room_id, account_id) == "ban":
            await self._rooms.homeserver.request("POST", ROOMS, room_id, "unban", body={"user_id": account_id})

    def _was_removed(self, note: Note) -> bool:
        """Return whether the removal by the same decision was taken back while the ban stood."""
        removals = self._ledger.of_decision(note["decision"], ManageMember.__name__)
        return any(
            each.status is Status.REVOKED
            and each.note.get("action") == MemberAction.REMOVE
            and each.note.get("was") not in _GONE
            and each.note["account"] == note["account"]
            for each in removals
        )

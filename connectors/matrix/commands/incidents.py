"""Commands of event groups: a room of the bot's, into which nobody comes who has not agreed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from connectors.matrix.commands.action import Action, Impossible, ids
from connectors.matrix.commands.patience import each_of
from connectors.matrix.commands.rooms import POWER_LEVELS, ROOMS
from connectors.matrix.own_doings import incident_name
from schemas.records import AddMember, CancelPrompt, CloseEventGroup, CreateEventGroup, Permission, PromptToJoin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.matrix.commands.ledger import Note
    from connectors.matrix.commands.powers import Moderation
    from connectors.matrix.commands.rooms import Rooms

_POSTS_FROM: Final = 10
"""The level from which one may write: whoever has agreed and is not added yet cannot."""
_NOBODY: Final = 100
_LEVELS: Final[Mapping[Permission, int]] = {Permission.READ: 0, Permission.POST: _POSTS_FROM, Permission.MANAGE: 50}
_NAME: Final = "Help needed: {kind}"
_ASKED: Final = "Can you help? {kind}"
_PLACE: Final = " ({latitude:.5f}, {longitude:.5f})"
_CLOSED: Final = "This group is closed. Thank you."


def prompt(incident_id: str, account_id: str) -> str:
    """Return the effect of an invitation into an event group that is not answered."""
    return ids("prompt", incident_id, account_id)


def _place(latitude: float | None, longitude: float | None) -> str:
    """Return a place as text, or nothing for an unknown one."""
    if latitude is None or longitude is None:
        return ""
    return _PLACE.format(latitude=latitude, longitude=longitude)


class EventRooms:
    """The rooms of incidents."""

    def __init__(self, rooms: Rooms, moderation: Moderation) -> None:
        self._rooms, self._moderation = rooms, moderation

    async def create(self, command: CreateEventGroup) -> str:
        """Return the room of an incident, which is made if it is not there."""
        levels = {"users_default": 0, "events_default": _POSTS_FROM, "invite": _NOBODY, "state_default": _NOBODY}
        room_id = await self._rooms.named(
            incident_name(command.incident_id),
            {"name": _NAME.format(kind=command.kind), "power_level_content_override": levels},
        )
        self._rooms.store.run("INSERT OR REPLACE INTO own_rooms VALUES (?, ?)", f"group-{command.group_id}", room_id)
        return room_id

    def of(self, incident_id: str) -> str:
        """Return the room of an incident."""
        found = self._rooms.store.row("SELECT room_id FROM own_rooms WHERE name = ?", incident_name(incident_id))
        if found is None:
            raise Impossible("NO_EVENT_GROUP")
        return str(found[0])

    async def add(self, room_id: str, account_id: str, permission: Permission, command_id: str) -> None:
        """Let somebody who has agreed in, with a permission."""
        await self._rooms.invite(room_id, account_id, command_id)
        if self._rooms.is_local(account_id) and await self._rooms.membership(room_id, account_id) == "invite":
            await self._rooms.join(room_id, account_id)
        await self._moderation.set_level(room_id, account_id, _LEVELS[permission])

    async def uninvite(self, room_id: str, account_id: str) -> None:
        """Take back an invitation that was not answered."""
        if await self._rooms.membership(room_id, account_id) == "invite":
            await self._rooms.homeserver.request("POST", ROOMS, room_id, "kick", body={"user_id": account_id})


class Create(Action[CreateEventGroup]):
    """`CreateEventGroup`: the room, with its first members in it."""

    def __init__(self, rooms: Rooms, event_rooms: EventRooms) -> None:
        self._rooms, self._event_rooms = rooms, event_rooms

    async def carry_out(self, command: CreateEventGroup, note: Note) -> None:  # noqa: ARG002
        """Make the room. What happened is written in it, not in its name: the invited see the name."""
        room_id = await self._event_rooms.create(command)
        text = f"{command.kind}{_place(command.latitude, command.longitude)}\n{command.description or ''}".strip()
        await self._rooms.say(room_id, text, command.command_id)
        add, command_id = self._event_rooms.add, command.command_id
        await each_of(partial(add, room_id, each.account_id, each.permission, command_id) for each in command.members)


class Prompt(Action[PromptToJoin]):
    """`PromptToJoin`: an invitation, whose acceptance is the consent. It is gone after the deadline."""

    def __init__(self, rooms: Rooms, event_rooms: EventRooms) -> None:
        self._rooms, self._event_rooms = rooms, event_rooms

    def effect(self, command: PromptToJoin) -> str:
        """Return incident and account."""
        return prompt(command.incident_id, command.account_id)

    def due_ms(self, command: PromptToJoin) -> int | None:
        """Return the deadline; an answer at that time counts."""
        return command.deadline_ms + 1

    async def note(self, command: PromptToJoin) -> Note:
        """Return room and account."""
        return {"room_id": self._event_rooms.of(command.incident_id), "account": command.account_id}

    async def carry_out(self, command: PromptToJoin, note: Note) -> None:
        """Invite. The invitation says what happened and where, and nothing about anybody."""
        reason = _ASKED.format(kind=command.kind or "") + _place(command.latitude, command.longitude)
        await self._rooms.invite(note["room_id"], command.account_id, command.command_id, reason=reason)

    async def take_back(self, command_id: str, note: Note) -> None:  # noqa: ARG002
        """Take the invitation back, if it was not answered."""
        await self._event_rooms.uninvite(note["room_id"], note["account"])


class Add(Action[AddMember]):
    """`AddMember`: the permission; whoever has agreed in another way than by the invitation is let in."""

    def __init__(self, event_rooms: EventRooms) -> None:
        self._event_rooms = event_rooms

    async def carry_out(self, command: AddMember, note: Note) -> None:  # noqa: ARG002
        """Let the member in."""
        room_id = self._event_rooms.of(command.incident_id)
        await self._event_rooms.add(room_id, command.account_id, command.permission, command.command_id)


class Cancel(Action[CancelPrompt]):
    """`CancelPrompt`: the invitation is taken back."""

    def __init__(self, event_rooms: EventRooms) -> None:
        self._event_rooms = event_rooms

    async def carry_out(self, command: CancelPrompt, note: Note) -> None:  # noqa: ARG002
        """Take the invitation back."""
        await self._event_rooms.uninvite(self._event_rooms.of(command.incident_id), command.account_id)


class Close(Action[CloseEventGroup]):
    """`CloseEventGroup`: nobody can write or invite any more; what was written stays to be read."""

    def __init__(self, rooms: Rooms, event_rooms: EventRooms) -> None:
        self._rooms, self._event_rooms = rooms, event_rooms

    async def carry_out(self, command: CloseEventGroup, note: Note) -> None:  # noqa: ARG002
        """Say that the room is closed, and close it."""
        room_id = self._event_rooms.of(command.incident_id)
        await self._rooms.say(room_id, _CLOSED, command.command_id)
        levels = await self._rooms.state(room_id, POWER_LEVELS)
        bot = {each: level for each, level in levels.get("users", {}).items() if each == self._rooms.bot}
        await self._rooms.set_state(room_id, POWER_LEVELS, {**levels, "events_default": _NOBODY, "users": bot})

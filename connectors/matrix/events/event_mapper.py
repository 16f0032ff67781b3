"""From one Matrix event to records: what the room, the profile and the homeserver say is looked up here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.matrix.events.adoption import adopted_room, adoption_records, keep_inviters
from connectors.matrix.events.answers import REACTION, QuestionKind, answer, question_of
from connectors.matrix.events.consents import consent_records
from connectors.matrix.events.friendships import carry_over
from connectors.matrix.events.groups import follow_levels, roles
from connectors.matrix.events.matrix_event import record_id
from connectors.matrix.events.memberships import follow_membership, set_membership, take_membership
from connectors.matrix.events.messages import BEACONS, ENCRYPTED, MESSAGE, message_records
from connectors.matrix.events.profiles import profile_of, profile_record
from connectors.matrix.events.room import Membership, Room, set_bot, set_creators, set_levels
from connectors.matrix.homeserver import HomeserverError
from schemas.records import AccountErased, FriendRequested

if TYPE_CHECKING:
    from connectors.matrix.configuration import Configuration
    from connectors.matrix.events.avatars import AvatarSource
    from connectors.matrix.events.matrix_event import MatrixEvent
    from connectors.matrix.events.memory import Memory
    from connectors.matrix.homeserver import Homeserver
    from connectors.matrix.room_states import RoomStates
    from schemas.records import Record

_CREATE: Final = "m.room.create"
_MEMBER: Final = "m.room.member"
_LEVELS: Final = "m.room.power_levels"
_MESSAGES: Final = frozenset({MESSAGE, ENCRYPTED, *BEACONS})
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class EventMapper:
    """Maps events in their order. What it notes in the memory is saved by its caller."""

    configuration: Configuration
    homeserver: Homeserver
    memory: Memory
    avatars: AvatarSource
    states: RoomStates

    async def records(self, event: MatrixEvent, at_ms: int) -> list[Record]:
        """Return what an event becomes. Raise HomeserverError where the homeserver does not answer."""
        if event.type == REACTION:
            return self._answers(event, at_ms)
        if event.type == MESSAGE and event.sender == self.homeserver.bot:
            self.memory.note_if_asked(event)
        is_of_state = event.type in {_CREATE, _MEMBER, _LEVELS} and event.state_key is not None
        if event.room_id == self.configuration.moderation_room or not (is_of_state or event.type in _MESSAGES):
            return []
        room, records = await self._room(event, at_ms)
        if event.type == _MEMBER and event.state_key == self.homeserver.bot:
            set_bot(room, event)
        if room.is_made_by(self.homeserver.bot):
            return await self._consents(room, event, at_ms) if event.type == _MEMBER else []
        return [*records, *await self._within(room, event, at_ms)]

    async def _within(self, room: Room, event: MatrixEvent, at_ms: int) -> list[Record]:
        if event.type == _MEMBER:
            return await self._membership(room, event, at_ms)
        if event.type == _LEVELS:
            before = roles(room)
            set_levels(room, event)
            return follow_levels(room, event, at_ms, before)
        is_own = event.sender == self.homeserver.bot or self.memory.is_released(event)
        return message_records(room, event, at_ms) if event.type in _MESSAGES and not is_own else []

    async def adopt(self, room_id: str, at_ms: int, invited: Room | None = None) -> tuple[Room, list[Record]]:
        """Return a room as it is now, and its friendship or members. Of a room without state nothing is known.

        `invited` is what an invitation told of it, whose state could not be read until somebody had joined.
        """
        bot = self.homeserver.bot
        state, is_partial = await self.states.read(room_id)
        room, joins = await asyncio.to_thread(adopted_room, room_id, state, bot)
        room.is_partial = is_partial
        if invited is not None:
            keep_inviters(room, invited)
        self.memory.rooms.add(room)
        if room.is_made_by(bot) or room_id == self.configuration.moderation_room:
            return room, []
        records: list[Record] = []
        for event in joins:
            records += await self._profile(event, at_ms, with_avatar=len(joins) <= _PAIR)
        is_direct = invited is None and len(room.first_people()) == _PAIR and await self._is_direct(room)
        return room, [*records, *adoption_records(room, joins, at_ms, is_direct=is_direct)]

    async def _room(self, event: MatrixEvent, at_ms: int) -> tuple[Room, list[Record]]:
        found = self.memory.rooms.find(event.room_id)
        if found is not None and not _is_entered(found, event):
            return found, []
        if found is not None:
            return await self.adopt(event.room_id, at_ms, found)
        if event.type != _CREATE:
            return await self.adopt(event.room_id, at_ms)
        room = Room(event.room_id)
        set_creators(room, event)
        self.memory.rooms.add(room)
        return room, []

    async def _is_direct(self, room: Room) -> bool:
        """Return whether one of two has a room among those of direct talks."""
        for account in room.first_people():
            if not account.endswith(f":{self.configuration.homeserver.server_name}"):
                continue
            path = ("/_matrix/client/v3/user", account, "account_data", "m.direct")
            try:
                direct = await self.homeserver.request("GET", *path, user=account)
            except HomeserverError as fault:
                if not fault.is_final:
                    raise
                continue
            if any(isinstance(rooms, list) and room.room_id in rooms for rooms in direct.values()):
                return True
        return False

    async def _membership(self, room: Room, event: MatrixEvent, at_ms: int) -> list[Record]:
        account = event.state_key or ""
        records = await self._profile(event, at_ms, with_avatar=True)
        is_gone = event.content.get("membership") == "leave" and event.sender == account
        is_erased = is_gone and await self._is_erased(account)
        declined = self.memory.departure(room.room_id, account) if is_gone else None
        is_commanded = declined == "" or self.memory.is_let_through(event)
        change = take_membership(
            room, event, at_ms, bot=self.homeserver.bot, is_commanded=is_commanded, declined=declined or ""
        )
        if change is not None and change.after is Membership.JOIN:
            predecessor = self.memory.rooms.find(room.predecessor) if room.predecessor else None
            if predecessor is not None:
                carry_over(predecessor, room, account)
        changes = [] if change is None else follow_membership(room, change)
        if is_erased:
            return self._erasure(event, account, at_ms)
        for record in changes:
            if isinstance(record, FriendRequested):
                self.memory.note_request(room.room_id, record)
        return [*records, *changes]

    def _erasure(self, event: MatrixEvent, account: str, at_ms: int) -> list[Record]:
        """Return the erasure of an account that leaves a room, unless it was told."""
        if self.memory.is_erased(account):
            return []
        self.memory.note_erasure(account)
        return [erasure(event.event_id, account, at_ms)]

    async def _consents(self, room: Room, event: MatrixEvent, at_ms: int) -> list[Record]:
        """Return what people say by coming into an event group or leaving it; their names in it may change, too."""
        incident_id = self.memory.incident_of(event.room_id)
        change = None if incident_id is None else take_membership(room, event, at_ms, bot=self.homeserver.bot)
        if incident_id is None or change is None:
            return []
        set_membership(room, change)
        answers = consent_records(change, incident_id)
        if answers and change.after is None and await self._is_erased(change.account):
            return self._erasure(event, change.account, at_ms)
        return answers

    async def _is_erased(self, account: str) -> bool:
        if not account.endswith(f":{self.configuration.homeserver.server_name}"):
            return False
        try:
            found = await self.homeserver.request("GET", "/_synapse/admin/v2/users", account)
        except HomeserverError as fault:
            if not fault.is_absence:
                raise
            return False
        return found.get("erased") is True

    async def _profile(self, event: MatrixEvent, at_ms: int, *, with_avatar: bool) -> list[Record]:
        account, after = event.sender, profile_of(event)
        before = self.memory.profile(account)
        if after is None or after == before or account == self.homeserver.bot:
            return []
        avatar = None
        if after.avatar and after.avatar != before.avatar:
            avatar = await self.avatars.fetch(after.avatar) if with_avatar else None
        record = profile_record(event, at_ms, before, after, avatar)
        self.memory.note_profile(account, after.with_avatar_of(before) if after.avatar and avatar is None else after)
        return [] if record is None else [record]

    def _answers(self, event: MatrixEvent, at_ms: int) -> list[Record]:
        asked = question_of(event)
        question = None if asked is None or event.sender == self.homeserver.bot else self.memory.question(asked)
        if question is None:
            return []
        is_review = question.kind is QuestionKind.REVIEW
        return (
            [] if is_review and event.room_id != self.configuration.moderation_room else answer(question, event, at_ms)
        )


def _is_entered(room: Room, event: MatrixEvent) -> bool:
    """Return whether somebody joins a room of another homeserver of which only an invitation was known so far."""
    is_join = event.type == _MEMBER and event.content.get("membership") == "join"
    return is_join and not room.creators and not room.friendships


def erasure(source: str, account: str, at_ms: int) -> AccountErased:
    """Return the erasure of an account."""
    return AccountErased(event_id=record_id(source, "erased"), at_ms=at_ms, account_id=account)

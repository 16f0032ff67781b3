"""People with clients of matrix-nio, and what they see there."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from nio import RoomMessageNotice, RoomMessageText, RoomSendResponse, SyncResponse

from tests.connectors.matrix.stage import Client
from tests.connectors.matrix.talk import user

BOT: Final = user("kithward")
YES, NO = "👍", "👎"
_ALL: Final = {"room": {"timeline": {"limit": 1_000}}}


class Heard(NamedTuple):
    """A message that a client has shown."""

    room_id: str
    event_id: str
    sender: str
    body: str


class Person(Client):
    """Somebody who looks at the client from time to time. What it has shown once counts as heard."""

    def __init__(self, client: Client, said: dict[str, str], tried: set[str]) -> None:
        super().__init__(client.nio)
        self._said, self._tried = said, tried
        self._heard: dict[str, Heard] = {}
        self._joined, self._invited = set[str](), set[str]()

    async def say(self, room: str, body: str, **content: Any) -> str:
        """Send a message, of which the job is to be told, and return its id."""
        event_id = await super().say(room, body, **content)
        self._said[event_id] = body
        return event_id

    async def stands_at(self, room: str, latitude: float, longitude: float) -> None:
        """Send a location."""
        await self.say(room, "I stand by the fountain", msgtype="m.location", geo_uri=f"geo:{latitude},{longitude}")

    async def look(self) -> list[Heard]:
        """Return all messages that the client has shown so far."""
        synced = await self.nio.sync(timeout=0, sync_filter=_ALL)
        assert isinstance(synced, SyncResponse), synced
        self._joined = (self._joined | synced.rooms.join.keys()) - synced.rooms.leave.keys()
        # Who is put out and invited again meanwhile is in both lists: an invitation that is told stands.
        self._invited = (self._invited - synced.rooms.leave.keys() | synced.rooms.invite.keys()) - self._joined
        for room_id, room in synced.rooms.join.items():
            for event in room.timeline.events:
                if isinstance(event, RoomMessageText | RoomMessageNotice):
                    self._heard[event.event_id] = Heard(room_id, event.event_id, event.sender, event.body)
        return list(self._heard.values())

    async def notices(self, words: str = "") -> list[Heard]:
        """Return what the bot has said with some words in it, in all rooms."""
        return [heard for heard in await self.look() if heard.sender == BOT and words in heard.body]

    async def reads(self, room_id: str) -> list[str]:
        """Return what is in a room now: what was removed is not."""
        found = await self.nio.room_messages(room_id, limit=100)
        return [event.body for event in reversed(found.chunk) if isinstance(event, RoomMessageText)]

    async def rooms(self) -> set[str]:
        await self.look()
        return set(self._joined)

    async def invitations(self) -> set[str]:
        await self.look()
        return set(self._invited)

    async def is_in(self, room_id: str) -> bool:
        return room_id in await self.rooms()

    async def is_not_in(self, room_id: str) -> bool:
        return room_id not in await self.rooms()

    async def is_invited(self, room_id: str) -> bool:
        return room_id in await self.invitations()

    async def membership(self, room_id: str, account: str) -> str:
        """Return what somebody is in a room."""
        found = await self.nio.room_get_state_event(room_id, "m.room.member", account)
        return str(found.content["membership"])

    async def ignores(self) -> list[str]:
        """Return the ignore list."""
        found = await self.get(f"/_matrix/client/v3/user/{self.id}/account_data/m.ignored_user_list")
        return sorted(found.get("ignored_users", {}))

    async def ignores_besides(self, other: Person) -> list[str]:
        """Return who is on the ignore list but one."""
        return [each for each in await self.ignores() if each != other.id]

    async def get(self, path: str) -> dict[str, Any]:
        """Return an answer, empty where there is nothing."""
        headers = {"Authorization": f"Bearer {self.nio.access_token}"}
        assert self.nio.client_session is not None
        async with self.nio.client_session.get(self.nio.homeserver + path, headers=headers) as answer:
            found: dict[str, Any] = await answer.json()
            return found if answer.ok else {}

    async def can_write(self, room_id: str) -> bool:
        """Try to say something that nobody minds."""
        sent = await self.nio.room_send(room_id, "m.room.message", {"msgtype": "m.text", "body": "I am here"})
        if not isinstance(sent, RoomSendResponse):
            return False
        self._tried.add(sent.event_id)
        return True

    async def answer(self, asked: Heard, sign: str) -> None:
        """React to a message."""
        relation = {"rel_type": "m.annotation", "event_id": asked.event_id, "key": sign}
        await self.send(asked.room_id, "m.reaction", {"m.relates_to": relation})

    async def befriends(self, other: Person) -> str:
        """Invite somebody into a direct room, who comes; return it."""
        room_id = await self.room(is_direct=True, invite=[other.id])
        await other.join(room_id)
        return room_id

    async def lets_in(self, room_id: str, *others: Person) -> None:
        """Invite people into a group, who come."""
        for other in others:
            await self.nio.room_invite(room_id, other.id)
            await other.join(room_id)

    async def group(self, *others: Person) -> str:
        """Found a group, into which every member may invite."""
        room_id = await self.room(power_level_override={"invite": 0})
        await self.lets_in(room_id, *others)
        return room_id

    async def reports(self, room_id: str, event_id: str) -> None:
        """Report a message to the homeserver."""
        body = {"reason": "spam", "score": -100}
        await self.call("POST", f"/_matrix/client/v3/rooms/{room_id}/report/{event_id}", body)

"""A homeserver in memory: as much of the client-server API as commands need, with refusals and a kill on demand."""

from __future__ import annotations

from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.matrix.homeserver import Homeserver, HomeserverError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.matrix.events.matrix_event import MatrixEvent

SERVER: Final = "kw.test"
BOT: Final = f"@kithward:{SERVER}"
_CHANGING: Final = frozenset({"POST", "PUT"})
Json = dict[str, Any]


class Killed(BaseException):
    """The process has ended: nothing after it runs."""


class Room:
    """A room: its state by type and key, its messages, and its version's rule of creators."""

    def __init__(self, creator: str, version: str = "12") -> None:
        self.creator, self.version = creator, version
        self.state: dict[tuple[str, str], Json] = {("m.room.create", ""): {"room_version": version}}
        levels: Json = {} if version == "12" else {"users": {creator: 100}}
        self.state["m.room.power_levels", ""] = levels
        self.state["m.room.member", creator] = {"membership": "join"}
        self.messages: dict[str, Json] = {}

    def membership(self, user: str) -> str:
        return str(self.state.get(("m.room.member", user), {}).get("membership", ""))

    def power(self, user: str) -> int:
        if self.version == "12" and user == self.creator:
            return 2**53
        levels = self.state["m.room.power_levels", ""]
        return int(levels.get("users", {}).get(user, levels.get("users_default", 0)))

    def joined(self) -> list[str]:
        return [user for kind, user in self.state if kind == "m.room.member" and self.membership(user) == "join"]


class FakeHomeserver(Homeserver):
    """The homeserver. `kill_at` is the number of the request after which the process ends.

    `failing` has what each request about a room is refused by; `events` those that administrators may ask for.
    """

    def __init__(self) -> None:
        self.bot = BOT
        self.rooms: dict[str, Room] = {}
        self.aliases: dict[str, str] = {}
        self.account_data: dict[tuple[str, str], Json] = {}
        self.refusals: list[tuple[str, HomeserverError]] = []
        self.failing: dict[str, HomeserverError] = {}
        self.events: dict[str, MatrixEvent] = {}
        self.transactions: dict[tuple[str, str, str], str] = {}
        self.requests = self.changes = 0
        self.kill_at: int | None = None
        self.asked = Counter[str]()
        self._numbers = count(1)

    def room(self, creator: str, *members: str, version: str = "12", **state: str) -> str:
        """Make a room as people would; `state` has other memberships by localpart."""
        room_id = f"!{next(self._numbers)}"
        room = self.rooms[room_id] = Room(creator, version)
        for member in members:
            room.state["m.room.member", member] = {"membership": "join"}
        for name, membership in state.items():
            room.state["m.room.member", f"@{name}:{SERVER}"] = {"membership": membership}
        return room_id

    def notices(self, account: str) -> list[str]:
        """Return the bodies of what the bot has told a person, in rooms of the two."""
        own = [room for room in self.rooms.values() if room.creator == BOT and account in room.joined()]
        return [each["body"] for room in own for each in room.messages.values() if "body" in each]

    async def request(
        self, method: str, *path: str, body: object = None, query: Mapping[str, str] | None = None, user: str = ""
    ) -> Json:
        name = path[0].rpartition("/")[2] if len(path) < 3 else path[2]
        self.asked[f"{method} {name}"] += 1
        for number, (refused, error) in enumerate(self.refusals):
            if refused == name:
                del self.refusals[number]
                raise error
        if len(path) > 1 and path[1] in self.failing:
            raise self.failing[path[1]]
        content = body if isinstance(body, dict) else {}
        answer = self._answer(method, path, content, query or {}, user or BOT)
        self.requests += 1
        self.changes += method in _CHANGING
        if self.requests == self.kill_at:
            raise Killed
        return answer

    def _answer(self, method: str, path: tuple[str, ...], body: Json, query: Mapping[str, str], user: str) -> Json:
        match method, path[0].rpartition("/")[2], path[1:]:
            case "POST", "createRoom", _:
                return self._create(user, body)
            case "GET", "room", (alias,):
                return {"room_id": self.aliases[alias]}
            case "GET", "fetch_event", (event_id,):
                if event_id not in self.events:
                    raise HomeserverError(404, "M_NOT_FOUND")
                return {"event": msgspec.to_builtins(self.events[event_id])}
            case "GET", "joined_rooms", _:
                return {"joined_rooms": [name for name, room in self.rooms.items() if room.membership(user) == "join"]}
            case _, "user", (owner, "account_data", kind):
                return self._account_data(method, owner, kind, body, user)
            case _, "rooms", (room_id, *rest):
                return self._room(method, self.rooms[room_id], tuple(rest), body, query, user)
        raise AssertionError((method, path))

    def _create(self, user: str, body: Json) -> Json:
        alias = f"#{body['room_alias_name']}:{SERVER}"
        if alias in self.aliases:
            raise HomeserverError(400, "M_ROOM_IN_USE")
        room_id = self.aliases[alias] = self.room(user)
        self.rooms[room_id].state["m.room.power_levels", ""] = dict(body.get("power_level_content_override", {}))
        self.rooms[room_id].state["m.room.name", ""] = {"name": body["name"]}
        for invited in body.get("invite", ()):
            self.rooms[room_id].state["m.room.member", invited] = {"membership": "invite"}
        return {"room_id": room_id}

    def _account_data(self, method: str, owner: str, kind: str, body: Json, user: str) -> Json:
        assert owner == user
        if method == "PUT":
            self.account_data[owner, kind] = body
            return {}
        if (owner, kind) not in self.account_data:
            raise HomeserverError(404, "M_NOT_FOUND")
        return self.account_data[owner, kind]

    def _room(  # noqa: PLR0917 - the parts of a request
        self, method: str, room: Room, rest: tuple[str, ...], body: Json, query: Mapping[str, str], user: str
    ) -> Json:
        match method, rest:
            case "GET", ("state", kind, key):
                return self._state(room, kind, key, query, user)
            case "PUT", ("state", kind, key):
                return self._set_state(room, kind, key, body, user)
            case "PUT", ("send", kind, transaction):
                return self._send(room, kind, transaction, body, user)
            case "POST", (action,):
                return self._move(room, action, str(body.get("user_id", user)), user)
        return self._messages(method, room, rest)

    def _messages(self, method: str, room: Room, rest: tuple[str, ...]) -> Json:
        match method, rest:
            case "GET", ("joined_members",):
                return {"joined": {user: {} for user in room.joined()}}
            case "GET", ("event", event_id):
                return {"content": room.messages[event_id]}
            case "PUT", ("redact", event_id, transaction):
                room.messages[event_id] = {}
                return {"event_id": f"$redaction-{transaction}"}
        raise AssertionError((method, rest))

    def _state(self, room: Room, kind: str, key: str, query: Mapping[str, str], user: str) -> Json:
        if room.membership(user) not in {"join", "leave"}:
            raise HomeserverError(403, "M_FORBIDDEN")
        content = room.state.get((kind, key))
        if content is None:
            raise HomeserverError(404, "M_NOT_FOUND")
        return {"content": content, "sender": room.creator} if query.get("format") == "event" else content

    def _set_state(self, room: Room, kind: str, key: str, body: Json, user: str) -> Json:
        if room.membership(user) != "join":
            raise HomeserverError(403, "M_FORBIDDEN")
        if kind == "m.room.member" and room.membership(key) in {"join", "ban"}:
            raise HomeserverError(403, "M_FORBIDDEN")
        if kind == "m.room.power_levels":
            self._need(room, user)
            if room.version == "12" and room.creator in body.get("users", {}):
                raise HomeserverError(400, "M_BAD_JSON")
        room.state[kind, key] = body
        return {"event_id": f"${next(self._numbers)}"}

    def _send(self, room: Room, kind: str, transaction: str, body: Json, user: str) -> Json:
        if room.membership(user) != "join":
            raise HomeserverError(403, "M_FORBIDDEN")
        known = (user, kind, transaction)
        if known not in self.transactions:
            self.transactions[known] = f"${next(self._numbers)}"
            room.messages[self.transactions[known]] = body
        return {"event_id": self.transactions[known]}

    def _move(self, room: Room, action: str, target: str, user: str) -> Json:
        now = room.membership(target)
        if action in {"kick", "ban", "unban"}:
            self._need(room, user, target)
        allowed = {
            "join": {"invite", "join"},
            "leave": {"invite", "join"},
            "kick": {"invite", "join"},
            "unban": {"ban"},
            "ban": {"", "invite", "join", "leave", "ban"},
        }
        if now not in allowed[action]:
            raise HomeserverError(403, "M_FORBIDDEN")
        room.state["m.room.member", target] = {"membership": {"join": "join", "ban": "ban"}.get(action, "leave")}
        return {}

    def _need(self, room: Room, user: str, target: str = "") -> None:
        """Refuse somebody who is no moderator, or not above the one concerned."""
        if room.power(user) < 50 or (target and room.power(target) >= room.power(user)):
            raise HomeserverError(403, "M_FORBIDDEN")

    def snapshot(self) -> Json:
        """Return what people see, without ids of events."""
        seen = {name: (dict(room.state), list(room.messages.values())) for name, room in self.rooms.items()}
        return {**seen, "account data": dict(self.account_data)}

"""A person with a client on a local homeserver."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

import httpx

if TYPE_CHECKING:
    from jobs.local.synapse import Synapse

CLIENT: Final = "/_matrix/client/v3"
ROOMS: Final = f"{CLIENT}/rooms"
_BOT: Final = "kithward"
_NUMBERS: Final = count(1)


class Person:
    """Somebody with a client: every call is made by the person's own token."""

    def __init__(self, synapse: Synapse, http: httpx.Client, name: str, password: str) -> None:
        login = synapse.register(name, password)
        self.id: str = login["user_id"]
        self._http, self._token = http, {"Authorization": f"Bearer {login['access_token']}"}

    def call(self, method: str, *path: str, body: object = None) -> httpx.Response:
        """Call the homeserver; the parts of the path behind the first are quoted."""
        return self._http.request(method, _address(*path), json=body, headers=self._token)

    def look_like(self, name: str, picture: bytes) -> None:
        """Set the display name, and a JPEG as the avatar."""
        headers = {**self._token, "Content-Type": "image/jpeg"}
        uploaded = self._http.post("/_matrix/media/v3/upload", content=picture, headers=headers).raise_for_status()
        profile = (f"{CLIENT}/profile", self.id)
        self.call("PUT", *profile, "displayname", body={"displayname": name}).raise_for_status()
        address = {"avatar_url": uploaded.json()["content_uri"]}
        self.call("PUT", *profile, "avatar_url", body=address).raise_for_status()

    def room(self, *invited: Person, **given: Any) -> str:  # noqa: ANN401 - JSON
        """Make a room, into which the invited come, except into a direct one."""
        body = {"invite": [each.id for each in invited], **given}
        room_id: str = self.call("POST", f"{CLIENT}/createRoom", body=body).raise_for_status().json()["room_id"]
        for each in invited:
            if not given.get("is_direct"):
                each.join(room_id).raise_for_status()
        return room_id

    def invite(self, room_id: str, other: str) -> None:
        """Invite somebody into a room."""
        self.call("POST", ROOMS, room_id, "invite", body={"user_id": other}).raise_for_status()

    def join(self, room_id: str) -> httpx.Response:
        """Join a room."""
        return self.call("POST", ROOMS, room_id, "join", body={})

    def befriend(self, other: Person) -> str:
        """Have a direct invitation accepted, and return the room."""
        room_id = self.room(other, is_direct=True)
        other.join(room_id).raise_for_status()
        return room_id

    def say(self, room_id: str, body: str = "hello") -> httpx.Response:
        """Send a message."""
        return self._send(room_id, "m.room.message", {"msgtype": "m.text", "body": body})

    def react(self, room_id: str, event_id: str, key: str) -> None:
        """React to a message."""
        relation = {"rel_type": "m.annotation", "event_id": event_id, "key": key}
        self._send(room_id, "m.reaction", {"m.relates_to": relation}).raise_for_status()

    def sees(self) -> dict[str, Any]:
        """Return the rooms of a first sync: those joined, and those invited to."""
        # What it is asked twice within minutes the homeserver answers as before.
        fresh = {"room": {"timeline": {"limit": 100 + next(_NUMBERS)}}}
        asked = f"{CLIENT}/sync?filter={quote(json.dumps(fresh))}"
        synced = self.call("GET", asked).raise_for_status().json()
        rooms: dict[str, Any] = synced.get("rooms", {})
        return rooms

    def is_invited(self, room_id: str) -> bool:
        """Return whether the client shows an invitation into a room."""
        return room_id in self.sees().get("invite", {})

    def messages(self, room_id: str) -> dict[str, str]:
        """Return the messages that the client shows in a room, by their ids."""
        return _messages(self.sees().get("join", {}).get(room_id, {}))

    def reads(self, room_id: str) -> list[str]:
        """Return the texts that the client shows in a room."""
        return list(self.messages(room_id).values())

    def notices(self) -> list[str]:
        """Return what the connector's bot has told the person."""
        return [text for room_id in self.notice_rooms() for text in self.reads(room_id)]

    def notice_rooms(self) -> list[str]:
        """Return the rooms that the bot has made for the person."""
        return [room_id for room_id, room in self.sees().get("join", {}).items() if _is_of_bot(room)]

    def ignores(self, other: Person) -> bool:
        """Return whether the ignore list has somebody."""
        found = self.call("GET", f"{CLIENT}/user", self.id, "account_data", "m.ignored_user_list")
        return found.is_success and other.id in found.json().get("ignored_users", {})

    def membership(self, room_id: str, account: str) -> str:
        """Return somebody's membership of a room of the person's."""
        answer = self.call("GET", ROOMS, room_id, "state", "m.room.member", account)
        return str(answer.raise_for_status().json()["membership"])

    def is_muted(self, room_id: str) -> bool:
        """Return whether the level of power is too low for messages."""
        levels = self.call("GET", ROOMS, room_id, "state", "m.room.power_levels").raise_for_status().json()
        level: int = levels.get("users", {}).get(self.id, levels.get("users_default", 0))
        needed: int = levels.get("events", {}).get("m.room.message", levels.get("events_default", 0))
        return level < needed

    def _send(self, room_id: str, kind: str, content: dict[str, Any]) -> httpx.Response:
        return self.call("PUT", ROOMS, room_id, "send", kind, f"t{next(_NUMBERS)}", body=content)


def cause(fault: httpx.HTTPError) -> str:
    """Return in one line what the homeserver has refused and why, or why there is no answer."""
    if not isinstance(fault, httpx.HTTPStatusError):
        return f"{type(fault).__name__}: {fault}"
    asked = f"{fault.request.method} {unquote(fault.request.url.path)}"
    return f"{asked}: {fault.response.status_code} {' '.join(fault.response.text.split())}"


def _address(*path: str) -> str:
    return "/".join((path[0], *(quote(part, safe="") for part in path[1:])))


def _messages(room: dict[str, Any]) -> dict[str, str]:
    events = room.get("timeline", {}).get("events", ())
    said = (each for each in events if each["type"] == "m.room.message" and each["content"])
    return {each["event_id"]: each["content"]["body"] for each in said}


def _is_of_bot(room: dict[str, Any]) -> bool:
    events = (*room["state"]["events"], *room["timeline"]["events"])
    return any(each["type"] == "m.room.create" and _BOT in each["sender"] for each in events)

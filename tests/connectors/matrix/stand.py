"""A connector's command side on a real homeserver, and people with clients there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from connectors.matrix.bot import register_bot
from connectors.matrix.commands.actions import actions, means_of
from connectors.matrix.commands.executor import Executor
from connectors.matrix.commands.gateway import NoGateway
from connectors.matrix.commands.guard import Guard
from connectors.matrix.configuration import Configuration, HomeserverPart
from connectors.matrix.events.matrix_event import parse_event
from connectors.matrix.guard_duty import GuardDuty
from connectors.matrix.homeserver import open_homeserver
from connectors.matrix.registration import load_registration, write_registration
from connectors.matrix.store import Store
from connectors.matrix.store_layout import TABLES
from jobs.local.ports import free_ports
from jobs.local.synapse import Synapse
from tests.connectors.matrix.commands.acting import AT_MS, relieved
from tests.connectors.matrix.talk import PASSWORD, SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from schemas.records import Record

ROOMS: Final = "/_matrix/client/v3/rooms"
NUMBERS: Final = count(1)


class Person:
    """Somebody with a client: every call is made by the person's own token."""

    def __init__(self, synapse: Synapse, http: httpx.Client, name: str) -> None:
        login = synapse.register(f"{name}{next(NUMBERS)}", PASSWORD)
        self.id: str = login["user_id"]
        self._http, self._token = http, {"Authorization": f"Bearer {login['access_token']}"}

    def call(self, method: str, *path: str, body: object = None) -> httpx.Response:
        address = "/".join((path[0], *(quote(part, safe="") for part in path[1:])))
        return self._http.request(method, address, json=body, headers=self._token)

    def room(self, *invited: Person, **given: Any) -> str:
        """Make a room, into which the invited come."""
        body = {"invite": [each.id for each in invited], **given}
        room_id: str = (
            self.call("POST", "/_matrix/client/v3/createRoom", body=body).raise_for_status().json()["room_id"]
        )
        for each in invited:
            if not given.get("is_direct"):
                each.join(room_id)
        return room_id

    def join(self, room_id: str) -> int:
        return self.call("POST", ROOMS, room_id, "join", body={}).status_code

    def say(self, room_id: str, body: str = "hello") -> httpx.Response:
        content = {"msgtype": "m.text", "body": body}
        return self.call("PUT", ROOMS, room_id, "send", "m.room.message", f"t{next(NUMBERS)}", body=content)

    def sees(self) -> dict[str, Any]:
        """Return the rooms of a first sync: those joined, and those invited to."""
        # What it is asked twice within minutes the homeserver answers as before.
        fresh = {"room": {"timeline": {"limit": 100 + next(NUMBERS)}}}
        asked = f"/_matrix/client/v3/sync?filter={quote(json.dumps(fresh))}"
        synced = self.call("GET", asked).raise_for_status().json()
        rooms: dict[str, Any] = synced.get("rooms", {})
        return rooms

    def reads(self, room_id: str) -> list[str]:
        """Return the texts that the person's client shows in a room."""
        events = self.sees()["join"][room_id]["timeline"]["events"]
        return [each["content"]["body"] for each in events if each["type"] == "m.room.message" and each["content"]]

    def notices(self) -> list[str]:
        """Return what the bot has told the person."""
        rooms = self.sees().get("join", {})
        return [text for room_id in rooms for text in self.reads(room_id) if self._is_of_bot(rooms[room_id])]

    def _is_of_bot(self, room: dict[str, Any]) -> bool:
        events = (*room["state"]["events"], *room["timeline"]["events"])
        return any(each["type"] == "m.room.create" and "kithward" in each["sender"] for each in events)

    def membership(self, room_id: str, account: str) -> str:
        answer = self.call("GET", ROOMS, room_id, "state", "m.room.member", account)
        return str(answer.raise_for_status().json()["membership"])


class Stand:
    """A homeserver, and the store of a connector."""

    def __init__(self, synapse: Synapse, http: httpx.Client, token: str, bot: str) -> None:
        self.synapse, self._http, self._token, self._bot = synapse, http, token, bot
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.executescript(TABLES)
        self.store = Store(connection)
        self.moderation_room: str | None = None

    def person(self, name: str) -> Person:
        return Person(self.synapse, self._http, name)

    @asynccontextmanager
    async def _acting(self) -> AsyncIterator[tuple[Executor, GuardDuty]]:
        part = HomeserverPart(address=self.synapse.address, server_name=SERVER)
        given = Configuration(homeserver=part, moderation_room=self.moderation_room)
        async with open_homeserver(self.synapse.address, self._token, self._bot) as homeserver:
            await register_bot(homeserver, self.synapse.address)
            means = means_of(homeserver, self.store, given, NoGateway())
            duty = GuardDuty(Guard(means, self.moderation_room), homeserver, self.store)
            yield Executor(actions(means), means.ledger, means.questions), duty

    def execute(self, *commands: Record) -> None:
        """Carry commands out."""

        async def run() -> None:
            async with self._acting() as (executor, _):
                for command in commands:
                    await executor.execute(command)

        asyncio.run(run())

    def see(self, event: dict[str, Any]) -> None:
        """Let the guard see an event."""

        async def run() -> None:
            parsed = parse_event(event)
            assert parsed is not None
            async with self._acting() as (_, duty):
                await relieved(duty, parsed)

        asyncio.run(run())

    def requested(self, request_id: str, room_id: str, requester: Person, target: Person) -> None:
        row = (request_id, room_id, requester.id, target.id, AT_MS)
        self.store.run("INSERT INTO requests VALUES (?, ?, ?, ?, ?)", *row)


@contextmanager
def open_stand(folder: Path) -> Iterator[Stand]:
    """Provide a homeserver with the registration of a connector that does not listen."""
    (port,) = free_ports(1)
    part = HomeserverPart(address=f"http://127.0.0.1:{port}", server_name=SERVER)
    given = Configuration(homeserver=part)
    write_registration(folder / "registration.yaml", given)
    bot, token = load_registration(folder / "registration.yaml").login(SERVER)
    with (
        Synapse(folder / "synapse", port, server_name=SERVER, registration=folder / "registration.yaml") as synapse,
        httpx.Client(base_url=synapse.address) as http,
    ):
        yield Stand(synapse, http, token, bot)

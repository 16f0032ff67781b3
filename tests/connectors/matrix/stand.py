"""A connector's command side on a real homeserver, and people with clients there."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any, Final

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
from jobs.local.matrix.person import Person
from jobs.local.ports import free_ports
from jobs.local.synapse import Synapse
from tests.connectors.matrix.commands.acting import AT_MS, relieved
from tests.connectors.matrix.talk import PASSWORD, SERVER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from schemas.records import Record

NUMBERS: Final = count(1)


class Stand:
    """A homeserver, and the store of a connector."""

    def __init__(self, synapse: Synapse, http: httpx.Client, token: str, bot: str) -> None:
        self.synapse, self._http, self._token, self._bot = synapse, http, token, bot
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.executescript(TABLES)
        self.store = Store(connection)
        self.moderation_room: str | None = None

    def person(self, name: str) -> Person:
        return Person(self.synapse, self._http, f"{name}{next(NUMBERS)}", PASSWORD)

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

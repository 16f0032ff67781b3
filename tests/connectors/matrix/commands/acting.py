"""What tests of commands are given: a fake homeserver, a store, and what carries commands out."""

from __future__ import annotations

import asyncio
import sqlite3
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.commands.actions import Means, actions, means_of
from connectors.matrix.commands.executor import Executor
from connectors.matrix.commands.gateway import NoGateway
from connectors.matrix.commands.guard import Guard
from connectors.matrix.configuration import Configuration, HomeserverPart
from connectors.matrix.guard_duty import GuardDuty
from connectors.matrix.store import Store
from connectors.matrix.store_layout import TABLES
from schemas.records import RevokeCommand
from tests.connectors.matrix.commands.fake_homeserver import BOT, SERVER, FakeHomeserver

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.matrix.commands.gateway import Gateway
    from connectors.matrix.events.matrix_event import MatrixEvent
    from schemas.records import Record

ROSA, MIKA, BOB = (f"@{name}:{SERVER}" for name in ("rosa", "mika", "bob"))
FAR: Final = "@far:elsewhere.test"
WITHIN_S: Final = 60.0
"""The timeout of what takes no time: a busy machine is no failure."""
AT_MS: Final = 1_772_442_000_000
_NUMBERS: Final = count(1)


def header(decision_id: str = "d1") -> dict[str, Any]:
    """Return the fields that all commands have, with an id of its own."""
    return {"command_id": f"c{next(_NUMBERS)}", "decision_id": decision_id, "at_ms": AT_MS}


def revocation(command: Any) -> RevokeCommand:
    account_id, kind = getattr(command, "account_id", ""), type(command).__name__
    fields = {**header(command.decision_id), "revoked_id": command.command_id, "revoked_type": kind}
    return RevokeCommand(**fields, account_id=account_id)


class Written:
    """A writer of events that keeps them."""

    def __init__(self) -> None:
        self.events: list[Record] = []

    async def write(self, records: Iterable[Record]) -> None:
        self.events += records


class Acting:
    """The command side of a connector, which can be started anew on the same store and homeserver."""

    def __init__(self, gateway: Gateway | None = None, *, with_moderators: bool = True) -> None:
        self.server = FakeHomeserver()
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.executescript(TABLES)
        self.store = Store(connection)
        self.gateway = gateway or NoGateway()
        self.moderation_room = self.server.room(BOT) if with_moderators else None
        self.start()

    def start(self) -> None:
        """Begin anew, with what the store and the homeserver have."""
        part = HomeserverPart(address="http://127.0.0.1", server_name=SERVER)
        given = Configuration(homeserver=part, moderation_room=self.moderation_room)
        self.means: Means = means_of(self.server, self.store, given, self.gateway)
        self.executor = Executor(actions(self.means), self.means.ledger, self.means.questions)

    def execute(self, *commands: Record) -> None:
        """Carry out commands, one after the other."""

        async def all_of_them() -> None:
            for command in commands:
                await self.executor.execute(command)

        asyncio.run(all_of_them())

    def request(self, request_id: str, requester: str, target: str) -> str:
        """Have somebody invite somebody into a direct room, as the events say; return the room."""
        room_id = self.server.room(requester, **{target[1:].partition(":")[0]: "invite"})
        self.store.run("INSERT INTO requests VALUES (?, ?, ?, ?, ?)", request_id, room_id, requester, target, AT_MS)
        return room_id


def on_duty(acting: Acting, *events: MatrixEvent) -> None:
    """Let the guard see events, and do what it has to do about them."""
    asyncio.run(relieved(GuardDuty(Guard(acting.means, acting.moderation_room), acting.server, acting.store), *events))


async def relieved(duty: GuardDuty, *events: MatrixEvent) -> None:
    """Let the guard see events, and return once there is nothing left to do."""
    running = asyncio.create_task(duty.run())
    for each in events:
        duty.see(each)
    async with asyncio.timeout(WITHIN_S):
        while duty.waiting() and not running.done():  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

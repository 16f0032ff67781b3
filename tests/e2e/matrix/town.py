"""All of it: people on a homeserver, the connector, a broker, the job on Flink, and a gateway."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, TypeVar

from jobs.kafka.bulk_writer import open_bulk_writer
from jobs.kafka.topic_io import outgoing_record
from schemas.codec import SingleObjectFraming
from schemas.records import AccountErased, Decision, JoinAnswered, RevokeCommand
from schemas.topics import INPUT_OF
from tests.e2e.matrix.people import Person
from tests.e2e.support.stage import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from schemas.records import Record
    from tests.connectors.matrix.stage import Stage
    from tests.e2e.matrix.gateway import Gateway
    from tests.e2e.matrix.rounds import Gate
    from tests.e2e.matrix.topics import Topics

Seen = TypeVar("Seen")
LOOK_S: Final = 0.3
MODERATOR: Final = "eve"


class Town:
    """The homeserver with the connector, the topics, and the gateway."""

    def __init__(self, stage: Stage, gateway: Gateway, topics: Topics) -> None:
        self.stage, self.gateway, self.topics = stage, gateway, topics
        self.said: dict[str, str] = {}
        """The texts of people's messages, by their ids."""
        self.tried = set[str]()
        """The ids of messages that people sent only to see whether they can."""
        self.spared: list[object] = []
        """In whose stories, and in which kind of commands, no kill has come where there was something to do."""

    def send(self, *records: Record) -> None:
        """Send events that no messenger has."""
        with open_bulk_writer(self.stage.brokers, {INPUT_OF[type(each)].name for each in records}) as writer:
            for record in records:
                writer.write(outgoing_record(record, SingleObjectFraming()))
            writer.flush()

    def unsettled(self) -> list[Any]:
        """Return the commands that the connector has not carried out. Of what names the erased it keeps nothing."""
        commands, settled = self.topics.commands(), dict(self._stored("SELECT command_id, status FROM commands"))
        waiting = [each for each in commands if not _is_settled(each, settled)]
        erased = [each.account_id for each in self.topics.events() if isinstance(each, AccountErased)]
        return [each for each in waiting if not any(name in repr(each) for name in erased)]

    def guarded(self) -> list[Any]:
        """Return the messages and invitations about which the connector has yet to do something."""
        return self._stored("SELECT event_id FROM guarded")

    def count_carried_out(self, account_id: str) -> int:
        """Return how many commands about an account are carried out."""
        query = "SELECT command_id FROM commands WHERE account_id = ? AND status = 'DONE'"
        return len(self._stored(query, account_id))

    def _stored(self, query: str, *given: str) -> list[Any]:
        with closing(sqlite3.connect(self.stage.folder / "matrix.db")) as store:
            return store.execute(query, given).fetchall()

    def kept(self) -> bytes:
        """Return all that the connector has on disk but its configuration."""
        names = ("matrix.db*", "connector.log")
        return b"".join(each.read_bytes() for name in names for each in self.stage.folder.glob(name))


class Act:
    """A story of a round. Its people have names of their own, as have those of every other round."""

    def __init__(self, town: Town, number: int, stack: AsyncExitStack, gates: tuple[Gate, Gate]) -> None:
        self.town, self.number, self.ids = town, number, set[str]()
        self._stack, (self._midst, self._end) = stack, gates

    async def person(self, name: str) -> Person:
        """Return somebody with a client."""
        client = await self._stack.enter_async_context(self.town.stage.client(name))
        return Person(client, self.town.said, self.town.tried)

    async def people(self, *names: str) -> list[Person]:
        """Return people of this story."""
        people = [await self.person(f"{name}{self.number}") for name in names]
        self.ids.update(each.id for each in people)
        return people

    async def midst(self) -> None:
        """Wait for the other stories; then the connector may be killed."""
        await self._midst.wait(self)

    async def end(self) -> None:
        """Wait until nothing more happens: from here on it is looked whether everything happened once."""
        await self._end.wait(self)

    def leave(self) -> None:
        """Let no other story wait for this one."""
        self._midst.arrive(self)
        self._end.arrive(self)

    async def send(self, *records: Record) -> None:
        await asyncio.to_thread(self.town.send, *records)

    async def until(self, look: Callable[..., Awaitable[Seen]], *given: object) -> Seen:
        """Return what is seen, once there is something."""
        try:
            return await until(look, *given)
        except TimeoutError as fault:
            fault.add_note(self.town.stage.log())
            raise

    async def asked(self, about_id: str) -> list[str]:
        """Return the verifications that the gateway was asked for, about an account."""
        asked = self.town.gateway.asked.items()
        return [verification_id for verification_id, (first, *_) in asked if first["about_id"] == about_id]

    async def decided(self, subject_id: str, outcome: str) -> list[Decision]:
        """Return the decisions of an outcome about an account."""
        said = await asyncio.to_thread(self.town.topics.outputs)
        return [each for each in said if isinstance(each, Decision) and of(each) == (subject_id, outcome)]

    async def were_told(self, kind: type[Record], *accounts: Person) -> bool:
        """Return whether the connector has told the job of something about each of some people."""
        told = await asyncio.to_thread(self.town.topics.events)
        return {each.id for each in accounts} <= {each.account_id for each in told if isinstance(each, kind)}

    async def answers(self, person: Person) -> list[bool]:
        """Return how somebody has answered prompts to join, as the job was told."""
        told = await asyncio.to_thread(self.town.topics.events)
        return [each.accepted for each in told if isinstance(each, JoinAnswered) and each.account_id == person.id]

    async def are_carried_out(self, account_id: str, count: int) -> bool:
        """Return whether so many commands about an account are carried out."""
        return await asyncio.to_thread(self.town.count_carried_out, account_id) >= count


async def until(look: Callable[..., Awaitable[Seen]], *given: object) -> Seen:
    """Return what is seen, once there is something. Raise TimeoutError where there is nothing in time."""
    try:
        async with asyncio.timeout(WITHIN_S):
            while not (seen := await look(*given)):  # noqa: ASYNC110 - neither homeserver nor store tells of changes
                await asyncio.sleep(LOOK_S)
            return seen
    except TimeoutError as fault:
        fault.add_note(f"{look} {given}")
        raise


def _is_settled(command: Any, settled: dict[str, str]) -> bool:
    if isinstance(command, RevokeCommand):
        return settled.get(command.revoked_id) in {"REVOKED", "ENDED"}
    return settled.get(command.command_id) in {"DONE", "ENDED", "REVOKED"}


def of(decision: Decision) -> tuple[str, str]:
    return decision.subject_id, decision.outcome


def now_ms() -> int:
    return time.time_ns() // 1_000_000

"""All of it: people on a homeserver, the connector, a broker, the job on Flink, and a gateway."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final, TypeVar

from connectors.topics.event_writer import outgoing_record
from jobs.kafka.bulk_writer import open_bulk_writer
from jobs.kafka.topic_io import read_topic, read_topics
from schemas.codec import SingleObjectFraming, decode
from schemas.records import AccountErased, Decision, RevokeCommand
from schemas.topics import COMMANDS, DEAD_LETTERS, INPUT_OF, OUTPUTS
from tests.e2e.matrix.people import Person

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack

    from schemas.records import Record
    from tests.connectors.matrix.stage import Stage
    from tests.e2e.matrix.gateway import Gateway
    from tests.e2e.matrix.rounds import Gate

Seen = TypeVar("Seen")
WITHIN_S: Final = 90.0
LOOK_S: Final = 0.3
MODERATOR: Final = "eve"
_OUTPUTS: Final = [topic.name for topic in OUTPUTS if topic.name != DEAD_LETTERS]


class Town:
    """The homeserver with the connector, and the gateway."""

    def __init__(self, stage: Stage, gateway: Gateway) -> None:
        self.stage, self.gateway = stage, gateway

    def send(self, *records: Record) -> None:
        """Send events that no messenger has."""
        with open_bulk_writer(self.stage.brokers, {INPUT_OF[type(each)].name for each in records}) as writer:
            for record in records:
                writer.write(outgoing_record(record, SingleObjectFraming()))
            writer.flush()

    def outputs(self) -> list[Any]:
        """Return what the job has said so far."""
        return [decode(each.value or b"") for each in read_topics(self.stage.brokers, _OUTPUTS)]

    def commands(self) -> list[Any]:
        """Return the commands so far."""
        return [decode(each.value or b"") for each in read_topic(self.stage.brokers, COMMANDS)]

    def unsettled(self) -> list[Any]:
        """Return the commands that the connector has not carried out. Of what names the erased it keeps nothing."""
        with closing(sqlite3.connect(self.stage.folder / "matrix.db")) as store:
            settled = dict(store.execute("SELECT command_id, status FROM commands"))
        erased = [each.account_id for each in self.stage.records() if isinstance(each, AccountErased)]
        kept = [each for each in self.commands() if not any(name in repr(each) for name in erased)]
        return [each for each in kept if not _is_settled(each, settled)]

    def count_carried_out(self, account_id: str) -> int:
        """Return how many commands about an account are carried out."""
        with closing(sqlite3.connect(self.stage.folder / "matrix.db")) as store:
            query = "SELECT count(*) FROM commands WHERE account_id = ? AND status = 'DONE'"
            (count,) = store.execute(query, (account_id,)).fetchone()
            return int(count)

    def kept(self) -> bytes:
        """Return all that the connector has on disk but its configuration."""
        names = ("matrix.db*", "connector.log")
        return b"".join(each.read_bytes() for name in names for each in self.stage.folder.glob(name))


class Act:
    """A story of a round. Its people have names of their own, as have those of every other round."""

    def __init__(self, town: Town, number: int, stack: AsyncExitStack, gates: tuple[Gate, Gate]) -> None:
        self.town, self.number = town, number
        self._stack, (self._midst, self._end) = stack, gates

    async def person(self, name: str) -> Person:
        """Return somebody with a client."""
        return Person(await self._stack.enter_async_context(self.town.stage.client(name)))

    async def people(self, *names: str) -> list[Person]:
        return [await self.person(f"{name}{self.number}") for name in names]

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
        deadline_s = time.monotonic() + WITHIN_S
        while not (seen := await look(*given)):
            assert time.monotonic() < deadline_s, f"{look} {given}: {self.town.stage.log()}"
            await asyncio.sleep(LOOK_S)
        return seen

    async def asked(self, about_id: str) -> list[str]:
        """Return the verifications that the gateway was asked for, about an account."""
        asked = self.town.gateway.asked.items()
        return [verification_id for verification_id, (first, *_) in asked if first["about_id"] == about_id]

    async def decided(self, subject_id: str, outcome: str) -> list[Decision]:
        """Return the decisions of an outcome about an account."""
        said = await asyncio.to_thread(self.town.outputs)
        return [each for each in said if isinstance(each, Decision) and of(each) == (subject_id, outcome)]

    async def were_told(self, kind: type[Record], *accounts: Person) -> bool:
        """Return whether the connector has told the job of something about each of some people."""
        told: list[Any] = await asyncio.to_thread(self.town.stage.records)
        return {each.id for each in accounts} <= {each.account_id for each in told if isinstance(each, kind)}

    async def are_carried_out(self, account_id: str, count: int) -> bool:
        """Return whether so many commands about an account are carried out."""
        return await asyncio.to_thread(self.town.count_carried_out, account_id) >= count


def _is_settled(command: Any, settled: dict[str, str]) -> bool:
    if isinstance(command, RevokeCommand):
        return settled.get(command.revoked_id) in {"REVOKED", "ENDED"}
    return settled.get(command.command_id) in {"DONE", "ENDED", "REVOKED"}


def of(decision: Decision) -> tuple[str, str]:
    return decision.subject_id, decision.outcome


def now_ms() -> int:
    return time.time_ns() // 1_000_000

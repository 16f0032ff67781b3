"""A homeserver in memory: events that happen there go through the connector's mapping, and its records are checked."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from connectors.matrix.configuration import Avatars, Configuration, HomeserverPart
from connectors.matrix.events.event_desk import EventDesk
from connectors.matrix.events.memory import Memory
from connectors.matrix.homeserver import HomeserverError
from connectors.matrix.store import open_store
from schemas.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from connectors.matrix.store import Store
    from schemas.records import Record

SERVER: Final = "kith.example"
PASSWORD: Final = "correct horse"  # noqa: S105
MODERATION: Final = f"!moderation:{SERVER}"
BEGIN_MS: Final = 1_772_355_600_000
STEP_MS: Final = 1_000
NOW_MS: Final = BEGIN_MS + 86_400_000


def user(name: str) -> str:
    return name if name.startswith("@") else f"@{name}:{SERVER}"


class FakeHomeserver:
    """The used part of the client-server API: answers by path, of everything else that it is not there."""

    bot = user("kithward")

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Any]] = {}
        self.files: dict[str, bytes] = {}
        self.asked: list[str] = []

    async def request(self, _: str, *path: str, **__: object) -> dict[str, Any]:
        self.asked.append("/".join(path))
        return self._found(self.answers, path)

    async def download(self, *path: str, **_: object) -> bytes:
        self.asked.append("/".join(path))
        return self._found(self.files, path)

    def _found(self, where: dict[str, Any], path: tuple[str, ...]) -> Any:
        if "/".join(path) not in where:
            raise HomeserverError(404, "M_NOT_FOUND")
        return where["/".join(path)]


class FakeWriter:
    """Kafka, which can refuse."""

    def __init__(self) -> None:
        self.written: list[Record] = []
        self.fault: Exception | None = None

    async def write(self, records: Iterable[Record]) -> None:
        if self.fault is not None:
            raise self.fault
        self.written.extend(records)


class Talk:
    """Events in the order in which they happen, a second after each other, each in a transaction of its own."""

    def __init__(self, store: Store, avatars: Avatars = Avatars.PICTURE) -> None:
        part = HomeserverPart(address="http://127.0.0.1:1", server_name=SERVER)
        self.configuration = Configuration(homeserver=part, moderation_room=MODERATION, avatars=avatars)
        self.homeserver, self.writer, self.store = FakeHomeserver(), FakeWriter(), store
        self.count = 0
        self.restart()

    def restart(self) -> None:
        """Begin again with what the store has."""
        self.memory = Memory(self.store, SERVER)
        self.desk = EventDesk(self.configuration, self.homeserver, self.memory, self.writer, now_ms=lambda: NOW_MS)  # type: ignore[arg-type]

    def event(self, kind: str, sender: str, room: str, **fields: Any) -> dict[str, Any]:
        """Return the next event."""
        self.count += 1
        return {
            "type": kind,
            "event_id": f"$event{self.count}",
            "room_id": f"!{room}:{SERVER}",
            "sender": user(sender),
            "origin_server_ts": BEGIN_MS + STEP_MS * self.count,
            "content": {},
            **fields,
        }

    def send(self, *events: dict[str, Any], transaction: str | None = None) -> list[Record]:
        """Send events as one transaction, and return the records that they become."""
        before = len(self.writer.written)
        asyncio.run(self.desk.work_off(transaction or f"t{self.count}", list(events)))
        records = self.writer.written[before:]
        for record in records:
            validate(record)
        return records

    def create(self, sender: str, room: str, version: str = "10", **content: Any) -> list[Record]:
        """Create a room, with its creator in it."""
        created = self.event("m.room.create", sender, room, state_key="", content={"room_version": version, **content})
        return [*self.send(created), *self.member(sender, room, "join")]

    def member(self, who: str, room: str, membership: str, by: str = "", **content: Any) -> list[Record]:
        """Set somebody's membership."""
        return self.send(self.membership(who, room, membership, by, **content))

    def membership(self, who: str, room: str, membership: str, by: str = "", **content: Any) -> dict[str, Any]:
        """Return the event of a membership."""
        given = {"membership": membership, **content}
        return self.event("m.room.member", by or who, room, state_key=user(who), content=given)

    def levels(self, sender: str, room: str, **levels: Any) -> list[Record]:
        """Set the levels of power."""
        users = {user(name): level for name, level in levels.items()}
        return self.send(self.event("m.room.power_levels", sender, room, state_key="", content={"users": users}))

    def say(self, sender: str, room: str, body: str = "Hello", **content: Any) -> list[Record]:
        """Send a message."""
        given = {"msgtype": "m.text", "body": body, **content}
        return self.send(self.event("m.room.message", sender, room, content=given))

    def direct(self, requester: str, target: str, room: str) -> None:
        """Make two accounts friends."""
        self.create(requester, room)
        self.member(target, room, "invite", requester, is_direct=True)
        self.member(target, room, "join")

    def group(self, founder: str, room: str, *invited: str) -> None:
        """Make a group of a founder and those whom it invites."""
        self.create(founder, room)
        self.levels(founder, room, **{founder: 100})
        for each in invited:
            self.member(each, room, "invite", founder)
            self.member(each, room, "join")


@contextmanager
def open_talk(folder: Path, avatars: Avatars = Avatars.PICTURE) -> Iterator[Talk]:
    with open_store(folder / "matrix.db") as store:
        yield Talk(store, avatars)


def room_id(room: str) -> str:
    return f"!{room}:{SERVER}"

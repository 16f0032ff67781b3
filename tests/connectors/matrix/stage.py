"""A real homeserver, a real broker and the connector between them; clients are those of matrix-nio."""

from __future__ import annotations

import re
import shlex
import sqlite3
import sys
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from nio import AsyncClient, JoinResponse, RoomCreateResponse, RoomSendResponse

from connectors.kit.adapter import Sent
from jobs.kafka.bulk_writer import open_bulk_writer
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import OutgoingRecord, read_topics
from jobs.local.broker import Broker
from jobs.local.child_process import ChildProcess
from jobs.local.ports import HOST, free_ports
from jobs.local.synapse import Synapse
from schemas.codec import decode, encode
from schemas.topics import COMMANDS, INPUTS, TOPICS
from tests.architecture.source import ROOT
from tests.connectors.matrix.talk import PASSWORD, SERVER
from tests.support.typed_commands import desk, ended, run, typed_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from schemas.records import Record

PAGE: Final = (ROOT / "docs" / "matrix.md").read_text("utf-8")
_WITHIN_S: Final = 60.0
_POLL_S: Final = 0.2
_TOPICS: Final = [topic.name for topic in INPUTS if topic.name != "policies"]


class Client:
    """A user's client."""

    def __init__(self, nio: AsyncClient) -> None:
        self.nio, self.id = nio, nio.user_id

    async def room(self, **given: Any) -> str:
        """Create a room."""
        created = await self.nio.room_create(**given)
        assert isinstance(created, RoomCreateResponse), created
        room_id: str = created.room_id
        return room_id

    async def join(self, room: str) -> None:
        joined = await self.nio.join(room)
        assert isinstance(joined, JoinResponse), joined

    async def say(self, room: str, body: str, **content: Any) -> str:
        """Send a message and return its id."""
        return await self.send(room, "m.room.message", {"msgtype": "m.text", "body": body, **content})

    async def send(self, room: str, kind: str, content: dict[str, Any]) -> str:
        sent = await self.nio.room_send(room, kind, content, ignore_unverified_devices=True)
        assert isinstance(sent, RoomSendResponse), sent
        event_id: str = sent.event_id
        return event_id

    async def send_state(self, room: str, kind: str, content: dict[str, Any]) -> None:
        await self.call("PUT", f"/_matrix/client/v3/rooms/{room}/state/{kind}", content)

    async def set_level(self, room: str, account: str, level: int) -> None:
        """Give somebody a level of power."""
        found = await self.nio.room_get_state_event(room, "m.room.power_levels")
        users = {**found.content["users"], account: level}
        await self.send_state(room, "m.room.power_levels", {**found.content, "users": users})

    async def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Call what the library has no function for, and return the answer."""
        headers = {"Authorization": f"Bearer {self.nio.access_token}"}
        session = self.nio.client_session
        assert session is not None
        async with session.request(method, self.nio.homeserver + path, json=body, headers=headers) as answer:
            assert answer.ok, await answer.text()
            told: dict[str, Any] = await answer.json()
            return told


class Stage:
    """All of it. The connector can be stopped, killed and started, by the page's command `started_by`."""

    def __init__(self, folder: Path, brokers: Brokers, synapse: Synapse, listens_at: str, started_by: str) -> None:
        self.folder, self.brokers, self.synapse, self.listens_at = folder, brokers, synapse, listens_at
        self._started_by = started_by
        self.configuration = folder / "matrix.yaml"
        self.broker: Broker | None = None
        """The broker, if it is the stage's own."""
        self.moderation = ""
        self._connector: ChildProcess | None = None
        self._logins: dict[str, dict[str, Any]] = {}

    def configure(self, line: str) -> None:
        """Add to the connector's configuration."""
        with self.configuration.open("a") as file:
            file.write(f"{line}\n")

    def moderate_in(self, room: str) -> None:
        """Let a room be that of the moderators."""
        self.moderation = room
        self.configure(f"moderation_room: '{room}'")

    def start(self) -> None:
        """Start the connector, as the page says. It needs no waiting for: what happens before is sent to it later."""
        given = {"python": sys.executable, self.configuration.name: str(self.configuration)}
        command = [given.get(word, word) for word in shlex.split(self._started_by)]
        self._connector = ChildProcess(command, log=self.folder / "connector.log")

    def is_running(self) -> bool:
        """Return whether the connector was started and has not ended."""
        return self._connector is not None and self._connector.exit_code() is None

    def exit_code(self) -> int | None:
        """Return how the connector has ended; None while it runs, and before it was started."""
        return None if self._connector is None else self._connector.exit_code()

    def kill(self) -> None:
        """Kill the connector, as a power failure would."""
        assert self._connector is not None
        self._connector.kill()

    def stop(self) -> int | None:
        """Stop the connector in order, and return its exit code."""
        if self._connector is None:
            return None
        self._connector.stop()
        return self._connector.exit_code()

    @asynccontextmanager
    async def client(self, name: str) -> AsyncIterator[Client]:
        """Provide the client of a user, who is new the first time."""
        login = self._logins.get(name) or self.synapse.register(name, PASSWORD)
        self._logins[name] = login
        nio = AsyncClient(self.synapse.address, login["user_id"], device_id=login["device_id"])
        nio.access_token, nio.user_id = login["access_token"], login["user_id"]
        try:
            await nio.whoami()  # opens the client's session
            yield Client(nio)
        finally:
            await nio.close()

    def records(self) -> list[Record]:
        """Return all records so far, those of one topic in their order."""
        return [decode(each.value) for each in self.sent()]

    def sent(self) -> list[Sent]:
        """Return what the connector has sent so far, as the kit for connectors sees it."""
        return [
            Sent(topic=each.topic, key=(each.key or b"").decode(), value=each.value or b"", timestamp_ms=each.at_ms)
            for each in read_topics(self.brokers, _TOPICS)
        ]

    def command(self, *commands: Record) -> None:
        """Put commands on their topic, as the job does."""
        topic = TOPICS[COMMANDS]
        with open_bulk_writer(self.brokers, [topic.name]) as writer:
            for command in commands:
                at_ms: int = command.at_ms  # type: ignore[attr-defined] # all commands have one
                writer.write(OutgoingRecord(topic.name, at_ms, topic.key_of(command).encode(), encode(command)))
            writer.flush()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline_s = time.monotonic() + _WITHIN_S
        while not condition():
            assert time.monotonic() < deadline_s, self.log()
            time.sleep(_POLL_S)

    def wait_for(self, *wanted: Callable[[Any], bool]) -> list[Record]:
        """Return the first record for each condition, once all are there."""
        deadline_s = time.monotonic() + _WITHIN_S
        while True:
            records = self.records()
            found = [next((each for each in records if condition(each)), None) for condition in wanted]
            if all(each is not None for each in found):
                return [each for each in found if each is not None]
            missing = [number for number, each in enumerate(found) if each is None]
            assert time.monotonic() < deadline_s, f"{missing} of the records are missing: {self.log()}"
            time.sleep(_POLL_S)

    def log(self) -> str:
        """Return what the connector has logged last."""
        return (self.folder / "connector.log").read_text()[-3_000:]

    def ask(self, event_id: str, kind: str, asked: str, fields: str) -> None:
        """Note that the bot has asked something in a message, as the side of the commands does."""
        with sqlite3.connect(self.folder / "matrix.db") as store:
            store.execute("INSERT INTO questions VALUES (?, ?, ?, ?, 0, '', '')", (event_id, kind, asked, fields))
        store.close()


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """Provide the stage with a broker of its own, with the connector not yet started."""
    with Broker(folder / "broker") as broker:
        brokers = Brokers(broker.bootstrap)
        create_topics(brokers, partitions=1)
        with open_stage_beside(brokers, folder) as stage:
            stage.broker = broker
            yield stage


@contextmanager
def open_stage_beside(brokers: Brokers, folder: Path) -> Iterator[Stage]:
    """Provide a homeserver beside a broker, set up by the commands of docs/matrix.md."""
    bootstrap = brokers.bootstrap
    synapse_port, port = free_ports(2)
    registration, check, remove, adopt, start = typed_in(PAGE)
    desk(folder)
    configuration = folder / "matrix.yaml"
    given = {"http://127.0.0.1:8008": f"http://127.0.0.1:{synapse_port}", "localhost:9092": bootstrap}
    configuration.write_text(f"{_shown_configuration(given)}\nlisten: {{port: {port}}}\nreports_every_s: 0.5\n")
    run(registration, folder, bootstrap)
    with Synapse(
        folder / "synapse", synapse_port, server_name=SERVER, registration=folder / "registration.yaml"
    ) as synapse:
        refused, output = ended(check.command.partition(" --administrator")[0], folder, bootstrap)
        assert (refused, "is no administrator" in output) == (2, True), output
        (folder / "token.txt").write_text(synapse.register("administrator", PASSWORD, admin=True)["access_token"])
        for typed in (check, remove, adopt):
            run(typed, folder, bootstrap)
        stage = Stage(folder, brokers, synapse, f"http://{HOST}:{port}", start.command)
        try:
            yield stage
        finally:
            stage.stop()


def _shown_configuration(changed: dict[str, str]) -> str:
    """Return the configuration that the page shows, with the addresses of here."""
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    text: str = shown
    for there, here in {**changed, "example.org": SERVER}.items():
        assert there in text
        text = text.replace(there, here)
    return text

"""The Matrix demo: people with clients on a local homeserver, the connector, and the job that protects them.

One directory holds everything: the broker's data, Flink's checkpoints, homeserver, connector, logs, and the outputs in
a replay's format.
"""

from __future__ import annotations

import secrets
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import httpx

from jobs.deploy.installation import worker_environment
from jobs.local.demo_directory import DemoError, clear
from jobs.local.demo_job import DemoJob
from jobs.local.matrix.connector import Connector
from jobs.local.matrix.person import Person, cause
from jobs.local.matrix.scene import Made, Missed, Scene, Seen, Witness, arrivals
from jobs.local.matrix.stories import NAMES, STORIES, Cast, MatrixStory
from jobs.local.ports import HOST, free_ports
from jobs.local.synapse import Synapse, check_synapse
from jobs.replay.event_files import open_events
from jobs.replay.output_files import OutputFiles
from jobs.scenario.files import EVENTS, MATRIX_POLICY
from schemas.records import AcceptFriend, ProfileChanged
from schemas.topics import COMMANDS, DECISIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SERVER: Final = "localhost"
_BOT: Final = f"@kithward:{SERVER}"
_REPLY_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Tale:
    """A story as it went: what clients showed, what was made of it, and what did not come in time."""

    story: MatrixStory
    seen: list[Seen]
    made: Made
    missed: str | None


class MatrixDemo:
    """Broker, job, homeserver and connector as subprocesses; use it as a context manager, which stops all of them.

    `python` is the interpreter of an environment with Synapse. `report` is told what is being done.
    """

    def __init__(self, directory: Path, python: Path, report: Callable[[str], None]) -> None:
        """Remove what an earlier demo left in `directory`. Raise DemoError if it holds anything else."""
        check_synapse(python)
        clear(directory)
        self._report, self.out, self.password = report, directory / "out", secrets.token_hex(4)
        port, listen = free_ports(2)
        self._job = DemoJob(directory, MATRIX_POLICY)
        settings = {
            "homeserver": {"address": f"http://{HOST}:{port}", "server_name": SERVER},
            "kafka": {"bootstrap": self._job.brokers.bootstrap},
            "listen": {"port": listen},
        }
        self._connector = Connector(directory / "connector", settings, worker_environment())
        self._synapse = Synapse(
            directory / "synapse",
            port,
            server_name=SERVER,
            registration=self._connector.registration,
            python=python,
        )
        self._tales: list[Tale] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start everything. Raise DemoError, BrokerError or SynapseError if a part does not start."""
        with self._stack, self._errors_reported():
            self._report("starting a Kafka broker, and the job on a local Flink ...")
            self._stack.enter_context(self._job)
            self._report("starting the homeserver, Synapse with SQLite ...")
            self._connector.register()
            self._stack.enter_context(self._synapse)
            self._connector.make_administrator(
                self._synapse.register("admin", self.password, admin=True)["access_token"]
            )
            self._cast = self._gather()
            self._report("starting the connector, and waiting for the job ...")
            self._stack.callback(self._connector.stop)
            self._connector.start(self._cast.moderation)
            self._witness = self._stack.enter_context(Witness(self._job.brokers))
            self._job.wait_running()
            self._begin()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop everything."""
        self._stack.close()

    @property
    def address(self) -> str:
        """The address of the homeserver."""
        return self._synapse.address

    @property
    def users(self) -> list[str]:
        """The ids of the people."""
        return [each.id for each in self._cast.people.values()]

    def tales(self) -> Iterator[Tale]:
        """Play the stories one after the other, and yield each once its effects are there."""
        for story in STORIES:
            tale = self._play(story)
            self._tales.append(tale)
            yield tale

    def arrivals(self) -> Iterator[Made]:
        """Yield what arrives on the homeserver and is made of it, without end."""
        return arrivals(self._witness, self._check_running)

    def plain(self, text: str) -> str:
        """Return a text with short names of people and groups."""
        for room_id, name in self._cast.rooms.items():
            text = text.replace(room_id, name)
        return text.replace(f":{SERVER}", "")

    def write_outputs(self) -> None:
        """Write what the job has decided and commanded in the stories, in the format of a replay's files."""
        with OutputFiles(self.out) as outputs:
            for made in (tale.made for tale in self._tales):
                for topic, records in ((DECISIONS, made.decisions), (COMMANDS, made.commands)):
                    for record in sorted(records, key=lambda record: getattr(record, "at_ms", 0)):
                        outputs.write(topic, record)
            outputs.publish()

    def _gather(self) -> Cast:
        """Register the people, make those friends who are, and open the reviewers' room."""
        http = self._stack.enter_context(httpx.Client(base_url=self._synapse.address, timeout=_REPLY_S))
        people = {name: Person(self._synapse, http, name, self.password) for name in NAMES}
        for name, profile in _profiles().items():
            people[name].look_like(profile.nickname or name, profile.avatar_image or b"")
        people["piet"].befriend(people["rosa"])
        moderation = people["eve"].room(name="Review")
        people["eve"].invite(moderation, _BOT)
        return Cast(people, moderation, {moderation: "Review"})

    def _begin(self) -> None:
        """Wait for what the job decides about those who become friends before the stories."""
        scene = Scene(self._witness, self._check_running)
        try:
            scene.has(AcceptFriend, requester_id=self._cast["piet"].id)
            scene.end()
        except Missed as fault:
            message = f"the job does not answer what happens on the homeserver: {fault}; see {self._connector.log}"
            raise DemoError(message) from fault

    def _play(self, story: MatrixStory) -> Tale:
        scene, missed = Scene(self._witness, self._check_running), None
        try:
            with self._errors_reported():
                story.play(self._cast, scene)
            scene.end()
        except Missed as fault:
            missed = str(fault)
            self._witness.read(scene.made)
        return Tale(story, scene.seen, scene.made, missed)

    @contextmanager
    def _errors_reported(self) -> Iterator[None]:
        """Raise DemoError where the homeserver refuses what a person does, or does not answer."""
        try:
            yield
        except httpx.HTTPError as fault:
            raise DemoError(f"the homeserver refuses: {cause(fault)}; see {self._synapse.log}") from fault

    def _check_running(self) -> None:
        self._job.check_running()
        self._connector.check_running()
        self._synapse.check_running()


def _profiles() -> dict[str, ProfileChanged]:
    """Return the profiles of the scenario's people who have a picture, by their names."""
    with open_events(EVENTS) as source:
        profiles = [event.parsed for event in source.events() if isinstance(event.parsed, ProfileChanged)]
    return {each.account_id: each for each in profiles if each.avatar_image}

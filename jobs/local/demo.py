"""What does the job do, seen at work? A story goes through a real broker and Flink, and is checked against the replay.

Everything lives under one directory: the broker, Flink's checkpoints, logs, and the outputs in the replay's form.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import ExitStack
from shutil import rmtree
from typing import TYPE_CHECKING, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from jobs import scenario
from jobs.deploy.installation import worker_environment
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import open_consumer, poll
from jobs.local.broker import Broker
from jobs.local.child_process import ChildProcess
from jobs.policy.file import load
from jobs.replay.event_files import InputEvent, open_events
from jobs.replay.output_files import DEAD_LETTERS, OUTPUT_NAMES, OutputFiles
from jobs.replay.runner import ReplayRequest, replay_files
from schemas.codec import decode, encode
from schemas.jsonl import BadLine, write_line
from schemas.malformed import Reason
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Self

    from jobs.kafka.topic_io import TopicRecord

_PACE_S: Final = 0.15  # between two events: slow enough to be read along
_START_S: Final = 120.0
_SILENT_S: Final = 40.0  # of waiting for what does not come
_POLL_S: Final = 0.1
_AHEAD_MS: Final = 10 * 365 * 86_400_000  # the story jumps by days; no topic has to wait for the others
_MESSAGES: Final = "messages"
_OWN_FILES: Final = {"broker", "checkpoints", "job.log", "out", "replay", "report.html"}


class DemoError(Exception):
    """The job did not run, or not to the end; the message says where its log is."""


class Demo:
    """Use as a context manager: broker and job run inside of it, and are ended with it."""

    def __init__(self, directory: Path) -> None:
        """Begin anew: what an earlier demo left there goes. Raise DemoError if it is somebody else's directory."""
        if directory.exists():
            _clear(directory)
        self.directory = directory
        self.out, self.replayed = directory / "out", directory / "replay"
        self._stack = ExitStack()
        self._letters: dict[bytes, InputEvent] = {}

    def __enter__(self) -> Self:
        """Start the broker, make the topics and submit the job."""
        with self._stack:
            self.directory.mkdir(parents=True)
            self._broker = self._stack.enter_context(Broker(self.directory / "broker"))
            create_topics(Brokers(self._broker.bootstrap), partitions=2)
            self._start_job()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the job and the broker."""
        self._stack.close()

    @property
    def log(self) -> Path:
        """What the job says while it runs."""
        return self.directory / "job.log"

    def replay(self) -> None:
        """Let the replay tell the same story into `replayed`."""
        replay_files(ReplayRequest(scenario.EVENTS, self.replayed, load(scenario.POLICY)))

    @property
    def _checkpoints(self) -> Path:
        return self.directory / "checkpoints"

    def wait_running(self) -> None:
        """Wait for the first checkpoint: by then all parts of the job are at work. Raise DemoError if none comes."""
        until_s = time.monotonic() + _START_S
        while not any(self._checkpoints.glob("*/chk-*/_metadata")):
            self._check_running()
            if time.monotonic() > until_s:
                raise DemoError(f"the job does not start; see {self.log}")
            time.sleep(_POLL_S)

    def send_events(self) -> Iterator[InputEvent]:
        """Send the story's events one by one, each with its own time, and yield each when it is sent."""
        producer = KafkaProducer(bootstrap_servers=self._broker.bootstrap, acks="all", linger_ms=0)
        with open_events(scenario.EVENTS) as recordings:
            for arrival in recordings.events():
                self._send(producer, arrival)
                yield arrival
                time.sleep(_PACE_S)
        producer.close()

    def outputs(self, wanted: Comparison) -> Iterator[list[TopicRecord]]:
        """Yield what the job writes, in the portions in which it comes, until it is complete or nothing more comes."""
        silent_since_s = time.monotonic()
        portion: list[TopicRecord] = []
        with open_consumer(Brokers(self._broker.bootstrap), OUTPUT_NAMES) as reader:
            while portion or (not wanted.is_complete and time.monotonic() < silent_since_s + _SILENT_S):
                found = list(poll(reader))
                portion += found
                if portion and not found:
                    silent_since_s = time.monotonic()
                    wanted.add((output.topic, self.identity(output)) for output in portion)
                    yield portion
                    portion = []
                self._check_running()

    def write_outputs(self, found: Iterable[TopicRecord]) -> None:
        """Write outputs to files, in the form and order of time that a replay's files have."""
        with OutputFiles(self.out) as outputs:
            for stored in sorted(found, key=lambda stored: (stored.at_ms, stored.value or b"")):
                if stored.topic == DEAD_LETTERS:
                    outputs.write_dead_letter(*self.dead_letter(stored))
                else:
                    outputs.write(stored.topic, decode(stored.value or b""))
            outputs.publish()

    def dead_letter(self, stored: TopicRecord) -> tuple[BadLine, str]:
        """Return a dead letter as the line of the story that it came from, and its file."""
        origin = self._letters[stored.value or b""]
        headers = {name: value.decode() for name, value in stored.headers}
        reason, message = Reason(headers["error.reason"]), headers["error.message"]
        return BadLine(line=origin.line, reason=reason, message=message, raw=origin.raw), origin.file

    def identity(self, stored: TopicRecord) -> str:
        """Return what an output is recognised by: its line in a replay's file, or a dead letter's place."""
        if stored.topic == DEAD_LETTERS:
            letter, place = self.dead_letter(stored)
            return f"{place}:{letter.line}"
        return write_line(decode(stored.value or b""))

    def _start_job(self) -> None:
        options = ("--local", "--bootstrap", self._broker.bootstrap, "--policy", str(scenario.POLICY))
        places = ("--checkpoints", str(self._checkpoints), "--ahead-ms", str(_AHEAD_MS))
        command = (sys.executable, "-m", "jobs", "run", *options, *places)
        self._job = ChildProcess(command, log=self.log, environment=worker_environment())
        self._stack.callback(self._job.stop)

    def _check_running(self) -> None:
        code = self._job.exit_code()
        if code is not None:
            raise DemoError(f"the job has ended with {code}; see {self.log}")

    def _send(self, producer: KafkaProducer, arrival: InputEvent) -> None:
        record = arrival.parsed
        if isinstance(record, BadLine):
            topic, key, value = _MESSAGES, None, arrival.raw
        else:
            kind = INPUT_OF[type(record)]
            topic, key, value = kind.name, kind.key_of(record).encode(), encode(record)
        self._letters[value] = arrival
        try:
            producer.send(topic, value, key=key, timestamp_ms=arrival.at_ms).get(timeout=_START_S)
        except KafkaError as fault:
            raise DemoError(f"the broker does not take an event: {fault}") from fault


class Comparison:
    """What a replay wrote, against what comes from Flink. Of dead letters only the line counts: their words differ."""

    def __init__(self, replayed: Path) -> None:
        self.missing = {
            name: {_identity(name, line) for line in _lines(replayed / f"{name}.jsonl")} for name in OUTPUT_NAMES
        }
        self.unexpected: list[str] = []

    def add(self, outputs: Iterable[tuple[str, str]]) -> None:
        """Note outputs of Flink's, each by its topic and identity."""
        for topic, identity in outputs:
            if identity in self.missing[topic]:
                self.missing[topic].remove(identity)
            else:
                self.unexpected.append(identity)

    @property
    def is_complete(self) -> bool:
        """Whether Flink has written all that the replay has."""
        return not any(self.missing.values())


def _clear(directory: Path) -> None:
    try:
        strange = sorted({path.name for path in directory.iterdir()} - _OWN_FILES)
        if strange:
            raise DemoError(f"{directory} is not the demo's own: there is {strange[0]} in it")
        rmtree(directory)
    except OSError as fault:
        raise DemoError(f"{directory}: {fault.strerror}") from fault


def _identity(name: str, line: str) -> str:
    if name != DEAD_LETTERS:
        return line
    letter = json.loads(line)
    return f"{letter['file']}:{letter['line']}"


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()

"""The demo: a scenario's events go through a real broker and Flink, and the outputs are compared with a replay's.

One directory holds everything: the broker's data, Flink's checkpoints, logs, and the outputs in a replay's format.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError

from jobs.kafka.topic_io import open_consumer, poll
from jobs.local.demo_directory import DemoError, clear
from jobs.local.demo_job import DemoJob
from jobs.policy.file import load
from jobs.replay.event_files import InputEvent, open_events
from jobs.replay.output_files import OutputFiles, records_if_any
from jobs.replay.publication import OUTPUT_NAMES
from jobs.replay.runner import ReplayRequest, replay_files
from jobs.scenario.files import EVENTS, POLICY
from schemas.codec import decode, encode
from schemas.jsonl import BadLine, write_line
from schemas.malformed import Reason
from schemas.topics import COMMANDS, DEAD_LETTERS, DECISIONS, INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import Self

    from jobs.kafka.topic_io import TopicRecord
    from schemas.records import Record

_PACE_S: Final = 0.15  # between two events
_SEND_S: Final = 120.0
_SILENT_S: Final = 40.0  # without any output: the rest does not come
_AHEAD_MS: Final = 10 * 365 * 86_400_000  # the scenario jumps by days: no topic may wait for the others
_MESSAGES: Final = "messages"


class Demo:
    """A broker and the job as subprocesses; use it as a context manager, which stops both at its end."""

    def __init__(self, directory: Path) -> None:
        """Remove what an earlier demo left in `directory`. Raise DemoError if it holds anything else."""
        clear(directory)
        self.directory = directory
        self.out, self.replayed = directory / "out", directory / "replay"
        with open_events(EVENTS) as source:
            self._events = tuple(source.events())
        self._job = DemoJob(directory, POLICY, "--ahead-ms", str(_AHEAD_MS))
        self._sent: dict[bytes, InputEvent] = {}

    def __enter__(self) -> Self:
        """Start the broker, create the topics and submit the job."""
        self._job.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the job and the broker."""
        self._job.stop()

    @property
    def events(self) -> list[Record]:
        """The scenario's events in their order, without what cannot be read."""
        return [event.parsed for event in self._events if not isinstance(event.parsed, BadLine)]

    def replay(self) -> None:
        """Replay the same events without Flink, into `replayed`."""
        replay_files(ReplayRequest(EVENTS, self.replayed, load(POLICY)))

    def replayed_records(self) -> Iterator[Record]:
        """Yield the decisions and commands of the replay."""
        for topic in (DECISIONS, COMMANDS):
            yield from records_if_any(self.replayed / f"{topic}.jsonl")

    def wait_running(self) -> None:
        """Wait until the job runs. Raise DemoError if it does not."""
        self._job.wait_running()

    def send_events(self) -> None:
        """Send the scenario's events one by one, each with its event time, once the one before is acknowledged."""
        producer = KafkaProducer(bootstrap_servers=self._job.brokers.bootstrap, acks="all", linger_ms=0)
        for event in self._events:
            self._send(producer, event)
            time.sleep(_PACE_S)
        producer.close()

    def outputs(self, wanted: Comparison) -> Iterator[list[TopicRecord]]:
        """Yield the job's outputs in batches, each up to a pause, until `wanted` is complete or nothing more comes."""
        silent_since_s = time.monotonic()
        batch: list[TopicRecord] = []
        with open_consumer(self._job.brokers, OUTPUT_NAMES) as reader:
            while batch or (not wanted.is_complete and time.monotonic() < silent_since_s + _SILENT_S):
                polled = list(poll(reader))
                batch += polled
                if batch and not polled:
                    silent_since_s = time.monotonic()
                    wanted.add((output.topic, self.identity(output)) for output in batch)
                    yield batch
                    batch = []
                self._job.check_running()

    def write_outputs(self, records: Iterable[TopicRecord]) -> None:
        """Write outputs to files, sorted by event time and in the format of a replay's files."""
        with OutputFiles(self.out) as outputs:
            for record in sorted(records, key=lambda record: (record.at_ms, record.value or b"")):
                if record.topic == DEAD_LETTERS:
                    outputs.write_dead_letter(*self.dead_letter(record))
                else:
                    outputs.write(record.topic, decode(record.value or b""))
            outputs.publish()

    def dead_letter(self, record: TopicRecord) -> tuple[BadLine, str]:
        """Return a dead letter as the line of the scenario that it came from, and that line's file."""
        origin = self._sent[record.value or b""]
        headers = {name: value.decode() for name, value in record.headers}
        reason, message = Reason(headers["error.reason"]), headers["error.message"]
        return BadLine(line=origin.line, reason=reason, message=message, raw=origin.raw), origin.file

    def identity(self, record: TopicRecord) -> str:
        """Return the key by which outputs are compared: the line in a replay's file, or a dead letter's place."""
        if record.topic == DEAD_LETTERS:
            letter, place = self.dead_letter(record)
            return f"{place}:{letter.line}"
        return write_line(decode(record.value or b""))

    def _send(self, producer: KafkaProducer, event: InputEvent) -> None:
        record = event.parsed
        if isinstance(record, BadLine):
            topic, key, value = _MESSAGES, None, event.raw
        else:
            kind = INPUT_OF[type(record)]
            topic, key, value = kind.name, kind.key_of(record).encode(), encode(record)
        self._sent[value] = event
        try:
            producer.send(topic, value, key=key, timestamp_ms=event.at_ms).get(timeout=_SEND_S)
        except KafkaError as fault:
            raise DemoError(f"the broker refused an event: {fault}") from fault


class Comparison:
    """The outputs of a replay compared with Flink's. Dead letters are compared by line only: their messages differ."""

    def __init__(self, replayed: Path) -> None:
        self.missing = {
            name: {_identity(name, line) for line in _lines(replayed / f"{name}.jsonl")} for name in OUTPUT_NAMES
        }
        self.unexpected: list[str] = []

    def add(self, outputs: Iterable[tuple[str, str]]) -> None:
        """Add outputs of Flink, each with its topic and identity."""
        for topic, identity in outputs:
            if identity in self.missing[topic]:
                self.missing[topic].remove(identity)
            else:
                self.unexpected.append(identity)

    @property
    def is_complete(self) -> bool:
        """Whether Flink has written every output of the replay."""
        return not any(self.missing.values())


def _identity(name: str, line: str) -> str:
    if name != DEAD_LETTERS:
        return line
    letter = json.loads(line)
    return f"{letter['file']}:{letter['line']}"


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()

"""Events of topics in a range of time, in the order in which a job would read them.

A broker returns one partition after the other. Each partition is first written to a local temporary file, and the files
are then merged by record time, as `jobs.replay.event_files` merges event files; so a year of events needs no memory.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from struct import Struct
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Final

from jobs.errors import BadInput
from jobs.kafka.topic_io import read_topics
from jobs.replay.event_files import InputEvent
from jobs.replay.event_parser import bad_line
from jobs.replay.input_report import InputReport, Tally, require_readable
from jobs.runtime.future_events import ahead_of
from jobs.runtime.own_topic import foreign_to
from schemas.jsonl import BadLine
from schemas.malformed import Malformed
from schemas.records import PolicyPublished, Record
from schemas.topic_names import CONTRACT_NAMES, TopicNames
from schemas.topics import TOPICS, Direction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from fractions import Fraction

    from jobs.kafka.client_config import Brokers
    from schemas.codec import Framing

_HEAD: Final = Struct(">qqi")
_POLICIES: Final = "policies"

Partition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class TopicRange:
    """Topics of a broker, with record times in `[since_ms, until_ms)`; None: without that bound."""

    brokers: Brokers
    topics: tuple[str, ...]
    since_ms: int | None = None
    until_ms: int | None = None


class TopicEvents:
    """A local copy of the events of topics."""

    def __init__(
        self,
        files: Mapping[Partition, IO[bytes]],
        framing: Framing,
        max_bad: Fraction | None = None,
        names: TopicNames = CONTRACT_NAMES,
    ) -> None:
        self._files, self._framing, self._max_bad, self._names = files, framing, max_bad, names
        self.size = sum(file.tell() for file in files.values())
        self.report = InputReport()

    def events(self) -> Iterator[InputEvent]:
        """Yield all events, merged by time; each partition keeps its own order.

        Raise BadInput at the end of all for a topic of which no value is an event, and for too many bad values.
        """
        tallies = {topic: Tally(unit="offset") for topic, _ in self._files}
        self.report = InputReport({f"--topic {topic}": tally for topic, tally in tallies.items()})
        streams = [self._arrivals(*item) for item in sorted(self._files.items(), key=lambda item: item[0])]
        for arrival in merge(*streams, key=attrgetter("at_ms")):
            tally = tallies[arrival.file.partition("/")[0]]
            if isinstance(arrival.parsed, BadLine):
                tally.add_bad(arrival.parsed)
            else:
                tally.events += 1
            yield arrival
        require_readable(self.report, self._max_bad)

    def policies(self) -> Iterator[PolicyPublished]:
        """Yield the policies among them."""
        for partition, file in self._files.items():
            for arrival in self._arrivals(partition, file) if partition[0] == _POLICIES else ():
                if isinstance(arrival.parsed, PolicyPublished):
                    yield arrival.parsed

    def _arrivals(self, partition: Partition, file: IO[bytes]) -> Iterator[InputEvent]:
        place, at = f"{partition[0]}/{partition[1]}", 0
        while True:
            file.seek(at)  # several readers may share a file
            head = file.read(_HEAD.size)
            if not head:
                return
            at_ms, offset, size = _HEAD.unpack(head)
            value = file.read(size)
            at += _HEAD.size + size
            yield InputEvent(at_ms, place, offset, value, self._decode(partition[0], at_ms, offset, value))

    def _decode(self, topic: str, at_ms: int, offset: int, value: bytes) -> Record | BadLine:
        """Return a record as the job reads it: in its own topic (C-16), and not ahead of its timestamp (C-30)."""
        try:
            record = self._framing.decode(value)
            if fault := foreign_to(record, topic, self._names) or ahead_of(record, at_ms, "the record's timestamp"):
                raise fault
        except Malformed as fault:
            return bad_line(offset, fault, value)
        return record


@contextmanager
def open_topic_events(span: TopicRange, framing: Framing, max_bad: Fraction | None = None) -> Iterator[TopicEvents]:
    """Provide a local copy of topics. Raises `BadInput` for a topic without events, or an unreachable broker."""
    for topic in span.topics:
        if topic not in TOPICS or TOPICS[topic].direction is not Direction.INPUT:
            names = ", ".join(name for name, known in TOPICS.items() if known.direction is Direction.INPUT)
            raise BadInput(f"--topic {topic}", f"is not an input topic; choose one of {names}")
    with ExitStack() as stack:
        files: dict[Partition, IO[bytes]] = {}
        for found in read_topics(span.brokers, span.topics, span.since_ms, span.until_ms):
            partition = (found.topic, found.partition)
            if partition not in files:
                files[partition] = stack.enter_context(TemporaryFile())
            value = found.value or b""
            files[partition].write(_HEAD.pack(found.at_ms, found.offset, len(value)) + value)
        yield TopicEvents(files, framing, max_bad, span.brokers.topics)

"""A job as plain data, so that Flink, the replay, the tests and the README share one picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from schemas.topics import TOPICS, Topic

if TYPE_CHECKING:
    from operators.operator import Operator
    from schemas.records import Record

Keys = Callable[[Any], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Stream:
    """What a topic or a step emits, by its name."""

    name: str

    def key_by(self, keys: Keys) -> Edge:
        """Return this stream on its way to each key that `keys` names for a record."""
        return Edge(self.name, keys)


@dataclass(frozen=True, slots=True)
class Edge:
    """A stream and the keys of its records."""

    stream: str
    keys: Keys


@dataclass(frozen=True, slots=True)
class Step:
    """An operator and what flows into it."""

    operator: Operator
    edges: tuple[Edge, ...]

    @property
    def uid(self) -> str:
        """The step's name in savepoints."""
        return self.operator.uid


class Route(Struct, frozen=True):
    """One record on its way: to a step's uid under a key, or to a topic (then the key is the Kafka key)."""

    dest: str
    key: str
    record: Record


@dataclass
class Graph:
    """A job: sources, steps in the order of their flow, sinks."""

    name: str
    sources: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    sinks: list[tuple[str, str]] = field(default_factory=list)

    def source(self, topic: str) -> Stream:
        """Read a topic."""
        self.sources.append(topic)
        return Stream(topic)

    def process(self, operator: Operator, *wires: Edge) -> Stream:
        """Run an operator on the given streams; it takes from them the record types that it handles."""
        self.steps.append(Step(operator, wires))
        return Stream(operator.uid)

    def sink(self, topic: str, *streams: Stream) -> None:
        """Write the streams' records that belong to a topic there."""
        self.sinks.extend((stream.name, topic) for stream in streams)

    def routes(self, stream: str, record: Record) -> Iterator[Route]:
        """Yield where a record of a stream goes. A record's type decides, and the wire's keys."""
        for dest, keys in self._roads.get(stream, {}).get(type(record), ()):
            for key in keys(record):
                yield Route(dest, key, record)

    @cached_property
    def uids(self) -> frozenset[str]:
        """The names of all steps."""
        return frozenset(step.uid for step in self.steps)

    @cached_property
    def _roads(self) -> dict[str, dict[type, list[tuple[str, Keys]]]]:
        roads: dict[str, dict[type, list[tuple[str, Keys]]]] = {}
        for step in self.steps:
            for wire in step.edges:
                for kind in step.operator.handles:
                    roads.setdefault(wire.stream, {}).setdefault(kind, []).append((step.uid, wire.keys))
        for stream, topic in self.sinks:
            for kind in TOPICS[topic].records:
                roads.setdefault(stream, {}).setdefault(kind, []).append((topic, _kafka_key(TOPICS[topic])))
        return roads


def _kafka_key(topic: Topic) -> Keys:
    return lambda record: (topic.key_of(record),)


_SHADOW: Final = "/shadow"


def shadow_of(stream: Stream) -> Stream:
    """Return what a step decides in the shadow, for a sink of its own."""
    return Stream(stream.name + _SHADOW)


def live_stream(stream: str) -> str:
    """Return the name of the step that a shadow stream is of; that of any other stream as it is."""
    return stream.removesuffix(_SHADOW)


ENGINE_STATES: Final = {
    "waiting": ("event time", "events in event-time order", "until the watermark has passed the event"),
    "judged": ("event id", "until when a repetition of the event is dropped (C-12)", "`common.repeat_memory_ms`"),
    "alarms": ("time", "a mark: a timer is set", "until it has fired"),
}
"""States that an engine keeps for every step, by name: key of an entry, content, retention."""

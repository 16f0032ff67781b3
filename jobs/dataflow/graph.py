"""The dataflow graph of a job as plain data: sources, keyed steps, edges, sinks.

Flink, the replay, the tests and the documentation all read the same graph.
"""

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
"""A key function: the keys that a record is sent to."""

Form = Callable[[Any], Any]
"""Returns what is sent of a record: the same record without fields that the step does not read."""

_Way = tuple[str, Keys, bool, Form | None]
_SHADOW: Final = "/shadow"

ENGINE_STATES: Final = {
    "waiting": ("event time", "events in event-time order", "until the watermark has passed the event"),
    "judged": ("event id", "until when a repetition of the event is dropped (C-12)", "`common.repeat_memory_ms`"),
    "alarms": ("time", "a mark: a timer is set", "until it has fired"),
}
"""States that an engine keeps for every step, by name: key of an entry, content, retention."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The output of a topic or a step, by its name."""

    name: str

    def key_by(self, keys: Keys, *, drops_repeats: bool = True, form: Form | None = None) -> Edge:
        """Return an edge that partitions this stream by `keys`, which returns any number of keys for a record."""
        return Edge(self.name, keys, drops_repeats, form)


@dataclass(frozen=True, slots=True)
class Edge:
    """A stream and the key function by which its records reach a step.

    The step drops repeated events (C-12), unless `drops_repeats` is False: where a repetition changes nothing, and
    reaches another step that drops and counts it. So one step looks the id of an event up, under one key. `form`
    returns what the step gets of a record; None: all of it.
    """

    stream: str
    keys: Keys
    drops_repeats: bool = True
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """An operator and its input edges."""

    operator: Operator
    edges: tuple[Edge, ...]

    @property
    def uid(self) -> str:
        """The step's name in savepoints."""
        return self.operator.uid


class Route(Struct, frozen=True):
    """A record with its destination: a step's uid and a key, or a topic and the Kafka key."""

    dest: str
    key: str
    record: Record
    drops_repeats: bool = True


@dataclass
class Graph:
    """A job: source topics, steps in topological order, sinks."""

    name: str
    sources: list[str] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    sinks: list[tuple[str, str]] = field(default_factory=list)

    def source(self, topic: str) -> Stream:
        """Read a topic."""
        self.sources.append(topic)
        return Stream(topic)

    def process(self, operator: Operator, *edges: Edge) -> Stream:
        """Add an operator with its input edges; of these streams it gets the record types that it handles."""
        self.steps.append(Step(operator, edges))
        return Stream(operator.uid)

    def sink(self, topic: str, *streams: Stream) -> None:
        """Write to a topic those records of the streams whose types belong to it."""
        self.sinks.extend((stream.name, topic) for stream in streams)

    def routes(self, stream: str, record: Record) -> Iterator[Route]:
        """Yield the routes of a record of a stream, by its type and by the edges' key functions."""
        for dest, keys, drops_repeats, form in self._routes.get(stream, {}).get(type(record), ()):
            for key in keys(record):
                yield Route(dest, key, record if form is None else form(record), drops_repeats)

    @cached_property
    def uids(self) -> frozenset[str]:
        """The names of all steps."""
        return frozenset(step.uid for step in self.steps)

    @cached_property
    def _routes(self) -> dict[str, dict[type, list[_Way]]]:
        """Destinations, their key functions, whether they drop repetitions, and the form, by stream and record type."""
        routes: dict[str, dict[type, list[_Way]]] = {}
        for step in self.steps:
            for edge in step.edges:
                way = step.uid, edge.keys, edge.drops_repeats, edge.form
                for kind in step.operator.handles:
                    routes.setdefault(edge.stream, {}).setdefault(kind, []).append(way)
        for stream, topic in self.sinks:
            to_topic = topic, _kafka_key(TOPICS[topic]), True, None
            for kind in TOPICS[topic].records:
                routes.setdefault(stream, {}).setdefault(kind, []).append(to_topic)
        return routes


def _kafka_key(topic: Topic) -> Keys:
    return lambda record: (topic.key_of(record),)


def shadow_of(stream: Stream) -> Stream:
    """Return the stream of a step's shadow decisions, for a sink of its own."""
    return Stream(shadow_name(stream.name))


def shadow_name(uid: str) -> str:
    """Return the name of the stream of a step's shadow decisions."""
    return uid + _SHADOW


def live_stream(stream: str) -> str:
    """Return the name of the live stream of a shadow stream; any other name as it is."""
    return stream.removesuffix(_SHADOW)

"""The risk job as a later release might have it: two states in a new layout, and one step more.

Both layouts wrap the catalogue's own, so they stay valid when that changes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from jobs.dataflow.graph import Graph, Step, Stream
from jobs.dataflow.keys import subject
from jobs.dataflow.risk import risk_graph
from operators.operator import Context, Handler, Metric, Operator
from operators.relationship.relationship import Relationship
from schemas.records import Decision
from state.catalog.relationship import FRIENDS, PAIRS
from state.codecs import NUMBER
from state.spec import Codec, K, MapCell, MapSpec, V
from tests.e2e.support.other_release import OtherRelease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")

MIGRATED = "migrated"
"""A metric: how often bytes of the earlier release were read."""

_PADDING = b"later release:"
_migrations: list[str] = []


def _later(spec: MapSpec[K, V]) -> MapSpec[K, V]:
    """Return a state with one more version, whose values begin with a prefix that older ones do not have."""
    codec = spec.codec
    decode = {version: _count_migration(spec.name, read) for version, read in codec.decode.items()}
    now = codec.version + 1
    read = codec.decode[codec.version]
    decode[now] = lambda raw: read(raw.removeprefix(_PADDING))
    encode = codec.encode
    return replace(spec, codec=Codec(version=now, encode=lambda value: _PADDING + encode(value), decode=decode))


def _count_migration(name: str, read: Callable[[bytes], T]) -> Callable[[bytes], T]:
    def decode(raw: bytes) -> T:
        _migrations.append(name)
        return read(raw)

    return decode


class LaterRelationship(OtherRelease):
    """The step `relationship` with the new layouts."""

    def __init__(self) -> None:
        super().__init__(Relationship())

    @property
    def states(self) -> tuple[MapSpec[Any, Any], ...]:  # type: ignore[override]
        return tuple(_LATER.get(spec.name, spec) for spec in self.today.states)

    def open_cell(self, spec: MapSpec[K, V], ctx: Context) -> MapCell[K, V]:
        return ctx[_LATER.get(spec.name, spec)]

    def handle(self, handler: Handler, record: Any, ctx: Context) -> Iterator[Any]:
        yield from super().handle(handler, record, ctx)
        while _migrations:
            _migrations.pop()
            yield Metric(MIGRATED)


_LATER: dict[str, MapSpec[Any, Any]] = {spec.name: _later(spec) for spec in (FRIENDS, PAIRS)}
ECHOES: MapSpec[str, int] = MapSpec("echoes", str, NUMBER, entry="text", holds="a number", kept="for ever")


DECIDING = ("relationship", "gate", "impersonation", "popular-picture", "group", "event-group")


class Echo(Operator):
    """Emits every decision again."""

    uid = "echo"
    states = (ECHOES,)

    @property
    def handles(self) -> Mapping[type, Handler]:
        return {Decision: self._repeat}

    def _repeat(self, decision: Decision, ctx: Context) -> Iterator[Any]:
        ctx[ECHOES].put(decision.outcome, 1 + (ctx[ECHOES].get(decision.outcome) or 0))
        yield decision


def changed() -> Graph:
    """Return the risk job of a later release."""
    job = risk_graph()
    place = next(index for index, step in enumerate(job.steps) if step.uid == Relationship.uid)
    job.steps[place] = Step(LaterRelationship(), job.steps[place].edges)
    echo = job.process(Echo(), *(Stream(uid).key_by(subject) for uid in DECIDING))
    job.sink("shadow-decisions", echo)
    return job

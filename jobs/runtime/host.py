"""Runs one step's operator, one event or timer of one key at a time, in any engine.

Both engines use this class. Events reach it sorted per key and deduplicated, by
`jobs/flink/java/kithward/EventTimeBuffer.java` in Flink and by `jobs/replay/event_queue.py` in a replay.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from jobs.runtime.shadow import run_shadow_record, run_shadows
from jobs.runtime.wire_format import time_of
from operators.operator import Metric
from schemas.records import AccountApproached, Record, Shadowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobs.dataflow.graph import Graph, Route, Step
    from operators.operator import Labels
    from operators.policy.model import Policy
    from operators.policy.versions import PolicyBook
    from state.spec import K, MapCell, MapSpec, RawMap, V


class EngineContext(Protocol):
    """What an engine provides to a host: keyed state, timers, metrics, policies, all of the current key."""

    key: str

    @property
    def policies(self) -> PolicyBook:
        """The policies published so far."""

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        """Return a state that is always that of the current key. A host opens each state once."""

    def set_timer(self, at_ms: int) -> None:
        """Call `on_timer(at_ms)` of this key once the watermark has reached it; timers are deduplicated."""

    def count(self, name: str, labels: Labels = ()) -> None:
        """Increment a counter."""

    def adjust_pending(self, state: str, by: int) -> None:
        """Adjust the counter of entries of a state that await an external answer."""


class Host:
    """Runs one step of a graph. An engine passes the same context object to every call."""

    def __init__(self, graph: Graph, step: Step) -> None:
        self._graph, self._step, self._operator = graph, step, step.operator
        self._handles = step.operator.handles
        self._cells: dict[str, MapCell[Any, Any]] = {}

    def handle(self, record: Record, engine: EngineContext, *, late: bool) -> Iterator[Route]:
        """Handle a record that is due, first under the policies in shadow mode and then live; yield the routes."""
        context = self._context(engine, at_ms := time_of(record), late=late)
        if type(record) is Shadowed:
            yield from run_shadow_record(self._graph, self._step, record, context, engine.policies)
            return
        if shadows := engine.policies.shadows(at_ms):
            yield from run_shadows(self._graph, self._step, record, context, shadows)
        # Flink does not hand over approaches: `Contacts.java` applies them, and counts them under this name.
        engine.count("approached" if type(record) is AccountApproached else "applied")
        handler = self._handles[type(record)]
        yield from self._emit(handler(record, context), engine)

    def on_timer(self, at_ms: int, engine: EngineContext) -> Iterator[Route]:
        """Fire a timer; yield the routes."""
        yield from self._emit(self._operator.on_timer(at_ms, self._context(engine, at_ms, late=False)), engine)

    def _context(self, engine: EngineContext, at_ms: int, *, late: bool) -> _OperatorContext:
        if not self._cells:
            self._cells = {spec.name: _open_cell(engine, spec) for spec in self._operator.states}
        return _OperatorContext(engine, self._cells, at_ms, late=late)

    def _emit(self, conclusions: Iterator[Any], engine: EngineContext) -> Iterator[Route]:
        for conclusion in conclusions:
            if type(conclusion) is Metric:
                engine.count(conclusion.name, conclusion.labels)
            else:
                yield from self._graph.routes(self._step.uid, conclusion)


def _open_cell(engine: EngineContext, spec: MapSpec[K, V]) -> MapCell[K, V]:
    return spec.counted_cell(engine.cell(spec), partial(engine.adjust_pending, spec.name))


class _OperatorContext:
    """The context that an operator gets for one event or timer (`operators.operator.Context`)."""

    __slots__ = ("_at_ms", "_cells", "_engine", "key", "late", "policy")

    def __init__(
        self, engine: EngineContext, cells: Mapping[str, MapCell[Any, Any]], at_ms: int, *, late: bool
    ) -> None:
        self._engine, self._cells, self._at_ms, self.late = engine, cells, at_ms, late
        self.key: str = engine.key
        self.policy: Policy = engine.policies.in_force(at_ms)

    @property
    def policies(self) -> Sequence[Policy]:
        return self._engine.policies.policies_at(self._at_ms)

    @property
    def in_shadow(self) -> bool:
        return False

    def policy_of(self, version: str) -> Policy:
        return self._engine.policies.by_version(version)

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        return self._cells[spec.name]

    def set_timer(self, at_ms: int) -> None:
        self._engine.set_timer(at_ms)

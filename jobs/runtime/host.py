"""How is a step run for one key, whatever engine runs it? Events by the operator's table, alarms, and what comes out.

Both engines run this very class. Before it stands what puts each key's events in order and drops repeated ones:
`jobs/flink/java/kithward/EventTimeBuffer.java` in Flink, `jobs/replay/event_queue.py` in a replay.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from jobs.runtime.shadow import run_shadow_record, run_shadows
from jobs.runtime.wire_format import time_of
from operators.operator import Metric
from schemas.records import Record, Shadowed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jobs.dataflow.graph import Graph, Route, Step
    from operators.policy.model import Policy
    from operators.policy.versions import PolicyBook
    from state.spec import K, MapCell, MapSpec, RawMap, V


class EngineContext(Protocol):
    """What an engine lends a host, for one record or alarm after another."""

    key: str

    @property
    def policies(self) -> PolicyBook:
        """The policies known by now."""

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        """Return a state that is always the one of the key at hand. A host asks for each once."""

    def set_timer(self, at_ms: int) -> None:
        """Call `wake(at_ms)` for this key once the watermark has reached it; twice for one time is once."""

    def count(self, name: str) -> None:
        """Add one to a metric."""

    def adjust_pending(self, state: str, by: int) -> None:
        """Count so many more entries of a state that wait for somebody outside, or fewer."""


class Host:
    """One step of a graph. Whoever runs it lends it one turn for good, for one key after another."""

    def __init__(self, graph: Graph, step: Step) -> None:
        self._graph, self._step, self._operator = graph, step, step.operator
        self._handles = step.operator.handles
        self._cells: dict[str, MapCell[Any, Any]] = {}

    def handle(self, record: Record, turn: EngineContext, *, late: bool) -> Iterator[Route]:
        """Handle a record whose turn has come, and in the shadow first what policies in shadow mode make of it."""
        context = self._context(turn, at_ms := time_of(record), late=late)
        if isinstance(record, Shadowed):
            yield from run_shadow_record(self._graph, self._step, record, context, turn.policies)
            return
        if shadows := turn.policies.shadows(at_ms):
            yield from run_shadows(self._graph, self._step, record, context, shadows)
        turn.count("applied")
        handler = self._handles[type(record)]
        yield from self._emit(handler(record, context), turn)

    def on_timer(self, at_ms: int, turn: EngineContext) -> Iterator[Route]:
        """Let an alarm ring."""
        yield from self._emit(self._operator.on_timer(at_ms, self._context(turn, at_ms, late=False)), turn)

    def _context(self, turn: EngineContext, at_ms: int, *, late: bool) -> _Context:
        if not self._cells:
            self._cells = {spec.name: _lent(turn, spec) for spec in self._operator.states}
        return _Context(turn, self._cells, at_ms, late=late)

    def _emit(self, conclusions: Iterator[Any], turn: EngineContext) -> Iterator[Route]:
        for conclusion in conclusions:
            if isinstance(conclusion, Metric):
                turn.count(conclusion.name)
            else:
                yield from self._graph.routes(self._step.uid, conclusion)


def _lent(turn: EngineContext, spec: MapSpec[K, V]) -> MapCell[K, V]:
    return spec.gauged_cell(turn.cell(spec), partial(turn.adjust_pending, spec.name))


class _Context:
    """The operator's view of a turn."""

    __slots__ = ("_at_ms", "_cells", "_turn", "key", "late", "policy")

    def __init__(self, turn: EngineContext, cells: Mapping[str, MapCell[Any, Any]], at_ms: int, *, late: bool) -> None:
        self._turn, self._cells, self._at_ms, self.late = turn, cells, at_ms, late
        self.key: str = turn.key
        self.policy: Policy = turn.policies.in_force(at_ms)

    @property
    def policies(self) -> Sequence[Policy]:
        return self._turn.policies.policies_at(self._at_ms)

    def policy_of(self, version: str) -> Policy:
        return self._turn.policies.by_version(version)

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        return self._cells[spec.name]

    def set_timer(self, at_ms: int) -> None:
        self._turn.set_timer(at_ms)

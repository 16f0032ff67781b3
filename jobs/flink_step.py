"""How does one step of a graph live in Flink? In a thread of the task manager; its state is RocksDB's, its key Java's.

Policies come by broadcast and are remembered with the other state. A step that is new in a restored job has missed
those that came before it, so each also starts from what was known when the job was submitted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyflink.common import Row, Types
from pyflink.datastream import KeyedBroadcastProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor
from pyflink.metrics import Counter

from jobs.graph import Graph, Route, Step
from jobs.host import Host, payload_of
from jobs.policy_log import PolicyLog
from jobs.wire import record_payload
from operators.policy import Policy
from schemas.codec import decode
from schemas.framing import Framing
from schemas.records import PolicyPublished
from state.spec import K, MapSpec, RawMap, V

KNOWN = MapStateDescriptor("policies", Types.STRING(), Types.PICKLED_BYTE_ARRAY())
"""Broadcast state: by version, the encoded `PolicyPublished`. The name lives in savepoints."""

METRICS = "kithward"

_TIME = 8  # bytes of a payload before its record
_EMBEDDED = "pyflink.fn_execution.datastream.embedded.runtime_context"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What every part of the job starts from: how records look on topics, and the policies.

    `first` is in force before all others, `published` are those that the topic holds when the job is submitted.
    """

    framing: Framing
    first: Policy
    published: tuple[PolicyPublished, ...] = ()

    def log(self) -> PolicyLog:
        """Return the policies as a new log."""
        log = PolicyLog(self.first)
        log.take_all(self.published)
        return log


class HostedStep(KeyedBroadcastProcessFunction):
    """A step as PyFlink calls it: Row(destination, key, payload) is what it yields."""

    def __init__(self, graph: Graph, step: Step, knowledge: Knowledge) -> None:
        self._graph, self._step, self._knowledge = graph, step, knowledge
        self._steps = frozenset(step.uid for step in graph.steps)

    def open(self, runtime_context: RuntimeContext) -> None:
        """Take hold of state and metrics. Raise RuntimeError in process mode: its state is another."""
        if type(runtime_context).__module__ != _EMBEDDED:
            message = f"step {self._step.uid} does not run in thread mode: set python.execution-mode to 'thread'"
            raise RuntimeError(message)
        self._host = Host(self._graph, self._step)
        self._turn = _Turn(runtime_context, self._host.states, self._knowledge.log())

    def process_element(self, value: bytes, ctx: Any) -> Iterator[Row]:  # noqa: ANN401 - PyFlink's contexts have no common type
        """Take a payload in."""
        yield from map(self._row, self._host.arrive(value, self._turn.of(ctx)))

    def on_timer(self, timestamp: int, ctx: Any) -> Iterator[Row]:  # noqa: ANN401
        """Let the watermark's passing of `timestamp` have its effect."""
        yield from map(self._row, self._host.wake(timestamp, self._turn.of(ctx)))

    def process_broadcast_element(self, value: Row, ctx: Any) -> Iterator[Row]:  # noqa: ANN401
        """Take a policy in."""
        self._turn.learn(value[0], value[1][_TIME:], ctx)
        return iter(())

    def _row(self, route: Route) -> Row:
        is_inside = route.dest in self._steps
        return Row(route.dest, route.key, payload_of(route.record) if is_inside else self._leaving(route))

    def _leaving(self, route: Route) -> bytes:
        return record_payload(route.record, route.dest, route.key, self._knowledge.framing)


class _Turn:
    """What the host is lent; one object for all turns, since they come one after another."""

    def __init__(self, runtime: RuntimeContext, states: Sequence[MapSpec[Any, Any]], log: PolicyLog) -> None:
        self.key, self.watermark_ms = "", 0
        self._cells = {spec.name: _Cells(runtime, spec) for spec in states}
        self._metrics = runtime.get_metrics_group().add_group(METRICS)
        self._counters: dict[str, Counter] = {}
        self.policies = log.book
        self._log, self._has_read = log, False

    def of(self, context: Any) -> _Turn:  # noqa: ANN401
        """Return this, for the element or timer at hand."""
        if not self._has_read:
            self._read(context)
        self._timers = context.timer_service()
        self.key = context.get_current_key()
        self.watermark_ms = self._timers.current_watermark()
        return self

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return self._cells[spec.name]

    def register(self, at_ms: int) -> None:
        self._timers.register_event_time_timer(at_ms)

    def count(self, name: str) -> None:
        counter = self._counters.get(name)
        if counter is None:
            counter = self._counters[name] = self._metrics.counter(name)
        counter.inc()

    def learn(self, version: str, published: bytes, context: Any) -> None:  # noqa: ANN401
        """Remember a policy. Of two with one version the first stays, as everywhere."""
        remembered = _beneath(context.get_broadcast_state(KNOWN))
        if not remembered.contains(version):
            remembered.put(version, published)
            self._take(published)

    def _read(self, context: Any) -> None:  # noqa: ANN401
        for entry in _beneath(context.get_broadcast_state(KNOWN)).entries():
            self._take(entry.getValue())
        self._has_read = True

    def _take(self, published: bytes) -> None:
        record = decode(published)
        if isinstance(record, PolicyPublished):
            self._log.take_all((record,))


class _Cells:
    """One state of the current key."""

    def __init__(self, runtime: RuntimeContext, spec: MapSpec[Any, Any]) -> None:
        key_type = Types.STRING() if spec.entry_key is str else Types.LONG()
        descriptor = MapStateDescriptor(spec.name, key_type, Types.PICKLED_BYTE_ARRAY())
        self._map = _beneath(runtime.get_map_state(descriptor))
        self.get, self.put, self.remove = self._map.get, self._map.put, self._map.remove

    def items(self) -> Iterator[tuple[Any, bytes]]:
        """Yield the entries as they were when asked: Flink's own iterator sees some later changes and not others."""
        yield from [(entry.getKey(), entry.getValue()) for entry in self._map.entries() or ()]


def _beneath(state: Any) -> Any:  # noqa: ANN401 - an object of the JVM
    # PyFlink would pickle the bytes it is given. Beneath it is a map from text or number to byte arrays as they are.
    return state._state  # noqa: SLF001

"""How does one step of a graph live in Flink? In a thread of the task manager; its state is RocksDB's, its key Java's.

Events come in their order, and the policies among them, from `jobs/java/kithward/InOrder.java`, which remembers both.
A step that is new in a restored job has missed the policies before it, so each also starts from what was known when the
job was submitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyflink.common import Types
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor
from pyflink.metrics import Counter

from jobs.graph import Graph, Route, Step
from jobs.host import Host
from jobs.parcel import parcel_of
from jobs.policy_log import PolicyLog
from jobs.wire import pack_route, record_payload
from operators.policy import Policy
from schemas.framing import Framing
from schemas.passing import taken
from schemas.records import PolicyPublished
from state.spec import K, MapSpec, RawMap, V

METRICS: Final = "kithward"

_EMBEDDED = "pyflink.fn_execution.datastream.embedded.runtime_context"
_LATE, _POLICY = 1, 2
_KEY_AT = 3  # bytes before the key: what it is, and how long the key is


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


class HostedStep(KeyedProcessFunction):
    """A step as PyFlink calls it. What it yields are packed routes, for all that one call concludes at once."""

    def __init__(self, graph: Graph, step: Step, knowledge: Knowledge) -> None:
        self._graph, self._step, self._knowledge = graph, step, knowledge
        self._steps = frozenset(step.uid for step in graph.steps)

    def open(self, runtime_context: RuntimeContext) -> None:
        """Take hold of state and metrics. Raise RuntimeError in process mode: its state is another."""
        if type(runtime_context).__module__ != _EMBEDDED:
            message = f"step {self._step.uid} does not run in thread mode: set python.execution-mode to 'thread'"
            raise RuntimeError(message)
        self._host = Host(self._graph, self._step)
        self._log = self._knowledge.log()
        self._turn = _Turn(runtime_context, self._step.operator.states, self._log)

    def process_element(self, value: bytes, ctx: Any) -> Iterable[bytes]:  # noqa: ANN401 - PyFlink's contexts have no common type
        """Take in an event whose turn has come, or a policy."""
        end = _KEY_AT + int.from_bytes(value[1:_KEY_AT], "big")
        record = taken(value[end:])
        if value[0] == _POLICY:
            self._learn(record)
            return ()
        turn = self._turn
        turn.key, turn.context = value[_KEY_AT:end].decode(), ctx
        return self._packed(self._host.take(record, turn, late=value[0] == _LATE))

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[bytes]:  # noqa: ANN401
        """Let an alarm ring."""
        turn = self._turn
        turn.key, turn.context = ctx.get_current_key(), ctx
        return self._packed(self._host.wake(timestamp, turn))

    def _learn(self, record: Any) -> None:  # noqa: ANN401 - whatever was passed on as a policy
        if isinstance(record, PolicyPublished):
            self._log.take_all((record,))

    def _packed(self, routes: Iterator[Route]) -> Iterable[bytes]:
        packed = b"".join(pack_route(route.dest, route.key, self._payload(route)) for route in routes)
        return (packed,) if packed else ()

    def _payload(self, route: Route) -> bytes:
        if route.dest in self._steps:
            return parcel_of(route.record, self._log.book)
        return record_payload(route.record, route.dest, route.key, self._knowledge.framing)


class _Turn:
    """What the host is lent; one object for all turns, since they come one after another."""

    def __init__(self, runtime: RuntimeContext, states: Sequence[MapSpec[Any, Any]], log: PolicyLog) -> None:
        self.key = ""
        self.context: Any = None
        self.policies = log.book
        self._cells = {spec.name: _Cells(runtime, spec) for spec in states}
        self._metrics = runtime.get_metrics_group().add_group(METRICS)
        self._counters: dict[str, Counter] = {}

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return self._cells[spec.name]

    def register(self, at_ms: int) -> None:
        self.context.timer_service().register_event_time_timer(at_ms)

    def count(self, name: str) -> None:
        counter = self._counters.get(name)
        if counter is None:
            counter = self._counters[name] = self._metrics.counter(name)
        counter.inc()


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

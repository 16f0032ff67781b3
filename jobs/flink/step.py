"""How does one step of a graph live in Flink? In a thread of the task manager; its state and its key are Java's.

Events, alarms and policies come in their order from `jobs/flink/java/kithward/EventTimeBuffer.java`, which remembers
them all.
A step that is new in a restored job has missed the policies before it, so each also starts from what was known when the
job was submitted.
"""

from __future__ import annotations

import struct
from collections import Counter as CountOf
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from pyflink.datastream import ProcessFunction, RuntimeContext

from jobs.flink.metrics import CounterKey, DecisionCounters, FlinkCounters
from jobs.flink.state_cache import StateCache
from jobs.policy.registry import PolicyLog
from jobs.runtime.envelope import CachedLast, pack
from jobs.runtime.host import Host
from jobs.runtime.wire_format import pack_route, record_payload
from schemas.internal_form import taken
from schemas.records import PolicyPublished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jobs.dataflow.graph import Graph, Route, Step
    from operators.policy.model import Policy
    from schemas.codec import Framing
    from state.spec import K, MapSpec, RawMap, V

_EMBEDDED = "pyflink.fn_execution.datastream.embedded.runtime_context"
_ONE_AT_A_TIME: Final = Lock()
"""Which step's turn it is. Each look at state lets the interpreter's own lock go, and to get it back from another step
at work takes up to 5 ms: without turns, steps take it from each other at every look."""

_LATE, _POLICY, _ALARM = 1, 2, 3
_TIME, _ENTRY = struct.Struct(">q"), struct.Struct(">Bq")
_NAME, _SIZE = struct.Struct(">H"), struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class JobBootstrap:
    """What every part of the job starts from: how records look on topics, and the policies.

    `first` is in force before all others, `published` are those that the topic holds when the job is submitted.
    """

    framing: Framing
    first: Policy
    published: tuple[PolicyPublished, ...] = ()

    def new_log(self) -> PolicyLog:
        """Return the policies as a new log."""
        log = PolicyLog(self.first)
        log.add_valid(self.published)
        return log


class HostedStep(ProcessFunction):
    """A step as PyFlink calls it: batches in, packed routes out, for all that a batch concludes at once."""

    def __init__(self, graph: Graph, step: Step, knowledge: JobBootstrap) -> None:
        self._graph, self._step, self._knowledge = graph, step, knowledge

    def open(self, runtime_context: RuntimeContext) -> None:
        """Take hold of state and metrics. Raise RuntimeError in process mode: its state is another."""
        if type(runtime_context).__module__ != _EMBEDDED:
            message = f"step {self._step.uid} does not run in thread mode: set python.execution-mode to 'thread'"
            raise RuntimeError(message)
        self._host = Host(self._graph, self._step)
        self._log = self._knowledge.new_log()
        self._packed = CachedLast(lambda record: pack(record, self._log.book))
        self._turn = _FlinkContext(runtime_context, self._step.operator.states, self._log)
        self._decisions = DecisionCounters(self._step.uid, self._log.book)
        self._counters = FlinkCounters(runtime_context.get_metrics_group())

    def process_element(self, value: bytes, ctx: Any) -> Iterable[bytes]:  # noqa: ANN401, ARG002 - PyFlink's contexts have no common type
        """Take in a batch."""
        with _ONE_AT_A_TIME:
            packed = b"".join(map(self._sent_on, self._concluded(value)))
            self._counters.add(self._turn.end_batch())
            self._counters.add(self._decisions.drain())
        return (packed,) if packed else ()

    def _sent_on(self, route: Route) -> bytes:
        self._decisions.count(route)
        return pack_route(route.dest, route.key, self._payload(route))

    def _concluded(self, batch: bytes) -> Iterator[Route]:
        """Handle events and alarms in their order; those alarms too that are set on the way and due within it."""
        turn, host = self._turn, self._host
        (turn.until_ms,) = _TIME.unpack_from(batch)
        for kind, at_ms, pseudonym, key, record in _entries(batch):
            yield from self._rung(before_ms=at_ms)
            if kind == _POLICY:
                self._learn(taken(record))
            elif kind == _ALARM:
                yield from self._ring(at_ms, pseudonym)
            else:
                turn.select_key(pseudonym, key)
                yield from host.handle(taken(record), turn, late=kind == _LATE)
        yield from self._rung(before_ms=turn.until_ms + 1)
        turn.fired.clear()

    def _rung(self, *, before_ms: int) -> Iterator[Route]:
        due = self._turn.due
        while due and due[0][0] < before_ms:
            yield from self._ring(*heappop(due))

    def _ring(self, at_ms: int, pseudonym: str) -> Iterator[Route]:
        turn = self._turn
        if (at_ms, pseudonym) not in turn.fired:
            turn.fired.add((at_ms, pseudonym))
            turn.select_key(pseudonym, pseudonym)  # nobody knows whose alarm it is
            yield from self._host.on_timer(at_ms, turn)

    def _learn(self, record: Any) -> None:  # noqa: ANN401 - whatever was passed on as a policy
        if isinstance(record, PolicyPublished):
            self._log.add_valid((record,))

    def _payload(self, route: Route) -> bytes:
        if route.dest in self._graph.uids:
            return self._packed(route.record)
        return record_payload(route.record, route.dest, route.key, self._knowledge.framing)


def _entries(batch: bytes) -> Iterator[tuple[int, int, str, str, bytes]]:
    """Yield the kind, time, key pseudonym, key and record of each entry, as EventTimeBuffer.java writes them."""
    at = _TIME.size
    while at < len(batch):
        kind, at_ms = _ENTRY.unpack_from(batch, at)
        pseudonym, at = _name(batch, at + _ENTRY.size)
        key, at = _name(batch, at)
        start = at + _SIZE.size
        at = start + _SIZE.unpack_from(batch, at)[0]
        yield kind, at_ms, pseudonym, key, batch[start:at]


def _name(batch: bytes, at: int) -> tuple[str, int]:
    start = at + _NAME.size
    end = start + _NAME.unpack_from(batch, at)[0]
    return batch[start:end].decode(), end


class _FlinkContext:
    """What the host is lent; one object for all turns, since they come one after another."""

    def __init__(self, runtime: RuntimeContext, states: Sequence[MapSpec[Any, Any]], log: PolicyLog) -> None:
        self.key, self.until_ms = "", 0
        self.due: list[tuple[int, str]] = []
        self.fired: set[tuple[int, str]] = set()
        self.policies = log.book
        self._runtime, self._states = runtime, states
        self._counts: CountOf[CounterKey] = CountOf()
        self._pending: CountOf[str] = CountOf()

    def select_key(self, pseudonym: str, key: str) -> None:
        """Make the state a key's."""
        self.key = key
        self._memory.select_key(pseudonym)

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return self._memory[spec.name]

    def set_timer(self, at_ms: int) -> None:
        if at_ms <= self.until_ms:
            heappush(self.due, (at_ms, self._memory.pseudonym))
        else:
            self._memory.set_timer(at_ms)

    def count(self, name: str) -> None:
        self._counts[name, ()] += 1

    def adjust_pending(self, state: str, by: int) -> None:
        self._pending[state] += by

    def end_batch(self) -> Mapping[CounterKey, int]:
        """End a batch; return what was counted in it. What waits Java counts: it is remembered."""
        self._memory.flush_later()
        for state, change in self._pending.items():
            self._before.pend(state, change)
        self._pending.clear()
        counts, self._counts = self._counts, CountOf()
        return counts

    @cached_property
    def _memory(self) -> StateCache:
        return StateCache(self._before, self._states)

    @cached_property
    def _before(self) -> Any:  # noqa: ANN401 - an object of the JVM
        # Both stand in one chain, and so in one thread. Only the job's own class loader knows our classes.
        loader = self._runtime._runtime_context.getUserCodeClassLoader()  # noqa: SLF001
        return loader.loadClass("kithward.OperatorLocator").newInstance().inOrder()

"""A keyed step as a PyFlink process function, in thread mode: it runs in a thread of the task manager.

`jobs/flink/java/kithward/EventTimeBuffer.java` comes before it in the operator chain: it sends batches of sorted
events, timers and policies, and holds the step's keyed state. A step that is new in a restored job has missed the
policies before it, so each also starts from those that the topic held when the job was submitted.
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

from jobs.flink.metrics import COUNTED, CounterKey, DecisionCounters, FlinkCounters
from jobs.flink.state_cache import StateCache
from jobs.policy.registry import PolicyLog
from jobs.runtime.envelope import StepPayload
from jobs.runtime.host import Host
from jobs.runtime.wire_format import pack_route, record_payload
from schemas.internal_form import decode_internal
from schemas.records import PolicyPublished

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jobs.dataflow.graph import Graph, Route, Step
    from operators.operator import Labels
    from operators.policy.model import Policy
    from schemas.codec import Framing
    from state.spec import K, MapSpec, RawMap, V

_EMBEDDED = "pyflink.fn_execution.datastream.embedded.runtime_context"
_STEP_LOCK: Final = Lock()
"""Serialises the steps of one interpreter. Every call into Java releases the GIL, and getting it back from a busy
thread takes up to 5 ms: without this lock, steps would take the GIL from each other at every access to state."""

_LATE, _POLICY, _TIMER = 1, 2, 3
_TIME, _ENTRY = struct.Struct(">q"), struct.Struct(">BqH")
_NAME, _SIZE = struct.Struct(">H"), struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class JobBootstrap:
    """What every part of the job starts from: the framing of records on topics, and the policies.

    `first` is in force before all others, `published` are those that the topic holds when the job is submitted.
    """

    framing: Framing
    first: Policy
    published: tuple[PolicyPublished, ...] = ()

    def new_log(self) -> PolicyLog:
        """Return a new log of these policies."""
        log = PolicyLog(self.first)
        log.add_valid(self.published)
        return log


class HostedStep(ProcessFunction):
    """A step as PyFlink calls it: a batch of events in, one packed array of all resulting routes out."""

    def __init__(self, graph: Graph, step: Step, bootstrap: JobBootstrap) -> None:
        self._graph, self._step, self._bootstrap = graph, step, bootstrap

    def open(self, runtime_context: RuntimeContext) -> None:
        """Set up state and metrics. Raise RuntimeError in process mode, which keeps state differently."""
        if type(runtime_context).__module__ != _EMBEDDED:
            message = f"step {self._step.uid} does not run in thread mode: set python.execution-mode to 'thread'"
            raise RuntimeError(message)
        self._host = Host(self._graph, self._step)
        self._log = self._bootstrap.new_log()
        self._step_payload = StepPayload(lambda: self._log.book)
        self._context = _FlinkContext(runtime_context, self._step.operator.states, self._log)
        self._decisions = DecisionCounters(self._step.uid, self._log.book)
        self._counters = FlinkCounters(runtime_context.get_metrics_group())

    def process_element(self, value: bytes, ctx: Any) -> Iterable[bytes]:  # noqa: ANN401, ARG002 - PyFlink's contexts have no common type
        """Process a batch of `EventTimeBuffer.java`."""
        with _STEP_LOCK:
            packed = b"".join(map(self._pack, self._process_batch(value)))
            self._counters.add(self._context.end_batch())
            self._counters.add(self._decisions.drain())
        return (packed,) if packed else ()

    def _pack(self, route: Route) -> bytes:
        if type(route.record) in COUNTED:
            self._decisions.count(route)
        return pack_route(route.dest, route.key, self._payload(route))

    def _process_batch(self, batch: bytes) -> Iterator[Route]:
        """Handle events and timers in their order; also the timers that are set meanwhile and due within the batch."""
        context, host = self._context, self._host
        context.begin_batch(*_TIME.unpack_from(batch))
        for kind, at_ms, pseudonym, key, record in _entries(batch):
            if context.due:
                yield from self._fire_due(before_ms=at_ms)
            if kind == _POLICY:
                self._add_policy(decode_internal(record))
            elif kind == _TIMER:
                yield from self._fire(at_ms, pseudonym)
            else:
                context.select_key(pseudonym, key)
                yield from host.handle(decode_internal(record), context, late=kind == _LATE)
        yield from self._fire_due(before_ms=context.until_ms + 1)

    def _fire_due(self, *, before_ms: int) -> Iterator[Route]:
        due = self._context.due
        while due and due[0][0] < before_ms:
            timer = heappop(due)
            if timer in self._context.unfired:
                yield from self._fire(*timer)

    def _fire(self, at_ms: int, pseudonym: str) -> Iterator[Route]:
        """Fire a timer, also if it is set once more: it may set itself again and then fires again."""
        self._context.forget_timer(at_ms, pseudonym)
        self._context.select_key(pseudonym, pseudonym)  # a timer has no key but its pseudonym
        yield from self._host.on_timer(at_ms, self._context)

    def _add_policy(self, record: Any) -> None:  # noqa: ANN401 - any record of the policy topic
        if isinstance(record, PolicyPublished):
            self._log.add_valid((record,))

    def _payload(self, route: Route) -> bytes:
        if route.dest in self._graph.uids:
            return self._step_payload(route)
        return record_payload(route.record, route.dest, route.key, self._bootstrap.framing)


def _entries(batch: bytes) -> Iterator[tuple[int, int, str, str, bytes]]:
    """Yield the kind, time, key pseudonym, key and record of each entry, as `StepBatch.java` packs them."""
    at, end = _TIME.size, len(batch)
    while at < end:
        kind, at_ms, size = _ENTRY.unpack_from(batch, at)
        start = at + _ENTRY.size
        at = start + size
        pseudonym = batch[start:at].decode()
        start = at + _NAME.size
        at = start + _NAME.unpack_from(batch, at)[0]
        key = batch[start:at].decode()
        start = at + _SIZE.size
        at = start + _SIZE.unpack_from(batch, at)[0]
        yield kind, at_ms, pseudonym, key, batch[start:at]


class _FlinkContext:
    """The host's context in Flink; one object for all events, since they are handled one after another."""

    def __init__(self, runtime: RuntimeContext, states: Sequence[MapSpec[Any, Any]], log: PolicyLog) -> None:
        self.key, self.until_ms = "", 0
        self.due: list[tuple[int, str]] = []
        self.unfired: set[tuple[int, str]] = set()  # those of `due` that have not fired as Java's timers
        self.policies = log.book
        self._runtime, self._specs = runtime, states
        self._counts: CountOf[CounterKey] = CountOf()
        self._pending: CountOf[str] = CountOf()

    def begin_batch(self, until_ms: int) -> None:
        """Begin a batch that reaches to an event time; one of late events reaches no further than those before."""
        self.until_ms = until_ms
        self._state.reached_ms = max(self._state.reached_ms, until_ms)

    def select_key(self, pseudonym: str, key: str) -> None:
        """Make a key the current one."""
        self.key = key
        self._state.select_key(pseudonym)

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return self._state[spec.name]

    def set_timer(self, at_ms: int) -> None:
        if at_ms <= self.until_ms:
            timer = (at_ms, self._state.pseudonym)
            if timer not in self.unfired:
                self.unfired.add(timer)
                heappush(self.due, timer)
        else:
            self._state.set_timer(at_ms)

    def forget_timer(self, at_ms: int, pseudonym: str) -> None:
        """Forget a timer that fires, so that it can be set once more: a batch may end before the time of its timers."""
        self.unfired.discard((at_ms, pseudonym))
        self._state.forget_timer(at_ms, pseudonym)

    def count(self, name: str, labels: Labels = ()) -> None:
        self._counts[name, labels] += 1

    def adjust_pending(self, state: str, by: int) -> None:
        self._pending[state] += by

    def end_batch(self) -> Mapping[CounterKey, int]:
        """End a batch and return its counters. Java counts pending entries: that counter is restored with state."""
        self._state.flush_later()
        for state, change in self._pending.items():
            self._java.adjustPending(state, change)
        self._pending.clear()
        counts, self._counts = self._counts, CountOf()
        return counts

    @cached_property
    def _state(self) -> StateCache:
        return StateCache(self._java, self._specs)

    @cached_property
    def _java(self) -> Any:  # noqa: ANN401 - an object of the JVM
        # Both are in one operator chain, and so in one thread. Only the job's own class loader finds our classes.
        loader = self._runtime._runtime_context.getUserCodeClassLoader()  # noqa: SLF001
        return loader.loadClass("kithward.OperatorLocator").newInstance().stepState()

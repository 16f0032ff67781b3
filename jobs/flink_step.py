"""How does one step of a graph live in Flink? In a thread of the task manager; its state and its key are Java's.

Events, alarms and policies come in their order from `jobs/java/kithward/InOrder.java`, which remembers them all.
A step that is new in a restored job has missed the policies before it, so each also starts from what was known when the
job was submitted.
"""

from __future__ import annotations

import struct
from collections import Counter as CountOf
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from threading import Lock
from typing import Any, Final

from pyflink.datastream import ProcessFunction, RuntimeContext

from jobs.decision_counts import Counted, DecisionCounts
from jobs.flink_cells import Cells, Known
from jobs.flink_counters import Counters
from jobs.graph import Graph, Route, Step
from jobs.host import Host
from jobs.parcel import Once, parcel_of
from jobs.policy_log import PolicyLog
from jobs.wire import pack_route, record_payload
from operators.policy import Policy
from schemas.framing import Framing
from schemas.passing import taken
from schemas.records import PolicyPublished
from state.pseudonym import pseudonym_of
from state.spec import K, MapSpec, RawMap, V

_EMBEDDED = "pyflink.fn_execution.datastream.embedded.runtime_context"
_ONE_AT_A_TIME: Final = Lock()
"""Which step's turn it is. Each look at state lets the interpreter's own lock go, and to get it back from another step
at work takes up to 5 ms: without turns, steps take it from each other at every look."""

_LATE, _POLICY, _ALARM = 1, 2, 3
_TIME, _ENTRY, _SIZE = struct.Struct(">q"), struct.Struct(">BqH"), struct.Struct(">I")


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


class HostedStep(ProcessFunction):
    """A step as PyFlink calls it: batches in, packed routes out, for all that a batch concludes at once."""

    def __init__(self, graph: Graph, step: Step, knowledge: Knowledge) -> None:
        self._graph, self._step, self._knowledge = graph, step, knowledge

    def open(self, runtime_context: RuntimeContext) -> None:
        """Take hold of state and metrics. Raise RuntimeError in process mode: its state is another."""
        if type(runtime_context).__module__ != _EMBEDDED:
            message = f"step {self._step.uid} does not run in thread mode: set python.execution-mode to 'thread'"
            raise RuntimeError(message)
        self._host = Host(self._graph, self._step)
        self._log = self._knowledge.log()
        self._packed = Once(lambda record: parcel_of(record, self._log.book))
        self._turn = _Turn(runtime_context, self._step.operator.states, self._log)
        self._decisions = DecisionCounts(self._step.uid, self._log.book)
        self._counters = Counters(runtime_context.get_metrics_group())

    def process_element(self, value: bytes, ctx: Any) -> Iterable[bytes]:  # noqa: ANN401, ARG002 - PyFlink's contexts have no common type
        """Take in a batch."""
        with _ONE_AT_A_TIME:
            packed = b"".join(map(self._sent_on, self._concluded(value)))
            self._counters.add(self._turn.told())
            self._counters.add(self._decisions.told())
        return (packed,) if packed else ()

    def _sent_on(self, route: Route) -> bytes:
        self._decisions.see(route)
        return pack_route(route.dest, route.key, self._payload(route))

    def _concluded(self, batch: bytes) -> Iterator[Route]:
        """Handle events and alarms in their order; those alarms too that are set on the way and due within it."""
        turn, host = self._turn, self._host
        (turn.until_ms,) = _TIME.unpack_from(batch)
        for kind, at_ms, key, record in _entries(batch):
            yield from self._rung(before_ms=at_ms)
            if kind == _POLICY:
                self._learn(taken(record))
            elif kind == _ALARM:
                yield from self._ring(at_ms, key)
            else:
                turn.select(key)
                yield from host.take(taken(record), turn, late=kind == _LATE)
        yield from self._rung(before_ms=turn.until_ms + 1)
        turn.rung.clear()

    def _rung(self, *, before_ms: int) -> Iterator[Route]:
        due = self._turn.due
        while due and due[0][0] < before_ms:
            yield from self._ring(*heappop(due))

    def _ring(self, at_ms: int, pseudonym: str) -> Iterator[Route]:
        turn = self._turn
        if (at_ms, pseudonym) not in turn.rung:
            turn.rung.add((at_ms, pseudonym))
            turn.select_for(pseudonym)
            yield from self._host.wake(at_ms, turn)

    def _learn(self, record: Any) -> None:  # noqa: ANN401 - whatever was passed on as a policy
        if isinstance(record, PolicyPublished):
            self._log.take_all((record,))

    def _payload(self, route: Route) -> bytes:
        if route.dest in self._graph.uids:
            return self._packed(route.record)
        return record_payload(route.record, route.dest, route.key, self._knowledge.framing)


def _entries(batch: bytes) -> Iterator[tuple[int, int, str, bytes]]:
    """Yield what each entry is, its time, its key and its record, as InOrder.java wrote them."""
    at = _TIME.size
    while at < len(batch):
        kind, at_ms, size = _ENTRY.unpack_from(batch, at)
        at += _ENTRY.size
        key = batch[at : at + size].decode()
        at += size
        (size,) = _SIZE.unpack_from(batch, at)
        at += _SIZE.size
        yield kind, at_ms, key, batch[at : at + size]
        at += size


class _Turn:
    """What the host is lent; one object for all turns, since they come one after another."""

    def __init__(self, runtime: RuntimeContext, states: Sequence[MapSpec[Any, Any]], log: PolicyLog) -> None:
        self.key, self.until_ms = "", 0
        self._pseudonym: str | None = None  # of the key; None: nobody has asked for it yet
        self.due: list[tuple[int, str]] = []
        self.rung: set[tuple[int, str]] = set()
        self.policies = log.book
        self._runtime, self._states, self._before = runtime, states, None
        self._cells: dict[str, Cells] = {}
        self._seen: list[Known] = []
        self._counts: CountOf[Counted] = CountOf()
        self._pending: CountOf[str] = CountOf()

    def select(self, key: str) -> None:
        """Make the state a key's."""
        self.key, self._pseudonym = key, None
        self._forget()
        (self._before or self._find_before()).select(key)

    def select_for(self, pseudonym: str) -> None:
        """Make the state that of the key with this pseudonym, of which nobody knows whose it is: an alarm's."""
        self.key = self._pseudonym = pseudonym
        self._forget()
        (self._before or self._find_before()).selectFor(pseudonym)

    def _forget(self) -> None:
        for known in self._seen:
            known.clear()
        self._seen.clear()

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return self._cells[spec.name]

    def register(self, at_ms: int) -> None:
        if at_ms <= self.until_ms:
            heappush(self.due, (at_ms, self._pseudonym or pseudonym_of(self.key)))
        else:
            self._before.alarm(at_ms)  # type: ignore[attr-defined] # it has been found when the key was selected

    def count(self, name: str) -> None:
        self._counts[name, ()] += 1

    def pend(self, state: str, by: int) -> None:
        self._pending[state] += by

    def told(self) -> Mapping[Counted, int]:
        """Return what was counted since it was last asked for. What waits Java counts: it is remembered."""
        for state, change in self._pending.items():
            self._before.pend(state, change)  # type: ignore[attr-defined] # it has been found when a key was selected
        self._pending.clear()
        counts, self._counts = self._counts, CountOf()
        return counts

    def _find_before(self) -> Any:  # noqa: ANN401 - an object of the JVM
        # Both stand in one chain, and so in one thread. Only the job's own class loader knows our classes.
        loader = self._runtime._runtime_context.getUserCodeClassLoader()  # noqa: SLF001
        self._before = before = loader.loadClass("kithward.Here").newInstance().inOrder()
        self._cells = {spec.name: Cells(before, spec, self._seen) for spec in self._states}
        return before

"""Runs a whole graph over a finite stream in this process: no JVM, no broker, the same steps and the same bytes.

Its clock is the highest event time seen minus the allowed lateness (C-4), and moves upstream first, as watermarks do:
what a step still emits reaches its neighbour before the neighbour's own alarms ring. As long as nothing is due in any
step, the steps are not asked.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from jobs.policy.registry import PolicyLog
from jobs.replay.event_queue import END_OF_TIME_MS, DueEvent, PendingEvents, SeenEvents, Timers
from jobs.runtime.envelope import CachedLast, pack, unpack
from jobs.runtime.host import Host
from jobs.runtime.ingress import Ingress
from jobs.runtime.wire_format import time_of
from operators.policy.model import Policy
from schemas.codec import decode, encode
from schemas.internal_form import decode_internal
from schemas.records import MessageSent, PolicyPublished, Record
from state.codecs import NUMBER
from state.pseudonym import pseudonym_of
from state.stores.memory import MemoryStore
from state.stores.store import Rows, Store, prefix_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jobs.dataflow.graph import Graph, Route, Step
    from operators.policy.versions import PolicyBook
    from state.spec import K, MapSpec, RawMap, V

_BEGINNING_MS = -(1 << 63)
_CLOCK = b"clock"
_POLICIES = b"policies/"

Output = tuple[str, str, Record]
"""A topic, the Kafka key, the record."""


def replay(
    graph: Graph,
    records: Sequence[Record],
    *,
    policy: Policy | None = None,
    store: Store | None = None,
    finish: bool = True,
) -> list[Output]:
    """Return what a graph concludes from records in the order of their arrival. For tests and for small streams."""
    run = Replay(graph, store or MemoryStore(), policy or Policy())
    run.load_policies(record for record in records if isinstance(record, PolicyPublished))
    outputs = [output for record in records for output in run.push(record)]
    return outputs + (list(run.finish()) if finish else [])


class Replay:
    """A graph at work on a store. Stopped and started again on the same store, it goes on where it was."""

    def __init__(self, graph: Graph, store: Store, policy: Policy) -> None:
        self.store = store
        self.counts: Counter[str] = Counter()
        self.late = 0  # how often an event has come to a step that had passed its time
        self.log, self._arrived = PolicyLog(policy), PolicyLog(policy)
        self._edge = Ingress(graph, self, self._arrived.book)
        self.envelope = CachedLast(lambda record: unpack(pack(record, self.judging)))
        self._lateness_ms = policy.common.out_of_order_ms
        self._highest_ms = _number(store.get(_CLOCK), _BEGINNING_MS)
        self.passed_ms = self._watermark_ms
        self._steps = {step.uid: _ReplayStep(graph, step, self) for step in graph.steps}
        stored = [decode(raw) for _, raw in list(store.scan(_POLICIES))]
        for log in (self.log, self._arrived):
            log.add_valid(record for record in stored if isinstance(record, PolicyPublished))
        self._due_ms = self._earliest_ms()

    @property
    def clock_ms(self) -> int:
        """The highest event time seen."""
        return self._highest_ms

    @property
    def judging(self) -> PolicyBook:
        """The policies that have arrived: by these the steps judge."""
        return self._arrived.book

    def are_all_known(self) -> bool:
        """Return that no policy is unknown: `learn` was told of all that this run will meet."""
        return True

    def load_policies(self, published: Iterable[PolicyPublished]) -> None:
        """Screen by the policies of a stream from the first message on. In force they are when they have arrived."""
        self.log.add_valid(published)

    def prefilter(self, records: Sequence[object]) -> Sequence[MessageSent | None]:
        """Return for each of the next records the record if it is a valid message that no policy minds, else None."""
        return self._edge.prefilter(records)

    def skip(self, message: MessageSent) -> Iterable[Output]:
        """Take in a message that no policy minds. Only its time matters."""
        self.counts["read"] += 1
        return self._reach(message.at_ms)

    def push(self, record: Record) -> Iterator[Output]:
        """Take in one record and yield what it causes. Raise Malformed, with nothing changed, where it is wrong."""
        routes = list(self._edge.accept(record))
        self.counts["read"] += 1
        if isinstance(record, PolicyPublished):
            self.store.put(_POLICIES + record.event_id.encode(), encode(record))
        for route in routes:
            yield from self._send(route)
        if routes:
            self._due_ms = self._earliest_ms()
        yield from self._reach(time_of(record))

    def start_shadow(self, shadow: PolicyPublished) -> Iterator[Output]:
        """Let a policy decide in the shadow about all that is later than what was seen. Raise Malformed for none."""
        at_ms = max(self._highest_ms + 1, 0)
        return self.push(replace(shadow, at_ms=at_ms, effective_at_ms=at_ms))

    def finish(self) -> Iterator[Output]:
        """Let time end: every wait ends, every window closes (C-3)."""
        yield from self._advance(END_OF_TIME_MS)

    @property
    def _watermark_ms(self) -> int:
        return max(self._highest_ms - self._lateness_ms - 1, _BEGINNING_MS)

    def _reach(self, at_ms: int) -> Iterable[Output]:
        """Let the clock go on to a time, if that is later than all before."""
        if at_ms <= self._highest_ms:
            return ()
        self._highest_ms = at_ms
        self.store.put(_CLOCK, NUMBER.dumps(at_ms))
        watermark_ms = self._watermark_ms
        if self._due_ms <= watermark_ms:
            return self._advance(watermark_ms)
        self.passed_ms = watermark_ms
        return ()

    def _advance(self, watermark_ms: int) -> Iterator[Output]:
        for seat in self._steps.values():
            for route in seat.advance(watermark_ms):
                yield from self._send(route)
        self.passed_ms = watermark_ms  # only now: what came on the way was in time
        self._due_ms = self._earliest_ms()

    def _earliest_ms(self) -> int:
        return min(seat.earliest_ms for seat in self._steps.values())

    def _send(self, route: Route) -> Iterator[Output]:
        seat = self._steps.get(route.dest)
        if seat is not None:
            for onward in seat.accept(route):
                yield from self._send(onward)
        elif isinstance(route.record, PolicyPublished):
            self._arrived.add(route.record)
        else:
            yield route.dest, route.key, route.record


class _ReplayStep:
    """A step, and what the engine lends it: state rows, a waiting room, alarms, a clock of its own."""

    def __init__(self, graph: Graph, step: Step, run: Replay) -> None:
        self._host, self._uid, self._run, self.store = Host(graph, step), step.uid, run, run.store
        self._waits = step.operator.ordered
        self._waiting, self._alarms = PendingEvents(run.store, step.uid), Timers(run.store, step.uid)
        self._judged = SeenEvents(run.store, step.uid)
        self._select("", "")

    @property
    def policies(self) -> PolicyBook:
        return self._run.judging

    @property
    def earliest_ms(self) -> int:
        """The time at which there is something to do next; NEVER_MS where there is nothing."""
        return min(self._waiting.earliest_ms, self._alarms.earliest_ms, self._judged.earliest_ms)

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return _CurrentKeyRows(self, prefix_of(self._uid, spec.name), textual=spec.entry_key is str)

    def set_timer(self, at_ms: int) -> None:
        self._alarms.add(self._pseudonym, at_ms)

    def count(self, name: str) -> None:
        self._run.counts[f"{self._uid}.{name}"] += 1

    def adjust_pending(self, state: str, by: int) -> None:
        """A replay has its end, where nothing waits any more."""

    def accept(self, route: Route) -> Iterator[Route]:
        """Take a record in: let it wait for its time, or handle it now if it is late."""
        parcel = self._run.envelope(route.record)
        late = parcel.at_ms <= self._run.passed_ms
        if late:
            self._run.late += 1
            self.count("late")
        if late or not self._waits:
            yield from self._take(DueEvent(route.key, parcel), late=late)
        else:
            self._waiting.add(route.key, parcel)

    def advance(self, watermark_ms: int) -> Iterator[Route]:
        """Handle what is due: events first, then the alarms of the same time (C-3)."""
        while (at_ms := min(self._waiting.earliest_ms, self._alarms.earliest_ms)) <= watermark_ms:
            if self._waiting.earliest_ms == at_ms:
                yield from self._take(self._waiting.pop(), late=False)
            else:
                _, pseudonym = self._alarms.pop()
                self._select(pseudonym, pseudonym)
                yield from self._host.on_timer(at_ms, self)
        self._judged.expire(watermark_ms)

    def _take(self, due: DueEvent, *, late: bool) -> Iterator[Route]:
        parcel = due.envelope
        self._select(due.key, pseudonym_of(due.key))
        if self._judged.is_duplicate(self._pseudonym, parcel, self._run.passed_ms - parcel.at_ms if late else 0):
            self.count("repeated")
        else:
            yield from self._host.handle(decode_internal(parcel.record), self, late=late)

    def _select(self, key: str, pseudonym: str) -> None:
        """From now on state is that of a key. Of an alarm nobody knows whose it is."""
        self.key, self._pseudonym, self.place = key, pseudonym, prefix_of(pseudonym)


class _CurrentKeyRows(Rows):
    """One state of whichever key is at hand."""

    __slots__ = ("_seat",)

    def __init__(self, seat: _ReplayStep, state: bytes, *, textual: bool) -> None:
        super().__init__(seat.store, state, textual=textual)
        self._seat = seat

    def prefix(self) -> bytes:
        return super().prefix() + self._seat.place


def _number(raw: bytes | None, absent: int) -> int:
    return absent if raw is None else NUMBER.loads(raw)

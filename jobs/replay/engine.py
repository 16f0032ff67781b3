"""The replay engine: runs a whole graph over a finite stream in this process, without a JVM or a broker.

The watermark is the highest event time so far minus the allowed out-of-orderness (C-4). It advances step by step from
upstream to downstream: what a step emits reaches the next one before the timers of that one fire. As long as nothing is
due in any step, the steps are not called.
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
    from operators.operator import Labels
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
    """Return the outputs of a graph for records in the order of their arrival. For tests and small streams."""
    run = Replay(graph, store or MemoryStore(), policy or Policy())
    run.load_policies(record for record in records if isinstance(record, PolicyPublished))
    outputs = [output for record in records for output in run.push(record)]
    return outputs + (list(run.finish()) if finish else [])


class Replay:
    """A graph that runs on a store. Created again on the same store, it resumes where it stopped."""

    def __init__(self, graph: Graph, store: Store, policy: Policy) -> None:
        self.store = store
        self.counts: Counter[str] = Counter()
        self.late = 0  # events that reached a step after the watermark had passed them, counted per step
        self.log, self._arrived = PolicyLog(policy), PolicyLog(policy)
        self._ingress = Ingress(graph, self, self._arrived.book)
        self.envelope = CachedLast(lambda route: unpack(pack(route, self.policies)))
        self._lateness_ms = policy.common.out_of_order_ms
        self._highest_ms = _number(store.get(_CLOCK), _BEGINNING_MS)
        self.watermark_ms = self._target_watermark_ms
        self._steps = {step.uid: _ReplayStep(graph, step, self) for step in graph.steps}
        stored = [decode(raw) for _, raw in list(store.scan(_POLICIES))]
        for log in (self.log, self._arrived):
            log.add_valid(record for record in stored if isinstance(record, PolicyPublished))
        self._due_ms = self._earliest_ms()

    @property
    def clock_ms(self) -> int:
        """The highest event time so far."""
        return self._highest_ms

    @property
    def policies(self) -> PolicyBook:
        """The policies that have arrived: those that the steps use."""
        return self._arrived.book

    def are_all_known(self) -> bool:
        """Return True: `load_policies` got all policies of this run in advance."""
        return True

    def load_policies(self, published: Iterable[PolicyPublished]) -> None:
        """Screen by the policies of a stream from its first message on. They come into force when they arrive."""
        self.log.add_valid(published)

    def prefilter(self, records: Sequence[object]) -> Sequence[MessageSent | None]:
        """Return each of the next records if it is a valid message with no match in any policy, else None."""
        return self._ingress.prefilter(records)

    def skip(self, message: MessageSent) -> Iterable[Output]:
        """Read a harmless message: only its event time matters."""
        self.counts["read"] += 1
        return self._advance_clock(message.at_ms)

    def push(self, record: Record) -> Iterator[Output]:
        """Read one record and yield its outputs. Raise Malformed, with nothing changed, for an invalid record.

        Raise PictureRefused after the outputs of a record that counts without its picture.
        """
        accepted = self._ingress.accept(record)
        self.counts["read"] += 1
        if isinstance(record, PolicyPublished):
            self.store.put(_POLICIES + record.event_id.encode(), encode(record))
        for route in accepted.routes:
            yield from self._send(route)
        if accepted.routes:
            self._due_ms = self._earliest_ms()
        yield from self._advance_clock(time_of(record))
        if accepted.refused is not None:
            raise accepted.refused

    def start_shadow(self, shadow: PolicyPublished) -> Iterator[Output]:
        """Put a policy into shadow mode for all later events. Raise Malformed for an invalid policy."""
        at_ms = max(self._highest_ms + 1, 0)
        return self.push(replace(shadow, at_ms=at_ms, effective_at_ms=at_ms))

    def finish(self) -> Iterator[Output]:
        """End event time: all pending events are handled, all timers fire, all windows close (C-3)."""
        yield from self._advance(END_OF_TIME_MS)

    @property
    def _target_watermark_ms(self) -> int:
        return max(self._highest_ms - self._lateness_ms - 1, _BEGINNING_MS)

    def _advance_clock(self, at_ms: int) -> Iterable[Output]:
        """Advance the clock to an event time, if that is the highest so far; yield the outputs of what becomes due."""
        if at_ms <= self._highest_ms:
            return ()
        self._highest_ms = at_ms
        self.store.put(_CLOCK, NUMBER.dumps(at_ms))
        watermark_ms = self._target_watermark_ms
        if self._due_ms <= watermark_ms:
            return self._advance(watermark_ms)
        self.watermark_ms = watermark_ms
        return ()

    def _advance(self, watermark_ms: int) -> Iterator[Output]:
        for step in self._steps.values():
            for route in step.advance(watermark_ms):
                yield from self._send(route)
        self.watermark_ms = watermark_ms  # only now: events that steps emitted meanwhile were not late
        self._due_ms = self._earliest_ms()

    def _earliest_ms(self) -> int:
        return min(step.earliest_ms for step in self._steps.values())

    def _send(self, route: Route) -> Iterator[Output]:
        step = self._steps.get(route.dest)
        if step is not None:
            for onward in step.accept(route):
                yield from self._send(onward)
        elif isinstance(route.record, PolicyPublished):
            self._arrived.add(route.record)
        else:
            yield route.dest, route.key, route.record


class _ReplayStep:
    """A step in a replay, and its engine context: keyed state, pending events, timers, deduplication."""

    def __init__(self, graph: Graph, step: Step, run: Replay) -> None:
        self._host, self._uid, self._run, self.store = Host(graph, step), step.uid, run, run.store
        self._ordered = step.operator.ordered
        self._pending, self._timers = PendingEvents(run.store, step.uid), Timers(run.store, step.uid)
        self._seen = SeenEvents(run.store, step.uid)
        self._select_key("", "")

    @property
    def policies(self) -> PolicyBook:
        return self._run.policies

    @property
    def earliest_ms(self) -> int:
        """The earliest time at which something is due; NEVER_MS if nothing is."""
        return min(self._pending.earliest_ms, self._timers.earliest_ms, self._seen.earliest_ms)

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return _CurrentKeyRows(self, prefix_of(self._uid, spec.name), textual=spec.entry_key is str)

    def set_timer(self, at_ms: int) -> None:
        self._timers.add(self._pseudonym, at_ms)

    def count(self, name: str, labels: Labels = ()) -> None:  # noqa: ARG002 - a replay sums over labels
        self._run.counts[f"{self._uid}.{name}"] += 1

    def adjust_pending(self, state: str, by: int) -> None:
        """Do nothing: a replay has no metrics of pending entries."""

    def accept(self, route: Route) -> Iterator[Route]:
        """Buffer a record until the watermark has passed it, or handle it at once if it is late."""
        envelope = self._run.envelope(route)
        late = envelope.at_ms <= self._run.watermark_ms
        if late:
            self._run.late += 1
            self.count("late")
        if late or not self._ordered:
            yield from self._handle(DueEvent(route.key, envelope), late=late)
        else:
            self._pending.add(route.key, envelope)

    def advance(self, watermark_ms: int) -> Iterator[Route]:
        """Handle what is due by the watermark, in order of time: events first, then timers of the same time (C-3)."""
        while (at_ms := min(self._pending.earliest_ms, self._timers.earliest_ms)) <= watermark_ms:
            if self._pending.earliest_ms == at_ms:
                yield from self._handle(self._pending.pop(), late=False)
            else:
                _, pseudonym = self._timers.pop()
                self._select_key(pseudonym, pseudonym)
                yield from self._host.on_timer(at_ms, self)
        self._seen.expire(watermark_ms)

    def _handle(self, due: DueEvent, *, late: bool) -> Iterator[Route]:
        envelope = due.envelope
        self._select_key(due.key, pseudonym_of(due.key))
        if self._seen.is_duplicate(self._pseudonym, envelope, self._run.watermark_ms - envelope.at_ms if late else 0):
            self.count("repeated")
        else:
            yield from self._host.handle(decode_internal(envelope.record), self, late=late)

    def _select_key(self, key: str, pseudonym: str) -> None:
        """Make a key the current one. That of a timer is its pseudonym: timers do not keep the key itself."""
        self.key, self._pseudonym, self.place = key, pseudonym, prefix_of(pseudonym)


class _CurrentKeyRows(Rows):
    """The rows of one state, always of the current key."""

    __slots__ = ("_step",)

    def __init__(self, step: _ReplayStep, state: bytes, *, textual: bool) -> None:
        super().__init__(step.store, state, textual=textual)
        self._step = step

    def prefix(self) -> bytes:
        return super().prefix() + self._step.place


def _number(raw: bytes | None, absent: int) -> int:
    return absent if raw is None else NUMBER.loads(raw)

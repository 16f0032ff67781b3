"""All steps of the job as they run in Flink, over the test double of Java: counts records between steps, and calls."""

from __future__ import annotations

from collections import Counter
from heapq import heapify, heappop
from typing import TYPE_CHECKING, Any

from jobs.dataflow.risk import risk_graph
from jobs.flink.state_cache import StateCache
from jobs.runtime.envelope import pack, unpack
from jobs.runtime.host import Host
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook
from schemas.event_order import order_of
from schemas.internal_form import decode_internal
from state.pseudonym import pseudonym_of
from tests.flink.java_state import Java

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.dataflow.graph import Route, Step
    from schemas.records import Record
    from state.spec import K, MapSpec, RawMap, V


class CountedJob:
    """Runs events through the whole graph, each in a batch of its own: all that is due by its time."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.graph, self.book = risk_graph(), PolicyBook(policy or Policy())
        self.steps = {step.uid: CountedStep(step, self) for step in self.graph.steps}
        self.records: Counter[str] = Counter()
        """Records that reached a step, by the step's uid."""
        self.outputs: list[Record] = []

    @property
    def calls(self) -> Counter[str]:
        """Calls of all steps into Java."""
        return sum((step.java.calls for step in self.steps.values()), Counter[str]())

    def run(self, stream: str, events: Iterable[Record]) -> None:
        """Run events of an input topic, in the order of their times."""
        for event in events:
            self.send(self.graph.routes(stream, event))
            for step in self.steps.values():
                step.run_batch(event.at_ms)  # type: ignore[attr-defined]

    def forget_counts(self) -> None:
        """Begin to count anew, with nothing cached."""
        self.records.clear()
        for step in self.steps.values():
            step.java.calls.clear()
            step.state.cached_bytes = 1 << 30  # evicted by the next key

    def send(self, routes: Iterable[Route]) -> None:
        """Pass records on to the steps that they are for."""
        for route in routes:
            step = self.steps.get(route.dest)
            if step is None:
                self.outputs.append(route.record)
            else:
                self.records[route.dest] += 1
                step.pending.append((route.key, unpack(pack(route.record, self.book)).record))


class CountedStep:
    """A step, and the context that its host requires."""

    def __init__(self, step: Step, job: CountedJob) -> None:
        self.key, self.policies = "", job.book
        self.java, self.pending, self.due = Java(), list[tuple[str, bytes]](), list[tuple[int, str]]()
        self.state = StateCache(self.java, step.operator.states)
        self._job, self._host, self._until_ms = job, Host(job.graph, step), 0

    def run_batch(self, until_ms: int) -> None:
        """Handle all records that have come, then the timers that are due, as one batch."""
        self._until_ms = until_ms
        records = sorted(((decode_internal(raw), key) for key, raw in self.pending), key=lambda each: order_of(each[0]))
        self.pending.clear()
        for record, key in records:
            self._select(key, pseudonym_of(key))
            self._job.send(self._host.handle(record, self, late=False))
        self.due += [timer for timer in self.java.timers if timer[0] <= until_ms]
        self.java.timers -= set(self.due)
        heapify(self.due)
        while self.due:
            at_ms, pseudonym = heappop(self.due)
            self._select(pseudonym, pseudonym)
            self._job.send(self._host.on_timer(at_ms, self))
        self.state.flush_later()

    def _select(self, key: str, pseudonym: str) -> None:
        self.key = key
        self.state.select_key(pseudonym)

    def cell(self, spec: MapSpec[K, V]) -> RawMap:
        return self.state[spec.name]

    def set_timer(self, at_ms: int) -> None:
        if at_ms <= self._until_ms:
            self.due = sorted({*self.due, (at_ms, self.state.pseudonym)})
        else:
            self.state.set_timer(at_ms)

    def count(self, name: str) -> None:
        """Count nothing."""

    def adjust_pending(self, state: str, by: int) -> None:
        """Count nothing."""


def total(calls: Counter[Any]) -> int:
    """Return how many calls there were, besides the one with all changes of each batch."""
    return sum(number for name, number in calls.items() if not name.startswith("flush"))

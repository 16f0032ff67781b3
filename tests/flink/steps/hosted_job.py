"""All steps of the job as they run in Flink, over the test double of Java: counts records between steps, and calls."""

from __future__ import annotations

import struct
from collections import Counter, defaultdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from jobs.dataflow.risk import risk_graph
from jobs.flink.step import HostedStep, JobBootstrap
from jobs.runtime.envelope import pack, unpack
from jobs.runtime.wire_format import pack_name, unpack_parts
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook
from schemas.codec import SingleObjectFraming
from state.pseudonym import pseudonym_of
from tests.flink.steps.java_state import Java

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.dataflow.graph import Step
    from schemas.records import Record

_EVENT, _TIMER = 0, 3
Entry = tuple[tuple[Any, ...], bytes]
"""The place of an entry in a batch, and its bytes."""


class HostedJob:
    """Runs events through the whole graph, each in a batch of its own: all that is due by its time.

    With `early_ms` a batch ends so long before its time, as a part of a long one does: timers in between are Java's.
    """

    def __init__(self, policy: Policy | None = None, early_ms: int = 0) -> None:
        self._early_ms = early_ms
        self.graph, first = risk_graph(), policy or Policy()
        self.book = PolicyBook(first)
        self.java = {step.uid: Java() for step in self.graph.steps}
        self.steps = {step.uid: hosted(step, self.java[step.uid], first) for step in self.graph.steps}
        self.records: Counter[tuple[str, str]] = Counter()
        """Records that reached a step, by the step's uid and their type."""
        self._pending: dict[str, list[tuple[str, bytes]]] = defaultdict(list)

    @property
    def by_step(self) -> Counter[str]:
        """Records that reached a step, by the step's uid."""
        return sum((Counter({uid: number}) for (uid, _), number in self.records.items()), Counter[str]())

    @property
    def calls(self) -> int:
        """Calls of all steps into Java for state that was not cached."""
        calls = sum((java.calls for java in self.java.values()), Counter[str]())
        return sum(number for name, number in calls.items() if not name.startswith("flush"))

    def forget_counts(self) -> None:
        """Begin to count anew, with nothing cached."""
        self.records.clear()
        for uid, step in self.steps.items():
            self.java[uid].calls.clear()
            step._context._state.cached_bytes = 1 << 30  # evicted by the next key

    def run(self, stream: str, events: Iterable[Record]) -> None:
        """Run events of an input topic, in the order of their times."""
        for event in events:
            for route in self.graph.routes(stream, event):
                self._pending[route.dest].append((route.key, pack(route, self.book)))
            for uid in self.steps:
                self._run_batch(uid, event.at_ms)  # type: ignore[attr-defined]

    def _run_batch(self, uid: str, until_ms: int) -> None:
        while entries := sorted([*self._due_events(uid), *self._due_timers(uid, until_ms)]):
            batch = struct.pack(">q", until_ms - self._early_ms) + b"".join(packed for _, packed in entries)
            for routes in self.steps[uid].process_element(batch, None):
                for dest, key, payload in unpack_parts(routes, (2, 4, 4)):
                    self._pending[dest.decode()].append((key.decode(), payload))

    def _due_events(self, uid: str) -> Iterable[Entry]:
        for key, packed in self._pending.pop(uid, []):
            at_ms, rank, _, event_id, record = unpack(packed)
            self.records[uid, record[1 : 1 + record[0]].decode()] += 1
            yield (at_ms, _EVENT, rank, event_id, key), entry(_EVENT, at_ms, pseudonym_of(key), key, record)

    def _due_timers(self, uid: str, until_ms: int) -> Iterable[Entry]:
        due = {timer for timer in self.java[uid].timers if timer[0] <= until_ms}
        self.java[uid].timers -= due
        for at_ms, pseudonym in due:
            yield (at_ms, _TIMER), entry(_TIMER, at_ms, pseudonym, "", b"")


def entry(kind: int, at_ms: int, pseudonym: str, key: str, record: bytes) -> bytes:
    """Return an entry of a batch, as `StepBatch.java` packs it."""
    head = struct.pack(">Bq", kind, at_ms) + pack_name(pseudonym) + pack_name(key)
    return head + struct.pack(">I", len(record)) + record


def hosted(step: Step, java: Java, policy: Policy) -> HostedStep:
    """Return a step that runs, as PyFlink opens it, but for Java."""
    opened = HostedStep(risk_graph(), step, JobBootstrap(SingleObjectFraming(), policy))
    opened.open(_Runtime(java))
    return opened


class _Runtime:
    """Stands in for PyFlink's runtime context in thread mode."""

    def __init__(self, java: Java) -> None:
        locator = SimpleNamespace(newInstance=lambda: SimpleNamespace(stepState=lambda: java))
        loader = SimpleNamespace(loadClass=lambda _: locator)
        self._runtime_context = SimpleNamespace(getUserCodeClassLoader=lambda: loader)

    def get_metrics_group(self) -> _Metrics:
        return _Metrics()


_Runtime.__module__ = "pyflink.fn_execution.datastream.embedded.runtime_context"


class _Metrics:
    """Counts nothing."""

    def add_group(self, *_: str) -> _Metrics:
        return self

    def counter(self, _: str) -> _Metrics:
        return self

    def inc(self, _: int) -> None:
        return None

"""A minimal host for shadow mode: all events sorted, none late, state in dictionaries.

It runs shadow policies as every host does, by `jobs.runtime.shadow`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from jobs.dataflow.risk import risk_graph
from jobs.policy.registry import PolicyLog
from jobs.runtime.ingress import Ingress
from jobs.runtime.shadow import run_shadow_record, run_shadows
from jobs.runtime.wire_format import time_of
from operators.operator import Metric
from schemas.event_order import order_of
from schemas.records import PolicyPublished, Record, Shadowed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.dataflow.graph import Route
    from operators.policy.model import Policy
    from state.spec import MapSpec

_TIMER = 99  # after every event of its time (C-3)


class DictCell(dict[Any, bytes]):
    """The raw entries of one state of one key."""

    def put(self, key: Any, value: bytes) -> None:
        self[key] = value

    def remove(self, key: Any) -> None:
        self.pop(key, None)

    def items(self) -> Any:
        return iter(list(super().items()))


@dataclass
class Context:
    host: ShadowHost
    uid: str
    key: str
    at_ms: int
    late: bool = False
    in_shadow: bool = False

    @property
    def policy(self) -> Policy:
        return self.host.log.book.in_force(self.at_ms)

    def policy_of(self, version: str) -> Policy:
        return self.host.log.book.by_version(version)

    def __getitem__(self, spec: MapSpec[Any, Any]) -> Any:
        return spec.cell(self.host.state[self.uid, spec.name, self.key])

    def set_timer(self, at_ms: int) -> None:
        self.host.wake(self, max(at_ms, self.at_ms))


@dataclass
class ShadowHost:
    """Runs the whole job over a finite list of events with distinct ids."""

    first: Policy
    state: dict[tuple[str, str, str], DictCell] = field(default_factory=lambda: defaultdict(DictCell))
    pending: list[tuple[Any, ...]] = field(default_factory=list)
    timers: set[tuple[int, str, str]] = field(default_factory=set)
    outputs: list[tuple[str, Record]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log, self.graph = PolicyLog(self.first), risk_graph()
        self.places = {step.uid: place for place, step in enumerate(self.graph.steps)}
        self.ingress = Ingress(self.graph, self)

    def are_all_known(self) -> bool:
        return True

    def wake(self, ctx: Context, at_ms: int) -> None:
        if (at_ms, ctx.uid, ctx.key) not in self.timers:
            self.timers.add((at_ms, ctx.uid, ctx.key))
            order = (at_ms, self.places[ctx.uid], _TIMER, ctx.key.encode(), len(self.timers))
            heappush(self.pending, (*order, ctx.key, None))

    def run(self, events: Iterable[Record]) -> list[tuple[str, Record]]:
        events = list(events)
        self.log.add_valid(event for event in events if isinstance(event, PolicyPublished))
        for event in events:
            self._send(self.ingress.accept(event).routes)
        while self.pending:
            at_ms, place, _, _, _, key, record = heappop(self.pending)
            step = self.graph.steps[place]
            ctx = Context(self, step.uid, key, at_ms)
            if record is None:
                self._emit(step.uid, step.operator.on_timer(at_ms, ctx))
            elif isinstance(record, Shadowed):
                self._send(run_shadow_record(self.graph, step, record, ctx, self.log.book))
            else:
                self._send(run_shadows(self.graph, step, record, ctx, self.log.book.shadows(at_ms)))
                self._emit(step.uid, step.operator.handles[type(record)](record, ctx))
        return self.outputs

    def _emit(self, uid: str, conclusions: Iterator[Any]) -> None:
        for conclusion in conclusions:
            if not isinstance(conclusion, Metric):
                self._send(self.graph.routes(uid, conclusion))

    def _send(self, routes: Iterator[Route]) -> None:
        for route in list(routes):
            if route.dest in self.places:
                rank, identity = order_of(route.record)
                order = (time_of(route.record), self.places[route.dest], rank, identity, self._count())
                heappush(self.pending, (*order, route.key, route.record))
            elif not isinstance(route.record, PolicyPublished):
                self.outputs.append((route.dest, route.record))

    def _count(self) -> int:
        self._counted = getattr(self, "_counted", 0) + 1
        return self._counted

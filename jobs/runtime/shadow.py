"""How does a host run a step in the shadow? Once more per policy in shadow mode, before the live run (C-21).

A host calls `shadowed` for what comes from outside, and `shadow_routes` for what an earlier step told in the shadow; a
live record of another step is handled live alone. So every decision in the shadow is made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic

from jobs.dataflow.graph import Graph, Route, Step, Stream, shadow_of
from jobs.runtime.wire_format import time_of
from operators.commands import COMMANDS
from operators.operator import Metric
from schemas.event_order import Rank, order_of
from schemas.internal_form import decode_internal, encode_internal
from schemas.records import Decision, IdentificationHashed, MessageScreened, MessageSent, ProfileHashed, Shadowed
from schemas.topics import INPUT_OF
from state.spec import K, MapCell, MapSpec, V

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context
    from operators.policy.model import Policy
    from operators.policy.versions import PolicyBook
    from schemas.records import Record

_FROM_OUTSIDE: Final = frozenset({*INPUT_OF, MessageScreened, ProfileHashed, IdentificationHashed}) - {MessageSent}
"""A message that comes with its text is screened by all policies at once, and judged when it has been."""


def run_shadows(graph: Graph, step: Step, record: Record, ctx: Context, shadows: Sequence[Policy]) -> Iterator[Route]:
    """Yield what policies in shadow mode make of a record from outside; nothing of what another step told live.

    An erasure begins nothing, and what it ends was begun live.
    """
    if type(record) in _FROM_OUTSIDE and order_of(record)[0] != Rank.ERASURE:
        for policy in shadows:
            yield from _run(graph, step, record, ctx, policy)


def run_shadow_record(graph: Graph, step: Step, told: Shadowed, ctx: Context, policies: PolicyBook) -> Iterator[Route]:
    """Yield what a policy in shadow mode makes of what an earlier step told in the shadow."""
    policy = policies.shadow_by_version(told.version)
    if policy is not None:
        yield from _run(graph, step, decode_internal(told.record), ctx, policy)


def _run(graph: Graph, step: Step, record: Any, ctx: Context, policy: Policy) -> Iterator[Route]:  # noqa: ANN401
    handler = step.operator.handles[type(record)]
    for conclusion in handler(record, ShadowContext(ctx, policy)):
        if isinstance(conclusion, Decision):
            # An open item ends under the version that it began with: that is the live run's to say.
            if conclusion.policy_version == policy.version:
                yield from graph.routes(shadow_of(Stream(step.uid)).name, conclusion)
        elif not isinstance(conclusion, Metric) and type(conclusion) not in COMMANDS:
            yield from _told_on(graph, step, conclusion, policy)


def _told_on(graph: Graph, step: Step, conclusion: Any, policy: Policy) -> Iterator[Route]:  # noqa: ANN401
    """Yield the way of a record to later steps. What goes to a topic is an effect, and ends here."""
    for route in graph.routes(step.uid, conclusion):
        if route.dest in graph.uids:
            yield Route(route.dest, route.key, _wrapped(conclusion, policy.version))


def _wrapped(record: Record, version: str) -> Shadowed:
    rank, identity = order_of(record)
    return Shadowed(
        event_id=identity.decode(), at_ms=time_of(record), rank=rank, version=version, record=encode_internal(record)
    )


class ShadowContext:
    """One event's context, under a policy in shadow mode. What is written is read again, and forgotten with it."""

    def __init__(self, ctx: Context, policy: Policy) -> None:
        self._ctx, self._policy = ctx, policy
        self._cells: dict[str, ShadowCell[Any, Any]] = {}

    @property
    def key(self) -> str:
        """The key at hand."""
        return self._ctx.key

    @property
    def policy(self) -> Policy:
        """The policy in shadow mode."""
        return self._policy

    @property
    def policies(self) -> Sequence[Policy]:
        """That policy alone."""
        return (self._policy,)

    @property
    def late(self) -> bool:
        """Whether the event came late."""
        return self._ctx.late

    def policy_of(self, version: str) -> Policy:
        """Return the policy that an open item began with: always one that was live."""
        return self._policy if version == self._policy.version else self._ctx.policy_of(version)

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        """Return a state of the key at hand, to be read and to be written in vain."""
        cell = self._cells.get(spec.name)
        if cell is None:
            cell = self._cells[spec.name] = ShadowCell(self._ctx[spec])
        return cell

    def set_timer(self, at_ms: int) -> None:
        """Arm no timer."""


class ShadowCell(MapCell[K, V], Generic[K, V]):
    """A state beneath what was written in the shadow; None stands for what was removed there."""

    __slots__ = ("_below", "_written")

    def __init__(self, below: MapCell[K, V]) -> None:  # no bytes of its own
        self._below: MapCell[K, V] = below
        self._written: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return the entry, or None."""
        return self._written[key] if key in self._written else self._below.get(key)

    def put(self, key: K, value: V) -> None:
        """Write an entry, for this event alone."""
        self._written[key] = value

    def remove(self, key: K) -> None:
        """Remove an entry, for this event alone."""
        self._written[key] = None

    def items(self) -> Iterator[tuple[K, V]]:
        """Yield the entries, in no particular order."""
        written = dict(self._written)
        for key, value in self._below.items():
            if key not in written:
                yield key, value
        for key, changed in written.items():
            if changed is not None:
                yield key, changed

    def clear(self) -> None:
        """Remove every entry, for this event alone."""
        for key, _ in list(self.items()):
            self.remove(key)

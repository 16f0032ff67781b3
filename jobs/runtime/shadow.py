"""Shadow mode: runs a step again under each policy in shadow mode, before the live run, without effects (C-21).

A host calls `run_shadows` for input records and `run_shadow_record` for records that an earlier step emitted in shadow
mode; a live record of another step is handled live only. So every shadow decision is made once. The operator runs on a
`ShadowContext`: it reads the state of the live run, and its own changes and timers are discarded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic

from jobs.dataflow.graph import Graph, Route, Step, shadow_name
from jobs.runtime.wire_format import time_of
from operators.commands import COMMANDS
from operators.operator import Metric
from schemas.event_order import Rank, order_of
from schemas.internal_form import decode_internal, encode_internal
from schemas.records import (
    AppearanceChanged,
    Decision,
    IdentificationHashed,
    MessageScreened,
    MessageSent,
    MissReported,
    ProfileHashed,
    ReviewAnswered,
    Shadowed,
)
from schemas.topics import INPUT_OF
from state.spec import K, MapCell, MapSpec, V

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context
    from operators.policy.model import Policy
    from operators.policy.versions import PolicyBook
    from schemas.records import Record

_INPUTS: Final = frozenset({*INPUT_OF, MessageScreened, ProfileHashed, IdentificationHashed, AppearanceChanged}) - {
    MessageSent,
    ReviewAnswered,
    MissReported,
}
"""Records that begin a shadow run, and so are not forwarded by one. A message with its text does not: late screening
covers all policies at once. What people answer does not: nothing is undone in the shadow. A changed appearance does:
timers tell it, which do not run in the shadow."""


def run_shadows(graph: Graph, step: Step, record: Record, ctx: Context, shadows: Sequence[Policy]) -> Iterator[Route]:
    """Yield the shadow decisions and records for an input record; nothing for a live record of another step.

    An erasure is skipped: it only ends what was begun live.
    """
    if type(record) in _INPUTS and order_of(record)[0] != Rank.ERASURE:
        for policy in shadows:
            yield from _run(graph, step, record, ctx, policy)


def run_shadow_record(
    graph: Graph, step: Step, shadowed: Shadowed, ctx: Context, policies: PolicyBook
) -> Iterator[Route]:
    """Yield the shadow decisions and records for a record that an earlier step emitted in shadow mode."""
    policy = policies.shadow_by_version(shadowed.version)
    if policy is not None:
        yield from _run(graph, step, decode_internal(shadowed.record), ctx, policy)


def _run(graph: Graph, step: Step, record: Any, ctx: Context, policy: Policy) -> Iterator[Route]:  # noqa: ANN401
    handler = step.operator.handles[type(record)]
    for conclusion in handler(record, ShadowContext(ctx, policy)):
        if isinstance(conclusion, Decision):
            # An open item ends under the version that it began with, so its end is decided by the live run.
            if conclusion.policy_version == policy.version:
                yield from graph.routes(shadow_name(step.uid), conclusion)
        elif not isinstance(conclusion, Metric) and type(conclusion) not in COMMANDS | _INPUTS:
            yield from _forward(graph, step, conclusion, policy)


def _forward(graph: Graph, step: Step, conclusion: Any, policy: Policy) -> Iterator[Route]:  # noqa: ANN401
    """Yield the routes of a record to later steps. Routes to topics are effects, and are dropped."""
    for route in graph.routes(step.uid, conclusion):
        if route.dest in graph.uids:
            yield Route(route.dest, route.key, _wrap(conclusion, policy.version))


def _wrap(record: Record, version: str) -> Shadowed:
    rank, identity = order_of(record)
    return Shadowed(
        event_id=identity.decode(), at_ms=time_of(record), rank=rank, version=version, record=encode_internal(record)
    )


class ShadowContext:
    """An operator's context for one event under a policy in shadow mode; it can read its writes, then they are lost."""

    def __init__(self, ctx: Context, policy: Policy) -> None:
        self._ctx, self._policy = ctx, policy
        self._cells: dict[str, ShadowCell[Any, Any]] = {}

    @property
    def key(self) -> str:
        """The current key."""
        return self._ctx.key

    @property
    def policy(self) -> Policy:
        """The policy in shadow mode."""
        return self._policy

    @property
    def policies(self) -> Sequence[Policy]:
        """Only the policy in shadow mode."""
        return (self._policy,)

    @property
    def late(self) -> bool:
        """Whether the event came late."""
        return self._ctx.late

    @property
    def in_shadow(self) -> bool:
        """Always true."""
        return True

    def policy_of(self, version: str) -> Policy:
        """Return the policy that an open item began with: always one that was live."""
        return self._policy if version == self._policy.version else self._ctx.policy_of(version)

    def __getitem__(self, spec: MapSpec[K, V]) -> MapCell[K, V]:
        """Return a state of the current key; writes to it are discarded after the event."""
        cell = self._cells.get(spec.name)
        if cell is None:
            cell = self._cells[spec.name] = ShadowCell(self._ctx[spec])
        return cell

    def set_timer(self, at_ms: int) -> None:
        """Set no timer."""


class ShadowCell(MapCell[K, V], Generic[K, V]):
    """A copy-on-write overlay of a live state. None marks an entry that was removed in the overlay."""

    __slots__ = ("_live", "_written")

    def __init__(self, live: MapCell[K, V]) -> None:
        self._live: MapCell[K, V] = live
        self._written: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return the entry, or None."""
        return self._written[key] if key in self._written else self._live.get(key)

    def put(self, key: K, value: V) -> None:
        """Write an entry, for this event only."""
        self._written[key] = value

    def remove(self, key: K) -> None:
        """Remove an entry, for this event only."""
        self._written[key] = None

    def items(self) -> Iterator[tuple[K, V]]:
        """Yield the entries, in no particular order."""
        written = dict(self._written)
        for key, value in self._live.items():
            if key not in written:
                yield key, value
        for key, changed in written.items():
            if changed is not None:
                yield key, changed

    def clear(self) -> None:
        """Remove every entry, for this event only."""
        for key, _ in list(self.items()):
            self.remove(key)

"""How does a host run a step in the shadow? Once more per policy in shadow mode, before the live run (C-21).

A host calls `shadowed` for what comes from outside, and `shadow_routes` for what an earlier step told in the shadow; a
live record of another step is handled live alone. So every decision in the shadow is made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jobs.graph import Graph, Route, Step, Stream, shadow_of
from jobs.wire import time_of
from operators.command_action import COMMANDS
from operators.operator import Tally
from operators.shadow import ShadowContext
from schemas.order import Rank, order_of
from schemas.passing import passed, taken
from schemas.records import Decision, IdentificationHashed, MessageScreened, MessageSent, ProfileHashed, Shadowed
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from operators.operator import Context
    from operators.policy import Policy
    from operators.policy_book import PolicyBook
    from schemas.records import Record

_FROM_OUTSIDE: Final = frozenset({*INPUT_OF, MessageScreened, ProfileHashed, IdentificationHashed}) - {MessageSent}
"""A message that comes with its text is screened by all policies at once, and judged when it has been."""


def shadowed(graph: Graph, step: Step, record: Record, ctx: Context, shadows: Sequence[Policy]) -> Iterator[Route]:
    """Yield what policies in shadow mode make of a record from outside; nothing of what another step told live.

    An erasure begins nothing, and what it ends was begun live.
    """
    if type(record) in _FROM_OUTSIDE and order_of(record)[0] != Rank.ERASURE:
        for policy in shadows:
            yield from _run(graph, step, record, ctx, policy)


def shadow_routes(graph: Graph, step: Step, told: Shadowed, ctx: Context, policies: PolicyBook) -> Iterator[Route]:
    """Yield what a policy in shadow mode makes of what an earlier step told in the shadow."""
    policy = policies.shadow_of(told.version)
    if policy is not None:
        yield from _run(graph, step, taken(told.record), ctx, policy)


def _run(graph: Graph, step: Step, record: Any, ctx: Context, policy: Policy) -> Iterator[Route]:  # noqa: ANN401
    handler = step.operator.handles[type(record)]
    for conclusion in handler(record, ShadowContext(ctx, policy)):
        if isinstance(conclusion, Decision):
            # An open item ends under the version that it began with: that is the live run's to say.
            if conclusion.policy_version == policy.version:
                yield from graph.routes(shadow_of(Stream(step.uid)).name, conclusion)
        elif not isinstance(conclusion, Tally) and type(conclusion) not in COMMANDS:
            yield from _told_on(graph, step, conclusion, policy)


def _told_on(graph: Graph, step: Step, conclusion: Any, policy: Policy) -> Iterator[Route]:  # noqa: ANN401
    """Yield the way of a record to later steps. What goes to a topic is an effect, and ends here."""
    for route in graph.routes(step.uid, conclusion):
        if route.dest in graph.uids:
            yield Route(route.dest, route.key, _wrapped(conclusion, policy.version))


def _wrapped(record: Record, version: str) -> Shadowed:
    rank, identity = order_of(record)
    return Shadowed(
        event_id=identity.decode(), at_ms=time_of(record), rank=rank, version=version, record=passed(record)
    )

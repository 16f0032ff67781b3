"""Cost of one suspicious message in the Python of the keyed steps: sender, recipient, risk window.

Records pass from step to step in their internal form, as in both engines; states are dictionaries, and no event waits
for the watermark.
"""

from __future__ import annotations

from time import process_time
from typing import TYPE_CHECKING

from bench.job.traffic import BEGIN_MS, friendships, pair
from bench.quality.texts import suspicious
from bench.steps.step_context import DictContext
from jobs.dataflow.risk import risk_graph
from jobs.runtime.envelope import pack, unpack
from jobs.runtime.host import Host
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook
from operators.screening.screening import screen_message
from schemas.codec import decode
from schemas.internal_form import decode_internal
from schemas.records import Decision, MessageSent, Record

if TYPE_CHECKING:
    from collections.abc import Collection

    from jobs.dataflow.graph import Route
    from state.spec import K, MapSpec, V

_STEPS = ("account", "relationship", "risk-window")
_FRIENDS = 300
_EVERY_MS = 1_000


def seconds_per_suspicion(number: int) -> float:
    """Return the processor seconds a message. Raises `RuntimeError` where few of them lead to a decision."""
    way = Way()
    for told in friendships(range(_FRIENDS), 2 * _FRIENDS):
        way.take("relations", decode(told.value))
    messages = [screen_message(_message(place), (Policy(),)) for place in range(number)]
    way.decided = 0
    begun = process_time()
    for message in messages:
        way.take("messages", message)
    spent_s = process_time() - begun
    if way.decided < number // 2:
        raise RuntimeError("few messages led to a decision, so their cost means nothing")
    return spent_s / number


def _message(number: int) -> MessageSent:
    sender, recipient = pair(number % _FRIENDS, 2 * _FRIENDS)
    text = suspicious()[number % len(suspicious())]
    at_ms = BEGIN_MS + _EVERY_MS * number
    return MessageSent(event_id=f"m{number}", at_ms=at_ms, sender_id=sender, recipient_id=recipient, text=text)


class Way:
    """Some steps, one after the other. Their outputs are dropped; decisions are counted."""

    def __init__(self, uids: Collection[str] = _STEPS) -> None:
        self._graph, self._book, self.decided = risk_graph(), PolicyBook(Policy()), 0
        steps = [step for step in self._graph.steps if step.uid in uids]
        self._steps = {step.uid: (Host(self._graph, step), DictContext(self._book)) for step in steps}

    def take(self, stream: str, record: Record) -> None:
        """Process a record as it comes from the ingress."""
        for route in self._graph.routes(stream, record):
            self._follow(route)

    def entries(self, uid: str, spec: MapSpec[K, V], key: str) -> list[V]:
        """Return the values of a state of a step, for a key."""
        turn = self._steps[uid][1]
        turn.key = key
        return [spec.codec.loads(raw) for raw in turn.entries(spec.name).values()]

    def _follow(self, route: Route) -> None:
        if route.dest not in self._steps:
            self.decided += type(route.record) is Decision
            return
        host, turn = self._steps[route.dest]
        turn.key = route.key
        record = decode_internal(unpack(pack(route, self._book)).record)
        for onward in host.handle(record, turn, late=False):
            self._follow(onward)

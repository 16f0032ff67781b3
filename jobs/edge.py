"""What happens to a record on entry: policies are read, messages screened, everything is sent on to where it belongs.

Nothing of a message but its suspicious spans goes on, and of a harmless one nothing at all. Only when this edge cannot
know all policies does the message itself go on, to be screened where they are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jobs.graph import Graph, Route
from operators.screening import screened
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent, PolicyPublished, Record
from schemas.topics import TOPICS
from schemas.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.policy_log import PolicyLog
    from operators.policy import Policy

POLICIES = "policies"
"""The destination of published policies: every step."""

MESSAGES = "messages"


class Policies(Protocol):
    """What an edge knows of the policies: those that were taken, and whether there can be others by now."""

    log: PolicyLog

    def are_all_known(self) -> bool:
        """Return whether no policy can be in force that is not in `log`."""


class Edge:
    """The way in of a graph."""

    def __init__(self, graph: Graph, policies: Policies) -> None:
        self._graph, self._policies = graph, policies
        self._stream_of = {kind: name for name in graph.sources for kind in TOPICS[name].records}

    def admit(self, record: Record) -> Iterator[Route]:
        """Yield the routes of a record of any input topic. Raise Malformed where it is wrong."""
        validate(record)
        if isinstance(record, PolicyPublished):
            self._policies.log.take(record)
            yield Route(POLICIES, record.version, record)
        elif isinstance(record, MessageSent):
            yield from self.admit_message(record)
        else:
            yield from self._graph.routes(self.stream_of(record), record)

    def admit_message(self, message: MessageSent) -> Iterator[Route]:
        """Yield the routes of a valid message: none where nothing in it is suspicious."""
        if not self._policies.are_all_known():
            yield from self._graph.routes(MESSAGES, message)
            return
        found = screened(message, self.policies_at(message.at_ms, message.at_ms))
        if found.findings:
            yield from self._graph.routes(MESSAGES, found)

    def policies_at(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies that judge messages from `first_ms` to `last_ms`."""
        return self._policies.log.book.between(first_ms, last_ms)

    def stream_of(self, record: Record) -> str:
        """Return the source that a record belongs to; one of no use to this graph goes nowhere."""
        return self._stream_of.get(type(record), "")

"""What happens to a record on entry: policies are read, messages screened, pictures hashed, and all is sent on.

Nothing of a message but its suspicious spans goes on, and of a harmless one nothing at all. Only when this edge cannot
know all policies does the message itself go on, to be screened where they are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from jobs.graph import Graph, Route
from jobs.wire import time_of
from operators.admission import without_picture
from operators.screening import screened
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent, PolicyPublished, Record
from schemas.topics import INPUT_OF
from schemas.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.policy_log import PolicyLog
    from operators.policy import Policy
    from operators.policy_book import PolicyBook

POLICIES = "policies"
"""The destination of published policies: every step."""

MESSAGES = "messages"


class Policies(Protocol):
    """What an edge knows of the policies: those that were taken, and whether there can be others by now."""

    log: PolicyLog

    def are_all_known(self) -> bool:
        """Return whether no policy can be in force that is not in `log`."""


class Edge:
    """The way in of a graph. `judging` is what the steps know, where that can be less than what the edge knows."""

    def __init__(self, graph: Graph, policies: Policies, judging: PolicyBook | None = None) -> None:
        self._graph, self._policies, self._judging = graph, policies, judging

    def admit(self, record: Record) -> Iterator[Route]:
        """Yield the routes of a record of any input topic. Raise Malformed where it is wrong."""
        validate(record)
        if isinstance(record, PolicyPublished):
            self._policies.log.take(record)
            yield Route(POLICIES, record.event_id, record)  # one version may come in shadow mode first, and live later
        elif isinstance(record, MessageSent):
            yield from self.admit_message(record)
        else:
            limits = self._policies.log.book.in_force(time_of(record)).avatar_impersonation
            yield from self._graph.routes(_topic_of(record), without_picture(record, limits))

    def admit_message(self, message: MessageSent) -> Iterator[Route]:
        """Yield the routes of a valid message: none where nothing in it is suspicious."""
        if not self._policies.are_all_known():
            yield from self._graph.routes(MESSAGES, message)
            return
        found = screened(message, self.policies_at(message.at_ms, message.at_ms))
        if found.findings:
            yield from self._graph.routes(MESSAGES, found)

    def policies_at(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies that judge messages from `first_ms` to `last_ms`.

        Those in shadow mode come first: the last one may have to stand in for a policy that is not known here yet.
        """
        book = self._policies.log.book
        live = book.between(first_ms, last_ms)
        names = {policy.version for policy in live}
        shadows = (shadow for shadow in book.shadows_between(first_ms, last_ms) if shadow.version not in names)
        known = [*shadows, *live]
        if self._judging is None:
            return known
        names = {policy.version for policy in known}
        return [*known, *(old for old in self._judging.between(first_ms, last_ms) if old.version not in names)]


def _topic_of(record: Record) -> str:
    topic = INPUT_OF.get(type(record))
    if topic is None:
        raise Malformed(Reason.UNKNOWN_SCHEMA, f"{type(record).__name__} is no record of an input topic")
    return topic.name

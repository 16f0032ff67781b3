"""What happens to a record on entry: policies are read, messages screened, pictures hashed, and all is sent on.

Nothing of a message but its suspicious spans goes on, and of a harmless one nothing at all. Only when this edge cannot
know all policies does the message itself go on, to be screened where they are known.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import compress, takewhile
from typing import TYPE_CHECKING, Final, Protocol

from jobs.dataflow.graph import Graph, Route
from jobs.runtime.wire_format import time_of
from operators.likeness.ingest import hash_pictures
from operators.screening.prefilter import Prefilter
from operators.screening.screening import matchers_of, needs_all_groups, needs_all_pairs, screen_message
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent, PolicyPublished, Record
from schemas.topics import INPUT_OF
from schemas.validation import is_valid, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jobs.policy.registry import PolicyLog
    from operators.policy.model import Policy
    from operators.policy.versions import PolicyBook
    from operators.screening.matcher import Matcher

POLICIES = "policies"
"""The destination of published policies: every step."""

MESSAGES = "messages"

_SIEVES_KEPT: Final = 16


class Policies(Protocol):
    """What an edge knows of the policies: those that were taken, and whether there can be others by now."""

    log: PolicyLog

    def are_all_known(self) -> bool:
        """Return whether no policy can be in force that is not in `log`."""


class Ingress:
    """The way in of a graph. `judging` is what the steps know, where that can be less than what the edge knows."""

    def __init__(self, graph: Graph, policies: Policies, judging: PolicyBook | None = None) -> None:
        self._graph, self._policies, self._judging = graph, policies, judging

    def accept(self, record: Record) -> Iterator[Route]:
        """Yield the routes of a record of any input topic. Raise Malformed where it is wrong."""
        validate(record)
        if isinstance(record, PolicyPublished):
            self._policies.log.add(record)
            yield Route(POLICIES, record.event_id, record)  # one version may come in shadow mode first, and live later
        elif isinstance(record, MessageSent):
            yield from self.accept_message(record)
        else:
            limits = self._policies.log.book.in_force(time_of(record)).avatar_impersonation
            yield from self._graph.routes(_topic_of(record), hash_pictures(record, limits))

    def accept_message(self, message: MessageSent) -> Iterator[Route]:
        """Yield the routes of a valid message: none where nothing in it is suspicious."""
        if not self._policies.are_all_known():
            yield from self._graph.routes(MESSAGES, message)
            return
        found = screen_message(message, self.policies_at(message.at_ms, message.at_ms))
        if found.findings:
            yield from self._graph.routes(MESSAGES, found)

    def prefilter(self, records: Sequence[object]) -> Sequence[MessageSent | None]:
        """Return for each of the next records the record if it is certainly a valid message that no policy minds.

        After a policy among them nothing is certain, for that one may not be known yet.
        """
        told: list[MessageSent | None] = [None] * len(records)
        known = takewhile(lambda each: not isinstance(each[1], PolicyPublished), enumerate(records))
        messages = {place: each for place, each in known if isinstance(each, MessageSent) and is_valid(each)}
        if messages and self._policies.are_all_known():
            times = [message.at_ms for message in messages.values()]
            for place in compress(messages, self.prefilter_for(min(times), max(times)).droppable(messages.values())):
                told[place] = messages[place]
        return told

    def prefilter_for(self, first_ms: int, last_ms: int) -> Prefilter:
        """Return what keeps all messages from `first_ms` to `last_ms` that any policy known now may mind."""
        rules = self.policies_at(first_ms, last_ms)
        screens = dict.fromkeys(screen for policy in rules for screen in matchers_of(policy))
        return _sieve(tuple(screens), any(map(needs_all_groups, rules)), any(map(needs_all_pairs, rules)))

    def policies_at(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies that judge messages from `first_ms` to `last_ms`.

        Those in shadow mode come first: the last one may have to stand in for a policy that is not known here yet.
        """
        book = self._policies.log.book
        live = book.in_force_between(first_ms, last_ms)
        names = {policy.version for policy in live}
        shadows = (shadow for shadow in book.shadows_between(first_ms, last_ms) if shadow.version not in names)
        known = [*shadows, *live]
        if self._judging is None:
            return known
        names = {policy.version for policy in known}
        return [*known, *(old for old in self._judging.in_force_between(first_ms, last_ms) if old.version not in names)]


@lru_cache(maxsize=_SIEVES_KEPT)
def _sieve(screens: tuple[Matcher, ...], all_groups: bool, all_pairs: bool) -> Prefilter:  # noqa: FBT001 - what a cache is asked by
    return Prefilter(screens, all_groups=all_groups, all_pairs=all_pairs)


def _topic_of(record: Record) -> str:
    topic = INPUT_OF.get(type(record))
    if topic is None:
        raise Malformed(Reason.UNKNOWN_SCHEMA, f"{type(record).__name__} is no record of an input topic")
    return topic.name

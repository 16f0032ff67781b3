"""Ingress of the dataflow: validates records, screens messages, hashes pictures, and routes all to the steps.

Of a message only the suspicious spans are passed on, and of a harmless one nothing. Only while some policy may be
unknown here is the message itself passed on, to be screened in the step `late-screening`, where all are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import compress, takewhile
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from jobs.dataflow.graph import Graph, Route
from jobs.runtime.approach_filter import ApproachFilter
from jobs.runtime.wire_format import time_of
from operators.likeness.ingest import hash_pictures
from operators.screening.approach import wants_approaches
from operators.screening.prefilter import Prefilter
from operators.screening.screening import (
    COMPILED_AT_MOST,
    matchers_of,
    needs_all_groups,
    needs_all_pairs,
    screen_message,
)
from operators.screening.sized_cache import SizedCache
from schemas.malformed import Malformed, Reason
from schemas.records import MessageSent, PolicyPublished, Record
from schemas.topics import INPUT_OF
from schemas.validation import is_valid, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from jobs.policy.registry import PolicyLog
    from operators.policy.model import Policy
    from operators.policy.versions import PolicyBook
    from operators.screening.matcher import Matcher
    from schemas.malformed import PictureRefused
    from schemas.message_columns import Texts
    from schemas.records import AccountApproached

POLICIES = "policies"
"""The destination of published policies: they are broadcast to every step."""

MESSAGES = "messages"

_PREFILTERS_IN_USE: Final = 3
"""One for the policies in force, one while they change, and one for the first look, which looks ahead."""


class Policies(Protocol):
    """The policies that an ingress screens by, and whether others may have been published already."""

    log: PolicyLog

    def are_all_known(self) -> bool:
        """Return whether no policy can be in force that is not in `log`."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What becomes of a record: its routes; and the fault of its picture, if it counts without that (AI-34)."""

    routes: Sequence[Route]
    refused: PictureRefused | None = None


class Ingress:
    """The ingress of a graph. `received` are the policies that the steps have received, where that may be fewer."""

    def __init__(self, graph: Graph, policies: Policies, received: PolicyBook | None = None) -> None:
        self._graph, self._policies, self._received = graph, policies, received
        self._approaches = ApproachFilter()

    def accept(self, record: Record) -> Accepted:
        """Return the routes of a record of any input topic. Raise Malformed for an invalid record."""
        validate(record)
        if isinstance(record, PolicyPublished):
            self._policies.log.add(record)
            # Not under its version: one may come in shadow mode first, and live later.
            return Accepted([Route(POLICIES, record.event_id, record)])
        if isinstance(record, MessageSent):
            return Accepted(list(self.accept_message(record)))
        topic, limits = _topic_of(record), self._policies.log.book.in_force(time_of(record)).avatar_impersonation
        hashed, refused = hash_pictures(record, limits)
        return Accepted(list(self._graph.routes(topic, hashed)), refused)

    def accept_message(self, message: MessageSent) -> Iterator[Route]:
        """Yield the routes of a valid message: none if nothing in it is suspicious, and it is no approach."""
        approach = self._approach_of(message)
        if approach is not None:
            yield from self._graph.routes(MESSAGES, approach)
        yield from self.screened(message)

    def _approach_of(self, message: MessageSent) -> AccountApproached | None:
        if message.recipient_id is None or not self._policies.are_all_known():
            return None
        known = self._known_policies(message.at_ms, message.at_ms)
        return self._approaches.of_message(message) if wants_approaches(known) else None

    def screened(self, message: MessageSent) -> Iterator[Route]:
        """Yield the routes of a valid message, its approach aside."""
        if not self._policies.are_all_known():
            yield from self._graph.routes(MESSAGES, message)
            return
        found = screen_message(message, self.policies_at(message.at_ms, message.at_ms))
        if found.findings:
            yield from self._graph.routes(MESSAGES, found)

    def approaches(
        self, texts: Texts, buffer: bytes, messages: NDArray[np.bool_], between: tuple[int, int]
    ) -> Iterator[tuple[int, Iterator[Route]]]:
        """Yield the routes of approaches by some messages of a batch, each with its message's place.

        There are none where approaches do not matter all the time between two.
        """
        if self.wants_approaches(*between):
            places = np.flatnonzero(messages & ~texts.grouped)
            for place, approach in self._approaches.of_texts(texts, buffer, places):
                yield place, self._graph.routes(MESSAGES, approach)

    def wants_approaches(self, first_ms: int, last_ms: int) -> bool | None:
        """Return whether approaches matter from `first_ms` to `last_ms`; None: at some times within."""
        known = self._known_policies(first_ms, last_ms)
        if not wants_approaches(known):
            return False
        live = self._policies.log.book.in_force_between(first_ms, last_ms)
        is_constant = all(self._known_policies(at_ms, at_ms) == known for at_ms in (first_ms, last_ms))
        return True if is_constant or all(policy.strangers.enabled for policy in live) else None

    def _known_policies(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies in force and in the shadow from `first_ms` to `last_ms`, the latter first."""
        book = self._policies.log.book
        live = book.in_force_between(first_ms, last_ms)
        names = {policy.version for policy in live}
        shadows = (shadow for shadow in book.shadows_between(first_ms, last_ms) if shadow.version not in names)
        return [*shadows, *live]

    def prefilter(self, records: Sequence[object]) -> Sequence[MessageSent | None]:
        """Return each of the next records if it is certainly a valid message with no match in any policy, else None.

        The records after a published policy are never certain, since that policy may be unknown here yet.
        """
        harmless: list[MessageSent | None] = [None] * len(records)
        before_policy = takewhile(lambda each: not isinstance(each[1], PolicyPublished), enumerate(records))
        messages = {place: each for place, each in before_policy if isinstance(each, MessageSent) and is_valid(each)}
        for place in compress(messages, self.are_harmless(tuple(messages.values()))):
            harmless[place] = messages[place]
        return harmless

    def are_harmless(self, messages: Sequence[MessageSent]) -> Sequence[bool]:
        """Return for each of some valid messages whether it has certainly no match in any policy and is no approach."""
        if not messages or not self._policies.are_all_known():
            return [False] * len(messages)
        times = [message.at_ms for message in messages]
        harmless = np.array(self.prefilter_for(min(times), max(times)).droppable(messages))
        if self.wants_approaches(min(times), max(times)):
            asked = [place for place in np.flatnonzero(harmless).tolist() if messages[place].recipient_id is not None]
            harmless[asked] = self._approaches.hold_back([messages[place] for place in asked])
        return harmless.tolist()  # type: ignore[no-any-return]

    def prefilter_for(self, first_ms: int, last_ms: int) -> Prefilter:
        """Return the prefilter for messages from `first_ms` to `last_ms`, for all policies known now."""
        rules = self.policies_at(first_ms, last_ms)
        matchers = dict.fromkeys(matcher for policy in rules for matcher in matchers_of(policy))
        is_mixed = self.wants_approaches(first_ms, last_ms) is None
        key = tuple(matchers), any(map(needs_all_groups, rules)), is_mixed or any(map(needs_all_pairs, rules))
        return _PREFILTERS.get(key)

    def policies_at(self, first_ms: int, last_ms: int) -> Sequence[Policy]:
        """Return the policies that judge messages from `first_ms` to `last_ms`.

        Those in shadow mode come first: the last policy stands in for one that is unknown here yet, and must be live.
        """
        return self._with_received(self._known_policies(first_ms, last_ms), first_ms, last_ms)

    def _with_received(self, known: Sequence[Policy], first_ms: int, last_ms: int) -> Sequence[Policy]:
        if self._received is None:
            return known
        names = {policy.version for policy in known}
        return [
            *known,
            *(old for old in self._received.in_force_between(first_ms, last_ms) if old.version not in names),
        ]


def _prefilter(key: tuple[tuple[Matcher, ...], bool, bool]) -> Prefilter:
    matchers, all_groups, all_pairs = key
    return Prefilter(matchers, all_groups=all_groups, all_pairs=all_pairs)


_PREFILTERS: Final = SizedCache(
    _prefilter, lambda built: built.size_bytes, COMPILED_AT_MOST, at_least=_PREFILTERS_IN_USE
)


def _topic_of(record: Record) -> str:
    topic = INPUT_OF.get(type(record))
    if topic is None:
        raise Malformed(Reason.UNKNOWN_SCHEMA, f"{type(record).__name__} is not a record of an input topic")
    return topic.name

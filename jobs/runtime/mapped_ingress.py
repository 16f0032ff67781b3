"""Ingress of records of mapped topics: each becomes records of the contract, and those become routes.

What is at fault in a record is one dead letter with the record's own bytes, however many of its events are at fault.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, compress
from typing import TYPE_CHECKING, Any

from jobs.runtime.event_clocks import EventClocks
from jobs.runtime.future_events import refuse_future
from schemas.malformed import Malformed
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jobs.dataflow.graph import Route
    from jobs.mapping.reading import Made, MappedTopic
    from jobs.runtime.ingress import Ingress
    from jobs.runtime.wire_format import KafkaRecord
    from schemas.records import Record


class MappedIngress:
    """The ingress of mapped topics, which have their indices among the input topics."""

    def __init__(self, ingress: Ingress, topics: Mapping[int, MappedTopic], clocks: EventClocks) -> None:
        self.topics, self.clocks = topics, clocks
        self.unmapped: Counter[int] = Counter()
        """Events to which no rule applies, by topic."""
        self._ingress = ingress

    def accept(self, raws: Sequence[KafkaRecord]) -> Iterator[tuple[list[Route], Malformed | None]]:
        """Yield of each record the routes of its events, and what is at fault in it, if anything is."""
        found = [self._read(raw) for raw in raws]
        harmless = self._harmless(chain.from_iterable(records for records, _ in found))
        for records, made in found:
            routes = [self._routes_of(record, made) for record in records if id(record) not in harmless]
            yield list(chain.from_iterable(routes)), made.fault

    def _routes_of(self, record: Record, made: Made) -> Sequence[Route]:
        """Return the routes of a record, none where its picture is refused and it has nothing else."""
        try:
            accepted = self._ingress.accept(record)
        except Malformed as fault:
            made.refuse(fault)
            return ()
        if accepted.refused is not None:
            made.refuse(accepted.refused)
        return accepted.routes

    def _harmless(self, records: Iterable[Record]) -> set[int]:
        """Return the identities of messages in which certainly nothing is found."""
        messages = [record for record in records if isinstance(record, MessageSent)]
        return set(map(id, compress(messages, self._ingress.are_harmless(messages))))

    def _read(self, raw: KafkaRecord) -> tuple[list[Record], Made]:
        """Return the records that are not of the future, and all that is at fault."""
        made = self.topics[raw.topic].read(raw.value)
        if made.unmapped:
            self.unmapped[raw.topic] += made.unmapped
        records: list[Any] = [mapped.record for mapped in refuse_future(made, raw.timestamp_ms)]
        self.clocks.note(raw, max([record.at_ms for record in records], default=None))
        return records, made

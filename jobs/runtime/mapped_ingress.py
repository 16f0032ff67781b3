"""Ingress of records of mapped topics: each becomes records of the contract, and those become routes.

What is at fault in a record is one dead letter with the record's own bytes, however many of its events are at fault.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobs.runtime.event_clocks import EventClocks
from jobs.runtime.future_events import ahead_of
from jobs.runtime.wire_format import time_of
from schemas.malformed import Malformed, undecodable
from schemas.records import MessageSent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jobs.dataflow.graph import Route
    from jobs.mapping.mapping import EventMapping
    from jobs.runtime.ingress import Ingress
    from jobs.runtime.wire_format import KafkaRecord
    from schemas.records import Record


@dataclass(frozen=True, slots=True)
class MappedTopic:
    """A topic's mapping, and the decoder of its values, which raises Malformed."""

    mapping: EventMapping
    decode: Callable[[bytes], Any]


@dataclass(slots=True)
class _Made:
    """What a record of a topic became: records of the contract, and how many of its events are at fault."""

    records: list[Record]
    fault: Malformed | None = None
    faults: int = 0

    def refuse(self, fault: Malformed) -> None:
        """Note a fault; the first one is told."""
        self.fault = self.fault or fault
        self.faults += 1

    def letter(self) -> Malformed | None:
        """Return the fault of the dead letter, if there is one."""
        if self.fault is None or self.faults == 1:
            return self.fault
        message = f"{self.fault.message} (and {self.faults - 1:,} more in this record)"
        return Malformed(self.fault.reason, message)


class MappedIngress:
    """The ingress of mapped topics, which have their indices among the input topics."""

    def __init__(self, ingress: Ingress, topics: Mapping[int, MappedTopic], clocks: EventClocks) -> None:
        self.topics, self.clocks = topics, clocks
        self.unmapped: Counter[int] = Counter()
        """Events to which no rule applies, by topic."""
        self._ingress = ingress

    def accept(self, raws: Sequence[KafkaRecord]) -> Iterator[tuple[list[Route], Malformed | None]]:
        """Yield of each record the routes of its events, and what is at fault in it, if anything is."""
        found = [self._made(raw) for raw in raws]
        harmless = self._harmless([record for made in found for record in made.records])
        for made in found:
            routes: list[Route] = []
            for record in made.records:
                if id(record) not in harmless:
                    accepted = self._ingress.accept(record)
                    routes += accepted.routes
                    if accepted.refused is not None:
                        made.refuse(accepted.refused)
            yield routes, made.letter()

    def _harmless(self, records: Sequence[Record]) -> set[int]:
        """Return the identities of messages in which certainly nothing is found."""
        messages = [record for record in records if isinstance(record, MessageSent)]
        return {id(message) for message in self._ingress.prefilter(messages) if message is not None}

    def _made(self, raw: KafkaRecord) -> _Made:
        made = _Made([])
        topic = self.topics[raw.topic]
        try:
            value = self._value(raw, topic)
        except Malformed as fault:
            made.refuse(fault)
        else:
            for event in topic.mapping.events(value):
                try:
                    records = [each.record for each in topic.mapping.records(event)]
                except Malformed as fault:
                    made.refuse(fault)
                else:
                    self.unmapped[raw.topic] += not records
                    _add(records, raw, made)
        self.clocks.note(raw, max(map(time_of, made.records), default=None))
        return made

    @staticmethod
    def _value(raw: KafkaRecord, topic: MappedTopic) -> Any:  # noqa: ANN401 - any JSON value
        if raw.value is not None:
            return topic.decode(raw.value)
        if topic.mapping.is_debezium:  # a tombstone
            return None
        raise undecodable("the Kafka record has no value (null)")


def _add(records: Sequence[Record], raw: KafkaRecord, made: _Made) -> None:
    for record in records:
        fault = ahead_of(record, raw.timestamp_ms, "the record's timestamp")
        if fault is None:
            made.records.append(record)
        else:
            made.refuse(fault)

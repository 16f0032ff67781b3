"""Ingress of a batch of raw Kafka records: for each record its packed routes, or None.

Most records are harmless messages, so a vectorised prefilter scans a large batch in one buffer, and only its
candidates are searched one by one. What it drops is certainly a valid message with no match in any policy in force.
Messages are taken out of the columns that it reads; what is odd there, and all other records, are decoded strictly.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from jobs.flink.dead_letter import dead_letter
from jobs.runtime.envelope import StepPayload
from jobs.runtime.event_clocks import EventClocks
from jobs.runtime.future_events import ahead_of
from jobs.runtime.ingress import MESSAGES, Ingress
from jobs.runtime.mapped_ingress import MappedIngress
from jobs.runtime.own_topic import foreign_to
from jobs.runtime.wire_format import KafkaRecord, pack_route, unpack_kafka_record
from schemas.malformed import Malformed, undecodable
from schemas.message_columns import texts_of
from schemas.topic_names import CONTRACT_NAMES
from schemas.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jobs.dataflow.graph import Graph, Route
    from jobs.flink.metrics import CounterKey
    from jobs.mapping.reading import MappedTopic
    from jobs.runtime.ingress import Policies
    from schemas.codec import Framing
    from schemas.topic_names import TopicNames

FEW: Final = 30
"""With fewer records in a batch each is looked at by itself: the prefilter takes two milliseconds at least."""
_HEAD = 30  # bytes of a packed Kafka record before its key
_BIG_LONG, _BIG_INT, _BIG_SHORT = ">i8", ">i4", ">i2"


@dataclass(frozen=True, slots=True)
class InputTopics:
    """The input topics, sorted by their `names` on the broker: those are in dead letters' headers.

    `mapped` are those of mappings, by their names in `topics`; `idle_ms` is how long a silent one holds the watermark.
    """

    topics: Sequence[str]
    names: TopicNames = CONTRACT_NAMES
    mapped: Mapping[str, MappedTopic] = field(default_factory=dict)
    idle_ms: int = 0


class BatchIngress:
    """The ingress of a graph for raw Kafka records."""

    def __init__(self, graph: Graph, inputs: InputTopics, framing: Framing, policies: Policies) -> None:
        self.ingress, self._policies, self._framing = Ingress(graph, policies), policies, framing
        self._topics, self._messages, self._names = inputs.topics, inputs.topics.index(MESSAGES), inputs.names
        mapped = {self._topics.index(name): topic for name, topic in inputs.mapped.items()}
        self.mapped = MappedIngress(self.ingress, mapped, EventClocks(inputs.idle_ms))
        self.rejected: Counter[CounterKey] = Counter()  # dead letters by reason and topic

    def __call__(self, packed_records: Sequence[bytes]) -> list[bytes | None]:
        """Return the packed routes of each packed Kafka record, or None if it has none."""
        routes: list[bytes | None] = [None] * len(packed_records)
        mapped: dict[int, KafkaRecord] = {}
        for index in self._screen(packed_records, routes):
            raw = unpack_kafka_record(packed_records[index])
            if raw.topic in self.mapped.topics:
                mapped[index] = raw
            else:
                routes[index] = self._route(raw)
        raws = tuple(mapped.values())
        for index, raw, (found, fault) in zip(mapped, raws, self.mapped.accept(raws), strict=True):
            routes[index] = self._packed(raw, found, fault)
        return routes

    def _screen(self, packed_records: Sequence[bytes], routes: list[bytes | None]) -> Sequence[int]:
        """Set the routes of plain messages; return the indices of the records that must be decoded."""
        if len(packed_records) < FEW or not self._policies.are_all_known():
            return range(len(packed_records))
        batch = RecordBatch(packed_records)
        messages = np.flatnonzero(batch.topics == self._messages)
        if messages.size == 0:
            return range(len(packed_records))
        starts, ends, times = (column[messages] for column in (batch.starts, batch.ends, batch.times_ms))
        between = int(times.min()), int(times.max())
        texts = texts_of(batch.buffer, starts, ends)
        kept = self.ingress.prefilter_for(*between).kept(texts, batch.buffer, times)
        plain = ~texts.odd & (texts.at_ms >= between[0]) & (texts.at_ms <= times)
        read = {place: texts.message(batch.buffer, place) for place in np.flatnonzero(kept & plain).tolist()}
        plain[[place for place, message in read.items() if message is None]] = False
        for place, approach in self.ingress.approaches(texts, batch.buffer, plain, between):
            routes[messages[place]] = self._pack(approach)
        is_told = self.ingress.wants_approaches(*between) is not None
        accept = self.ingress.screened if is_told else self.ingress.accept_message
        for place, message in read.items():
            if message is not None:
                told = routes[messages[place]] or b""
                routes[messages[place]] = told + self._pack(accept(message)) or None
        others = np.flatnonzero(batch.topics != self._messages)
        return np.sort(np.concatenate((messages[kept & ~plain], others))).tolist()  # type: ignore[no-any-return]

    def _route(self, raw: KafkaRecord) -> bytes | None:
        try:
            if raw.value is None:
                raise undecodable("the Kafka record has no value (null)")
            record = self._framing.decode(raw.value)
            fault = foreign_to(record, self._topics[raw.topic], self._names)
            if fault := fault or ahead_of(record, raw.timestamp_ms, "the record's timestamp"):
                raise fault
            accepted = self.ingress.accept(record)
        except Malformed as fault:
            return self._dead_letter(raw, fault)
        return self._packed(raw, accepted.routes, accepted.refused)

    def _packed(self, raw: KafkaRecord, routes: Sequence[Route], fault: Malformed | None) -> bytes | None:
        """Return the routes of a record, with a dead letter if something in it is at fault."""
        packed = self._pack(routes) if routes else b""
        if fault is not None:
            packed += self._dead_letter(raw, fault)
        return packed or None

    def _pack(self, routes: Iterable[Route]) -> bytes:
        payload = StepPayload(lambda: self._policies.log.book)
        return b"".join(pack_route(route.dest, route.key, payload(route)) for route in routes)

    def _dead_letter(self, raw: KafkaRecord, fault: Malformed) -> bytes:
        topic = self._topics[raw.topic]
        self.rejected["dead-letters", (("reason", fault.reason), ("topic", topic))] += 1
        return pack_route(DEAD_LETTERS, "", dead_letter(fault, self._names.physical(topic), raw))


class RecordBatch:
    """A batch of packed Kafka records as columns: `topics` (index), `times_ms`, and each value's range in `buffer`."""

    def __init__(self, packed_records: Sequence[bytes]) -> None:
        self.buffer = b"".join(packed_records)
        sizes = np.fromiter(map(len, packed_records), dtype=np.int64, count=len(packed_records))
        self.ends = np.cumsum(sizes)
        heads = self.ends - sizes
        columns = np.frombuffer(self.buffer, dtype=np.uint8)[heads[:, None] + np.arange(_HEAD)]
        self.times_ms = _numbers(columns, 0, 8, _BIG_LONG)
        self.topics = _numbers(columns, 20, 22, _BIG_SHORT)
        self.starts = heads + _HEAD + np.maximum(_numbers(columns, 22, 26, _BIG_INT), 0)


def record_time_ms(packed_record: bytes) -> int:
    """Return the timestamp of a packed Kafka record."""
    return int.from_bytes(packed_record[:8], "big", signed=True)


def _numbers(columns: NDArray[np.uint8], start: int, end: int, kind: str) -> NDArray[np.int64]:
    return np.ascontiguousarray(columns[:, start:end]).view(kind)[:, 0].astype(np.int64)

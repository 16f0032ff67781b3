"""What becomes of a batch of Kafka records: for each, the packed routes to send on, or nothing.

Nearly all of them are harmless messages, so the batch is sieved in a few passes over one buffer, and only what the
sieve keeps is looked at one by one. What it drops is certainly a valid message that no policy in force minds.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from jobs.runtime.envelope import CachedLast, pack
from jobs.runtime.ingress import MESSAGES, Ingress
from jobs.runtime.wire_format import Header, KafkaRecord, pack_route, time_of, topic_payload, unpack_kafka_record
from schemas.malformed import Malformed, Reason
from schemas.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jobs.dataflow.graph import Graph
    from jobs.flink.metrics import CounterKey
    from jobs.runtime.ingress import Policies
    from schemas.codec import Framing
    from schemas.records import Record

MAX_AHEAD_MS = 300_000
"""How far an event time may lie ahead of its Kafka record's: as far as the broker lets that one run ahead of itself.

An event further ahead would wait for a watermark that follows the records, not the events, and so for ever."""

_HEAD = 30  # bytes of a frame before its key
_BIG_LONG, _BIG_INT, _BIG_SHORT = ">i8", ">i4", ">i2"


class BatchIngress:
    """The way in of a graph for raw Kafka records. `topics` is the sorted list of the topics read."""

    def __init__(self, graph: Graph, topics: Sequence[str], framing: Framing, policies: Policies) -> None:
        self._edge, self._policies, self._framing = Ingress(graph, policies), policies, framing
        self._topics, self._messages = topics, topics.index(MESSAGES)
        self.rejected: Counter[CounterKey] = Counter()  # how many records have become dead letters, and why

    def __call__(self, frames: Sequence[bytes]) -> list[bytes | None]:
        """Return for each frame its packed routes, or None where nothing is to be done."""
        routes: list[bytes | None] = [None] * len(frames)
        for index in self._worth_a_look(frames):
            routes[index] = self._taken(unpack_kafka_record(frames[index]))
        return routes

    def _worth_a_look(self, frames: Sequence[bytes]) -> Sequence[int]:
        if not frames or not self._policies.are_all_known():
            return range(len(frames))
        batch = RecordBatch(frames)
        messages = np.flatnonzero(batch.topics == self._messages)
        if messages.size == 0:
            return range(len(frames))
        starts, ends, times = (column[messages] for column in (batch.starts, batch.ends, batch.times_ms))
        sieve = self._edge.prefilter_for(int(times.min()), int(times.max()))
        kept = messages[sieve.candidates(batch.buffer, starts, ends, times)]
        others = np.flatnonzero(batch.topics != self._messages)
        return np.sort(np.concatenate((kept, others))).tolist()  # type: ignore[no-any-return]

    def _taken(self, frame: KafkaRecord) -> bytes | None:
        try:
            record = self._framing.decode(frame.value or b"")
            _demand_no_future(record, frame)
            routes = list(self._edge.accept(record))
        except Malformed as fault:
            return self._dead_letter(frame, fault)
        packed = CachedLast(lambda record: pack(record, self._policies.log.book))
        return b"".join(pack_route(route.dest, route.key, packed(route.record)) for route in routes) or None

    def _dead_letter(self, frame: KafkaRecord, fault: Malformed) -> bytes:
        topic = self._topics[frame.topic]
        self.rejected["dead-letters", (("reason", fault.reason), ("topic", topic))] += 1
        headers = dead_letter_headers(fault, topic, frame.partition, frame.offset)
        return pack_route(DEAD_LETTERS, "", topic_payload(frame.timestamp_ms, frame.key, headers, frame.value or b""))


class RecordBatch:
    """A batch of frames as columns: one buffer, and per frame its topic's index, its time, and where its value lies."""

    def __init__(self, frames: Sequence[bytes]) -> None:
        self.buffer = b"".join(frames)
        sizes = np.fromiter(map(len, frames), dtype=np.int64, count=len(frames))
        self.ends = np.cumsum(sizes)
        heads = self.ends - sizes
        columns = np.frombuffer(self.buffer, dtype=np.uint8)[heads[:, None] + np.arange(_HEAD)]
        self.times_ms = _numbers(columns, 0, 8, _BIG_LONG)
        self.topics = _numbers(columns, 20, 22, _BIG_SHORT)
        self.starts = heads + _HEAD + np.maximum(_numbers(columns, 22, 26, _BIG_INT), 0)


def record_time_ms(frame: bytes) -> int:
    """Return the time of a frame's Kafka record."""
    return int.from_bytes(frame[:8], "big", signed=True)


def dead_letter_headers(fault: Malformed, topic: str, partition: int, offset: int) -> list[Header]:
    """Return the headers of a dead letter, as the contract names them."""
    return [
        ("error.reason", fault.reason.encode()),
        ("error.message", fault.message.encode("utf-8", "replace")),
        ("error.topic", topic.encode()),
        ("error.partition", str(partition).encode()),
        ("error.offset", str(offset).encode()),
    ]


def _demand_no_future(record: Record, frame: KafkaRecord) -> None:
    if time_of(record) > frame.timestamp_ms + MAX_AHEAD_MS:
        raise Malformed(Reason.OUT_OF_RANGE, "at_ms is more than five minutes ahead of the record's timestamp")


def _numbers(columns: NDArray[np.uint8], start: int, end: int, kind: str) -> NDArray[np.int64]:
    return np.ascontiguousarray(columns[:, start:end]).view(kind)[:, 0].astype(np.int64)

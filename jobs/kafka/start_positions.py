"""Start positions of a job without a savepoint or checkpoint: from which record of each partition it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kafka import TopicPartition

from jobs.kafka.policy_watcher import TOPIC as POLICIES
from jobs.kafka.start import Place, Start
from jobs.kafka.topic_admin import open_admin
from jobs.kafka.topic_io import open_consumer, poll

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kafka import KafkaConsumer

    from jobs.kafka.client_config import Brokers

_EMPTY_POLLS: Final = 25  # without a record: what is left are marks of transactions


@dataclass(frozen=True, slots=True)
class PartitionRange:
    """The offsets of a partition of a topic that a job reads before new records: `[start, end)`."""

    topic: str
    partition: int
    start: int
    end: int


def read_ranges(brokers: Brokers, topics: Sequence[str], start: Start, group: str) -> tuple[PartitionRange, ...]:
    """Return what is read of each partition. Policies are always read from the earliest: they stay in force.

    COMMITTED is the position of the consumer group; a partition without one is read from the earliest, and so is one
    that ends before it: its topic was made anew. Raise BadInput where there is no such broker or topic, and TopicsError
    where the broker refuses.
    """
    with open_consumer(brokers, topics) as reader:
        partitions = sorted(reader.assignment())
        first: Mapping[TopicPartition, int] = reader.beginning_offsets(partitions)
        ends: Mapping[TopicPartition, int] = reader.end_offsets(partitions)
        wanted = {**first, **_positions(brokers, reader, start, ends, group)}
    ranges = []
    called = {brokers.topics.physical(topic): topic for topic in topics}
    for each in partitions:
        topic = called[each.topic]
        begin = first[each] if topic == POLICIES else min(max(wanted[each], first[each]), ends[each])
        ranges.append(PartitionRange(topic, each.partition, begin, ends[each]))
    return tuple(ranges)


def oldest_ms(brokers: Brokers, ranges: Sequence[PartitionRange]) -> int | None:
    """Return the time of the oldest of the first records of ranges of one topic, None if there is no record."""
    left = {each.partition: each for each in ranges if each.start < each.end}
    times: list[int] = []
    with open_consumer(brokers, sorted({each.topic for each in ranges})) as reader:
        places = {number: TopicPartition(brokers.topics.physical(each.topic), number) for number, each in left.items()}
        reader.assign(list(places.values()))
        for number, place in places.items():
            reader.seek(place, left[number].start)
        empty = 0
        while left and empty < _EMPTY_POLLS:
            found = {record.partition: record.at_ms for record in reversed(list(poll(reader, brokers.topics)))}
            times += found.values()
            for number in found:
                del left[number]
            reader.pause(*(places[number] for number in found))  # or it would be read to its end
            empty += not found
    return min(times, default=None)


def _positions(
    brokers: Brokers, reader: KafkaConsumer, start: Start, ends: Mapping[TopicPartition, int], group: str
) -> Mapping[TopicPartition, int]:
    """Return the positions at which reading begins, where it is not the beginning of the partition."""
    if start.place is Place.LATEST:
        return ends
    if start.place is Place.TIME:
        found = reader.offsets_for_times(dict.fromkeys(ends, max(start.at_ms, 0)))
        return {each: ends[each] if first is None else first.offset for each, first in found.items()}
    if start.place is Place.COMMITTED:
        with open_admin(brokers) as admin:
            committed = admin.list_group_offsets({group: list(ends)})[group]
        # Asked again, since a job that runs goes on: what is beyond these ends was committed for an earlier topic.
        ends = reader.end_offsets(list(ends))
        return {each: position.offset for each, position in committed.items() if 0 <= position.offset <= ends[each]}
    return {}

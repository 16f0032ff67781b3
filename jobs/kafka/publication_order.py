"""Order of publication: the records of a topic's partitions merged by their timestamps.

The topic `policies` should have one partition. Where it has more, every reader has to apply its versions in one order.
"""

from __future__ import annotations

from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobs.kafka.topic_io import TopicRecord


def by_publication(records: Iterable[TopicRecord]) -> Iterator[TopicRecord]:
    """Yield records by timestamp, then by partition; those of one partition in the order of their offsets."""
    ordered = sorted(records, key=attrgetter("partition", "offset"))
    partitions = [list(group) for _, group in groupby(ordered, key=attrgetter("partition"))]
    return merge(*partitions, key=attrgetter("at_ms"))

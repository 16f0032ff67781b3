"""Where a reader begins: where it was, and the first time at the topic's end."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest
from kafka import TopicPartition

from connectors.topics import topic_reader
from connectors.topics.topic_reader import open_topic_reader
from schemas.codec import SingleObjectFraming

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.topics.topic_reader import Position
    from jobs.kafka.client_config import Brokers

ENDS = {0: 7, 1: 9}


class Consumer:
    """A consumer of a topic of two partitions, which remembers where it was sent."""

    def __init__(self) -> None:
        self.at: dict[int, int] = {}

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition("commands", partition) for partition in ENDS}

    def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {partition: ENDS[partition.partition] for partition in partitions}

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.at[partition.partition] = offset


class Saved(dict[int, int]):
    """Positions in memory."""

    def load(self, partition: int) -> int | None:
        return self.get(partition)

    def save(self, position: Position) -> None:
        self.update([position])


def opened(monkeypatch: pytest.MonkeyPatch, positions: Saved) -> Consumer:
    """Open a reader, and return the consumer behind it."""
    consumer = Consumer()

    @contextmanager
    def provide(*_: Any) -> Iterator[Consumer]:
        yield consumer

    monkeypatch.setattr(topic_reader, "open_consumer", provide)

    async def run() -> None:
        async with open_topic_reader(cast("Brokers", None), SingleObjectFraming(), "commands", positions):
            pass

    asyncio.run(run())
    return consumer


def test_the_first_start_is_at_the_end_and_saved_at_once__mx_21(monkeypatch: pytest.MonkeyPatch) -> None:
    positions = Saved()
    assert opened(monkeypatch, positions).at == ENDS
    assert positions == ENDS


@pytest.mark.parametrize("known", [{0: 3, 1: 4}, {1: 0}])
def test_a_later_start_is_where_it_was__mx_21(monkeypatch: pytest.MonkeyPatch, known: dict[int, int]) -> None:
    assert opened(monkeypatch, Saved(known)).at == {**ENDS, **known}

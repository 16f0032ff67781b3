"""Reading of topics by the command line: how much of them, and for how long without a record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import BadInput
from jobs.kafka import topic_io
from jobs.kafka.client_config import Brokers
from jobs.kafka.start_positions import PartitionRange, oldest_ms
from jobs.kafka.topic_io import read_topic
from tests.support.fake_broker import FakeBroker
from tests.support.given import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

BROKERS = Brokers("nowhere:9092")


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> FakeBroker:
    """Provide a hundred messages in partition 0."""
    played = FakeBroker(monkeypatch)
    for number in range(100):
        played.add("messages", 0, NOON + number, b"x")
    return played


def test_for_the_oldest_time_one_record_of_each_partition_is_read(broker: FakeBroker) -> None:
    marks = PartitionRange("messages", 1, 0, 5)  # it holds marks of transactions alone
    assert oldest_ms(BROKERS, [PartitionRange("messages", 0, 7, 100), marks]) == NOON + 7
    assert broker.read == 1


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(topic_io.time, "monotonic", lambda: self.now_s)


def test_a_reader_that_takes_its_time_is_not_a_broker_that_is_gone(
    broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    for _ in read_topic(BROKERS, "messages"):
        clock.now_s += 60.0
    assert broker.read == 100


def test_a_broker_that_is_gone_is_reported(broker: FakeBroker, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)

    def nothing(*_: object) -> Iterator[object]:
        clock.now_s += 10.0
        return iter(())

    monkeypatch.setattr(topic_io, "poll", nothing)
    with pytest.raises(BadInput, match=r"^nowhere:9092: topic messages: no record for 30 s before the topic's end$"):
        list(read_topic(BROKERS, "messages"))
    assert (clock.now_s, broker.read) == (40.0, 0)

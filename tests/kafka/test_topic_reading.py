"""Reading of topics by the command line: how much of them, and for how long without a record."""

from __future__ import annotations

import pytest

from jobs.kafka.client_config import Brokers
from jobs.kafka.start_positions import PartitionRange, oldest_ms
from tests.support.fake_broker import FakeBroker
from tests.support.given import NOON

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

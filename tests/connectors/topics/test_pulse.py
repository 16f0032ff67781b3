"""The pulse: what it says, and that it overtakes nothing that happened before it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from connectors.topics.event_writer import EventWriter
from connectors.topics.pulse import AFTER_DELAYED_S, AFTER_FAULT_S, AFTER_START_S, AFTER_TIMELY_S, Pulse, pulse
from jobs.errors import BadInput
from jobs.kafka.topic_io import outgoing_record
from schemas.codec import SingleObjectFraming
from schemas.validation import validate

if TYPE_CHECKING:
    from jobs.kafka.bulk_writer import BulkWriter
    from jobs.kafka.topic_io import OutgoingRecord
    from schemas.records import MessageSent

BOT = "@kithward:kith.example"
NOON_S = 1_772_452_800.0


class Kafka:
    """A writer with a clock beside it; it can refuse."""

    def __init__(self) -> None:
        self.now_s, self.written = NOON_S, list[int]()
        self.fault: BadInput | None = None
        self.pulse = Pulse(cast("EventWriter", self), BOT, clock=lambda: self.now_s)

    async def write_everywhere(self, record: MessageSent) -> None:
        if self.fault:
            raise self.fault
        self.written.append(record.at_ms)

    def beats(self, after_s: float = 0.0) -> bool:
        """Return whether there is a pulse after some time, which tells that time."""
        self.now_s += after_s
        before = len(self.written)
        asyncio.run(self.pulse.beat())
        assert self.written[before:] in ([], [int(self.now_s * 1_000)])
        return len(self.written) > before


@pytest.fixture
def kafka() -> Kafka:
    """Provide a pulse that has rested after its start."""
    made = Kafka()
    made.now_s += AFTER_START_S
    return made


def ago(kafka: Kafka, seconds: float) -> int:
    return int((kafka.now_s - seconds) * 1_000)


def test_a_pulse_is_a_valid_message_to_nobody__mx_12() -> None:
    validate(pulse(BOT, 1_000))
    assert (pulse(BOT, 1_000).text, pulse(BOT, 1_000).recipient_id) == ("", None)
    assert pulse(BOT, 1_000).event_id != pulse(BOT, 1_500).event_id


def test_what_waited_for_the_start_comes_before_the_first_pulse__mx_12() -> None:
    kafka = Kafka()
    assert [kafka.beats(), kafka.beats(AFTER_START_S - 0.1), kafka.beats(0.11)] == [False, False, True]


@pytest.mark.parametrize(("age_s", "rest_s"), [(0.2, AFTER_TIMELY_S), (60.0, AFTER_DELAYED_S)])
def test_it_rests_while_events_are_under_way_and_longer_behind_old_ones__mx_12(
    kafka: Kafka, age_s: float, rest_s: float
) -> None:
    assert kafka.beats()
    with kafka.pulse.resting(ago(kafka, age_s)):
        assert not kafka.beats(30.0)
    assert [kafka.beats(rest_s - 0.1), kafka.beats(0.11)] == [False, True]


def test_it_rests_after_events_that_have_to_come_again__mx_12(kafka: Kafka) -> None:
    with pytest.raises(BadInput), kafka.pulse.resting(ago(kafka, 0)):
        raise BadInput("broker", "is away")
    assert [kafka.beats(AFTER_FAULT_S - 0.1), kafka.beats(0.11)] == [False, True]


def test_a_time_that_kafka_refuses_is_told_later__mx_12(kafka: Kafka) -> None:
    kafka.fault = BadInput("broker", "is away")
    assert not kafka.beats()
    kafka.fault = None
    assert [kafka.beats(AFTER_FAULT_S - 0.1), kafka.beats(0.11)] == [False, True]


def test_every_partition_of_the_topic_has_it__mx_12() -> None:
    written: list[OutgoingRecord] = []

    class Writer:
        def partitions(self, topic: str) -> set[int]:
            return {"messages": {2, 0, 1}}[topic]

        def write(self, record: OutgoingRecord) -> None:
            written.append(record)

        def flush(self) -> None:
            assert len(written) == 3

    class Here:
        async def run(self, call: Any, *given: Any) -> None:
            call(*given)

    writer = EventWriter(cast("BulkWriter", Writer()), SingleObjectFraming(), cast("Any", Here()))
    asyncio.run(writer.write_everywhere(pulse(BOT, 1_000)))
    told = outgoing_record(pulse(BOT, 1_000), SingleObjectFraming())
    assert [each.partition for each in written] == [0, 1, 2]
    assert {(each.topic, each.key, each.value, each.at_ms) for each in written} == {
        (told.topic, told.key, told.value, told.at_ms)
    }

"""A schema registry that is away or refuses: events are told again, commands wait, and the start says so."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import pytest

from connectors.topics import event_writer, topic_reader
from connectors.topics.event_writer import EventWriter, open_event_writer
from connectors.topics.own_thread import open_in_own_thread
from connectors.topics.pulse import pulse
from connectors.topics.topic_reader import TopicReader
from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_io import TopicRecord
from schemas.codec import SingleObjectFraming
from schemas.confluent import ConfluentFraming
from schemas.registry import RegistryUnavailable, SchemaRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.kafka.bulk_writer import BulkWriter
    from jobs.kafka.topic_io import OutgoingRecord
    from schemas.records import Record

HELLO = pulse("@kithward:kith.example", 1_000)
FAULTS = [RegistryUnavailable("http://registry cannot be reached"), SchemaRefused("http://registry refuses our schema")]


class Flaky:
    """A framing whose registry fails for some calls; `threads` are those in which it was called."""

    def __init__(self, *faults: Exception) -> None:
        self.faults, self.threads = list(faults), set[threading.Thread]()

    def encode(self, record: Record, topic: str) -> bytes:
        self._fail()
        return SingleObjectFraming().encode(record, topic)

    def decode(self, data: bytes) -> Record:
        self._fail()
        return SingleObjectFraming().decode(data)

    def _fail(self) -> None:
        self.threads.add(threading.current_thread())
        if self.faults:
            raise self.faults.pop()


class Kafka:
    """A writer that keeps what it gets."""

    def __init__(self) -> None:
        self.written: list[OutgoingRecord] = []

    def partitions(self, _: str) -> set[int]:
        return {0, 1}

    def write(self, record: OutgoingRecord) -> None:
        self.written.append(record)

    def flush(self) -> None:
        pass


@contextmanager
def provided(thing: Any) -> Iterator[Any]:
    yield thing


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("how", ["write", "write_everywhere"])
def test_what_the_registry_refuses_is_as_what_kafka_refuses__mx_9(fault: Exception, how: str) -> None:
    kafka, framing = Kafka(), Flaky(fault)

    async def story() -> None:
        async with open_in_own_thread(provided(cast("BulkWriter", kafka))) as (writer, thread):
            tell = getattr(EventWriter(writer, framing, thread), how)
            given = HELLO if how == "write_everywhere" else [HELLO]
            with pytest.raises(BadInput, match="schema registry: http://registry"):
                await tell(given)
            assert kafka.written == []
            await tell(given)

    asyncio.run(story())
    assert len(kafka.written) == (2 if how == "write_everywhere" else 1)
    assert threading.main_thread() not in framing.threads


def test_what_is_read_waits_for_the_registry_and_is_not_lost__mx_21(monkeypatch: pytest.MonkeyPatch) -> None:
    framing = Flaky(*[FAULTS[0]] * 3)
    value = SingleObjectFraming().encode(HELLO, "commands")
    found = [TopicRecord("commands", 0, offset, 0, None, value, ()) for offset in (7, 8)]

    async def story() -> list[tuple[object, tuple[int, int]]]:
        async with open_in_own_thread(provided(None)) as (consumer, thread):
            reader = TopicReader(cast("Any", consumer), thread, Brokers("localhost:9092"), framing)
            monkeypatch.setattr(reader, "_poll", lambda: found)
            records = reader.records()
            return [await anext(records), await anext(records)]

    monkeypatch.setattr(topic_reader, "REGISTRY_PAUSE_S", 0.0)
    assert asyncio.run(story()) == [(HELLO, (0, 8)), (HELLO, (0, 9))]
    assert framing.faults == []
    assert threading.main_thread() not in framing.threads


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_a_schema_that_is_refused_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    class Registry:
        def register(self, *_: object) -> int:
            raise fault

    async def story() -> None:
        async with open_event_writer(Brokers("localhost:9092"), ConfluentFraming(cast("Any", Registry()))):
            pass

    monkeypatch.setattr(event_writer, "open_bulk_writer", lambda *_: provided(Kafka()))
    with pytest.raises(BadInput, match="schema registry: http://registry"):
        asyncio.run(story())

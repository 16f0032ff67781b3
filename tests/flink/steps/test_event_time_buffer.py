"""The buffer of a step in Java, on a Flink of its own, with an operator of the tests in the place of Python's.

All events arrive before the watermark, which then passes all of them at once, as in a backlog; except in the test of a
restore.
"""

from __future__ import annotations

import struct
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from py4j.java_gateway import GatewayParameters, JavaGateway, launch_gateway

from jobs.deploy.installation import ROOT, flink_home, jars, java
from jobs.flink.step import _TIME, _entries
from jobs.runtime.wire_format import pack_name
from state.pseudonym import pseudonym_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

pytestmark = pytest.mark.jvm

EVENT, LATE, POLICY, TIMER = 0, 1, 2, 3
LONG = 1 << 18
ROOM = 1 << 12
"""Bytes by which a batch may be longer: the last entry."""
FULL_BUFFER = 16 << 20
_MOST_BATCHES = 1_000


class Event(NamedTuple):
    """An event of a test: event time, key, event id, and bytes of its record."""

    at_ms: int
    key: str
    event_id: str
    size: int = 200

    @property
    def envelope(self) -> bytes:
        """The event as it travels between steps, never a duplicate."""
        return (
            struct.pack(">qbq", self.at_ms, 0, 0) + pack_name(self.event_id) + self.event_id.encode().ljust(self.size)
        )


class Batch(NamedTuple):
    """A batch of a step: the event time up to which its timers fire in Python, its entries, its length."""

    ends_ms: int
    entries: Sequence[tuple[int, int, str, bytes]]
    """Kind, event time, pseudonym of the key, record."""
    size: int


class Buffer:
    """Runs events through the buffer of a step."""

    def __init__(self, gateway: JavaGateway) -> None:
        self.gateway, self.jvm = gateway, gateway.jvm
        types = self.jvm.org.apache.flink.api.common.typeinfo
        self.bytes = types.PrimitiveArrayTypeInfo.BYTE_PRIMITIVE_ARRAY_TYPE_INFO
        self.text = types.Types.STRING

    def __call__(
        self, events: Iterable[Event], timers: Sequence[tuple[int, str]] = (), submitted: Sequence[str] = ()
    ) -> Sequence[Batch]:
        """Return the batches of two policies and some events, in the first of which `timers` (time, key) are set."""
        env = self._environment({})
        packed = b"".join(struct.pack(">q", at_ms) + pack_name(pseudonym_of(key)) for at_ms, key in timers)
        rows = env.fromData(self._rows(events), self._row_type())
        return self._batches(env, rows, self.jvm.steps.ScriptedStep(packed), submitted)

    def restored(self, events: Sequence[Event]) -> Sequence[Batch]:
        """Return the batches of events, each after a checkpoint, of a job that fails once, at the first late event.

        Each event's time is the watermark behind it.
        """
        env = self._environment(
            {
                "execution.checkpointing.interval": "50ms",
                "restart-strategy.type": "fixed-delay",
                "restart-strategy.fixed-delay.delay": "10ms",
            }
        )
        datagen, kind = self.jvm.org.apache.flink.connector.datagen, self._row_type()
        generated = datagen.functions.FromElementsGeneratorFunction(kind, env.getConfig(), self._rows(events))
        each = self.jvm.org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy.perCheckpoint(1)
        source = datagen.source.DataGeneratorSource(generated, len(events), each, kind)
        rows = env.fromSource(source, self.jvm.steps.OwnTimes(), "events", kind)
        return self._batches(env, rows, self.jvm.steps.FailingStep(), ())

    def _environment(self, properties: Mapping[str, str]) -> Any:
        configuration = self.jvm.org.apache.flink.configuration.Configuration()
        for name, value in properties.items():
            configuration.setString(name, value)
        of = self.jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment
        return of.createLocalEnvironment(1, configuration)

    def _batches(self, env: Any, events: Any, step: Any, submitted: Sequence[str]) -> Sequence[Batch]:
        policies = (Event(0, name, name) for name in ("first-policy", "second-policy"))
        of, known = self.jvm.kithward.EventTimeBuffer.of, self._array(self.jvm.java.lang.String, submitted)
        batches = of(events, env.fromData(self._rows(policies), self._row_type()), "step", True, known)  # noqa: FBT003 - ordered
        return list(map(unpacked, batches.map(step).returns(self.bytes).executeAndCollect(_MOST_BATCHES)))

    def _rows(self, events: Iterable[Event]) -> Any:
        rows = self.jvm.java.util.ArrayList()
        for event in events:
            row = self.jvm.org.apache.flink.types.Row(2)
            row.setField(0, event.key)
            row.setField(1, event.envelope)
            rows.add(row)
        return rows

    def _row_type(self) -> Any:
        kinds = self._array(self.jvm.org.apache.flink.api.common.typeinfo.TypeInformation, (self.text, self.bytes))
        return self.jvm.org.apache.flink.api.java.typeutils.RowTypeInfo(kinds)

    def _array(self, kind: Any, values: Sequence[Any]) -> Any:
        array = self.gateway.new_array(kind, len(values))
        for at, value in enumerate(values):
            array[at] = value
        return array


@pytest.fixture(scope="module")
def buffer() -> Iterator[Buffer]:
    """A buffer in a JVM with all of Flink, and with what stands in for Python."""
    classpath = ":".join(map(str, (*flink_home().glob("lib/*.jar"), *jars(), ROOT / "build" / "steps" / "classes")))
    port, token = launch_gateway(classpath=classpath, die_on_exit=True, java_path=java(), enable_auth=True)
    running = JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token, auto_convert=True))
    yield Buffer(running)
    running.shutdown()


def unpacked(batch: bytes) -> Batch:
    """Return a batch as `StepBatch.java` packs it."""
    (ends_ms,) = _TIME.unpack_from(batch)
    return Batch(ends_ms, [(kind, at_ms, of, record) for kind, at_ms, of, _, record in _entries(batch)], len(batch))


def of_events(batches: Iterable[Batch]) -> Sequence[Batch]:
    """Return the batches that hold no policy."""
    return [batch for batch in batches if batch.entries[0][0] != POLICY]


def of_key(batches: Iterable[Batch], key: str) -> Sequence[tuple[int, int]]:
    """Return kind and time of a key's entries, in their order."""
    entries = chain.from_iterable(batch.entries for batch in batches)
    return [(kind, at_ms) for kind, at_ms, pseudonym, _ in entries if pseudonym == pseudonym_of(key)]


def test_a_batch_has_a_bound__also_of_events_of_one_time(buffer: Buffer) -> None:
    events = [Event(100, f"key-{number}", f"event-{number}") for number in range(3_000)]
    batches = of_events(buffer(events, timers=[(100, "key-0")]))
    assert len(batches) > 2
    assert max(batch.size for batch in batches) <= LONG + ROOM
    assert [batch.ends_ms for batch in batches] == [99] * (len(batches) - 1) + [100]
    assert [entry[3].split()[0].decode() for batch in batches for entry in batch.entries if entry[0] == EVENT] == [
        event.event_id for event in events
    ]
    assert of_key(batches, "key-0") == [(EVENT, 100), (TIMER, 100)]
    assert batches[-1].entries[-1][0] == TIMER


def test_a_batch_has_a_bound__also_of_events_of_one_time_and_key(buffer: Buffer) -> None:
    events = [Event(100, "key", f"event-{number:04}") for number in range(3_000)]
    batches = of_events(buffer(reversed(events), timers=[(100, "key")]))
    assert max(batch.size for batch in batches) <= LONG + ROOM
    found = [entry[3].split()[0].decode() for batch in batches for entry in batch.entries if entry[0] == EVENT]
    assert found == [event.event_id for event in events]
    assert of_key(batches, "key")[-1] == (TIMER, 100)


def test_a_timer_that_a_long_batch_sets_comes_before_later_events__c_3(buffer: Buffer) -> None:
    early = [Event(90, f"key-{number}", f"event-{number}") for number in range(1_500)]
    batches = of_events(buffer([*early, Event(100, "key-0", "later")], timers=[(95, "key-0")]))
    assert of_key(batches, "key-0") == [(EVENT, 90), (TIMER, 95), (EVENT, 100)]
    assert all(one.ends_ms <= other.ends_ms for one, other in pairwise(batches))


def test_so_it_does_where_events_did_not_fit_on_the_heap__c_3(buffer: Buffer) -> None:
    size = LONG
    early = [Event(90, f"key-{number}", f"event-{number}", size) for number in range(FULL_BUFFER // size + 6)]
    batches = of_events(buffer([Event(100, "key-0", "later"), *early], timers=[(95, "key-0")]))
    assert of_key(batches, "key-0") == [(EVENT, 90), (TIMER, 95), (EVENT, 100)]
    assert sum(len(batch.entries) for batch in batches) == len(early) + 2


def test_policies_with_which_the_job_was_submitted_do_not_come_again(buffer: Buffer) -> None:
    found = buffer([Event(1, "key", "event")], submitted=["first-policy"])
    records = [entry[3].strip() for batch in found for entry in batch.entries if entry[0] == POLICY]
    assert records == [b"second-policy"]


def test_a_late_event_is_late_also_as_the_first_one_after_a_restore__c_4(buffer: Buffer) -> None:
    found = of_events(buffer.restored([Event(1_000, "key", "on-time"), Event(500, "key", "late")]))
    assert of_key(found, "key") == [(EVENT, 1_000), (LATE, 500)]

"""Latency from a message to its command, at a steady rate far below the job's capacity.

Both topics use the broker's append time as record time, so that only the broker's clock counts. The time at which a
reader sees a record is measured here, by the clock of the same machine.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final, Self

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from bench.job.feed import feed
from bench.job.throughput import cluster
from bench.job.traffic import MESSAGES, RELATIONS, conversations, event_id, friendships, message
from bench.report import at_most
from jobs.flink.delivery import Delivery
from jobs.flink.rest_client import FlinkError
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import read_topic
from jobs.local.broker import Broker
from schemas.codec import decode
from schemas.records import Decision, MessageSent
from schemas.topics import COMMANDS, DECISIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

_ENOUGH: Final = 50
_POLL_MS: Final = 20
_AFTER_S: Final = 5.0

AT: Final = 100
MEDIAN_MS, MOST_MS, BEHIND_MS = 200, 400, 300
"""Targets while events may be `AT` out of order; and the most above the value with any other."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Messages a second, seconds before and during the measurement, and how far events may be out of order."""

    rate: int = 1_000
    steady_s: float = 40.0
    settle_s: float = 30.0
    pairs: int = 3_000
    wait_ms: int = AT
    longer_wait_ms: int = 1_000


QUICK: Final = Sizes(rate=300, steady_s=10.0, settle_s=15.0, pairs=500)


@dataclass(frozen=True, slots=True)
class Way:
    """A configuration: how far events may be out of order, and the delivery guarantee of commands."""

    wait_ms: int
    commands: Delivery


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds after the append of a message: append of its commands, and outputs as seen by readers."""

    appended: Sequence[float]
    commands_seen: Sequence[float]
    decisions_seen: Sequence[float]


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Measure every configuration; return the table of delays, and the targets."""
    ways = (
        Way(sizes.wait_ms, Delivery.AT_LEAST_ONCE),
        Way(sizes.wait_ms, Delivery.EXACTLY_ONCE),
        Way(sizes.longer_wait_ms, Delivery.AT_LEAST_ONCE),
    )
    return report_lines({way: delays(way, directory / f"{number}", sizes, say) for number, way in enumerate(ways)})


def report_lines(found: dict[Way, Delays]) -> list[str]:
    """Return the table of delays, and the targets."""
    (usual, of_usual), *_ = found.items()
    rows = [line for way, each in found.items() for line in _rows(way, each)]
    wanted = [
        at_most("command appended, median, ms:", median(of_usual.appended), usual.wait_ms - AT + MEDIAN_MS, ".0f"),
        at_most("command appended, 95 %, ms:", share(of_usual.appended, 0.95), usual.wait_ms - AT + MOST_MS, ".0f"),
        *(
            at_most(f"the same at {way.wait_ms} ms:", share(each.appended, 0.95), way.wait_ms + BEHIND_MS, ".0f")
            for way, each in found.items()
            if way.wait_ms != usual.wait_ms
        ),
    ]
    return [f"{'ms after the message':52} {'count':>6} {'median':>7} {'95 %':>7} {'most':>7}", *rows, "", *wanted]


def share(delays: Sequence[float], part: float) -> float:
    """Return a quantile of delays: the delay that `part` of them do not exceed (the nearest rank)."""
    return sorted(delays)[math.ceil(part * len(delays)) - 1]


def delays(way: Way, directory: Path, sizes: Sizes, say: Callable[[str], None]) -> Delays:
    """Measure a configuration on its own broker and cluster. Raises `FlinkError` for too few commands."""
    say(f"measuring: events {way.wait_ms} ms out of order, commands {way.commands.value}")
    with Broker(directory / "broker") as broker, cluster(directory / "flink") as flink:
        _prepare(broker.bootstrap, sizes)
        job = flink.submit(*_job(broker.bootstrap, directory, way))
        stamp_appends(broker.bootstrap, MESSAGES, COMMANDS)
        with Reader(broker.bootstrap) as reader:
            first = _send(broker.bootstrap, sizes)
            time.sleep(_AFTER_S + way.wait_ms / 1000)
        job.cancel()
        return reader.delays(_append_times(broker.bootstrap, first))


@dataclass(slots=True)
class Reader:
    """A read-committed consumer of the outputs of the running job, with times. Use as a context manager."""

    bootstrap: str
    causes: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, float] = field(default_factory=dict)
    commands: list[tuple[str, float, float]] = field(default_factory=list)
    _ends: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        if self._thread:
            self._thread.join()

    def delays(self, appended: dict[str, int]) -> Delays:
        """Return the delays after the appends of some messages, given by event id."""
        commands = [
            (at_ms - appended[cause], seen_ms - appended[cause])
            for decision, at_ms, seen_ms in self.commands
            if (cause := self.causes.get(decision)) in appended
        ]
        if len(commands) < _ENOUGH:
            raise FlinkError(f"only {len(commands)} commands came of {len(appended)} messages")
        decided = [
            seen_ms - appended[cause]
            for decision, seen_ms in self.decisions.items()
            if (cause := self.causes[decision]) in appended
        ]
        return Delays([one for one, _ in commands], [other for _, other in commands], decided)

    def _read(self) -> None:
        consumer = KafkaConsumer(
            COMMANDS, DECISIONS, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest",
            isolation_level="read_committed", enable_auto_commit=False,
        )  # fmt: skip
        with closing(consumer):
            while not self._ends.is_set():
                for records in consumer.poll(timeout_ms=_POLL_MS).values():
                    seen_ms = _now_ms()
                    for found in records:
                        self._note(decode(found.value), found.timestamp, seen_ms)

    def _note(self, record: object, at_ms: float, seen_ms: float) -> None:
        if isinstance(record, Decision):
            self.causes[record.decision_id] = record.cause_event_id
            self.decisions[record.decision_id] = seen_ms
        else:
            self.commands.append((record.decision_id, at_ms, seen_ms))  # type: ignore[attr-defined]


def stamp_appends(bootstrap: str, *topics: str, **settings: str) -> None:
    """Let the broker give records of topics the time of their append; the job refuses that when it is submitted."""
    stamped = {"message.timestamp.type": "LogAppendTime", **settings}
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, stamped) for name in topics])


def _prepare(bootstrap: str, sizes: Sizes) -> None:
    create_topics(Brokers(bootstrap))
    feed(bootstrap, RELATIONS, friendships(range(sizes.pairs), 2 * sizes.pairs, _now_ms()))


def _job(bootstrap: str, directory: Path, way: Way) -> Iterator[str]:
    policy = directory / "policy.yaml"
    policy.write_text(f"version: bench\ncommon: {{idle_ms: 2s, out_of_order_ms: {way.wait_ms}ms}}\n")
    yield from ("-m", "jobs", "run", "--bootstrap", bootstrap, "--policy", str(policy))
    yield from ("--checkpoints", str(directory / "checkpoints"), "--commands", way.commands.value)


def _send(bootstrap: str, sizes: Sizes) -> str:
    """Send messages at their rate; return the event id of the first that is measured."""
    settled = round(sizes.rate * sizes.settle_s)
    count = settled + round(sizes.rate * sizes.steady_s)
    begun_s = time.monotonic()
    with closing(KafkaProducer(bootstrap_servers=bootstrap, linger_ms=0)) as producer:
        for number, words in enumerate(conversations(count, sizes.pairs)):
            time.sleep(max(0.0, begun_s + number / sizes.rate - time.monotonic()))
            sent = message(number, _now_ms(), *words)
            producer.send(MESSAGES, sent.value, key=sent.key, timestamp_ms=sent.at_ms)
        producer.flush()
    return event_id(settled)


def _append_times(bootstrap: str, first: str) -> dict[str, int]:
    """Return the append times of messages by event id, from the `first` on."""
    found = ((decode(each.value or b""), each.at_ms) for each in read_topic(Brokers(bootstrap), MESSAGES))
    return {sent.event_id: at_ms for sent, at_ms in found if isinstance(sent, MessageSent) and sent.event_id >= first}


def _now_ms() -> int:
    return int(time.time() * 1000)


def _rows(way: Way, found: Delays) -> Iterator[str]:
    name = f"{way.wait_ms} ms out of order, {way.commands.value}"
    for what, each in (
        ("command appended", found.appended),
        ("command seen", found.commands_seen),
        ("decision seen", found.decisions_seen),
    ):
        figures = f"{len(each):>6,} {median(each):>7.0f} {share(each, 0.95):>7.0f} {max(each):>7.0f}"
        yield f"{f'{name}: {what}':52} {figures}"

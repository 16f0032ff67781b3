"""Cost of a message as state grows, and with one hot recipient, in one job.

The job receives friendships up to a number of keys, two each; then messages between all those friends. The cost is the
processor time of the task manager and the screen's worker, which load on the machine affects least.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from bench.job.feed import feed
from bench.job.memory import applied_records, bytes_on_disk, with_end_marker
from bench.job.processes import TASK_MANAGER, WORKER, resident, spent_s
from bench.job.progress import records_read
from bench.job.throughput import SOURCE, cluster, whole_job
from bench.job.traffic import (
    BEGIN_MS,
    LEAD_MS,
    MESSAGES,
    RELATIONS,
    Sent,
    account,
    conversations,
    friendships,
    message,
    pair,
)
from bench.quality.texts import suspicious
from bench.report import at_least, at_most
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.local.broker import Broker
from schemas.codec import encode
from schemas.records import FriendAdded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from jobs.flink.rest_client import Job

TIMES: Final = 1.3
"""Target: the most that the cost of a message may grow from the fewest to the most keys."""
OTHERS: Final = 0.8
"""Target: the share of their rate that other recipients keep while one gets a fifth of the suspicious messages."""

_HOT_ONE_IN: Final = 5
_FANS: Final = 200
"""Friends of the hot recipient."""
_SIDES: Final = 2
_WITHIN_S: Final = 14_400.0
_MIB: Final = 1 << 20
_BAR: Final = 40


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of keys at which the cost is measured, and of messages in each measurement."""

    few_keys: int = 10_000
    more_keys: int = 100_000
    many_keys: int = 1_000_000
    most_keys: int = 5_000_000
    measured: int = 500_000
    warm_ups: int = 5
    """Measurements before the first: Java's compilation for about a minute would count as a cost of few keys."""
    turns: int = 2


QUICK: Final = Sizes(2_000, 4_000, 8_000, 16_000, measured=50_000, warm_ups=1, turns=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """A measurement: messages a second, processor seconds a message, resident bytes, bytes on disk."""

    keys: int
    rate: float
    cost_s: float
    resident: int
    disk: int


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Measure a growing job; return the table of its stages, a plot, and the targets."""
    keys = (sizes.few_keys, sizes.more_keys, sizes.many_keys, sizes.most_keys)
    with Broker(directory / "broker") as broker, cluster(directory / "flink") as flink:
        create_topics(Brokers(broker.bootstrap), partitions=1)
        job = flink.submit(*whole_job(broker.bootstrap, directory / "job"))
        growing = Growing(broker.bootstrap, job, directory, keys[-1] // _SIDES)
        stages: list[Stage] = []
        for fewer, more in pairwise((0, *keys)):
            say(f"sending friendships up to {more:,} keys")
            growing.befriend(range(fewer // _SIDES, more // _SIDES))
            if not stages:
                say("warming up")
                for _ in range(sizes.warm_ups):
                    growing.measure(sizes.measured)
            say(f"sending {sizes.measured:,} messages")
            stages.append(growing.measure(sizes.measured))
        say("sending a fifth of what is suspicious to one recipient, in turns")
        growing.befriend_fans()
        turns = [
            (growing.measure(sizes.measured), growing.measure(sizes.measured, hot=True)) for _ in range(sizes.turns)
        ]
    return report_lines(stages, turns)


def report_lines(stages: list[Stage], turns: list[tuple[Stage, Stage]]) -> list[str]:
    """Return the table of stages, a plot, and the targets."""
    few, many = stages[0], stages[-1]
    left = sum(hot.rate for _, hot in turns) / sum(usual.rate for usual, _ in turns)
    cost = many.cost_s / few.cost_s
    return [
        f"{'keys':>10} {'messages/s':>11} {'us a message':>13} {'resident, MiB':>14} {'on disk, MiB':>13}",
        *(
            f"{each.keys:>10,} {each.rate:>11,.0f} {each.cost_s * 1e6:>13,.1f} "
            f"{each.resident / _MIB:>14,.0f} {each.disk / _MIB:>13,.1f}"
            for each in stages
        ),
        "",
        *bar_chart("us a message", [(each.keys, each.cost_s * 1e6) for each in stages]),
        *bar_chart("resident, MiB", [(each.keys, each.resident / _MIB) for each in stages]),
        "",
        at_most(f"cost of a message at {many.keys:,} keys, of that at {few.keys:,}: x", cost, TIMES, ".2f"),
        at_least("rate of others beside one recipient who gets a fifth: x", left, OTHERS, ".2f"),
    ]


def bar_chart(what: str, values: Iterable[tuple[int, float]]) -> Iterator[str]:
    """Yield the lines of a bar chart."""
    points = list(values)
    most = max(value for _, value in points)
    for keys, value in points:
        yield f"{what:>14} {keys:>10,} {'#' * round(_BAR * value / most)} {value:,.1f}"


class Growing:
    """A running job, and the event time that its input has reached."""

    def __init__(self, bootstrap: str, job: Job, directory: Path, pairs: int) -> None:
        self._bootstrap, self._job, self._directory = bootstrap, job, directory
        self._accounts, self._known = _SIDES * pairs, 0
        self._read, self._in, self._sent = records_read(job, SOURCE), 0, 0
        self._now_ms = BEGIN_MS
        self._fans = [pair(number % pairs, self._accounts)[0] for number in range(_FANS)]
        self._star = account(2 * self._accounts + 1)  # no other account has this id
        self._alarming = frozenset(suspicious())

    def befriend(self, numbers: range) -> None:
        """Send friendships to the job, and wait until it has applied them."""
        self._known = numbers.stop
        self._tell(friendships(numbers, self._accounts, self._now_ms + LEAD_MS - numbers.start), len(numbers))

    def befriend_fans(self) -> None:
        """Send the friendships of the hot recipient."""
        begin_ms = self._now_ms
        events = [
            FriendAdded(
                event_id=f"fan{at}", at_ms=begin_ms + at, account_id=self._star, friend_id=fan, since_ms=begin_ms
            )
            for at, fan in enumerate(self._fans)
        ]
        self._tell((Sent(event.at_ms, event.account_id.encode(), encode(event)) for event in events), len(events))

    def measure(self, count: int, *, hot: bool = False) -> Stage:
        """Send messages, and wait until all their outputs are written."""
        messages = list(self._messages(count, hot=hot))  # made first: the job reads them faster than they are made
        begun_s, before_s = time.monotonic(), _spent_s()
        self._feed(MESSAGES, messages)
        self._job.wait_for(lambda: self._read() >= self._in, "the messages are not read", _WITHIN_S)
        done = self._job.checkpoints()
        self._job.wait_for(lambda: self._job.checkpoints() >= done + _SIDES, "no checkpoint comes", _WITHIN_S)
        took_s, cost_s = time.monotonic() - begun_s, _spent_s() - before_s
        return Stage(
            keys=_SIDES * self._known,
            rate=count / took_s,
            cost_s=cost_s / count,
            resident=resident(TASK_MANAGER),
            disk=bytes_on_disk(self._directory / "flink" / "tmp"),
        )

    def _tell(self, records: Iterable[Sent], count: int) -> None:
        wanted = applied_records(self._job) + _SIDES * count
        self._feed(RELATIONS, records)
        self._job.wait_for(lambda: applied_records(self._job) >= wanted, "the friendships are not applied", _WITHIN_S)

    def _feed(self, topic: str, records: Iterable[Sent]) -> None:
        self._in += feed(self._bootstrap, topic, self._advance_time(with_end_marker(records)))

    def _advance_time(self, records: Iterable[Sent]) -> Iterator[Sent]:
        for record in records:
            self._now_ms = max(self._now_ms, record.at_ms + 1)
            yield record

    def _messages(self, count: int, *, hot: bool) -> Iterator[Sent]:
        begin_ms, first, found = self._now_ms, self._sent, 0
        self._sent += count
        for number, (sender, recipient, text) in enumerate(conversations(count, self._known, self._accounts)):
            found += text in self._alarming
            if hot and text in self._alarming and found % _HOT_ONE_IN == 0:
                sender, recipient = self._fans[number % _FANS], self._star  # noqa: PLW2901 - another one writes
            yield message(first + number, begin_ms + number, sender, recipient, text)


def _spent_s() -> float:
    return spent_s(TASK_MANAGER) + spent_s(WORKER)

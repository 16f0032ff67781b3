"""Throughput and processor time of a message: the whole job, a control by hand in Java, and a naive PyFlink job.

Control and whole job are measured in turns at several shares of suspicious messages, the others at the usual share;
each on its own cluster.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kafka import KafkaAdminClient

from bench.job.control import COUNTS, write_keywords
from bench.job.feed import feed
from bench.job.progress import METRICS_EVERY_MS, Measured, Span, measure, records_read
from bench.job.throughput_report import CONTROL, HEAD, ONE, PROCESS, THREAD, TWO, Found, conclusions, result_lines
from bench.job.traffic import BEGINNING_PERCENT, MESSAGES, RELATIONS, USUAL_PERCENT, friendships, messages
from jobs.deploy.installation import FLINK_CONF
from jobs.flink.rest_client import FlinkError
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import open_consumer
from jobs.local.broker import Broker
from jobs.local.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SOURCE: Final = "source"
DECISIONS: Final = "decisions"
_DIGESTED: Final = 300_000
_PARTITIONS: Final = 4


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of traffic, and seconds of warm-up and measurement of each way."""

    messages: int = 1_000_000
    laps: int = 24
    """How often the messages are written, with other ids and times: generating as many would take minutes."""
    friends: int = 10_000
    percents: str = "3,0,1,20"
    """Shares of suspicious messages, in percent; the usual one first, as others are compared with it."""
    beginning: float = BEGINNING_PERCENT
    """Share of the harmless messages that begin a conversation, in percent."""
    ways: str = "thread,process,two"
    """What is measured besides control and whole job."""
    naive_s: float = 20.0
    whole_s: float = 30.0
    warm_s: float = 20.0
    whole_warm_s: float = 100.0
    """The whole job has twenty times as much for Java to compile as the others."""

    @property
    def sent(self) -> int:
        """The number of messages in the topic."""
        return self.messages * self.laps


QUICK: Final = Sizes(
    messages=150_000,
    friends=1_000,
    percents="3,0",
    ways="",
    naive_s=3.0,
    whole_s=3.0,
    warm_s=0.2,
    whole_warm_s=2.0,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A job to measure: its name in the table, its directory, the arguments that submit it, and its measurement.

    `output`: the topic that it must have written into, or its rate means nothing; None: it need not.
    """

    name: str
    place: str
    submitted: tuple[str, ...]
    span: Span
    task_managers: int = 1
    output: str | None = DECISIONS


POLICY: Final = "version: bench\ncommon: {idle_ms: 2s}\n"
"""The default policy, without the half minute for which idle topics delay the start."""


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[str]:
    """Measure all ways; yield for each what was measured as soon as it was, then the targets."""
    found: Found = {}
    yield HEAD
    for of, measured in measure_all(directory, sizes, say):
        found[of] = measured
        yield from result_lines(found, of)
    yield ""
    yield from conclusions(found)


def measure_all(
    directory: Path, sizes: Sizes, say: Callable[[str], None]
) -> Iterator[tuple[tuple[str, float], Measured]]:
    """Measure all ways. `say` reports progress. Raises `FlinkError`, `BrokerError` or `OSError` where one fails."""
    for percent in map(float, sizes.percents.split(",")):
        place = directory / f"{percent:g}"
        with broker(place / "broker") as kafka:
            say(f"writing {sizes.sent:,} messages, {percent:g} % suspicious")
            prepare(kafka.bootstrap, sizes, percent)
            for way in ways(kafka.bootstrap, place, sizes, percent):
                yield (way.name, percent), measure_way(way, place, kafka.bootstrap, say)
        shutil.rmtree(place)  # some gigabytes


def broker(directory: Path) -> Broker:
    """Return a broker with little memory, so that it does not compete with the task managers."""
    directory.mkdir(parents=True, exist_ok=True)
    return Broker(directory, java_options=("-Xmx1g", "-XX:+UseSerialGC"))


def prepare(bootstrap: str, sizes: Sizes, percent: float) -> None:
    """Create the topics and fill those that the job reads."""
    create_topics(Brokers(bootstrap))
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.create_topics({COUNTS: {"num_partitions": _PARTITIONS, "replication_factor": 1}})
    feed(bootstrap, RELATIONS, friendships(range(sizes.friends), 2 * sizes.friends))
    sent = messages(sizes.messages, sizes.friends, percent / 100, sizes.beginning / 100)
    feed(bootstrap, MESSAGES, sent, laps=sizes.laps)


def ways(bootstrap: str, directory: Path, sizes: Sizes, percent: float) -> Iterator[Way]:
    """Yield what is measured at a share of suspicious messages, in this order."""
    others = sizes.ways.split(",") if percent == USUAL_PERCENT else ()
    naive = Span(1, sizes.warm_s, sizes.naive_s, sizes.sent)
    for mode, name in (("process", PROCESS), ("thread", THREAD)):
        if mode in others:
            yield Way(name, mode, ("-m", "bench.job.naive", bootstrap, mode), naive, output=None)
    yield control_way(bootstrap, directory, sizes, percent)
    yield whole_way(bootstrap, directory, sizes, percent)
    if "two" in others:
        yield whole_way(bootstrap, directory, sizes, percent, managers=2)


def control_way(bootstrap: str, directory: Path, sizes: Sizes, percent: float) -> Way:
    """Return the control as a way to measure, with its keywords in a file."""
    keywords = write_keywords(directory / "keywords.txt")
    submitted = ("-m", "bench.job.control", bootstrap, MESSAGES, str(keywords))
    span = Span(1, sizes.warm_s, sizes.whole_s, sizes.sent)
    return Way(CONTROL, "control", submitted, span, output=COUNTS if percent else None)


def whole_way(bootstrap: str, directory: Path, sizes: Sizes, percent: float, *, managers: int = 1) -> Way:
    """Return the whole job as a way to measure."""
    name, place = (TWO, "whole-two") if managers > 1 else (ONE, "whole")
    # By then the friendships have been processed: messages are read at most a minute of event time ahead of them.
    first = sizes.friends + min(sizes.sent // 4, _DIGESTED)
    span = Span(first, sizes.whole_warm_s, sizes.whole_s, sizes.friends + sizes.sent)
    submitted = whole_job(bootstrap, directory / place, managers)
    return Way(name, place, submitted, span, managers, DECISIONS if percent else None)


def whole_job(bootstrap: str, directory: Path, parallelism: int = 1) -> tuple[str, ...]:
    """Return the arguments that submit our own job, with its policy and checkpoints in a directory."""
    directory.mkdir(exist_ok=True)
    policy = directory / "policy.yaml"
    policy.write_text(POLICY)
    where = ("--bootstrap", bootstrap, "--policy", str(policy), "--checkpoints", str(directory / "checkpoints"))
    return ("-m", "jobs", "run", *where, "--parallelism", str(parallelism))


def cluster(directory: Path, task_managers: int = 1) -> Cluster:
    """Return a cluster as the project configures one, with metrics that are collected often."""
    options = {
        "metrics.fetcher.update-interval": str(METRICS_EVERY_MS),
        "restart-strategy.type": "none",  # a job that fails is not measured
        "execution.checkpointing.dir": (directory / "checkpoints").as_uri(),
        "execution.checkpointing.savepoint-dir": (directory / "savepoints").as_uri(),
    }
    base = FLINK_CONF / "config.yaml"
    return Cluster(directory, task_managers=task_managers, options=options, base=base)


def measure_way(way: Way, directory: Path, bootstrap: str, say: Callable[[str], None]) -> Measured:
    """Measure one way on its own cluster. Raises `FlinkError` if it writes nothing."""
    say(f"measuring: {way.name}")
    written = _written(bootstrap, way.output)
    with cluster(directory / way.place, way.task_managers) as flink:
        job = flink.submit(*way.submitted)
        found = measure(records_read(job, SOURCE), way.span)
        job.cancel()
    if way.output and _written(bootstrap, way.output) == written:
        raise FlinkError(f"{way.name} has written nothing into {way.output}, so its rate means nothing")
    return found


def _written(bootstrap: str, topic: str | None) -> int:
    if topic is None:
        return 0
    with open_consumer(Brokers(bootstrap), [topic]) as reader:
        return sum(reader.end_offsets(list(reader.assignment())).values())

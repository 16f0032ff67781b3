"""Throughput in messages a second: the whole job beside a naive one and the limit, each on a cluster of its own."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kafka import KafkaAdminClient

from bench.job.feed import feed
from bench.job.progress import HEADS, METRICS_EVERY_MS, Rate, Span, measure, records_read
from bench.job.traffic import COPIED, MANY_SUSPICIOUS, MESSAGES, RELATIONS, SUSPICIOUS, friendships, messages
from bench.report import at_least
from jobs.deploy.installation import FLINK_CONF
from jobs.flink.rest_client import FlinkError
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import open_consumer
from jobs.local.broker import Broker
from jobs.local.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

SOURCE: Final = "source"
_DIGESTED: Final = 300_000
_FEWER: Final = 3  # suspicious messages take longer: fewer last as long


@dataclass(frozen=True, slots=True)
class Sizes:
    """Amounts of traffic, and seconds of warm-up and measurement of each way."""

    messages: int = 5_500_000
    friends: int = 10_000
    copied: int = 1_000_000
    copies: int = 40
    """The limit is too fast for that few: it reads `copied` messages, each this often."""
    naive_s: float = 20.0
    whole_s: float = 20.0
    warm_s: float = 8.0
    whole_warm_s: float = 40.0
    """The whole job has twenty times as much for Java to compile as a naive one."""


QUICK: Final = Sizes(
    messages=500_000,
    friends=1_000,
    copied=500_000,
    naive_s=5.0,
    whole_s=5.0,
    warm_s=3.0,
    whole_warm_s=3.0,
)
TIMES_NAIVE: Final = 25
SHARE_OF_LIMIT: Final = 0.25
LEFT_WITH_MANY: Final = 0.25
"""Share of the targets that applies where a fifth of all messages is suspicious."""


@dataclass(frozen=True, slots=True)
class Way:
    """A job to measure: its name in the table, its directory, the arguments that submit it, and its measurement."""

    name: str
    place: str
    submitted: tuple[str, ...]
    span: Span
    task_managers: int = 1


LIMIT, PROCESS, THREAD, ONE, TWO, MANY = (
    "Kafka to nowhere, no Python (the limit)",
    "naive PyFlink job, process mode",
    "naive PyFlink job, thread mode",
    "Kithward, everything on, 1 task manager",
    "Kithward, everything on, 2 task managers",
    "the same, 1, a fifth is suspicious",
)
_OURS: Final = (ONE, TWO, MANY)
POLICY: Final = "version: bench\ncommon: {idle_ms: 2s}\n"
"""The default policy, without the half minute for which idle topics delay the start."""


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Measure all ways; return the table of rates, and the targets."""
    return report_lines(measure_all(directory, sizes, say))


def report_lines(rates: Mapping[str, Rate]) -> list[str]:
    """Return the table of rates, and the targets."""
    heads = f"{'records/s, once warm':42} {HEADS} {'of limit':>9} {'x naive':>8}"
    times, share, scaled = _ratio(rates, ONE, THREAD), _ratio(rates, ONE, LIMIT), _ratio(rates, TWO, ONE)
    times_many, share_many = _ratio(rates, MANY, THREAD), _ratio(rates, MANY, LIMIT)
    return [
        heads,
        *(_row(name, rates) for name in rates),
        "",
        at_least("times the naive job in thread mode:", times, TIMES_NAIVE, ".1f"),
        at_least("share of the limit:", share, SHARE_OF_LIMIT, ".1%"),
        at_least("times the naive job, a fifth suspicious:", times_many, TIMES_NAIVE * LEFT_WITH_MANY, ".1f"),
        at_least("share of the limit, a fifth suspicious:", share_many, SHARE_OF_LIMIT * LEFT_WITH_MANY, ".1%"),
        f"       {_beside_process(rates)}",
        f"       {scaled:.2f} times as much with two task managers as with one, on the same cores",
    ]


def measure_all(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> dict[str, Rate]:
    """Measure all ways. `say` reports progress. Raises `FlinkError`, `BrokerError` or `OSError` where one fails."""
    with broker(directory / "broker") as usual:
        say(f"writing {sizes.messages:,} messages")
        prepare(usual.bootstrap, sizes)
        with closing(KafkaAdminClient(bootstrap_servers=usual.bootstrap)) as admin:
            admin.create_topics({COPIED: {"num_partitions": 4, "replication_factor": 1}})
        feed(usual.bootstrap, COPIED, messages(sizes.copied, sizes.friends), copies=sizes.copies)
        found = {
            way.name: measure_way(way, directory, usual.bootstrap, say)
            for way in ways(usual.bootstrap, directory, sizes)
        }
    with broker(directory / "broker-many") as many:
        sizes = replace(sizes, messages=sizes.messages // _FEWER)
        say(f"writing {sizes.messages:,} messages, a fifth of them suspicious")
        prepare(many.bootstrap, sizes, MANY_SUSPICIOUS)
        return found | {
            MANY: measure_way(_whole(MANY, many.bootstrap, directory, sizes), directory, many.bootstrap, say)
        }


def broker(directory: Path) -> Broker:
    """Return a broker with little memory, so that it does not compete with the task managers."""
    return Broker(directory, java_options=("-Xmx1g", "-XX:+UseSerialGC"))


def prepare(bootstrap: str, sizes: Sizes, share: float = SUSPICIOUS) -> None:
    """Create the topics and fill those that the job reads."""
    create_topics(Brokers(bootstrap))
    feed(bootstrap, RELATIONS, friendships(range(sizes.friends), 2 * sizes.friends))
    feed(bootstrap, MESSAGES, messages(sizes.messages, sizes.friends, share))


def ways(bootstrap: str, directory: Path, sizes: Sizes) -> Iterator[Way]:
    """Yield all ways, in the order of the table."""
    count = sizes.messages
    copied = sizes.copied * sizes.copies
    slow = Span(1, sizes.warm_s, sizes.naive_s, count)
    yield Way(LIMIT, "limit", ("-m", "bench.job.limit", bootstrap), Span(1, sizes.warm_s, sizes.whole_s, copied))
    yield Way(PROCESS, "process", ("-m", "bench.job.naive", bootstrap, "process"), slow)
    yield Way(THREAD, "thread", ("-m", "bench.job.naive", bootstrap, "thread"), slow)
    yield _whole(ONE, bootstrap, directory, sizes)
    yield _whole(TWO, bootstrap, directory, sizes, 2)


def _whole(name: str, bootstrap: str, directory: Path, sizes: Sizes, managers: int = 1) -> Way:
    place = f"whole-{_OURS.index(name)}"
    # By then the friendships have been processed: messages are read at most a minute of event time ahead of them.
    first = sizes.friends + min(sizes.messages // 4, _DIGESTED)
    span = Span(first, sizes.whole_warm_s, sizes.whole_s, sizes.friends + sizes.messages)
    return Way(name, place, whole_job(bootstrap, directory / place, managers), span, managers)


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


def measure_way(way: Way, directory: Path, bootstrap: str, say: Callable[[str], None]) -> Rate:
    """Measure one way on its own cluster. Raises `FlinkError` if the whole job decides nothing."""
    say(f"measuring: {way.name}")
    decided = _decisions(bootstrap)
    with cluster(directory / way.place, way.task_managers) as flink:
        job = flink.submit(*way.submitted)
        found = measure(records_read(job, SOURCE), way.span)
        job.cancel()
    if way.name in _OURS and _decisions(bootstrap) == decided:
        raise FlinkError("the job has decided nothing, so its rate means nothing")
    return found


def _decisions(bootstrap: str) -> int:
    with open_consumer(Brokers(bootstrap), ["decisions"]) as reader:
        return sum(reader.end_offsets(list(reader.assignment())).values())


def _row(name: str, rates: Mapping[str, Rate]) -> str:
    ratios = f"{_ratio(rates, name, LIMIT):>9.1%} {_ratio(rates, name, THREAD):>8.1f}"
    return f"{name:42} {rates[name].columns} {ratios}"


def _beside_process(rates: Mapping[str, Rate]) -> str:
    if not rates[PROCESS].overall:  # it reads in bursts, and a short measurement may fall between two
        return "the naive job in process mode read nothing meanwhile"
    return f"{_ratio(rates, ONE, PROCESS):.0f} times the naive job in process mode"


def _ratio(rates: Mapping[str, Rate], one: str, other: str) -> float:
    return rates[one].overall / rates[other].overall

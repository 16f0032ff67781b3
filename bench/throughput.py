"""How many messages a second, by which way? Each is a job of its own on a cluster of its own, over the same topics."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kafka import KafkaAdminClient

from bench.feed import feed
from bench.progress import METRICS_EVERY_MS, Rate, Span, measure, records_read
from bench.report import at_least
from bench.traffic import COPIED, MESSAGES, RELATIONS, friendships, messages
from jobs.broker import Broker
from jobs.brokers import Brokers
from jobs.cluster import Cluster
from jobs.flink_rest import FlinkError
from jobs.installation import FLINK_CONF
from jobs.topic_admin import create_topics
from jobs.topic_reading import consumer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

SOURCE: Final = "source"
_DIGESTED: Final = 300_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is of everything, and how many seconds each way is measured for after its warm-up."""

    messages: int = 4_000_000
    friends: int = 10_000
    copied: int = 1_000_000
    copies: int = 40
    """The limit is too fast for so few: it reads `copied` of them, each so often."""
    naive_s: float = 20.0
    whole_s: float = 20.0
    warm_s: float = 8.0


QUICK: Final = Sizes(messages=500_000, friends=1_000, copied=500_000, copies=40, naive_s=5.0, whole_s=5.0, warm_s=3.0)
TIMES_NAIVE: Final = 15
SHARE_OF_LIMIT: Final = 0.15


@dataclass(frozen=True, slots=True)
class Way:
    """A way to do it: its name in the table and for its directory, what submits it, and over what it is measured."""

    name: str
    place: str
    submitted: tuple[str, ...]
    span: Span
    task_managers: int = 1


LIMIT, PROCESS, THREAD, ONE, TWO = (
    "Kafka to nowhere, no Python (the limit)",
    "naive PyFlink job, process mode",
    "naive PyFlink job, thread mode",
    "Kithward, everything on, 1 task manager",
    "Kithward, everything on, 2 task managers",
)
POLICY: Final = "version: bench\ncommon: {idle_ms: 2s}\n"
"""The default, but for the half minute that the input's quiet topics hold up a start."""


def run(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> list[str]:
    """Measure all ways; return the table of their rates, and what was wanted of them."""
    return told(rates(directory, sizes, say))


def told(rates: Mapping[str, Rate]) -> list[str]:
    """Return the table of rates, and what was wanted of them."""
    heads = (
        f"{'records/s, once warm':42} {'overall':>10} {'slowest':>10} {'fastest':>10} {'of limit':>9} {'x naive':>8}"
    )
    times, share, scaled = _ratio(rates, ONE, THREAD), _ratio(rates, ONE, LIMIT), _ratio(rates, TWO, ONE)
    return [
        heads,
        *(_row(name, rates) for name in rates),
        "",
        at_least("times the naive job in thread mode:", times, TIMES_NAIVE, ".1f"),
        at_least("share of the limit:", share, SHARE_OF_LIMIT, ".1%"),
        f"       {_ratio(rates, ONE, PROCESS):.0f} times the naive job in process mode",
        f"       {scaled:.2f} times as much with two task managers as with one, on the same cores",
    ]


def rates(directory: Path, sizes: Sizes, say: Callable[[str], None]) -> dict[str, Rate]:
    """Measure all ways. `say` is told what is being done. Raise FlinkError, BrokerError or OSError where one fails."""
    with Broker(directory / "broker", java_options=("-Xmx1g", "-XX:+UseSerialGC")) as broker:
        say(f"writing {sizes.messages:,} messages")
        prepare(broker.bootstrap, sizes)
        return {
            way.name: _rate(way, directory, broker.bootstrap, say) for way in ways(broker.bootstrap, directory, sizes)
        }


def prepare(bootstrap: str, sizes: Sizes) -> None:
    """Make the topics and fill them."""
    create_topics(Brokers(bootstrap))
    with closing(KafkaAdminClient(bootstrap_servers=bootstrap)) as admin:
        admin.create_topics({COPIED: {"num_partitions": 4, "replication_factor": 1}})
    feed(bootstrap, RELATIONS, friendships(range(sizes.friends), 2 * sizes.friends))
    feed(bootstrap, COPIED, messages(sizes.copied, sizes.friends), copies=sizes.copies)
    feed(bootstrap, MESSAGES, messages(sizes.messages, sizes.friends))


def ways(bootstrap: str, directory: Path, sizes: Sizes) -> Iterator[Way]:
    """Yield all ways, in the order of the table."""
    count = sizes.messages
    copied = sizes.copied * sizes.copies
    slow = Span(1, sizes.warm_s, sizes.naive_s, count)
    yield Way(LIMIT, "limit", ("-m", "bench.limit", bootstrap), Span(1, sizes.warm_s, sizes.whole_s, copied))
    yield Way(PROCESS, "process", ("-m", "bench.naive", bootstrap, "process"), slow)
    yield Way(THREAD, "thread", ("-m", "bench.naive", bootstrap, "thread"), slow)
    # By then the friendships have been digested: messages are read no further ahead of them than a minute of theirs.
    steady = Span(sizes.friends + min(count // 4, _DIGESTED), sizes.warm_s, sizes.whole_s, sizes.friends + count)
    for name, managers in ((ONE, 1), (TWO, 2)):
        place = f"whole-{managers}"
        yield Way(name, place, whole_job(bootstrap, directory / place, managers), steady, managers)


def whole_job(bootstrap: str, directory: Path, parallelism: int = 1) -> tuple[str, ...]:
    """Return the arguments that submit our own job, with its policy and checkpoints in a directory."""
    directory.mkdir(exist_ok=True)
    policy = directory / "policy.yaml"
    policy.write_text(POLICY)
    where = ("--bootstrap", bootstrap, "--policy", str(policy), "--checkpoints", str(directory / "checkpoints"))
    return ("-m", "jobs", "run", *where, "--parallelism", str(parallelism))


def cluster(directory: Path, task_managers: int = 1) -> Cluster:
    """Return a cluster as the project configures one, with metrics that are not seconds old."""
    options = {
        "metrics.fetcher.update-interval": str(METRICS_EVERY_MS),
        "restart-strategy.type": "none",  # a job that fails is not measured
        "execution.checkpointing.dir": (directory / "checkpoints").as_uri(),
        "execution.checkpointing.savepoint-dir": (directory / "savepoints").as_uri(),
    }
    base = FLINK_CONF / "config.yaml"
    return Cluster(directory, task_managers=task_managers, options=options, base=base)


def _rate(way: Way, directory: Path, bootstrap: str, say: Callable[[str], None]) -> Rate:
    say(f"measuring: {way.name}")
    decided = _decisions(bootstrap)
    with cluster(directory / way.place, way.task_managers) as flink:
        job = flink.submit(*way.submitted)
        rate = measure(records_read(job, SOURCE), way.span)
        job.cancel()
    if way.name in {ONE, TWO} and _decisions(bootstrap) == decided:
        raise FlinkError("the job has decided nothing: it was not measured at work")
    return rate


def _decisions(bootstrap: str) -> int:
    with consumer(Brokers(bootstrap), ["decisions"]) as reader:
        return sum(reader.end_offsets(list(reader.assignment())).values())


def _row(name: str, rates: Mapping[str, Rate]) -> str:
    rate = rates[name]
    ratios = f"{_ratio(rates, name, LIMIT):>9.1%} {_ratio(rates, name, THREAD):>8.1f}"
    return f"{name:42} {rate.overall:>10,.0f} {rate.slowest:>10,.0f} {rate.fastest:>10,.0f} {ratios}"


def _ratio(rates: Mapping[str, Rate], one: str, other: str) -> float:
    return rates[one].overall / rates[other].overall

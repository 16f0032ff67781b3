"""One broker and one cluster for all tests, and for each test its own topics, jobs and streams on them."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Self

from kafka import KafkaAdminClient, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from jobs.flink.rest_client import Job, wait
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.kafka.topic_io import TopicRecord, read_topic
from jobs.local.broker import Broker
from jobs.local.cluster import Cluster
from jobs.runtime.wire_format import time_of
from schemas.codec import decode, encode
from schemas.records import MessageSent
from schemas.topics import INPUT_OF, TOPICS, Direction
from tests.e2e.support.clock import ticks
from tests.e2e.support.plan import Plan
from tests.e2e.support.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from kafka.producer.future import RecordMetadata

    from jobs.replay.engine import Output
    from schemas.records import Record

PARTITIONS = 2
PROXIED = "PROXIED"
WITHIN_S = 240.0
"""For anything: what is slow because the machine is busy is no finding."""
ANSWERS = ("decisions", "commands", "risk-windows", "shadow-decisions")
_OPTIONS = {
    # The shipped configuration, in more of a hurry. One death can count several times, and a test has three of them.
    "restart-strategy.failure-rate.delay": "200ms",
    "restart-strategy.failure-rate.max-failures-per-interval": "50",
    "metrics.fetcher.update-interval": "500",
}


class Stage:
    """The machines, up for the whole session. Use as a context manager."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.proxy = Proxy()
        self.broker = Broker(directory / "broker", listeners={PROXIED: "PLAINTEXT"})
        # Whoever comes by way of the proxy is sent on by way of the proxy.
        advertised = f"PLAINTEXT://{self.broker.bootstrap},{PROXIED}://{self.proxy.address}"
        self.broker._settings["advertised.listeners"] = advertised
        self.cluster = Cluster(directory / "cluster", options=_OPTIONS)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.proxy)
            stack.enter_context(self.broker)
            stack.enter_context(self.cluster)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    @contextmanager
    def proxied(self) -> Iterator[Proxy]:
        """Lend a way to the broker that can be cut."""
        self.proxy.open(self.broker.address(PROXIED))
        yield self.proxy
        self.proxy.cut()

    def logs(self) -> list[Path]:
        """Return what the machines have written down, for people to read."""
        return [self.broker.log, *sorted((self.directory / "cluster" / "log").glob("*.out"))]


class Scene:
    """One test: fresh topics, and jobs that nobody else's group or transactions touch."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage, self.name = stage, name
        self.bootstrap, self.cluster = stage.broker.bootstrap, stage.cluster
        self.directory = stage.directory / name
        self._renew_topics()
        self._producer = self._connected()
        self._admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        self._now_ms = 0
        self.topics = frozenset(topic.name for topic in TOPICS.values() if topic.direction is Direction.INPUT)
        """What the job reads. It has to be told the time in each of them, and gets to the end of no other."""
        self.told = PARTITIONS
        """In how many partitions of each topic it is told."""
        self.sent: list[Record] = []
        self.ends: dict[TopicPartition, int] = {}
        self._refused: list[Exception] = []

    def close(self) -> None:
        """End the jobs, and let as many task managers stay as every test begins with."""
        self._producer.close()
        self._admin.close()
        for job_id, state in self.cluster.rest.jobs().items():
            if state not in ("FINISHED", "CANCELED", "FAILED"):
                Job(self.cluster.rest, job_id).cancel()
        while len(self.cluster._task_managers) > 1:
            self.cluster.kill_task_manager()
        self.cluster.wait_task_managers()

    def _renew_topics(self) -> None:
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            admin.delete_topics(sorted(set(admin.list_topics()) & set(TOPICS)))
            wait(lambda: not set(admin.list_topics()) & set(TOPICS), "the topics stay", WITHIN_S)
        finally:
            admin.close()
        create_topics(Brokers(self.bootstrap), partitions=PARTITIONS)

    # -- What goes in

    def _connected(self) -> KafkaProducer:
        return KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5, max_request_size=4 << 20)

    def add_partitions(self, count: int) -> None:
        """Let every topic but the policies have so many partitions, and write to all of them from now on."""
        self._admin.create_partitions(dict.fromkeys(sorted(self.topics - {"policies"}), count))
        self._producer.close()
        self._producer = self._connected()  # one that was there before would learn of them within minutes
        self.told = count

    def send(self, records: Iterable[Record]) -> None:
        """Write records in their order, each under its key; then say how far time has come, in every partition."""
        for record in records:
            self.give(record)
            self._now_ms = max(self._now_ms, time_of(record))
        self.tick(self._now_ms)

    def give(self, record: Record, partition: int | None = None) -> None:
        """Write a record under its key, at its time, without saying that time has come so far.

        A key's partition is the client's choice, unless one is named.
        """
        topic = INPUT_OF[type(record)]
        key = topic.key_of(record).encode()
        self.put(topic.name, encode(record), key=key, at_ms=time_of(record), partition=partition)
        self.sent.append(record)

    def tick(self, at_ms: int) -> None:
        """Say in every partition what time it is. It does not go back."""
        self._now_ms = max(self._now_ms, at_ms)
        for record in ticks(at_ms):
            name = INPUT_OF[type(record)].name
            if name not in self.topics:
                continue
            for partition in range(1 if name == "policies" else self.told):
                self.put(name, encode(record), at_ms=at_ms, partition=partition)
                self.sent.append(record)
        self.flush()

    def flush(self) -> None:
        """Wait until the broker has everything. Fail if it refused anything."""
        self._producer.flush()
        assert self._refused == []

    def put(
        self,
        topic: str,
        value: bytes | None,
        *,
        at_ms: int,
        key: bytes | None = None,
        partition: int | None = None,
    ) -> None:
        """Write any bytes at all."""
        sent = self._producer.send(topic, value, key=key, partition=partition, timestamp_ms=at_ms)
        sent.add_callback(self._note)
        sent.add_errback(self._refused.append)

    def _note(self, sent: RecordMetadata) -> None:
        place = TopicPartition(sent.topic, sent.partition)
        self.ends[place] = max(self.ends.get(place, 0), sent.offset + 1)

    # -- The job

    def plan(self, **changes: object) -> Plan:
        """Return what to submit; `changes` are fields of Plan."""
        known = {
            "bootstrap": self.bootstrap,
            "checkpoints": (self.directory / "checkpoints").as_uri(),
            "name": self.name,
        }
        return Plan(**(known | changes))  # type: ignore[arg-type]

    def start(self, savepoint: str | None = None, options: Mapping[str, str] | None = None, **changes: object) -> Job:
        """Submit a job, from a savepoint or from nothing, and wait until it runs. `options` are Flink's own keys."""
        restored = {"execution.state-recovery.path": savepoint} if savepoint else {}
        plan = self.plan(options={**restored, **(options or {})}, **changes)
        return self.cluster.submit("-m", "tests.e2e.support.submission", plan.json(), within_s=WITHIN_S)

    def stop(self, job: Job) -> str:
        """Stop a job as for an upgrade; return its savepoint."""
        return job.stop((self.directory / "savepoints").as_uri(), within_s=WITHIN_S)

    def end(self, job: Job) -> None:
        """Let a job take in all that was sent, and then let its time end."""
        self.wait_taken()
        job.stop((self.directory / "savepoints").as_uri(), drain=True, within_s=WITHIN_S)

    def wait_taken(self, within_s: float = WITHIN_S) -> None:
        """Wait until all that was sent has been read for good: with a checkpoint that is complete."""
        self.flush()
        ends = dict(self.ends)
        wait(lambda: not self._behind(ends), "the job does not read on", within_s)

    def _behind(self, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """Return how far the job has come where it has not come to an end."""
        self._nudge()
        try:
            read = self._admin.list_group_offsets(self.name)[self.name]
        except KafkaError as fault:
            if not fault.retriable:
                raise
            read = {}  # the broker is not yet ready to say; nobody has read anything yet
        positions = {place: read[place].offset if place in read else 0 for place in ends}
        return {place: position for place, position in positions.items() if position < ends[place]}

    def _nudge(self) -> None:
        """Give every reader something to read: it says how far it has come when it reads on, or after ten seconds."""
        (message,) = (record for record in ticks(self._now_ms) if isinstance(record, MessageSent))
        for partition in range(self.told):
            self.put("messages", encode(message), at_ms=self._now_ms, partition=partition)
            self.sent.append(message)
        self.flush()

    def replace_task_manager(self, job: Job) -> None:
        """Kill the task manager's process with all that it started, and wait until the job goes on on another."""
        self.cluster.kill_task_manager()
        self.cluster.start_task_manager()
        # Until it notices, the job counts as running where nobody is any more.
        wait(lambda: _hosts(job) <= self.cluster.rest.task_managers(), "the job does not move", WITHIN_S)
        job.wait_running(WITHIN_S)

    # -- What comes out

    def stored(self, topic: str) -> list[TopicRecord]:
        """Return what readers of a topic see."""
        return list(read_topic(Brokers(self.bootstrap), topic))

    def wait_decided(self, count: int) -> int:
        """Wait until readers see at least so many decisions; return how many they see."""
        seen = 0

        def enough() -> bool:
            nonlocal seen
            seen = len(self.stored("decisions"))
            return seen >= count

        wait(enough, f"{count} decisions do not come", WITHIN_S)
        return seen

    def answers(self, *topics: str) -> Counter[str]:
        """Return what was concluded, with keys and times, without its order."""
        return Counter(
            repr((found.topic, found.key, found.at_ms, decode(found.value or b"")))
            for topic in topics or ANSWERS
            for found in self.stored(topic)
        )


def _hosts(job: Job) -> set[str]:
    """Return which task managers a job runs on, or ran on last. All of its parts start again together: one tells."""
    vertex = job.rest.get(f"/jobs/{job.id}")["vertices"][0]
    return {part["taskmanager-id"] for part in job.rest.get(f"/jobs/{job.id}/vertices/{vertex['id']}")["subtasks"]}


def answers_of(outputs: Sequence[Output]) -> Counter[str]:
    """Return a replay's outputs as `Scene.answers` returns the job's."""
    return Counter(repr((topic, key.encode(), time_of(record), record)) for topic, key, record in outputs)

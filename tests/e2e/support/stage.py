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
from schemas.topic_names import TopicNames
from schemas.topics import INPUT_OF, TOPICS, Direction
from tests.e2e.support.clock import ticks
from tests.e2e.support.plan import Plan
from tests.e2e.support.proxy import Proxy
from tests.e2e.support.submitter import Submitter

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
"""The timeout of any wait: a busy machine is no failure."""
ANSWERS = ("decisions", "commands", "risk-windows", "shadow-decisions")
_OPTIONS = {
    # The shipped configuration, but faster. One kill can count as several failures, and a test has two kills.
    "restart-strategy.failure-rate.delay": "200ms",
    "restart-strategy.failure-rate.max-failures-per-interval": "50",
    "metrics.fetcher.update-interval": "500",
}


class Stage:
    """The broker and the cluster, running for the whole session. Use as a context manager."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.proxy = Proxy()
        self.broker = Broker(directory / "broker", listeners={PROXIED: "PLAINTEXT"})
        # The address that is advertised to clients of the proxy is that of the proxy.
        advertised = f"PLAINTEXT://{self.broker.bootstrap},{PROXIED}://{self.proxy.address}"
        self.broker._settings["advertised.listeners"] = advertised
        self.cluster = Cluster(directory / "cluster", options=_OPTIONS)
        self._log_of_submitter = directory / "submitter.out"
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.proxy)
            stack.enter_context(self.broker)
            stack.enter_context(self.cluster)
            self._submitter = stack.enter_context(Submitter(self.cluster.environment, self._log_of_submitter))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    @contextmanager
    def proxied(self) -> Iterator[Proxy]:
        """Provide a connection to the broker that can be cut."""
        self.proxy.open(self.broker.address(PROXIED))
        yield self.proxy
        self.proxy.cut()

    def submit(self, plan: Plan) -> None:
        """Submit a job."""
        self._submitter.submit(plan.json(), WITHIN_S)

    def logs(self) -> list[Path]:
        """Return the log files of the broker, of the cluster and of what submits jobs."""
        return [self.broker.log, self._log_of_submitter, *sorted((self.directory / "cluster" / "log").glob("*.out"))]


class Scene:
    """One test: fresh topics, and jobs with a consumer group and transactional ids of their own."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage, self.name = stage, name
        self.bootstrap, self.cluster = stage.broker.bootstrap, stage.cluster
        self.directory = stage.directory / name
        self._renew_topics()
        self._producer = self._connected()
        self._admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        self._now_ms = 0
        self.topics = frozenset(topic.name for topic in TOPICS.values() if topic.direction is Direction.INPUT)
        """The input topics of the job. Its watermark advances only with events in each of them."""
        self.ticked_partitions = PARTITIONS
        """The number of partitions of each topic in which `advance_time` writes."""
        self.sent: list[Record] = []
        self.ends: dict[TopicPartition, int] = {}
        self._refused: list[Exception] = []

    def close(self) -> None:
        """Cancel the jobs, and stop all task managers but one, as at the start of a test."""
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
            wait(lambda: not set(admin.list_topics()) & set(TOPICS), "the topics are not deleted", WITHIN_S)
        finally:
            admin.close()
        create_topics(Brokers(self.bootstrap), partitions=PARTITIONS)

    # Input

    def _connected(self) -> KafkaProducer:
        return KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5, max_request_size=4 << 20)

    def add_partitions(self, count: int) -> None:
        """Increase the partitions of every topic but `policies`, and write to all of them from now on."""
        self._admin.create_partitions(dict.fromkeys(sorted(self.topics - {"policies"}), count))
        self._producer.close()
        self._producer = self._connected()  # an existing producer would find new partitions only after minutes
        self.ticked_partitions = count

    def send(self, records: Iterable[Record]) -> None:
        """Send records in their order, each with its key; then advance the watermark to the latest of them."""
        for record in records:
            self.send_record(record)
            self._now_ms = max(self._now_ms, time_of(record))
        self.advance_time(self._now_ms)

    def send_record(self, record: Record, partition: int | None = None) -> None:
        """Send a record with its key and time, without advancing the watermark.

        The client chooses the partition by the key, unless one is given.
        """
        topic = INPUT_OF[type(record)]
        key = topic.key_of(record).encode()
        self.produce(topic.name, encode(record), key=key, at_ms=time_of(record), partition=partition)
        self.sent.append(record)

    def advance_time(self, at_ms: int) -> None:
        """Advance the watermark: send events without effect to every partition. It does not go back."""
        self._now_ms = max(self._now_ms, at_ms)
        for record in ticks(at_ms):
            name = INPUT_OF[type(record)].name
            if name not in self.topics:
                continue
            for partition in range(1 if name == "policies" else self.ticked_partitions):
                self.produce(name, encode(record), at_ms=at_ms, partition=partition)
                self.sent.append(record)
        self.flush()

    def flush(self) -> None:
        """Wait until the broker has acknowledged everything. Fail if it refused anything."""
        self._producer.flush()
        assert self._refused == []

    def produce(
        self,
        topic: str,
        value: bytes | None,
        *,
        at_ms: int,
        key: bytes | None = None,
        partition: int | None = None,
    ) -> None:
        """Send any bytes."""
        sent = self._producer.send(topic, value, key=key, partition=partition, timestamp_ms=at_ms)
        sent.add_callback(self._note)
        sent.add_errback(self._refused.append)

    def _note(self, sent: RecordMetadata) -> None:
        place = TopicPartition(sent.topic, sent.partition)
        self.ends[place] = max(self.ends.get(place, 0), sent.offset + 1)

    # The job

    def plan(self, **changes: object) -> Plan:
        """Return the parameters of a job; `changes` are fields of Plan."""
        known = {
            "bootstrap": self.bootstrap,
            "checkpoints": (self.directory / "checkpoints").as_uri(),
            "name": self.name,
        }
        return Plan(**(known | changes))  # type: ignore[arg-type]

    def start(self, savepoint: str | None = None, options: Mapping[str, str] | None = None, **changes: object) -> Job:
        """Submit a job, from a savepoint or without state, and wait until it runs. `options` have Flink's own keys."""
        restored = {"execution.state-recovery.path": savepoint} if savepoint else {}
        plan = self.plan(options={**restored, **(options or {})}, **changes)
        return self.cluster.submit_by(lambda: self.stage.submit(plan), WITHIN_S)

    def stop(self, job: Job) -> str:
        """Stop a job as for an upgrade; return its savepoint."""
        return job.stop((self.directory / "savepoints").as_uri(), within_s=WITHIN_S)

    def end(self, job: Job, group: str | None = None) -> None:
        """Let a job process all that was sent, and then drain it. `group`: its consumer group, if not the scene's."""
        self.wait_consumed(group=group)
        job.stop((self.directory / "savepoints").as_uri(), drain=True, within_s=WITHIN_S)

    def wait_consumed(self, within_s: float = WITHIN_S, group: str | None = None) -> None:
        """Wait until all that was sent has been read and is in a completed checkpoint."""
        self.flush()
        ends = dict(self.ends)
        wait(lambda: not self._behind(ends, group or self.name), "the job does not read all records", within_s)

    def _behind(self, ends: Mapping[TopicPartition, int], group: str) -> dict[TopicPartition, int]:
        """Return a group's committed offset of each partition that it has not yet read to its end."""
        self._nudge()
        try:
            read = self._admin.list_group_offsets(group)[group]
        except KafkaError as fault:
            if not fault.retriable:
                raise
            read = {}  # no offset has been committed yet
        positions = {place: read[place].offset if place in read else 0 for place in ends}
        return {place: position for place, position in positions.items() if position < ends[place]}

    def _nudge(self) -> None:
        """Send a record to every reader: it commits its offset when it reads on, or after ten seconds."""
        (message,) = (record for record in ticks(self._now_ms) if isinstance(record, MessageSent))
        for partition in range(self.ticked_partitions):
            self.produce("messages", encode(message), at_ms=self._now_ms, partition=partition)
            self.sent.append(message)
        self.flush()

    def replace_task_manager(self, job: Job) -> None:
        """Kill the task manager with its child processes, and wait until the job runs on another."""
        self.cluster.kill_task_manager()
        self.cluster.start_task_manager()
        # Until the job manager notices, the job counts as running on the killed one.
        wait(
            lambda: _hosts(job) <= self.cluster.rest.task_managers(),
            "the job does not move to another task manager",
            WITHIN_S,
        )
        job.wait_running(WITHIN_S)

    # Output

    def read(self, topic: str, prefix: str = "") -> list[TopicRecord]:
        """Return the committed records of a topic. Its name on the broker has a prefix, as `Plan.outputs` says."""
        return list(read_topic(Brokers(self.bootstrap, topics=TopicNames(prefix)), topic))

    def wait_decisions(self, count: int) -> int:
        """Wait for at least `count` committed decisions; return their number."""
        seen = 0

        def enough() -> bool:
            nonlocal seen
            seen = len(self.read("decisions"))
            return seen >= count

        wait(enough, f"there are no {count} decisions", WITHIN_S)
        return seen

    def outputs(self, *topics: str, prefix: str = "") -> Counter[str]:
        """Return the output records with the topics' names in the contract, keys and times, without their order."""
        return Counter(
            repr((found.topic, found.key, found.at_ms, decode(found.value or b"")))
            for topic in topics or ANSWERS
            for found in self.read(topic, prefix)
        )


def _hosts(job: Job) -> set[str]:
    """Return the task managers that a job runs on, or ran on last. All tasks restart together: one vertex is enough."""
    vertex = job.rest.get(f"/jobs/{job.id}")["vertices"][0]
    return {part["taskmanager-id"] for part in job.rest.get(f"/jobs/{job.id}/vertices/{vertex['id']}")["subtasks"]}


def outputs_of_replay(outputs: Sequence[Output]) -> Counter[str]:
    """Return a replay's outputs in the form of `Scene.outputs`."""
    return Counter(repr((topic, key.encode(), time_of(record), record)) for topic, key, record in outputs)

"""Flink settings of the job: those that vary between deployments, and those that are fixed."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.java_gateway import get_gateway
from pyflink.util.java_utils import get_j_env_configuration

from jobs.deploy.installation import ROOT
from jobs.errors import BadInput
from jobs.flink.delivery import Delivery
from jobs.mapping.topics import NO_MAPPINGS, TopicMappings
from schemas.topic_names import CONTRACT_NAMES, TopicNames

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.kafka.policy_watcher import PolicyWatcherConfig

MAX_PARALLELISM = 128
"""The number of key groups. Fixed by the first savepoint: with another number no savepoint restores."""

_BATCH_MS = (5, 20, 80)
"""Batching of the input: divisor of the out-of-orderness, minimum, maximum. Below the minimum, what the screen and each
step cost per batch is paid for a few messages only; above the maximum, commands come late and little is saved."""
_BUFFER_MS = (25, 4, 20)
"""The same for network buffers: how often the thread that sends them wakes."""
_STEP_BUFFERS = 5
"""The buffers behind a step wait so many times as long: they are sent with each watermark (`TaskOutput.java`). Only
what follows from late events waits, and each of a hundred threads costs processor time whenever it wakes."""

_THREAD = "thread"  # in capitals Flink silently uses process mode, which is slow and restores nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of source, sinks, checkpoints and batching. All times in milliseconds.

    `kafka` has properties of the Java clients, for source and sinks alike: `bootstrap.servers`, `security.protocol` and
    so on. `policy_watcher` configures the workers' own consumer of the `policies` topic. `checkpoints` is a URI.
    """

    kafka: dict[str, str]
    topics: TopicNames = CONTRACT_NAMES
    mappings: TopicMappings = NO_MAPPINGS
    """The mappings of the topics that are read beside those of the contract."""
    policy_watcher: PolicyWatcherConfig
    checkpoints: str
    checkpoint_every_ms: int = 1_000
    """The checkpoint interval: with exactly-once delivery, output becomes visible with the next checkpoint."""
    parallelism: int = 1
    positions: tuple[str, ...] = ()
    """Where to begin without restored state: `topic/partition/offset`, all others from their beginning."""
    group: str = "kithward"
    marker: str | None = None
    """The consumer group that marks the job as running; None: it is not marked."""
    delivery: Delivery = Delivery.EXACTLY_ONCE
    commands: Delivery = Delivery.AT_LEAST_ONCE
    """The delivery of commands: they must arrive quickly, and receivers deduplicate them by id."""
    transactions: str = "kithward"
    """Prefix of transactional ids. Two jobs with the same prefix abort each other's transactions."""
    transaction_timeout_ms: int = 900_000
    """The most that a broker allows by default. An outage that lasts longer loses what was not yet committed."""
    out_of_order_ms: int = 1_000
    idle_ms: int = 30_000
    ahead_ms: int = 60_000
    """Watermark alignment: how far one partition may be read ahead of the others. Bounds the pending events."""
    batch: int = 5_000
    """Records in a batch of the screen: a checkpoint barrier waits until all their routes have been processed."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Further options, by Flink's own keys."""

    @property
    def batch_ms(self) -> int:
        """How long input is collected into a batch: a fraction of the out-of-orderness that events wait for anyway."""
        return _fraction(self.out_of_order_ms, *_BATCH_MS)

    @property
    def buffer_ms(self) -> int:
        """The timeout of network buffers, unless they are behind a step."""
        return _fraction(self.out_of_order_ms, *_BUFFER_MS)

    @property
    def step_buffer_ms(self) -> int:
        """The timeout of the network buffers behind a step."""
        return _STEP_BUFFERS * self.buffer_ms

    def for_commands(self) -> Settings:
        """Return the settings of the sink of commands."""
        return replace(self, delivery=self.commands, transactions=f"{self.transactions}-commands")


def environment(settings: Settings, *, local_jars: tuple[Path, ...] | None = None) -> StreamExecutionEnvironment:
    """Return the execution environment: of the configured cluster or, with `local_jars`, of this process."""
    configuration = Configuration()
    for key, value in _options(settings).items():
        configuration.set_string(key, value)
    if local_jars is not None:
        return _local_environment(configuration, local_jars)
    if "PYFLINK_GATEWAY_PORT" in os.environ:  # `flink run` and Kubernetes have set up an environment
        return StreamExecutionEnvironment.get_execution_environment(configuration)
    return _remote_environment(configuration)


def flink_configuration(options: Mapping[str, str]) -> dict[str, str]:
    """Return Flink's configuration from FLINK_CONF_DIR, with `options` that override it."""
    configuration = get_gateway().jvm.org.apache.flink.configuration.GlobalConfiguration.loadConfiguration().toMap()
    return {**configuration, **options}


def require_thread_mode(env: StreamExecutionEnvironment) -> None:
    """Raise BadInput unless keyed steps will run in thread mode: in process mode a restored job has no state."""
    configured = get_j_env_configuration(env._j_stream_execution_environment).toMap()  # noqa: SLF001 - PyFlink hides it
    mode = configured.get("python.execution-mode")
    if mode != _THREAD:
        raise BadInput("python.execution-mode", f"is {mode!r}, not {_THREAD!r}")


def _fraction(whole_ms: int, divisor: int, min_ms: int, max_ms: int) -> int:
    return min(max(whole_ms // divisor, min_ms), max_ms)


def _options(settings: Settings) -> dict[str, str]:
    return {
        "python.execution-mode": _THREAD,
        "python.fn-execution.arrow.batch.size": str(settings.batch),
        "python.fn-execution.bundle.size": str(settings.batch),
        "python.fn-execution.bundle.time": str(settings.batch_ms),
        "parallelism.default": str(settings.parallelism),
        "pipeline.max-parallelism": str(MAX_PARALLELISM),
        "pipeline.auto-watermark-interval": f"{settings.batch_ms}ms",
        "execution.buffer-timeout.interval": f"{settings.buffer_ms}ms",
        "state.backend.type": "rocksdb",
        "state.backend.rocksdb.options-factory": "kithward.StateFiles",
        "execution.checkpointing.incremental": "true",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.interval": f"{settings.checkpoint_every_ms}ms",
        "execution.checkpointing.dir": settings.checkpoints,
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    } | dict(settings.options)


def _local_environment(configuration: Configuration, jars: tuple[Path, ...]) -> StreamExecutionEnvironment:
    # The screen runs in a process of its own, as on a cluster, not in a thread of this one.
    os.environ["_python_worker_execution_mode"] = "process"  # noqa: SIM112 - its name
    # Thread mode finds Python modules by this path only; it does not support virtual environments.
    paths = (str(ROOT), *filter(None, sys.path), sysconfig.get_paths()["purelib"])
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    configuration.set_string("python.executable", sys.executable)
    configuration.set_string("pipeline.jars", ";".join(jar.resolve().as_uri() for jar in jars))
    return StreamExecutionEnvironment.get_execution_environment(configuration)


def _remote_environment(configuration: Configuration) -> StreamExecutionEnvironment:
    jvm = get_gateway().jvm
    merged = jvm.org.apache.flink.configuration.GlobalConfiguration.loadConfiguration()
    merged.addAll(configuration._j_configuration)  # noqa: SLF001 - PyFlink offers no other way to a cluster
    return StreamExecutionEnvironment(jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment(merged))

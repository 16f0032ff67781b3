"""How is the job run on Flink? What may differ from place to place, and what may not."""

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
from jobs.flink.delivery import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jobs.kafka.policy_watcher import PolicyWatcherConfig

MAX_PARALLELISM = 128
"""Fixed by the first savepoint: with another number no savepoint restores."""

_BATCH_MS = (5, 20, 50)
"""Which part of what events wait for, at least and at most. Less than the least, and the screen's price for a batch is
paid for a few messages; more than the most, and it saves nothing any more."""
_BUFFER_MS = (25, 4, 20)
"""The same. Between two steps a thread wakes so often."""

_THREAD = "thread"  # in capitals Flink silently takes it for process mode, which is slow and restores nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where the job reads, writes and remembers. All times in milliseconds.

    `kafka` holds properties of the Java clients, for source and sink alike: `bootstrap.servers`, `security.protocol`
    and so on. `following` is how the workers read the `policies` topic by themselves. `checkpoints` is a URI.
    """

    kafka: Mapping[str, str]
    policy_watcher: PolicyWatcherConfig
    checkpoints: str
    checkpoint_every_ms: int = 1_000
    """What is concluded becomes visible to readers with the next checkpoint."""
    parallelism: int = 1
    group: str = "kithward"
    delivery: Delivery = Delivery.EXACTLY_ONCE
    commands: Delivery = Delivery.AT_LEAST_ONCE
    """The same for commands, which have to come quickly, and whose ids tell a repetition."""
    transactions: str = "kithward"
    """A prefix of transaction names. Of two jobs that share one, each ends the other's transactions."""
    transaction_timeout_ms: int = 900_000
    """The most that a broker grants by default. A break that lasts longer loses what was not yet committed."""
    out_of_order_ms: int = 1_000
    idle_ms: int = 30_000
    ahead_ms: int = 60_000
    """How far one partition is read ahead of the others: bounds what has to wait while catching up."""
    batch: int = 5_000
    """Records that the screen looks at together: a checkpoint waits until all that they lead to has been taken."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Flink's own keys, for what is not named here."""

    @property
    def batch_ms(self) -> int:
        """How long what comes in is gathered: a part of what each event has to wait for others anyway."""
        return _part(self.out_of_order_ms, *_BATCH_MS)

    @property
    def buffer_ms(self) -> int:
        """How long what goes from one step to the next is gathered."""
        return _part(self.out_of_order_ms, *_BUFFER_MS)

    def for_commands(self) -> Settings:
        """Return the settings of the commands' own sink."""
        return replace(self, delivery=self.commands, transactions=f"{self.transactions}-commands")


def environment(settings: Settings, *, local_jars: tuple[Path, ...] | None = None) -> StreamExecutionEnvironment:
    """Return where to draw the job: the configured cluster or, with jars, this process itself."""
    configuration = Configuration()
    for key, value in _options(settings).items():
        configuration.set_string(key, value)
    if local_jars is not None:
        return _local(configuration, local_jars)
    if "PYFLINK_GATEWAY_PORT" in os.environ:  # `flink run` and Kubernetes have prepared an environment for us
        return StreamExecutionEnvironment.get_execution_environment(configuration)
    return _remote(configuration)


def flink_configuration(options: Mapping[str, str]) -> dict[str, str]:
    """Return Flink's configuration as FLINK_CONF_DIR has it, with some options that win over it."""
    known = get_gateway().jvm.org.apache.flink.configuration.GlobalConfiguration.loadConfiguration().toMap()
    return {**known, **options}


def require_thread_mode(env: StreamExecutionEnvironment) -> None:
    """Raise RuntimeError unless keyed steps will run in threads: in process mode a restored job remembers nothing."""
    configured = get_j_env_configuration(env._j_stream_execution_environment).toMap()  # noqa: SLF001 - PyFlink hides it
    mode = configured.get("python.execution-mode")
    if mode != _THREAD:
        message = f"python.execution-mode is {mode!r}, not {_THREAD!r}"
        raise RuntimeError(message)


def _part(waited_ms: int, part: int, least_ms: int, most_ms: int) -> int:
    return min(max(waited_ms // part, least_ms), most_ms)


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
        "execution.checkpointing.incremental": "true",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.interval": f"{settings.checkpoint_every_ms}ms",
        "execution.checkpointing.dir": settings.checkpoints,
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
    } | dict(settings.options)


def _local(configuration: Configuration, jars: tuple[Path, ...]) -> StreamExecutionEnvironment:
    # The screen gets a process of its own, as on a cluster, and not a thread of this one.
    os.environ["_python_worker_execution_mode"] = "process"  # noqa: SIM112 - its name
    # Thread mode finds its Python by this path alone, and knows of no virtual environment.
    paths = (str(ROOT), *filter(None, sys.path), sysconfig.get_paths()["purelib"])
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    configuration.set_string("python.executable", sys.executable)
    configuration.set_string("pipeline.jars", ";".join(jar.resolve().as_uri() for jar in jars))
    return StreamExecutionEnvironment.get_execution_environment(configuration)


def _remote(configuration: Configuration) -> StreamExecutionEnvironment:
    jvm = get_gateway().jvm
    merged = jvm.org.apache.flink.configuration.GlobalConfiguration.loadConfiguration()
    merged.addAll(configuration._j_configuration)  # noqa: SLF001 - PyFlink has no way from here to a cluster but this
    return StreamExecutionEnvironment(jvm.org.apache.flink.streaming.api.environment.StreamExecutionEnvironment(merged))

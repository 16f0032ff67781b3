"""A single-node Kafka broker as a subprocess, without a container: for the demo, tests and benchmarks.

It listens on free ports of 127.0.0.1 only and runs from the jars that `make` fetches. It ends with the process that
started it. Restarted on the same directory it still has its topics; the same object also keeps its ports.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from jobs.deploy.installation import broker_jars, java
from jobs.local.child_process import ChildProcess
from jobs.local.ports import HOST, free_ports

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

_START_S = 90.0
_POLL_S = 0.1
_CONNECT_MS = 2_000
_LOG_LINES_SHOWN = 15
_FOREVER = str(2**63 - 1)

# The garbage collector that costs least for a small heap, and only the first JIT compiler: it halves the start-up time.
FAST_START = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
FRUGAL = ("-Xmx512m", *FAST_START)  # the job needs the cores
_LOGGING = (
    "defaultLogLevel=info",
    "showDateTime=true",
    "dateTimeFormat=HH:mm:ss.SSS",
    "showThreadName=false",
    # At "info" these list every setting, four times over, and hide what matters.
    "log.kafka.server.KafkaConfig=warn",
    "log.org.apache.kafka.common.config.AbstractConfig=warn",
)

_SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    # Topics are created explicitly: a misspelled name must not create one.
    "auto.create.topics.enable": "false",
    # One node can hold one replica.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Above the sink's transaction.timeout.ms; the broker refuses every exactly-once sink otherwise.
    "transaction.max.timeout.ms": "900000",
    # Retention counts from the records' own timestamps: by default old events are deleted minutes after they arrive.
    "log.retention.ms": "-1",
    "log.message.timestamp.before.max.ms": _FOREVER,
    # A consumer that is alone in its group need not wait for others.
    "group.initial.rebalance.delay.ms": "0",
    # A killed broker can register again only after its old session has timed out.
    "broker.session.timeout.ms": "6000",
    "broker.heartbeat.interval.ms": "1000",
    # There is no other node that could become leader.
    "controlled.shutdown.enable": "false",
    # Small, because it shares the machine with the job. By default the log cleaner reserves 128 MB at once.
    "log.cleaner.dedupe.buffer.size": "4194304",
    "num.network.threads": "2",
    "num.io.threads": "4",
}


class BrokerError(Exception):
    """The broker did not start, or died; the message ends with the last errors of its log."""


class Broker:
    """A broker that stores everything under `directory`. Use it as a context manager, or call `start` and `stop`.

    `settings` are Kafka's broker settings and override the defaults here. `listeners` adds listeners by name, each with
    its security protocol, such as `{"SECURE": "SASL_PLAINTEXT"}`; `settings` must then have what the protocol needs,
    and `address` returns where each listens. `java_options` go to the JVM; benchmarks pass a larger heap.
    """

    def __init__(
        self,
        directory: Path,
        *,
        settings: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
        java_options: Sequence[str] = FRUGAL,
    ) -> None:
        self._directory = directory.resolve()
        self._protocols = {"PLAINTEXT": "PLAINTEXT", **(listeners or {})}
        names = (*self._protocols, "CONTROLLER")
        self._ports = dict(zip(names, free_ports(len(names)), strict=True))
        self._settings = {**_SETTINGS, **self._address_settings(), **(settings or {})}
        self._java_options = java_options
        self._process: ChildProcess | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """The `host:port` that clients connect to."""
        return self.address("PLAINTEXT")

    @property
    def pid(self) -> int | None:
        """The id of the broker's process group, None while it does not run."""
        return None if self._process is None else self._process.pid

    @property
    def log(self) -> Path:
        """The broker's log file."""
        return self._directory / "broker.log"

    def address(self, listener: str) -> str:
        """Return a listener's `host:port`."""
        return f"{HOST}:{self._ports[listener]}"

    def start(self, within_s: float = _START_S) -> Self:
        """Start the broker and return once it answers.

        Raise BrokerError if it ends or does not answer within `within_s` seconds, and NotInstalledError without jars or
        Java.
        """
        if self._process is not None:
            return self
        self._format()
        self._process = ChildProcess(self._java("kafka.Kafka", str(self._properties)), log=self.log)
        try:
            self._wait_until_up(time.monotonic() + within_s)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """Shut the broker down and wait for its end."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """Kill the broker at once. Every record that it acknowledged is in its files."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    @property
    def _properties(self) -> Path:
        return self._directory / "server.properties"

    def _address_settings(self) -> dict[str, str]:
        """Return the settings with the broker's directory and addresses."""
        urls = {name: f"{name}://{self.address(name)}" for name in self._ports}
        return {
            "log.dirs": str(self._directory / "data"),
            "controller.quorum.voters": f"1@{self.address('CONTROLLER')}",
            "listeners": ",".join(urls.values()),
            "advertised.listeners": ",".join(urls[name] for name in self._protocols),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in {**self._protocols, "CONTROLLER": "PLAINTEXT"}.items()
            ),
        }

    def _format(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings.items()))
        if (self._directory / "data" / "meta.properties").exists():
            return
        cluster_id = secrets.token_urlsafe(16)  # 16 bytes in base64, which may begin with a hyphen: hence the `=` below
        tool = ("kafka.tools.StorageTool", "format", "--config", str(self._properties), f"--cluster-id={cluster_id}")
        with self.log.open("ab") as log:
            done = subprocess.run(self._java(*tool), stdout=log, stderr=log, check=False, timeout=_START_S)  # noqa: S603
        if done.returncode:
            raise self._error(f"the broker's storage could not be formatted (exit code {done.returncode})")

    def _wait_until_up(self, deadline: float) -> None:
        while not self._is_up():
            code = None if self._process is None else self._process.exit_code()
            if code is not None:
                raise self._error(f"the broker ended with exit code {code}")
            if time.monotonic() > deadline:
                raise self._error("the broker did not answer in time")
            time.sleep(_POLL_S)

    def _is_up(self) -> bool:
        try:
            socket.create_connection((HOST, self._ports["PLAINTEXT"]), _CONNECT_MS / 1000).close()
            client = KafkaAdminClient(bootstrap_servers=self.bootstrap, bootstrap_timeout_ms=_CONNECT_MS)
        except (OSError, KafkaError):
            return False
        try:
            return bool(client.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            client.close()

    def _java(self, *arguments: str) -> tuple[str, ...]:
        classpath = os.pathsep.join(map(str, broker_jars()))
        logging = (f"-Dorg.slf4j.simpleLogger.{setting}" for setting in _LOGGING)
        return (java(), *self._java_options, *logging, "-cp", classpath, *arguments)

    def _error(self, what: str) -> BrokerError:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        errors = [line for line in lines if "ERROR" in line or "Exception" in line]
        return BrokerError("\n".join((f"{what}; see {self.log}", *(errors or lines)[-_LOG_LINES_SHOWN:])))

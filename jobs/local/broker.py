"""How does a Kafka broker of our own run, without a container? Key: the directory that it lives in.

For the demo, tests and benchmarks: one node, on 127.0.0.1 only, on ports that are free, from the jars that `make`
fetches. It ends with the process that started it. Started again it has its topics and ports still.
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

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

_HERE = "127.0.0.1"
_UP_S = 90.0
_POLL_S = 0.1
_CONNECT_MS = 2_000
_LOG_LINES_SHOWN = 15
# Below the range from which systems take ports for outgoing connections: none takes ours while the broker starts.
_PORTS = range(20_000, 32_000)
_FOREVER = str(2**63 - 1)

# A small heap, the collector that is cheapest for one, and half the time to start: the job needs the cores itself.
FRUGAL = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_LOGGING = (
    "defaultLogLevel=info",
    "showDateTime=true",
    "dateTimeFormat=HH:mm:ss.SSS",
    "showThreadName=false",
    # Every setting, four times over: what matters would not be found.
    "log.kafka.server.KafkaConfig=warn",
    "log.org.apache.kafka.common.config.AbstractConfig=warn",
)

_SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    # Topics are made on purpose: a misspelled one must not come into being.
    "auto.create.topics.enable": "false",
    # There is one node, so nothing can be kept more than once.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Above the sink's transaction.timeout.ms, or every exactly-once sink is refused.
    "transaction.max.timeout.ms": "900000",
    # Retention goes by the records' own time: without these a stream of old events is gone minutes after it came.
    "log.retention.ms": "-1",
    "log.message.timestamp.before.max.ms": _FOREVER,
    # A consumer alone in its group need not wait for others.
    "group.initial.rebalance.delay.ms": "0",
    # After a kill the broker waits as long as this for itself, before it may register again.
    "broker.session.timeout.ms": "6000",
    "broker.heartbeat.interval.ms": "1000",
    # There is no other node to hand over to.
    "controlled.shutdown.enable": "false",
    # Small: it shares the machine with the job. The cleaner would reserve 128 MB at once.
    "log.cleaner.dedupe.buffer.size": "4194304",
    "num.network.threads": "2",
    "num.io.threads": "4",
}


class BrokerError(Exception):
    """The broker did not start, or died; the message ends with the lines of its log that tell."""


class Broker:
    """Use as a context manager, or `start` and `stop`. `settings` are Kafka's own and win over ours.

    `listeners` are further addresses by name, each with its protocol: `{"SECURE": "SASL_PLAINTEXT"}`; the settings
    that such a protocol needs are the caller's. `address` tells where each listens. `java_options` are for the JVM: a
    benchmark gives it more than the least.
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
        self._ports = {name: _free_port() for name in (*self._protocols, "CONTROLLER")}
        self._settings = {**_SETTINGS, **self._address_settings(), **(settings or {})}
        self._java_options = java_options
        self._process: ChildProcess | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """The `host:port` for clients."""
        return self.address("PLAINTEXT")

    @property
    def pid(self) -> int | None:
        """The broker's process group, None while it does not run."""
        return None if self._process is None else self._process.pid

    @property
    def log(self) -> Path:
        """The file to which the broker writes what it does."""
        return self._directory / "broker.log"

    def address(self, listener: str) -> str:
        """Return a listener's `host:port`."""
        return f"{_HERE}:{self._ports[listener]}"

    def start(self, within_s: float = _UP_S) -> Self:
        """Return once the broker answers. Raises BrokerError, and NotInstalledError without jars or Java."""
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
        """End the broker in good order."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def kill(self) -> None:
        """Let the broker die at once; what it had acknowledged is in its files."""
        if self._process is not None:
            self._process.kill()
            self._process = None

    @property
    def _properties(self) -> Path:
        return self._directory / "server.properties"

    def _address_settings(self) -> dict[str, str]:
        """Return the settings that say where the broker lives."""
        spots = {name: f"{name}://{self.address(name)}" for name in self._ports}
        return {
            "log.dirs": str(self._directory / "data"),
            "controller.quorum.voters": f"1@{self.address('CONTROLLER')}",
            "listeners": ",".join(spots.values()),
            "advertised.listeners": ",".join(spots[name] for name in self._protocols),
            "listener.security.protocol.map": ",".join(
                f"{name}:{protocol}" for name, protocol in {**self._protocols, "CONTROLLER": "PLAINTEXT"}.items()
            ),
        }

    def _format(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in self._settings.items()))
        if (self._directory / "data" / "meta.properties").exists():
            return
        identity = secrets.token_urlsafe(16)  # 16 bytes in base64, as Kafka wants it; may begin with a hyphen
        tool = ("kafka.tools.StorageTool", "format", "--config", str(self._properties), f"--cluster-id={identity}")
        with self.log.open("ab") as log:
            done = subprocess.run(self._java(*tool), stdout=log, stderr=log, check=False, timeout=_UP_S)  # noqa: S603
        if done.returncode:
            raise self._error(f"the broker's storage could not be prepared (exit code {done.returncode})")

    def _wait_until_up(self, deadline: float) -> None:
        while not self._is_up():
            code = None if self._process is None else self._process.exit_code()
            if code is not None:
                raise self._error(f"the broker ended with exit code {code}")
            if time.monotonic() > deadline:
                raise self._error("the broker does not answer in time")
            time.sleep(_POLL_S)

    def _is_up(self) -> bool:
        try:
            socket.create_connection((_HERE, self._ports["PLAINTEXT"]), _CONNECT_MS / 1000).close()
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
        telling = [line for line in lines if "ERROR" in line or "Exception" in line]
        return BrokerError("\n".join((f"{what}; see {self.log}", *(telling or lines)[-_LOG_LINES_SHOWN:])))


def _free_port() -> int:
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((_HERE, port))
            except OSError:
                continue
            return port

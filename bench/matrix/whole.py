"""A homeserver with the connector, beside a broker and the job on a local cluster; each in processes of its own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.job.throughput import cluster
from jobs.deploy.installation import worker_environment
from jobs.kafka.client_config import Brokers
from jobs.kafka.topic_admin import create_topics
from jobs.local.broker import Broker
from jobs.local.matrix.connector import Connector
from jobs.local.ports import HOST, free_ports
from jobs.local.synapse import Synapse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SERVER: Final = "bench.example"
BOT: Final = f"@kithward:{SERVER}"
PASSWORD: Final = "for nobody"  # noqa: S105
_PARTITIONS: Final = 2
_POLICY: Final = """
version: bench
common: {idle_ms: 1s}
friendship_age: {first_operation: {BLOCK: {}, WARN: {channels: [IN_APP]}}}
"""


@dataclass(frozen=True, slots=True)
class Whole:
    """All of it, running."""

    brokers: Brokers
    synapse: Synapse


@contextmanager
def open_whole(directory: Path, say: Callable[[str], None]) -> Iterator[Whole]:
    """Provide the whole, set up as docs/matrix.md says, with the policy that blocks new friends at once."""
    directory.mkdir(parents=True)
    with Broker(directory / "broker") as broker, cluster(directory / "flink") as flink:
        brokers = Brokers(broker.bootstrap)
        create_topics(brokers, partitions=_PARTITIONS)
        say("starting the job")
        (directory / "policy.yaml").write_text(_POLICY)
        job = flink.submit(
            *("-m", "jobs", "run", "--bootstrap", broker.bootstrap, "--policy", str(directory / "policy.yaml")),
            *("--checkpoints", (directory / "checkpoints").as_uri()),
        )
        say("starting the homeserver and the connector")
        with _connected(directory, broker.bootstrap) as synapse:
            yield Whole(brokers, synapse)
        job.cancel()


@contextmanager
def _connected(directory: Path, bootstrap: str) -> Iterator[Synapse]:
    port, listening = free_ports(2)
    settings = {
        "homeserver": {"address": f"http://{HOST}:{port}", "server_name": SERVER},
        "kafka": {"bootstrap": bootstrap},
        "listen": {"port": listening},
    }
    connector = Connector(directory / "connector", settings, worker_environment())
    connector.register()
    registration = connector.registration
    with Synapse(directory / "synapse", port, server_name=SERVER, registration=registration) as synapse:
        connector.make_administrator(synapse.register("administrator", PASSWORD, admin=True)["access_token"])
        connector.start()
        try:
            yield synapse
        finally:
            connector.stop()

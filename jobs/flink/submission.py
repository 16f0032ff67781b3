"""How does the job get on to Flink? Options become settings, the policies so far are read, the graph is drawn."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.dataflow.risk import risk_graph
from jobs.deploy.installation import NotInstalledError, jars, laptop_options
from jobs.errors import BadInput
from jobs.flink.checkpoints import resume_from_newest
from jobs.flink.delivery import Delivery
from jobs.flink.registry_retry import RetryingFraming
from jobs.flink.rest_client import RestClient, root_cause
from jobs.flink.settings import Settings, environment, flink_configuration
from jobs.flink.step import JobBootstrap
from jobs.flink.topology import build
from jobs.kafka.policy_publication import read_published
from jobs.kafka.policy_watcher import PolicyWatcherConfig
from schemas.codec import Framing, SingleObject
from schemas.confluent import Confluent
from schemas.topics import OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.kafka.client_config import Brokers
    from operators.policy.model import Policy

JOB_NAME = "kithward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What to run and where. `checkpoints` is a directory or URI; `options` are Flink's own keys.

    `resume` is whether the job goes on from the newest checkpoint under `checkpoints`, if there is one.
    """

    brokers: Brokers
    first: Policy
    checkpoints: str
    parallelism: int = 1
    ahead_ms: int | None = None
    resume: bool = False
    commands: Delivery = Delivery.AT_LEAST_ONCE
    framing: Framing = field(default_factory=SingleObject)
    options: Mapping[str, str] = field(default_factory=dict)


def submit(wanted: Submission, *, local: bool) -> Any:  # noqa: ANN401 - PyFlink's JobClient
    """Start the job, in this process or on the configured cluster; return Flink's handle on it.

    Raise BadInput where Kafka or something that `make` sets up is missing, RegistryUnavailable and SchemaRefused.
    """
    framing = wanted.framing
    if isinstance(framing, Confluent):
        framing.register(OUTPUTS)  # what would be refused later is refused now
        framing = RetryingFraming(framing)
    bootstrap = JobBootstrap(framing, wanted.first, tuple(read_published(wanted.brokers, wanted.framing)))
    settings = _settings(wanted, laptop_options() if local else _brought())
    env = environment(settings, local_jars=_jars() if local else None)
    build(env, risk_graph(), settings, bootstrap)
    try:
        return env.execute_async(JOB_NAME)
    except Exception as fault:  # Java's exceptions come as they like
        raise BadInput("run", f"Flink does not take the job: {root_cause(fault)}") from fault


def rest_client(options: Mapping[str, str]) -> RestClient:
    """Return where the configured cluster answers."""
    known = flink_configuration(options)
    scheme = "https" if known.get("security.ssl.rest.enabled") == "true" else "http"
    return RestClient(f"{scheme}://{known.get('rest.address', 'localhost')}:{known.get('rest.port', '8081')}")


def _brought() -> dict[str, str]:
    """Return the jars as something that comes with the job, unless Flink's library has them already."""
    library = os.environ.get("FLINK_LIB_DIR")
    here = _jars()
    if library is not None and all((Path(library) / jar.name).exists() for jar in here):
        return {}
    return {"pipeline.jars": ";".join(jar.resolve().as_uri() for jar in here)}


def _settings(wanted: Submission, usual: Mapping[str, str]) -> Settings:
    common = wanted.first.common
    settings = Settings(
        kafka=wanted.brokers.for_java(),
        policy_watcher=PolicyWatcherConfig(wanted.brokers.for_python()),
        checkpoints=_uri(wanted.checkpoints),
        parallelism=wanted.parallelism,
        commands=wanted.commands,
        out_of_order_ms=common.out_of_order_ms,
        idle_ms=common.idle_ms,
        options={**usual, **wanted.options},
    )
    if wanted.ahead_ms is not None:
        settings = replace(settings, ahead_ms=wanted.ahead_ms)
    return resume_from_newest(settings) if wanted.resume else settings


def _uri(place: str) -> str:
    return place if "://" in place else Path(place).resolve().as_uri()


def _jars() -> tuple[Path, ...]:
    try:
        return jars()
    except NotInstalledError as fault:
        raise BadInput("run", str(fault)) from fault

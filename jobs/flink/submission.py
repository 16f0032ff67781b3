"""Submits the job to Flink: turns options into settings, reads the published policies, builds the topology."""

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
from jobs.flink.restore_check import require_restorable
from jobs.flink.settings import Settings, environment, flink_configuration
from jobs.flink.step import JobBootstrap
from jobs.flink.topology import build
from jobs.kafka.job_marker import marker_group
from jobs.kafka.policy_publication import read_published
from jobs.kafka.policy_watcher import TOPIC as POLICIES
from jobs.kafka.policy_watcher import PolicyWatcherConfig
from jobs.mapping.topics import NO_MAPPINGS, TopicMappings
from schemas.codec import Framing, SingleObjectFraming
from schemas.confluent import ConfluentFraming
from schemas.json_framing import JsonOutputs, OutputFormat
from schemas.topics import OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.kafka.client_config import Brokers
    from operators.policy.model import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What to run and where. `checkpoints` is a directory or URI; `options` have Flink's own keys.

    `name` is that of Flink's job, of the consumer group and the prefix of transactional ids: no two jobs may share it.
    `positions`, each as `topic/partition/offset`, are where a job without earlier state begins to read; without them it
    reads everything. With `resume` the job resumes from the newest checkpoint under `checkpoints`, if there is one;
    with `must_resume` there has to be one.
    """

    name: str
    brokers: Brokers
    first: Policy
    checkpoints: str
    parallelism: int = 1
    ahead_ms: int | None = None
    resume: bool = False
    must_resume: bool = False
    commands: Delivery = Delivery.AT_LEAST_ONCE
    framing: Framing = field(default_factory=SingleObjectFraming)
    output_format: OutputFormat = OutputFormat.AVRO
    options: Mapping[str, str] = field(default_factory=dict)
    positions: tuple[str, ...] = ()
    mappings: TopicMappings = NO_MAPPINGS


def submit(submission: Submission, *, local: bool) -> Any:  # noqa: ANN401 - PyFlink's JobClient
    """Start the job, in this process or on the configured cluster; return Flink's job client.

    Raise BadInput if Kafka or something that `make` installs is missing, RegistryUnavailable and SchemaRefused.
    """
    settings = settings_of(submission, local=local)
    framing = submission.framing
    if isinstance(framing, ConfluentFraming):
        if submission.output_format is OutputFormat.AVRO:
            framing.register(OUTPUTS)  # a schema that would be refused later is refused now
        framing = RetryingFraming(framing)
    if submission.output_format is OutputFormat.JSON:
        framing = JsonOutputs(framing)
    bootstrap = JobBootstrap(framing, submission.first, tuple(read_published(submission.brokers, submission.framing)))
    env = environment(settings, local_jars=_jars() if local else None)
    build(env, risk_graph(), settings, bootstrap)
    try:
        return env.execute_async(submission.name)
    except Exception as fault:  # a Java exception can be of any class
        raise BadInput("run", f"Flink rejects the job: {root_cause(fault)}") from fault


def rest_client(options: Mapping[str, str]) -> RestClient:
    """Return a client of the configured cluster's REST API."""
    configuration = flink_configuration(options)
    scheme = "https" if configuration.get("security.ssl.rest.enabled") == "true" else "http"
    return RestClient(
        f"{scheme}://{configuration.get('rest.address', 'localhost')}:{configuration.get('rest.port', '8081')}"
    )


def _shipped_jars() -> dict[str, str]:
    """Return the option that ships the jars with the job, unless Flink's library directory has them already."""
    library = os.environ.get("FLINK_LIB_DIR")
    own = _jars()
    if library is not None and all((Path(library) / jar.name).exists() for jar in own):
        return {}
    return {"pipeline.jars": ";".join(jar.resolve().as_uri() for jar in own)}


def settings_of(submission: Submission, *, local: bool) -> Settings:
    """Return the job's settings. Raise BadInput for a savepoint or checkpoint that cannot be restored."""
    defaults = laptop_options() if local else _shipped_jars()
    common = submission.first.common
    settings = Settings(
        kafka=submission.brokers.for_java(),
        topics=submission.brokers.topics,
        policy_watcher=PolicyWatcherConfig(
            {"client_id": f"{submission.name}-policies", **submission.brokers.for_python()},
            topic=submission.brokers.topics.physical(POLICIES),
        ),
        group=submission.name,
        transactions=submission.name,
        positions=submission.positions,
        mappings=submission.mappings,
        marker=marker_group(submission.name),
        checkpoints=_uri(submission.checkpoints),
        parallelism=submission.parallelism,
        commands=submission.commands,
        out_of_order_ms=common.out_of_order_ms,
        idle_ms=common.idle_ms,
        options={**defaults, **submission.options},
    )
    if submission.ahead_ms is not None:
        settings = replace(settings, ahead_ms=submission.ahead_ms)
    require_restorable(settings.options)
    resumed = resume_from_newest(settings, must_resume=submission.must_resume) if submission.resume else settings
    if resumed is not settings:
        require_restorable(resumed.options)
    return resumed


def _uri(place: str) -> str:
    return place if "://" in place else Path(place).resolve().as_uri()


def _jars() -> tuple[Path, ...]:
    try:
        return jars()
    except NotInstalledError as fault:
        raise BadInput("run", str(fault)) from fault

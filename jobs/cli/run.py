"""`kithward run`: run the job on Flink, on a cluster or in this process, under supervision if wanted."""

import re
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import typer

from jobs.cli.multi_value_options import parse_settings
from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    DEFAULT_NAME,
    AllowOutside,
    Bootstrap,
    KafkaConfig,
    SchemaRegistry,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    framing_of,
    load_policy,
    registry_of,
)
from jobs.cli.output.terminal import echo
from jobs.cli.run_options import (
    Ahead,
    Checkpoints,
    Commands,
    DryRun,
    FormerTopics,
    From,
    Local,
    Mappings,
    Name,
    Options,
    Output,
    Parallelism,
    PolicyFile,
    Resume,
    Supervise,
)
from jobs.cli.run_plan import plan_lines
from jobs.cli.time_options import parse_start
from jobs.errors import BadInput
from jobs.flink.delivery import Delivery
from jobs.flink.rest_client import FlinkError, Job, root_cause
from jobs.flink.supervision import find_running_job, supervise
from jobs.kafka.client_config import Brokers
from schemas.codec import Framing
from schemas.json_framing import OutputFormat

if TYPE_CHECKING:
    from jobs.mapping.topics import TopicMappings

_FAILED = 1
_POLL_S = 0.2

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_RESERVED = ("-commands", "-running")  # what the job of another name appends to its name


def run(  # noqa: PLR0913, PLR0917 - they are the verb's options
    local: Local = False,  # noqa: FBT002
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    name: Name = DEFAULT_NAME,
    mappings: Mappings = None,
    former_topics: FormerTopics = None,
    policy: PolicyFile = None,
    allow_outside: AllowOutside = False,  # noqa: FBT002
    checkpoints: Checkpoints = "build/checkpoints",
    parallelism: Parallelism = 1,
    ahead_ms: Ahead = None,
    registry: SchemaRegistry = None,
    start: From = "earliest",
    resume: Resume = False,  # noqa: FBT002
    supervise: Supervise = False,  # noqa: FBT002
    commands: Commands = Delivery.AT_LEAST_ONCE,
    output_format: Output = OutputFormat.AVRO,
    options: Options = None,
    dry_run: DryRun = False,  # noqa: FBT002
) -> None:
    """Run the job on a Flink cluster, or here with --local.

    The cluster is that of FLINK_CONF_DIR. With --local Flink runs in this process until it is stopped. The topics must
    exist, with the settings of kithward topics create. Policies that are published on the topic policies take effect
    while the job runs; the one of --policy is in force before them. A second job on the same broker needs a --name and
    topics of its own.

    A job manager that restarts has lost its jobs, unless Flink stores them in ZooKeeper or Kubernetes. With --supervise
    this process stays and resubmits the job, from the newest checkpoint in --checkpoints. It can itself be restarted at
    any time: it supervises the job that already runs.

    A job without a savepoint or checkpoint reads everything that its topics hold. With --from it begins with the latest
    records, at the committed positions of its consumer group, or at a time; what came before, such as friendships, is
    unknown to it. Policies are always read whole.

    With --mapping the job reads your own topics beside those of the contract, and what they hold becomes events by the
    mapping. A savepoint goes on with all topics that its job has read: name one that is no longer mapped with
    --former-topic, and its records are passed over.

    \b
    Examples:
      kithward run --local
      kithward run --local --bootstrap broker:9092 --policy policy.yaml
      kithward run --bootstrap broker:9092 --checkpoints s3://bucket/kithward --parallelism 8
      kithward run --bootstrap broker:9092 --checkpoints /srv/kithward --supervise
      kithward run --bootstrap broker:9093 --kafka-config client.properties
      kithward run --bootstrap broker:9092 --name kithward-eu --topic-prefix eu. --checkpoints s3://bucket/kithward-eu
      kithward run --bootstrap broker:9092 --mapping bus.yaml --mapping friendships.yaml
      kithward run --bootstrap broker:9092 --mapping bus.yaml --output-format json --topics names.yaml
      kithward run --set execution.target=remote --set rest.address=flink --set rest.port=8081
    """
    if local and supervise:
        raise BadInput("--supervise", "is for a cluster; leave out --local, which runs the job in this process")
    _check_name(name)
    begin = parse_start(start)
    first, flink_options = load_policy(policy, outside=allow_outside), parse_settings(options or ())
    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    framing = framing_of(registry, brokers.topics)
    mapped = _load_mappings(mappings or (), former_topics or (), brokers, framing)
    if dry_run or not supervise:
        _require_topics(brokers, mapped.topics)
    # Flink takes seconds to import, and only this verb needs it.
    from jobs.flink.single_job import require_single  # noqa: PLC0415
    from jobs.flink.submission import Submission, submit  # noqa: PLC0415

    submission = Submission(
        name=name,
        brokers=brokers,
        first=first,
        checkpoints=checkpoints,
        parallelism=parallelism,
        ahead_ms=ahead_ms,
        framing=framing,
        output_format=output_format,
        mappings=mapped,
        resume=resume or supervise,
        commands=commands,
        options=flink_options,
    )
    if dry_run:
        _print_plan(submission, begin, local=local)
        return
    if supervise:
        _supervise(submission, begin)
        return
    require_single(submission, local=local, report=_report)
    client = submit(_started(submission, begin, local=local), local=local)
    echo(f"job {client.get_job_id()} {'runs here; stop it with Ctrl-C' if local else 'is submitted'}", err=True)
    if local:
        _wait_until_stopped(client, brokers)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name) or name.endswith(_RESERVED):
        expected = "expected up to 100 letters, digits and . _ -, not ending with"
        raise BadInput("--name", f"{expected} {' or '.join(_RESERVED)}")


def _load_mappings(paths: Sequence[Path], former: Sequence[str], brokers: Brokers, framing: Framing) -> "TopicMappings":
    # JMESPath is only for those who have a mapping.
    from jobs.mapping.topics import load_topic_mappings  # noqa: PLC0415

    return load_topic_mappings(paths, brokers.topics, registry_of(framing), former)


def _require_topics(brokers: Brokers, mapped: Sequence[str]) -> None:
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.kafka.topic_check import require_mapped, require_topics  # noqa: PLC0415

    require_topics(brokers, _report)
    require_mapped(brokers, mapped, _report)


def _report_topics(brokers: Brokers) -> None:
    """Report the topics that may be why the job has failed: Flink's cause does not always name them."""
    from jobs.kafka.topic_check import check_topics  # noqa: PLC0415 - as above

    try:
        faults = check_topics(brokers).faults
    except BadInput as fault:
        faults = [str(fault)]
    for line in faults:
        _report(line)


def _report(line: str) -> None:
    echo(line, err=True)


def _started(submission: Any, begin: Any, *, local: bool) -> Any:  # noqa: ANN401 - a Submission and a Start, which are loaded late
    """Return the submission with its start positions, after a warning if it judges old messages."""
    from jobs.flink.job_start import job_start, started_at, warning_of  # noqa: PLC0415 - as above

    begun = job_start(submission, begin, local=local)
    warning = warning_of(submission, begun, time.time_ns() // 1_000_000)
    if warning is not None:
        _report(f"warning: {warning}")
    return started_at(submission, begun)


def _print_plan(submission: Any, begin: Any, *, local: bool) -> None:  # noqa: ANN401 - as above
    """Check everything that can be checked without an effect, and print what the run would do."""
    from jobs.flink.job_start import job_start, warning_of  # noqa: PLC0415 - as above
    from jobs.flink.single_job import require_single  # noqa: PLC0415
    from jobs.flink.submission import rest_client  # noqa: PLC0415
    from jobs.kafka.policy_publication import read_published  # noqa: PLC0415

    rest = rest_client(submission.options)
    if not local and not rest.is_up():
        raise BadInput(rest.url, "no Flink cluster answers there")
    require_single(submission, local=local, report=_report)
    begun, now_ms = job_start(submission, begin, local=local), time.time_ns() // 1_000_000
    published = read_published(submission.brokers, submission.framing)
    for line in plan_lines(submission, begun, published, now_ms):
        echo(line)
    warning = warning_of(submission, begun, now_ms)
    if warning is not None:
        _report(f"warning: {warning}")
    _report("nothing was submitted")


def _supervise(submission: Any, begin: Any) -> None:  # noqa: ANN401 - as above
    from jobs.flink.single_job import require_single  # noqa: PLC0415 - as above
    from jobs.flink.submission import rest_client, submit  # noqa: PLC0415
    from jobs.kafka.topic_check import require_mapped, require_topics  # noqa: PLC0415

    rest = rest_client(submission.options)

    def submit_job(must_resume: bool = False) -> str:  # noqa: FBT001, FBT002 - whoever supervises calls it
        found = find_running_job(rest, submission.name)
        if found is not None:  # brought back by somebody else, or by an attempt whose answer was lost
            return found
        require_topics(submission.brokers)
        require_mapped(submission.brokers, submission.mappings.topics)
        started = _started(replace(submission, must_resume=must_resume), begin, local=False)
        return str(submit(started, local=False).get_job_id())

    try:
        job_id = find_running_job(rest, submission.name)
        if job_id is None:
            require_single(submission, local=False, report=_report)
            job_id = submit_job()
    except FlinkError as fault:
        raise BadInput("run", str(fault)) from fault
    echo(f"job {job_id} is supervised", err=True)
    jobs = partial(Job, rest)
    end = supervise(
        job_id, rest.jobs, submit_job, _report, lambda job: jobs(job).cause(), lambda job: jobs(job).checkpoints() > 0
    )
    echo(f"the job has ended: {end}", err=True)
    if end == "FAILED":
        raise typer.Exit(_FAILED)


def _wait_until_stopped(client: Any, brokers: Brokers) -> None:  # noqa: ANN401 - PyFlink's JobClient
    """Wait until the job ends or a signal stops it. The signal handlers only set an event: they must not call Java."""
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    result = client.get_job_execution_result()
    while not result.done() and not stop.wait(_POLL_S):
        pass
    if stop.is_set():
        client.cancel().result()
        echo("stopped", err=True)
        return
    try:
        result.result()
    except Exception as fault:  # a Java exception can arrive as any Python exception
        echo(f"the job has failed: {root_cause(fault)}", err=True)
        _report_topics(brokers)
        raise typer.Exit(_FAILED) from fault

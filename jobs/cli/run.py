"""`kithward run`: the job on Flink."""

import signal
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from jobs.cli.multi_value_options import parse_settings
from jobs.cli.options import DEFAULT_BOOTSTRAP, Bootstrap, KafkaConfig, SchemaRegistry, framing_of, load_policy
from jobs.errors import BadInput
from jobs.flink.delivery import Delivery
from jobs.flink.rest_client import FlinkError, root_cause
from jobs.flink.supervision import find_running_job, supervise
from jobs.kafka.client_config import load_brokers

_FAILED = 1
_LOOK_EVERY_S = 0.2

Local = Annotated[bool, typer.Option("--local", help="Run in this process, until stopped.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="In force before all that are published.")
]
Checkpoints = Annotated[str, typer.Option("--checkpoints", metavar="DIR", help="Directory or URI for Flink's state.")]
Parallelism = Annotated[int, typer.Option("--parallelism", min=1, help="How many of each operator.")]
Ahead = Annotated[
    int | None,
    typer.Option("--ahead-ms", min=1, help="How far one partition is read ahead of the others, in event time."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the newest checkpoint, if there is one.")]
Supervise = Annotated[
    bool,
    typer.Option("--supervise", help="Stay; bring the job back when the job manager has lost it. Implies --resume."),
]
Commands = Annotated[
    Delivery,
    typer.Option(
        "--commands", help="At least once comes at once; exactly once with the next checkpoint, if read committed."
    ),
]
Options = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of Flink's own.")]


def run(  # noqa: PLR0913, PLR0917 - they are the verb's options
    local: Local = False,  # noqa: FBT002
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    policy: PolicyFile = None,
    checkpoints: Checkpoints = "build/checkpoints",
    parallelism: Parallelism = 1,
    ahead_ms: Ahead = None,
    registry: SchemaRegistry = None,
    resume: Resume = False,  # noqa: FBT002
    supervise: Supervise = False,  # noqa: FBT002
    commands: Commands = Delivery.AT_LEAST_ONCE,
    options: Options = None,
) -> None:
    """Run the job on Flink: on the cluster of FLINK_CONF_DIR, or with --local in this process until it is stopped.

    The topics must exist (kithward topics create). Policies published on the topic policies come into force while
    the job runs; --policy holds before all of them.

    A job manager that dies has forgotten its jobs when it is started again, unless Flink has ZooKeeper or Kubernetes
    to remember them. With --supervise this process stays and brings the job back, from the newest checkpoint in
    --checkpoints. It can itself be started again at any time: it looks after the job that is there.

    \b
    Examples:
      kithward run --local
      kithward run --local --bootstrap broker:9092 --policy policy.yaml
      kithward run --bootstrap broker:9092 --checkpoints s3://bucket/kithward --parallelism 8
      kithward run --bootstrap broker:9092 --checkpoints /srv/kithward --supervise
      kithward run --bootstrap broker:9093 --kafka-config client.properties
      kithward run --set execution.target=remote --set rest.address=flink --set rest.port=8081
    """
    if local and supervise:
        raise BadInput("--supervise", "is for a cluster; with --local the job is here")
    first, set_by_hand = load_policy(policy), parse_settings(options or ())
    # Flink takes seconds to load, and only this verb needs it.
    from jobs.flink.submission import Submission, submit  # noqa: PLC0415

    wanted = Submission(
        brokers=load_brokers(bootstrap, kafka_config),
        first=first,
        checkpoints=checkpoints,
        parallelism=parallelism,
        ahead_ms=ahead_ms,
        framing=framing_of(registry),
        resume=resume or supervise,
        commands=commands,
        options=set_by_hand,
    )
    if supervise:
        _supervise(wanted)
        return
    client = submit(wanted, local=local)
    typer.echo(f"job {client.get_job_id()} {'runs here; stop it with Ctrl-C' if local else 'is submitted'}", err=True)
    if local:
        _wait_until_stopped(client)


def _supervise(wanted: Any) -> None:  # noqa: ANN401 - a Submission, which is loaded late
    from jobs.flink.submission import JOB_NAME, rest_client, submit  # noqa: PLC0415 - as above

    def submitted() -> str:
        return str(submit(wanted, local=False).get_job_id())

    rest = rest_client(wanted.options)
    try:
        job_id = find_running_job(rest, JOB_NAME) or submitted()
    except FlinkError as fault:
        raise BadInput("run", str(fault)) from fault
    typer.echo(f"job {job_id} is looked after", err=True)
    end = supervise(job_id, rest.jobs, submitted, lambda said: typer.echo(said, err=True))
    typer.echo(f"the job is over: {end}", err=True)
    if end == "FAILED":
        raise typer.Exit(_FAILED)


def _wait_until_stopped(client: Any) -> None:  # noqa: ANN401 - PyFlink's JobClient
    """Wait until the job ends, or somebody wants it to. Nothing is asked of Java from within a signal handler."""
    wanted = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: wanted.set())
    result = client.get_job_execution_result()
    while not result.done() and not wanted.wait(_LOOK_EVERY_S):
        pass
    if wanted.is_set():
        client.cancel().result()
        typer.echo("stopped", err=True)
        return
    try:
        result.result()
    except Exception as fault:  # Java's exceptions come as they like
        typer.echo(f"the job has failed: {root_cause(fault)}", err=True)
        raise typer.Exit(_FAILED) from fault

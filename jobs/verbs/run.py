"""`kithward run`: the job on Flink."""

import signal
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from jobs.brokers import brokers_of
from jobs.delivery import Delivery
from jobs.verbs.kafka_options import HERE, Bootstrap, KafkaConfig, SchemaRegistry, framing_of
from jobs.verbs.many_values import settings_of
from jobs.verbs.policy_option import policy_of

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
Commands = Annotated[
    Delivery,
    typer.Option(
        "--commands", help="At least once comes at once; exactly once with the next checkpoint, if read committed."
    ),
]
Options = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of Flink's own.")]


def run(  # noqa: PLR0913, PLR0917 - they are the verb's options
    local: Local = False,  # noqa: FBT002
    bootstrap: Bootstrap = HERE,
    kafka_config: KafkaConfig = None,
    policy: PolicyFile = None,
    checkpoints: Checkpoints = "build/checkpoints",
    parallelism: Parallelism = 1,
    ahead_ms: Ahead = None,
    registry: SchemaRegistry = None,
    commands: Commands = Delivery.AT_LEAST_ONCE,
    options: Options = None,
) -> None:
    r"""Run the job on Flink: on the cluster of FLINK_CONF_DIR, or with --local in this process until it is stopped.

    The topics must exist (kithward topics create). Policies published on the topic policies come into force while
    the job runs; --policy holds before all of them.

    \b
    Examples:
      kithward run --local
      kithward run --local --bootstrap broker:9092 --policy policy.yaml
      kithward run --bootstrap broker:9092 --checkpoints s3://bucket/kithward --parallelism 8
      kithward run --bootstrap broker:9093 --kafka-config client.properties
      kithward run --set execution.target=remote --set rest.address=flink --set rest.port=8081
    """
    first, set_by_hand = policy_of(policy), settings_of(options or ())
    # Flink takes seconds to load, and only this verb needs it.
    from jobs.flink_job import Submission, submit  # noqa: PLC0415

    wanted = Submission(
        brokers=brokers_of(bootstrap, kafka_config),
        first=first,
        checkpoints=checkpoints,
        parallelism=parallelism,
        ahead_ms=ahead_ms,
        framing=framing_of(registry),
        commands=commands,
        options=set_by_hand,
    )
    client = submit(wanted, local=local)
    typer.echo(f"job {client.get_job_id()} {'runs here; stop it with Ctrl-C' if local else 'is submitted'}", err=True)
    if local:
        _stay(client)


def _stay(client: Any) -> None:  # noqa: ANN401 - PyFlink's JobClient
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
    from jobs.flink_job import cause_of  # noqa: PLC0415 - as above

    try:
        result.result()
    except Exception as fault:  # Java's exceptions come as they like
        typer.echo(f"the job has failed: {cause_of(fault)}", err=True)
        raise typer.Exit(_FAILED) from fault

"""`kithward topics`: the topics of the contract."""

from typing import Annotated

import typer

from jobs.cli.options import DEFAULT_BOOTSTRAP, Bootstrap, KafkaConfig
from jobs.errors import BadInput
from jobs.kafka.client_config import load_brokers
from operators.policy.durations import parse_duration

_PARTITIONS = 4
_BROKERS_DEFAULT = -1

app = typer.Typer(help="Make the job's topics.", rich_markup_mode=None)

Partitions = Annotated[int, typer.Option("--partitions", min=1, help="Of each new topic but policies, which has one.")]
Replication = Annotated[int, typer.Option("--replication", min=-1, help="Copies of each; -1: as the broker is set up.")]
Retention = Annotated[
    str | None,
    typer.Option("--retention", metavar="DURATION", help="How long records are kept, such as 7d; else the broker's."),
]


@app.callback()
def topics() -> None:
    """Make the job's topics."""


@app.command()
def create(
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    partitions: Partitions = _PARTITIONS,
    replication: Replication = _BROKERS_DEFAULT,
    retention: Retention = None,
) -> None:
    """Create the topics of the contract that are missing; those that are there stay as they are.

    Input topics refuse records whose time is more than five minutes ahead of the broker's clock. Retention counts from
    the records' own time; the policies are kept for ever. Nothing is compacted. docs/operations.md says why.

    \b
    Examples:
      kithward topics create
      kithward topics create --bootstrap broker-1:9092,broker-2:9092 --partitions 24 --replication 3 --retention 7d
      kithward topics create --bootstrap broker:9093 --kafka-config client.properties
    """
    # Kafka's client takes its time to load, and only the verbs that talk to Kafka need it.
    from jobs.kafka.topic_admin import TopicsError, create_topics  # noqa: PLC0415

    try:
        made = create_topics(
            load_brokers(bootstrap, kafka_config),
            partitions=partitions,
            replication=replication,
            retention_ms=None if retention is None else _duration(retention),
        )
    except TopicsError as fault:
        raise BadInput("topics create", str(fault)) from fault
    for names, what in ((made.created, "created"), (made.existing, "there already")):
        for name in names:
            typer.echo(f"{name}: {what}")


def _duration(text: str) -> int:
    try:
        duration_ms = parse_duration(text)
    except ValueError as fault:
        raise BadInput("--retention", str(fault)) from fault
    if duration_ms < 1:
        raise BadInput("--retention", "must be longer than nothing")
    return duration_ms

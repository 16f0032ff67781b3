"""`kithward topics`: create the topics of the contract."""

from typing import Annotated

import typer

from jobs.cli.options import DEFAULT_BOOTSTRAP, Bootstrap, KafkaConfig, TopicPrefix, TopicsFile, brokers_of
from jobs.cli.output.terminal import echo
from jobs.cli.time_options import parse_length
from jobs.cli.verb_group import VerbGroup, exit_codes
from jobs.errors import BadInput

_PARTITIONS = 4
_MOST_PARTITIONS = 1_000_000  # more than a Kafka cluster has, and within Kafka's numbers
_MOST_REPLICAS = 32_767
_BROKERS_DEFAULT = -1

app = typer.Typer(cls=VerbGroup, help="Create the job's topics.", rich_markup_mode=None)

Partitions = Annotated[
    int,
    typer.Option(
        "--partitions", min=1, max=_MOST_PARTITIONS, help="Partitions of each new topic except policies, which has one."
    ),
]
Replication = Annotated[
    int,
    typer.Option(
        "--replication", min=-1, max=_MOST_REPLICAS, help="Replicas of each new topic; -1: the broker's default."
    ),
]
Retention = Annotated[
    str | None,
    typer.Option(
        "--retention", metavar="DURATION", help="How long records are kept, such as 7d. Default: the broker's."
    ),
]


@app.callback()
def topics() -> None:
    """Create the job's topics."""


@app.command(epilog=exit_codes())
def create(  # noqa: PLR0913, PLR0917 - they are the verb's options
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    partitions: Partitions = _PARTITIONS,
    replication: Replication = _BROKERS_DEFAULT,
    retention: Retention = None,
) -> None:
    """Create the topics that are missing, and check the others.

    Existing topics are not changed: a setting of theirs that would stop the job or falsify its decisions is an error,
    one that only hurts a warning. Input topics refuse records whose timestamp is more than five minutes ahead of the
    broker's clock. Retention counts from the records' own timestamps; the topic policies keeps its records for ever. No
    topic is compacted. docs/operations.md explains why.

    \b
    Examples:
      kithward topics create
      kithward topics create --bootstrap broker-1:9092,broker-2:9092 --partitions 24 --replication 3 --retention 7d
      kithward topics create --bootstrap broker:9093 --kafka-config client.properties
      kithward topics create --topic-prefix eu.
    """
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.kafka.topic_admin import TopicsError, create_topics  # noqa: PLC0415
    from jobs.kafka.topic_check import require_topics  # noqa: PLC0415

    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    try:
        result = create_topics(
            brokers,
            partitions=partitions,
            replication=replication,
            retention_ms=None if retention is None else _parse_retention(retention),
        )
    except TopicsError as fault:
        raise BadInput("topics create", str(fault)) from fault
    for names, status in ((result.created, "created"), (result.existing, "exists already")):
        for name in names:
            echo(f"{name}: {status}")
    require_topics(brokers, lambda line: echo(line, err=True))


def _parse_retention(text: str) -> int:
    try:
        duration_ms = parse_length(text)
    except ValueError as fault:
        raise BadInput("--retention", str(fault)) from fault
    if duration_ms < 1:
        raise BadInput("--retention", "must be longer than 0")
    return duration_ms

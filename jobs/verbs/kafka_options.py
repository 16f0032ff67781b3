"""Where is Kafka, and how are its values framed? The options that several verbs share. Key: none."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.bad_input import BadInput
from schemas.confluent import Confluent
from schemas.framing import Framing, SingleObject
from schemas.registry import Registry

Bootstrap = Annotated[
    str, typer.Option("--bootstrap", metavar="HOST:PORT,...", envvar="KITHWARD_BOOTSTRAP", help="Kafka's brokers.")
]
SchemaRegistry = Annotated[
    str | None,
    typer.Option(
        "--registry",
        metavar="URL",
        envvar="KITHWARD_REGISTRY",
        help="A Confluent schema registry; https://USER:PASSWORD@HOST where it wants to know who asks.",
        show_envvar=True,
    ),
]
KafkaConfig = Annotated[
    Path | None,
    typer.Option(
        "--kafka-config",
        metavar="FILE",
        envvar="KITHWARD_KAFKA_CONFIG",
        help="Kafka client properties: TLS, passwords. As for Kafka's own tools.",
    ),
]
HERE = "localhost:9092"


def framing_of(registry: str | None) -> Framing:
    """Return how values are framed. Raise BadInput for an address that is none."""
    try:
        return SingleObject() if registry is None else Confluent(Registry(registry))
    except ValueError as fault:
        raise BadInput(registry, str(fault)) from fault

"""Where is Kafka, and how are its values framed? The options that several verbs share. Key: none."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.errors import BadInput
from jobs.policy.file import InvalidPolicy, load
from jobs.policy.registry import publication
from operators.policy.model import Policy
from schemas.codec import Framing, SingleObject
from schemas.confluent import Confluent
from schemas.records import PolicyMode, PolicyPublished
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
DEFAULT_BOOTSTRAP = "localhost:9092"


def framing_of(registry: str | None) -> Framing:
    """Return how values are framed. Raise BadInput for an address that is none."""
    try:
        return SingleObject() if registry is None else Confluent(Registry(registry))
    except ValueError as fault:
        raise BadInput(registry, str(fault)) from fault


EventFiles = Annotated[
    list[Path], typer.Option("--events", metavar="FILE...", help="Event files: JSON lines, or Avro if named .avro.")
]


FirstPolicy = Annotated[
    Path | None, typer.Option("--policy", metavar="FILE", help="In force from the beginning. Default: the defaults.")
]


def load_policy(path: Path | None) -> Policy:
    """Return the policy in force from the beginning. Raise BadInput with the first fault of a file that has some."""
    if path is None:
        return Policy()
    try:
        return load(path)
    except InvalidPolicy as invalid:
        raise BadInput(path, " ".join(_first_fault(invalid))) from invalid


def load_shadow(path: Path | None, live: Policy) -> PolicyPublished | None:
    """Return the event that puts a file's policy beside a live one. Raise BadInput where their names are the same."""
    if path is None:
        return None
    version = load_policy(path).version
    if version == live.version:
        raise BadInput(path, f"version: must be another than {version}, which is that of the policy in force")
    return publication(path, version, PolicyMode.SHADOW, 0, 0)


def _first_fault(invalid: InvalidPolicy) -> list[str]:
    """Return the first fault, and how many more there are."""
    first, more = invalid.faults[0], len(invalid.faults) - 1
    return [str(first), *([f"(and {more} more: see kithward policy check)"] if more else [])]

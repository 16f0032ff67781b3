"""Options that several verbs share: Kafka, schema registry, event files, policies; and what their values mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.output.terminal import echo
from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers, load_brokers
from jobs.kafka.topic_names_file import load_topic_names
from jobs.policy.file import CheckedPolicy, Fault, InvalidPolicy, check
from jobs.policy.registry import publication
from jobs.replay.event_files import InputRules
from jobs.share import parse_share
from operators.policy.model import Policy
from schemas.codec import Framing, SingleObjectFraming
from schemas.confluent import ConfluentFraming
from schemas.records import PolicyMode, PolicyPublished
from schemas.registry import Registry
from schemas.topic_names import TopicNames

DEFAULT_BOOTSTRAP = "localhost:9092"
DEFAULT_NAME = "kithward"

Bootstrap = Annotated[
    str,
    typer.Option(
        "--bootstrap", metavar="HOST:PORT,...", envvar="KITHWARD_BOOTSTRAP", help="Addresses of the Kafka brokers."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
KafkaConfig = Annotated[
    Path | None,
    typer.Option(
        "--kafka-config",
        metavar="FILE",
        envvar="KITHWARD_KAFKA_CONFIG",
        help="Kafka client properties (TLS, SASL), as for Kafka's own tools.",
    ),
]
TopicPrefix = Annotated[
    str | None,
    typer.Option(
        "--topic-prefix",
        metavar="PREFIX",
        envvar="KITHWARD_TOPIC_PREFIX",
        help="What the names of all topics begin with on the broker, such as eu. for eu.messages.",
    ),
]
TopicsFile = Annotated[
    Path | None,
    typer.Option(
        "--topics",
        metavar="FILE",
        envvar="KITHWARD_TOPICS",
        help="Own names of topics, YAML or JSON: messages: chat-messages. They get no prefix.",
    ),
]
SchemaRegistry = Annotated[
    str | None,
    typer.Option(
        "--registry",
        metavar="URL",
        envvar="KITHWARD_REGISTRY",
        help="A Confluent schema registry; with a login https://USER:PASSWORD@HOST.",
        show_envvar=True,
    ),
]
EVENTS_HELP = "Event files or folders, - for standard input: JSON lines, a JSON array or Avro, also with gzip."
EventFiles = Annotated[list[Path], typer.Option("--events", metavar="FILE...", help=EVENTS_HELP)]
MaxBad = Annotated[
    str | None,
    typer.Option("--max-bad", metavar="SHARE", help="Refuse events of which more than this share is bad, such as 5%."),
]
StrictFields = Annotated[
    bool, typer.Option("--strict-fields", help="Refuse JSON events with a field that their record does not have.")
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", metavar="FILE", help="How the events become those of the contract: a mapping file."),
]
AllowOutside = Annotated[
    bool,
    typer.Option("--allow-outside", help="Let policies name keyword files outside of their own folder."),
]
FirstPolicy = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="The policy in force from the first event. Default: all defaults."),
]


def input_rules(max_bad: str | None, mapping: Path | None, *, strict_fields: bool) -> InputRules:
    """Return how event files are read, and what is refused. Raise BadInput for an invalid share or mapping."""
    share = None if max_bad is None else parse_share("--max-bad", max_bad)
    if mapping is None:
        return InputRules(strict_fields=strict_fields, max_bad=share)
    if strict_fields:
        raise BadInput("--strict-fields", "is about events of the contract; leave it out with --mapping")
    # Only this needs JMESPath.
    from jobs.mapping.file import load_mapping  # noqa: PLC0415

    return InputRules(max_bad=share, mapping=load_mapping(mapping))


def brokers_of(bootstrap: str, config: Path | None, prefix: str | None, topics: Path | None) -> Brokers:
    """Return the brokers, with what topics are called there. Raise BadInput for an invalid file or name."""
    return load_brokers(bootstrap, config, load_topic_names(prefix or "", topics))


def framing_of(registry: str | None, names: TopicNames) -> Framing:
    """Return how records are framed in Kafka values. Raise BadInput for an invalid address of a registry."""
    try:
        return SingleObjectFraming() if registry is None else ConfluentFraming(Registry(registry), names=names)
    except ValueError as fault:
        raise BadInput("--registry", str(fault)) from fault  # not what was given: it may hold a password


def registry_of(framing: Framing) -> Registry | None:
    """Return the registry of a framing, None if it has none."""
    return framing.registry if isinstance(framing, ConfluentFraming) else None


def load_policy(path: Path | None, *, outside: bool = False) -> Policy:
    """Return the policy of a file, or the default policy, and print the first warning about it.

    Raise BadInput with the first fault of an invalid file.
    """
    if path is None:
        return Policy()
    checked = check_policy(path, outside=outside)
    _print_warning(path, checked.warnings)
    return checked.policy


def load_shadow(path: Path | None, live: Policy, *, outside: bool = False) -> PolicyPublished | None:
    """Return the event that publishes a file's policy in shadow mode, from the beginning.

    Raise BadInput if its version is that of the live policy.
    """
    if path is None:
        return None
    checked = check_policy(path, outside=outside)
    version = checked.policy.version
    if version == live.version:
        raise BadInput(path, f"version: must be another than {version}, which is that of the policy in force")
    published = publication(path, version, PolicyMode.SHADOW, 0, 0, outside=outside)
    _print_warning(path, checked.warnings)
    return published


def check_policy(path: Path, *, outside: bool) -> CheckedPolicy:
    """Return the policy of a file, with the warnings about it. Raise BadInput with the first fault of a wrong one."""
    try:
        return check(path, outside=outside)
    except InvalidPolicy as invalid:
        raise BadInput(path, _first(invalid.faults)) from invalid


def _print_warning(path: Path, warnings: Sequence[Fault]) -> None:
    if warnings:
        echo(f"warning: {path}: {_first(warnings)}", err=True)


def _first(faults: Sequence[Fault]) -> str:
    more = len(faults) - 1
    return f"{faults[0]} (and {more} more: see kithward policy check)" if more else str(faults[0])

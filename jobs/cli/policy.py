"""`kithward policy`: check and publish policy files; print their JSON Schema."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    Bootstrap,
    KafkaConfig,
    SchemaRegistry,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    framing_of,
)
from jobs.cli.terminal import echo
from jobs.cli.time_options import parse_time
from jobs.cli.verb_group import VerbGroup
from jobs.explain.wording import format_time
from jobs.policy.file import Fault, InvalidPolicy, load
from jobs.policy.file import schema as json_schema
from jobs.policy.registry import publication
from jobs.printable import printable
from operators.policy.durations import describe_duration
from operators.policy.friendship_age import Band
from operators.policy.model import SECTIONS, Policy
from schemas.records import PolicyMode

_BAD_INPUT = 2

app = typer.Typer(cls=VerbGroup, help="Check and publish policy files; print their schema.", rich_markup_mode=None)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy file, YAML or JSON.")]
Shadow = Annotated[
    bool, typer.Option("--shadow", help="Publish in shadow mode: it decides beside the live policy, without commands.")
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="TIME", help="When it takes effect: 2026-03-01T09:30:00Z, or +10m. Default: 5 seconds from now."
    ),
]


@app.callback()
def policies() -> None:
    """Check and publish policy files; print their schema."""


@app.command()
def check(file: PolicyFile) -> None:
    """Check a policy file.

    Prints a summary of a valid file. Of an invalid one every fault is printed, with its line, its key and a correction.

    \b
    Examples:
      kithward policy check policy.yaml
    """
    policy = _load_or_exit(file)
    echo(f"{file}: {_summary(policy)}")
    for warning in _warnings(policy):
        echo(f"{file}: warning: {warning}", err=True)


@app.command()
def schema() -> None:
    """Print the JSON Schema of policy files.

    With it, editors complete and explain keys.

    \b
    Examples:
      kithward policy schema > policy.json
    """
    echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command()
def publish(  # noqa: PLR0913, PLR0917 - they are the verb's options
    file: PolicyFile,
    shadow: Shadow = False,  # noqa: FBT002
    at: At = None,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    registry: SchemaRegistry = None,
) -> None:
    """Send a policy to the topic policies.

    It takes effect five seconds after its publication, when all workers have read it; --at sets another time. An
    invalid policy is not sent: every fault is printed with its line, its key and a correction. The version that was
    published last is not sent again. Publishing an older version rolls back to it. A version that was published with
    other content is refused.

    \b
    Examples:
      kithward policy publish policy.yaml
      kithward policy publish policy.yaml --at 2026-03-01T00:00:00Z
      kithward policy publish policy.yaml --at +1h
      kithward policy publish new.yaml --shadow --bootstrap broker:9092
    """
    policy = _load_or_exit(file)
    mode, now_ms = PolicyMode.SHADOW if shadow else PolicyMode.LIVE, time.time_ns() // 1_000_000
    requested_ms = None if at is None else parse_time("--at", at, now_ms)
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.kafka.policy_publication import PROPAGATION_MS, publish  # noqa: PLC0415

    effective_ms = now_ms + PROPAGATION_MS if requested_ms is None else requested_ms
    event = publication(file, policy.version, mode, now_ms, effective_ms)
    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    earlier = publish(brokers, framing_of(registry, brokers.topics), event)
    if earlier is not None:
        at_ms = max(earlier.effective_at_ms, earlier.at_ms)
        echo(
            f"version {policy.version} is the latest already, and nothing is sent: in effect from {format_time(at_ms)}"
        )
        return
    if event.effective_at_ms < now_ms + PROPAGATION_MS:
        echo(
            f"warning: messages of the next {describe_duration(PROPAGATION_MS)} may still be judged without it",
            err=True,
        )
    effect = "decides beside the live policy, without commands, from" if shadow else "takes effect at"
    echo(f"version {policy.version} is published; it {effect} {format_time(max(event.effective_at_ms, now_ms))}")


def _load_or_exit(file: Path) -> Policy:
    """Return the policy of a file, or print all its faults and exit."""
    try:
        return load(file)
    except InvalidPolicy as invalid:
        for fault in invalid.faults:
            echo(_fault_line(file, fault), err=True)
        raise typer.Exit(_BAD_INPUT) from invalid


def _fault_line(file: Path, fault: Fault) -> str:
    place = f"{file}" if fault.line is None else f"{file}:{fault.line}"
    return printable(": ".join(part for part in (place, fault.key, fault.message) if part))


def _summary(policy: Policy) -> str:
    rules = policy.friendship_age
    bands = "; ".join(map(_band, rules.bands))
    return f"valid, version {policy.version}, {len(rules.screen.keywords):,} keywords, bands: {bands}"


def _band(band: Band) -> str:
    end = "on" if band.to_ms is None else f"to {describe_duration(band.to_ms)}"
    begin = describe_duration(band.from_ms) if band.from_ms else "0"
    return f"from {begin} {end} {band.outcome}"


def _warnings(policy: Policy) -> Iterator[str]:
    yield from _withheld_actions(policy)
    if not any(section.enabled for section in policy.sections):
        yield "no section is enabled: this policy decides nothing"
    yield from _unfiltered_messages(policy)
    rules = policy.friendship_age
    if not rules.enabled:
        return
    if not rules.screen.detectors:
        yield "friendship_age.detectors is empty: no message is ever suspicious"
    if "keyword" in rules.screen.detectors and not rules.screen.keywords:
        yield "friendship_age has no keywords: its detector keyword finds nothing"
    if "shopping_link" in rules.screen.detectors and not rules.screen.shopping_hosts:
        yield "friendship_age.shopping_hosts is empty: its detector shopping_link finds nothing"


def _unfiltered_messages(policy: Policy) -> Iterator[str]:
    forest = policy.invite_forest
    if forest.enabled and (forest.condition.patterns or forest.condition.findings):
        yield "invite_forest.condition has patterns or findings: every group message is judged, which takes longer"
    for name, section in zip(SECTIONS, policy.sections, strict=True):
        if section.enabled and section.every_pair_message:
            yield f"{name} wants every one-to-one message, not only the suspicious ones, which takes longer"
        if section.enabled and section.every_group_message and section is not forest:
            yield f"{name} wants every group message, not only the suspicious ones, which takes longer"


def _withheld_actions(policy: Policy) -> Iterator[str]:
    for action in sorted(policy.enforcement.log_only):
        yield f"enforcement.log_only: {action.name} is recorded and never commanded"
    for limit in policy.limits:
        if not limit.at_most:
            yield f"limits.{limit.action.name}.at_most is 0: decisions with this action are never carried out"

"""`kithward policy`: check and publish policy files; print their JSON Schema."""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    AllowOutside,
    Bootstrap,
    KafkaConfig,
    SchemaRegistry,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    framing_of,
)
from jobs.cli.output.terminal import echo
from jobs.cli.time_options import parse_time
from jobs.cli.verb_group import VerbGroup, exit_codes
from jobs.errors import BadInput
from jobs.explain.wording import format_time
from jobs.policy.authoring.json_schema import schema as json_schema
from jobs.policy.file import CheckedPolicy, Fault, InvalidPolicy
from jobs.policy.file import check as check_file
from jobs.policy.registry import publication
from jobs.printable import printable
from operators.policy.durations import describe_duration, describe_range
from operators.policy.keywords import LANGUAGES, PACKS, PackName, load_pack
from operators.policy.model import Policy
from operators.policy.pack import read_pack
from schemas.records import PolicyMode
from schemas.validation import LAST_MS

_FINDING = 1
_BAD_INPUT = 2

app = typer.Typer(
    cls=VerbGroup, help="Write, check, compare and publish policy files; print their schema.", rich_markup_mode=None
)

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="A policy file, YAML or JSON.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with code 1 if there is a warning.")]
Shadow = Annotated[
    bool, typer.Option("--shadow", help="Publish in shadow mode: it decides beside the live policy, without commands.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="TIME", help="When it takes effect: 2026-03-01T09:30:00Z, or +10m. Default: 5 seconds from now."
    ),
]


@app.callback()
def policies() -> None:
    """Write, check, compare and publish policy files; print their schema."""


@app.command(epilog=exit_codes("valid, but with a warning and --strict"))
def check(file: PolicyFile, strict: Strict = False, allow_outside: AllowOutside = False) -> None:  # noqa: FBT002
    """Check a policy file.

    Prints a summary of a valid file, and a warning, with line and key, for each value that is probably not meant:
    durations of next to nothing, keywords of everyday language, warnings that reach nobody, defaults that are lost. Of
    an invalid file every fault is printed, with its line, its key and a correction.

    \b
    Examples:
      kithward policy check policy.yaml
      kithward policy check policy.yaml --strict
    """
    checked = _check_or_exit(file, outside=allow_outside)
    echo(f"{file}: {_summary(checked.policy)}")
    if strict and checked.warnings:
        raise typer.Exit(_FINDING)


@app.command(epilog=exit_codes())
def schema() -> None:
    """Print the JSON Schema of policy files.

    With it, editors complete and explain keys.

    \b
    Examples:
      kithward policy schema > policy.json
    """
    echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@app.command(epilog=exit_codes())
def packs(as_json: AsJson = False) -> None:  # noqa: FBT002
    """List the keyword packs that ship, with the kinds of fraud that each covers.

    \b
    Examples:
      kithward policy packs
      kithward policy packs --json
    """
    listed = [_pack(name) for name in PACKS]
    if as_json:
        echo(json.dumps(listed, ensure_ascii=False))
        return
    for pack in listed:
        count = f"{pack['entries']:>4,} entries, {pack['phrases']:>5,} phrases"
        echo(f"{pack['pack']}  {pack['language']:<11} {count}: {', '.join(pack['kinds'])}")


@app.command(epilog=exit_codes())
def publish(  # noqa: PLR0913, PLR0917 - they are the verb's options
    file: PolicyFile,
    shadow: Shadow = False,  # noqa: FBT002
    allow_outside: AllowOutside = False,  # noqa: FBT002
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
    policy = _check_or_exit(file, outside=allow_outside).policy
    mode, now_ms = PolicyMode.SHADOW if shadow else PolicyMode.LIVE, time.time_ns() // 1_000_000
    requested_ms = None if at is None else parse_time("--at", at, now_ms)
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.kafka.policy_publication import PROPAGATION_MS, publish  # noqa: PLC0415

    effective_ms = now_ms + PROPAGATION_MS if requested_ms is None else requested_ms
    if not 0 <= effective_ms <= LAST_MS:
        raise BadInput(f"--at {at}", "is not a time from 1970 to 9999, and the job would refuse the policy")
    event = publication(file, policy.version, mode, now_ms, effective_ms, outside=allow_outside)
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


def _pack(name: PackName) -> dict[str, Any]:
    entries, keywords = read_pack(name), load_pack(name)
    return {
        "pack": name,
        "language": LANGUAGES[name],
        "kinds": list(dict.fromkeys(entry.kind for entry in entries)),
        "entries": len(entries),
        "phrases": len({phrase for keyword in keywords for part in keyword.parts for phrase in part}),
    }


def _check_or_exit(file: Path, *, outside: bool) -> CheckedPolicy:
    """Return the policy of a file after all warnings about it, or print all its faults and exit."""
    try:
        checked = check_file(file, outside=outside)
    except InvalidPolicy as invalid:
        for fault in invalid.faults:
            echo(_fault_line(file, fault), err=True)
        raise typer.Exit(_BAD_INPUT) from invalid
    for warning in checked.warnings:
        echo(_fault_line(file, warning, "warning"), err=True)
    return checked


def _fault_line(file: Path, fault: Fault, kind: str = "") -> str:
    place = f"{file}" if fault.line is None else f"{file}:{fault.line}"
    return printable(": ".join(part for part in (place, kind, fault.key, fault.message) if part))


def _summary(policy: Policy) -> str:
    rules = policy.friendship_age
    bands = "; ".join(f"{describe_range(band.from_ms, band.to_ms)} {band.outcome}" for band in rules.bands)
    return f"valid, version {policy.version}, {len(rules.screen.keywords):,} keywords, friends for: {bands}"

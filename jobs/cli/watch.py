"""`kithward watch`: decisions and commands of a running job, one line each, as they come."""

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

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
from jobs.cli.output.terminal import echo, open_console
from jobs.cli.time_options import parse_time
from jobs.explain.watching import Wanted, Watch
from jobs.explain.wording import describe_command, describe_decision, format_time
from jobs.kafka.client_config import Brokers
from jobs.printable import printable
from schemas.codec import Framing
from schemas.json_framing import EitherOutputs
from schemas.jsonl import write_line
from schemas.malformed import Malformed
from schemas.records import Decision, Record
from schemas.topics import COMMANDS, DECISIONS, SHADOW_DECISIONS

if TYPE_CHECKING:
    from jobs.kafka.topic_io import TopicRecord

_SECOND_MS = 1_000
_ID_SHOWN = 8  # characters of a decision's id: `explain --decision` takes them

Rules = Annotated[list[str] | None, typer.Option("--rule", metavar="NAME...", help="Only decisions of these rules.")]
Outcomes = Annotated[
    list[str] | None, typer.Option("--outcome", metavar="NAME...", help="Only decisions with these outcomes.")
]
Accounts = Annotated[
    list[str] | None, typer.Option("--account", metavar="ID...", help="Only what is about or for these accounts.")
]
Shadow = Annotated[bool, typer.Option("--shadow", help="Show what policies in shadow mode decide instead.")]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Begin with what was written then. Default: now.")
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="End after N lines.")]
Json = Annotated[bool, typer.Option("--json", help="Print each record as a JSON object, as in the files of a replay.")]


def watch(  # noqa: PLR0913, PLR0917 - they are the verb's options
    rule: Rules = None,
    outcome: Outcomes = None,
    account: Accounts = None,
    shadow: Shadow = False,  # noqa: FBT002
    since: Since = None,
    limit: Limit = None,
    as_json: Json = False,  # noqa: FBT002
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    registry: SchemaRegistry = None,
) -> None:
    """Show decisions and commands of a running job as they come.

    Each is a line: the time (UTC), the beginning of the decision's id, which explain --decision takes, and what was
    decided or asked for. Commands follow their decisions. With several filters all must hold; a command is shown with
    its decision. Ctrl-C ends it.

    \b
    Examples:
      kithward watch
      kithward watch --rule friendship-age strangers --outcome VERIFY STRANGER
      kithward watch --account rosa --since 2026-03-01T09:30:00Z
      kithward watch --json --limit 100 | jq .outcome
    """
    wanted = Wanted(frozenset(rule or ()), frozenset(outcome or ()), frozenset(account or ()))
    since_ms = None if since is None else parse_time("--since", since)
    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    framing = EitherOutputs(framing_of(registry, brokers.topics))
    topics = [SHADOW_DECISIONS] if shadow else [DECISIONS, COMMANDS]
    console = open_console(soft_wrap=True)
    with suppress(KeyboardInterrupt):
        for record in islice(_records(brokers, framing, topics, since_ms, wanted), limit):
            if as_json:
                echo(write_line(record))
            else:
                console.print(_line(record))


def _records(
    brokers: Brokers, framing: Framing, topics: list[str], since_ms: int | None, wanted: Wanted
) -> Iterator[Record]:
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.kafka.topic_io import follow_topics  # noqa: PLC0415

    picked = Watch(wanted)
    names = " and ".join(map(brokers.topics.physical, topics))
    for number, batch in enumerate(follow_topics(brokers, topics, since_ms)):
        if not number:
            echo(f"watching {names} of {brokers}; Ctrl-C ends it", err=True)
        yield from picked.accept(_decoded(batch, framing), time.monotonic())


def _decoded(batch: "list[TopicRecord]", framing: Framing) -> Iterator[Record]:
    for found in batch:
        try:
            yield framing.decode(found.value or b"")
        except Malformed as fault:
            place = f"{found.topic}, partition {found.partition}, offset {found.offset}"
            echo(printable(f"warning: {place}: {fault.reason}: {fault.message}"), err=True)


def _line(record: Record) -> Text:
    at = format_time(record.at_ms // _SECOND_MS * _SECOND_MS).removesuffix(" UTC")  # type: ignore[attr-defined]
    about = printable(getattr(record, "decision_id", "")[:_ID_SHOWN])
    begin = (f"{at}  {about}  ", "dim")
    if isinstance(record, Decision):
        named = printable(f"{record.rule} {record.outcome}: ")
        return Text.assemble(begin, (named, "bold"), describe_decision(record))
    return Text.assemble(begin, (f"-> {type(record).__name__}: {describe_command(record)}", "green"))

"""`kithward dead-letters`: what the job could not take."""

from collections import Counter
from contextlib import nullcontext
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.multi_value_options import MultiValueCommand
from jobs.cli.options import DEFAULT_BOOTSTRAP, Bootstrap, KafkaConfig
from jobs.cli.time_options import parse_time
from jobs.errors import BadInput
from jobs.explain.wording import format_time, printable
from jobs.kafka.client_config import load_brokers
from schemas.malformed import Reason
from schemas.topics import DEAD_LETTERS

if TYPE_CHECKING:
    from jobs.kafka.topic_io import OutgoingRecord, TopicRecord

_RESEND_LIMIT = 1000

app = typer.Typer(help="Look at what the job could not take, and send it again.", rich_markup_mode=None)

Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show the latest N.")]
Raw = Annotated[bool, typer.Option("--raw", help="Show the original bytes too. They may be somebody's message.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", metavar="CODE...", help="Only those with this reason.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", metavar="NAME...", help="Only those from this topic.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only records from this time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only records before this time.")]
ResendLimit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Send the oldest N at most.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be sent, and send nothing.")]


@app.callback()
def dead_letters() -> None:
    """Look at what the job could not take, and send it again."""


@app.command()
def show(
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    limit: Limit = 20,
    raw: Raw = False,  # noqa: FBT002 - an option
) -> None:
    """Show the latest dead letters, oldest first: reason, fault, where they came from, key and size.

    What stood in them is shown only with --raw, since it may be somebody's message.

    \b
    Examples:
      kithward dead-letters show
      kithward dead-letters show --bootstrap broker:9092 --limit 5 --raw
    """
    # Kafka's client takes its time to load, and only the verbs that talk to Kafka need it.
    from jobs.kafka.topic_io import read_topic  # noqa: PLC0415

    letters: list[tuple[int, str, int, int, TopicRecord]] = []
    count = 0
    for count, letter in enumerate(read_topic(load_brokers(bootstrap, kafka_config), DEAD_LETTERS), start=1):
        heappush(letters, (letter.at_ms, letter.topic, letter.partition, letter.offset, letter))
        if count > limit:
            heappop(letters)
    for *_, letter in sorted(letters):
        _print_letter(letter, raw=raw)
    typer.echo(f"{len(letters):,} of {count:,} dead letters shown", err=True)


@app.command(cls=MultiValueCommand)
def resend(  # noqa: PLR0913, PLR0917 - they are the verb's options
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    reason: Reasons = None,
    topic: Topics = None,
    since: Since = None,
    until: Until = None,
    limit: ResendLimit = _RESEND_LIMIT,
    dry_run: DryRun = False,  # noqa: FBT002
) -> None:
    """Send dead letters to the topics that they came from: the same bytes, key, time and partition, oldest first.

    Do so when what was wrong has been mended: what is still wrong becomes a dead letter again. What the job has taken
    in the meantime it recognises by its event id. The letters stay where they are, so that the same choice made again
    sends them again; --since and --until choose by the records' own times.

    \b
    Examples:
      kithward dead-letters resend --dry-run
      kithward dead-letters resend --reason UNKNOWN_SCHEMA --topic messages
      kithward dead-letters resend --since 2026-03-01T09:30:00Z --until 2026-03-01T10:00:00Z --limit 5000
    """
    # Kafka's client takes its time to load, and only the verbs that talk to Kafka need it.
    from jobs.kafka.dead_letters import LetterFilter, header, original_record, select  # noqa: PLC0415
    from jobs.kafka.topic_io import open_producer  # noqa: PLC0415

    choice = LetterFilter(
        reasons=_reasons(reason),
        topics=frozenset(topic) if topic else None,
        since_ms=None if since is None else parse_time("--since", since),
        until_ms=None if until is None else parse_time("--until", until),
    )
    brokers = load_brokers(bootstrap, kafka_config)
    letters, count = select(brokers, choice, limit)
    sent: Counter[tuple[str, str]] = Counter()
    try:
        with nullcontext(_discard) if dry_run else open_producer(brokers) as send:
            for letter in letters:
                send(original_record(letter))
                sent[header(letter, "topic"), header(letter, "reason")] += 1
    finally:
        _print_counts(sent, "would be sent" if dry_run else "sent")
    if count > len(letters):
        typer.echo(f"{count - len(letters):,} more are chosen: see --limit", err=True)


def _reasons(names: list[str] | None) -> frozenset[str] | None:
    for name in names or ():
        if name not in Reason.__members__:
            raise BadInput(f"--reason {name}", f"is none; the reasons are {', '.join(Reason)}")
    return frozenset(names) if names else None


def _discard(_: "OutgoingRecord") -> None:
    """Send nothing: only what would be sent is said."""


def _print_counts(sent: Counter[tuple[str, str]], what: str) -> None:
    for (topic, reason), number in sorted(sent.items()):
        typer.echo(f"{topic}: {number:,} with {reason or 'no reason'}")
    typer.echo(f"{sent.total():,} dead letters {what}")


def _print_letter(letter: "TopicRecord", *, raw: bool) -> None:
    headers = {name: value.decode("utf-8", "backslashreplace") for name, value in letter.headers}
    source = (
        f"{headers.get('error.topic', '?')}/{headers.get('error.partition', '?')}/{headers.get('error.offset', '?')}"
    )
    key = "none" if letter.key is None else printable(letter.key.decode("utf-8", "backslashreplace"))
    size = "no value" if letter.value is None else f"{len(letter.value):,} bytes"
    typer.echo(f"{headers.get('error.reason', '?')}: {printable(headers.get('error.message', '?'))}")
    typer.echo(f"    from {source}, key {key}, {size}, {format_time(letter.at_ms)}")
    if raw and letter.value is not None:
        typer.echo(f"    {printable(letter.value.decode('utf-8', 'backslashreplace'))}")

"""`kithward dead-letters`: show and resend the records that the job rejected."""

from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from heapq import heappop, heappush
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.multi_value_options import MultiValueCommand
from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    Bootstrap,
    KafkaConfig,
    SchemaRegistry,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    framing_of,
    registry_of,
)
from jobs.cli.output.progress import show_activity
from jobs.cli.output.terminal import echo
from jobs.cli.time_options import parse_time
from jobs.cli.verb_group import VerbGroup, exit_codes
from jobs.errors import BadInput
from jobs.explain.wording import format_time
from jobs.kafka.client_config import Brokers
from jobs.printable import printable
from schemas.malformed import Reason
from schemas.topics import DEAD_LETTERS, INPUTS

if TYPE_CHECKING:
    from jobs.backfill.mapped_letters import MappedLetters
    from jobs.kafka.topic_io import OutgoingRecord, Send, TopicRecord

_RESEND_LIMIT = 1000
_FINDING = 1

_HELP = "Show the records that the job rejected, and resend them."

app = typer.Typer(cls=VerbGroup, help=_HELP, rich_markup_mode=None)

Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show the latest N.")]
Raw = Annotated[bool, typer.Option("--raw", help="Show the original bytes, too. They may be somebody's message.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", metavar="CODE...", help="Only with these reasons.")]
Topics = Annotated[list[str] | None, typer.Option("--topic", metavar="NAME...", help="Only from these topics.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only records from this time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only records before this time.")]
ResendLimit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Send the oldest N at most.")]
Mappings = Annotated[
    list[Path] | None,
    typer.Option(
        "--mapping", metavar="FILE...", help="Mappings of your own topics: their events go to the contract's topics."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")]


@app.callback()
def dead_letters() -> None:
    """Show the records that the job rejected, and resend them."""


@app.command(epilog=exit_codes())
def show(  # noqa: PLR0913, PLR0917 - they are the verb's options
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    limit: Limit = 20,
    raw: Raw = False,  # noqa: FBT002 - an option
) -> None:
    """Show the latest dead letters.

    Each with its reason, message, origin, key and size, oldest first. The content is shown only with --raw, because it
    may be somebody's message.

    \b
    Examples:
      kithward dead-letters show
      kithward dead-letters show --bootstrap broker:9092 --limit 5 --raw
    """
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.kafka.topic_io import read_topic  # noqa: PLC0415

    letters: list[tuple[int, str, int, int, TopicRecord]] = []
    count = 0
    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    with show_activity("reading dead letters"):
        for count, letter in enumerate(read_topic(brokers, DEAD_LETTERS), start=1):
            heappush(letters, (letter.at_ms, letter.topic, letter.partition, letter.offset, letter))
            if count > limit:
                heappop(letters)
    for *_, letter in sorted(letters):
        _print_letter(letter, raw=raw)
    echo(f"{len(letters):,} of {count:,} dead letters shown", err=True)


@app.command(cls=MultiValueCommand, epilog=exit_codes("some are larger than their topic takes, and are not sent"))
def resend(  # noqa: PLR0913, PLR0917 - they are the verb's options
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    reason: Reasons = None,
    topic: Topics = None,
    since: Since = None,
    until: Until = None,
    limit: ResendLimit = _RESEND_LIMIT,
    mapping: Mappings = None,
    registry: SchemaRegistry = None,
    dry_run: DryRun = False,  # noqa: FBT002
) -> None:
    """Send dead letters back to their topics.

    Each is sent with the same bytes, key, timestamp and partition, oldest first. Use it once the cause is fixed: a
    record that is still invalid becomes a dead letter again. An event that the job has read in the meantime is
    recognised by its event id and ignored. Dead letters stay in their topic, so running the same command again sends
    them again. --since and --until compare the records' own timestamps.

    Nothing is written to mapped topics, which others read, too. With --mapping what is in their dead letters is mapped
    again, as by run, and its events are sent to the topics of the contract.

    \b
    Examples:
      kithward dead-letters resend --dry-run
      kithward dead-letters resend --reason UNKNOWN_SCHEMA --topic messages
      kithward dead-letters resend --mapping bus.yaml --topic bus.events
      kithward dead-letters resend --since 2026-03-01T09:30:00Z --until 2026-03-01T10:00:00Z --limit 5000
    """
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.kafka.dead_letters import LetterFilter, header, is_kept, original_record, select  # noqa: PLC0415
    from jobs.kafka.topic_io import open_producer  # noqa: PLC0415

    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    names, mapped = brokers.topics, _mapped_letters(mapping or (), registry, brokers)
    choice = LetterFilter(
        reasons=_reasons(reason),
        topics=_topics(topic, mapped.topics),
        since_ms=None if since is None else parse_time("--since", since),
        until_ms=None if until is None else parse_time("--until", until),
        mapped=mapped.topics,
    )
    with show_activity("reading dead letters"):
        letters, count = select(brokers, choice, limit)
    sent: Counter[tuple[str, str]] = Counter()
    large: list[TopicRecord] = []
    try:
        # What is longer than an input may be was compressed in its topic, too. Every client reads gzip.
        opened = nullcontext(_discard) if dry_run else open_producer(brokers, compression="gzip")
        with opened as send, show_activity("sending"):
            for letter in filter(is_kept, letters):
                outgoing = mapped.records(letter) if mapped.is_mapped(letter) else [original_record(letter, names)]
                if sum(_is_sent(record, send) for record in outgoing) == len(outgoing):
                    sent[header(letter, "topic"), header(letter, "reason")] += bool(outgoing)
                else:
                    large.append(letter)
    finally:
        _print_counts(sent, "would be sent" if dry_run else "sent")
    if mapped.faults:
        echo(f"{len(mapped.faults):,} cannot be mapped as a whole, first: {printable(str(mapped.faults[0]))}", err=True)
    too_long = sum(not is_kept(letter) for letter in letters)
    if too_long:
        echo(f"{too_long:,} were too long to be kept: read them at their partition and offset", err=True)
    if count > len(letters):
        echo(f"{count - len(letters):,} more match: raise --limit to send them", err=True)
    if large:
        echo(f"{len(large):,} are larger than their topic takes, first: {_place(large[0])}", err=True)
        raise typer.Exit(_FINDING)


def _mapped_letters(paths: Sequence[Path], registry: str | None, brokers: Brokers) -> "MappedLetters":
    # The libraries of mappings take their time to load.
    from jobs.backfill.mapped_letters import MappedLetters  # noqa: PLC0415
    from jobs.mapping.topics import load_topic_mappings  # noqa: PLC0415

    framing = framing_of(registry, brokers.topics)
    return MappedLetters(load_topic_mappings(paths, brokers.topics, registry_of(framing)), framing)


def _is_sent(record: "OutgoingRecord", send: "Send") -> bool:
    """Send a record, and return whether its topic takes it, large as it is."""
    from jobs.kafka.topic_io import TooLargeError  # noqa: PLC0415 - as above

    try:
        send(record)
    except TooLargeError:
        return False
    return True


def _reasons(names: list[str] | None) -> frozenset[str] | None:
    for name in names or ():
        if name not in Reason.__members__:
            raise BadInput(f"--reason {name}", f"is not a reason; the reasons are {', '.join(Reason)}")
    return frozenset(names) if names else None


def _topics(names: list[str] | None, mapped: frozenset[str]) -> frozenset[str] | None:
    inputs = [topic.name for topic in INPUTS]
    for name in names or ():
        if name not in {*inputs, *mapped}:
            known = ", ".join([*inputs, *sorted(mapped)])
            raise BadInput(f"--topic {name}", f"is not a topic that the job reads: {known}, and those of --mapping")
    return frozenset(names) if names else None


def _discard(_: "OutgoingRecord") -> None:
    """Send nothing, for a dry run."""


def _print_counts(sent: Counter[tuple[str, str]], what: str) -> None:
    for (topic, reason), number in sorted(sent.items()):
        echo(f"{topic}: {number:,} with {reason or 'no reason'}")
    echo(f"{sent.total():,} dead letters {what}")


def _print_letter(letter: "TopicRecord", *, raw: bool) -> None:
    headers = _printable_headers(letter)
    key = "none" if letter.key is None else printable(letter.key.decode("utf-8", "backslashreplace"))
    echo(f"{headers.get('error.reason', '?')}: {headers.get('error.message', '?')}")
    echo(f"    from {_place(letter)}, key {key}, {_size(letter)}, {format_time(letter.at_ms)}")
    if raw and letter.value is not None:
        echo(f"    {printable(letter.value.decode('utf-8', 'backslashreplace'))}")


def _printable_headers(letter: "TopicRecord") -> dict[str, str]:
    return {name: printable(value.decode("utf-8", "backslashreplace")) for name, value in letter.headers}


def _place(letter: "TopicRecord") -> str:
    """Return where the record was that became a dead letter: `TOPIC/PARTITION/OFFSET`."""
    headers = _printable_headers(letter)
    return "/".join(headers.get(f"error.{name}", "?") for name in ("topic", "partition", "offset"))


def _size(letter: "TopicRecord") -> str:
    from jobs.kafka.dead_letters import is_kept  # noqa: PLC0415 - as above

    if letter.value is not None:
        return f"{len(letter.value):,} bytes"
    return "no value" if is_kept(letter) else "too long to be kept"

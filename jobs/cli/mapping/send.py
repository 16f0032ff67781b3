"""`kithward send`: events of files, by a mapping, into the topics; with progress, and resumable."""

from collections.abc import Iterator
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from jobs.cli.mapping.verbs import Files, MappingFile
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
from jobs.cli.output.input_notes import unmapped, wrong_units
from jobs.cli.output.progress import show_progress
from jobs.cli.output.terminal import echo
from jobs.errors import BadInput
from jobs.kafka.client_config import Brokers
from jobs.replay.event_files import InputRules, open_events
from jobs.replay.event_parser import place_of
from jobs.replay.event_paths import STANDARD_INPUT, event_paths
from schemas.jsonl import BadLine
from schemas.topics import INPUT_OF

if TYPE_CHECKING:
    from jobs.backfill.progress_file import ProgressFile
    from jobs.backfill.sending import SendCounts
    from jobs.kafka.topic_io import OutgoingRecord
    from jobs.mapping.mapping import EventMapping

_FINDING: Final = 1
_ANY_SHARE: Final = Fraction(1)  # what was sent before a failure cannot be taken back

Progress = Annotated[
    Path | None,
    typer.Option("--progress", metavar="FILE", help="Write here how far it came; the next run goes on."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count what would be sent, without a broker.")]


def send(  # noqa: PLR0913, PLR0917 - they are the verb's options
    mapping: MappingFile,
    files: Files,
    progress: Progress = None,
    dry_run: DryRun = False,  # noqa: FBT002
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    registry: SchemaRegistry = None,
) -> None:
    """Send events of files to the topics, by a mapping.

    This is how friendships, profiles and members that exist already come to the job: before it starts, or while it
    runs. Files are merged by event time, as for replay. Records have the key that the contract says, and their event
    time as timestamp. What cannot be mapped, or is larger than its topic takes, is not sent: the first failures are
    shown, all are counted.

    With --progress a run that was stopped or killed goes on where it was, if files, mapping, broker and topics are
    the same. At most a thousand events are sent again, under the same ids: for the job they are repetitions.

    A topic deletes records by their timestamps: old events sent to a topic with a short retention may be gone before
    the job has read them.

    \b
    Examples:
      kithward send mapping.yaml friendships.jsonl --dry-run
      kithward send mapping.yaml friendships.jsonl --progress friendships.progress
      kithward send mapping.yaml dump/ --bootstrap broker:9092 --progress dump.progress
    """
    mapped = _load(mapping)
    rules = InputRules(max_bad=_ANY_SHARE, mapping=mapped)
    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    arrived = None if progress is None else _progress_file(progress, files, mapped, brokers)
    # Kafka's client is slow to import, so only the verbs that use Kafka import it.
    from jobs.backfill.sending import send_events  # noqa: PLC0415
    from jobs.kafka.bulk_writer import open_bulk_writer  # noqa: PLC0415

    framing = framing_of(None if dry_run else registry, brokers.topics)
    topics = sorted({INPUT_OF[rule.record].name for rule in mapped.rules})
    opened = nullcontext(_Discard()) if dry_run else open_bulk_writer(brokers, topics, past_refusals=True)
    with open_events(files, rules=rules) as source, opened as writer, show_progress("sending") as shown:
        counts = send_events(
            source.events(),
            writer,
            framing,
            size=source.size,
            arrived=None if dry_run else arrived,
            progress=shown,
        )
    for line in _lines(counts, "would be sent" if dry_run else "sent"):
        echo(line)
    for line in (*unmapped(source.report), *_failures(counts), *wrong_units(source.report)):
        echo(line, err=True)
    if counts.failed or counts.too_large or not (counts.before or counts.sent):
        raise typer.Exit(_FINDING)


def _load(path: Path) -> "EventMapping":
    # JMESPath is only for those who have a mapping.
    from jobs.mapping.file import load_mapping  # noqa: PLC0415

    return load_mapping(path)


class _Discard:
    """A writer that writes nothing, for a dry run."""

    def write(self, _: "OutgoingRecord") -> None:
        """Write nothing."""

    def flush_fitting(self) -> frozenset[int]:
        """Wait for nothing."""
        return frozenset()


def _progress_file(path: Path, files: list[Path], mapping: "EventMapping", brokers: Brokers) -> "ProgressFile":
    from jobs.backfill.progress_file import ProgressFile, name_run  # noqa: PLC0415 - as below

    if STANDARD_INPUT in files:
        raise BadInput("--progress", "is for files: what came on standard input does not come again")
    return ProgressFile(
        path, name_run(event_paths(files), mapping.digest, str(brokers).encode(), repr(brokers.topics).encode())
    )


def _lines(counts: "SendCounts", done: str) -> Iterator[str]:
    for topic, number in sorted(counts.sent.items()):
        yield f"{topic}: {number:,} {done}"
    before = f"; {counts.before:,} had arrived before" if counts.before else ""
    yield f"{counts.sent.total():,} records {done}{before}"


def _failures(counts: "SendCounts") -> Iterator[str]:
    for event in counts.failures:
        if isinstance(event.parsed, BadLine):
            yield f"{event.file}, {place_of(event)}: {event.parsed.reason}: {event.parsed.message}"
    if counts.failed:
        yield f"{counts.failed:,} could not be mapped and are not sent"
    for event in counts.large:
        yield f"{event.file}, {place_of(event)}: is larger than its topic takes"
    if counts.too_large:
        yield f"{counts.too_large:,} are larger than their topics take and are not sent"

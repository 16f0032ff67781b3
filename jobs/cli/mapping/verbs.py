"""`kithward mapping`: check a mapping file, on its own and on a sample; apply it; print the JSON Schema."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from jobs.cli.mapping.topic_sample import TopicSample
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
from jobs.cli.output.input_notes import unmapped, wrong_units
from jobs.cli.output.tables import CountRow, column_lines, count_lines, listed
from jobs.cli.output.terminal import columns, echo
from jobs.cli.verb_group import VerbGroup, exit_codes
from jobs.errors import BadInput
from jobs.printable import json_text, printable
from jobs.replay.event_files import InputEvent, InputRules, open_events
from jobs.replay.event_parser import place_of
from jobs.replay.input_report import InputReport, Tally
from schemas.json_form import to_json
from schemas.jsonl import BadLine
from schemas.records import Record

if TYPE_CHECKING:
    from jobs.mapping.mapping import EventMapping

_FINDING: Final = 1
_BAD_INPUT: Final = 2
_ANY_SHARE: Final = Fraction(1)
_FAILURES: Final = 5  # that are shown
_SHOWN_CHARACTERS: Final = 400  # of a record: a message can be long, and a line must stay readable

app = typer.Typer(cls=VerbGroup, help="Check and apply mapping files; print their schema.", rich_markup_mode=None)

MappingFile = Annotated[Path, typer.Argument(metavar="MAPPING", help="A mapping file, YAML or JSON.")]
Sample = Annotated[
    list[Path] | None,
    typer.Option("--sample", metavar="FILE", help="Events to map: a file or folder as for replay; can be repeated."),
]
Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Event files or folders; - is standard input.")]
Topic = Annotated[
    str | None, typer.Option("--topic", metavar="NAME", help="Map the first records of a topic that the file names.")
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Of a topic: how many records.")]
Show = Annotated[int, typer.Option("--show", metavar="N", min=0, max=1000, help="Show N records and N failures.")]


@app.callback()
def mappings() -> None:
    """Check and apply mapping files; print their schema."""


@app.command(epilog=exit_codes("some of the sample cannot be mapped, or nothing of it is"))
def check(  # noqa: PLR0913, PLR0917 - they are the verb's options
    mapping: MappingFile,
    sample: Sample = None,
    show: Show = 5,
    topic: Topic = None,
    limit: Limit = 1_000,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    registry: SchemaRegistry = None,
) -> None:
    """Check a mapping file, and with --sample or --topic what it makes of events.

    Of an invalid file every fault is printed, with its line, its key and a correction.

    Of a sample the whole is read, and counted by rule. The first failures are shown with their place, their rule and
    the path that was at fault, and the first records as they would come to the job. Nothing is sent or written.

    \b
    Examples:
      kithward mapping check mapping.yaml
      kithward mapping check mapping.yaml --sample events.jsonl
      kithward mapping check mapping.yaml --sample dump/ --show 20
      kithward mapping check mapping.yaml --topic bus.events --bootstrap broker:9092
    """
    checked = _check_or_exit(mapping)
    _check_schema(mapping, checked)
    records = ", ".join(sorted({rule.record.__name__ for rule in checked.rules}))
    rules = "1 rule" if len(checked.rules) == 1 else f"{len(checked.rules)} rules"
    echo(f"{mapping}: valid, {rules} for {records}")
    if sample and topic is not None:
        raise BadInput("--topic", "is instead of --sample; leave one of them out")
    shown = _Shown(show)
    if topic is not None:
        brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
        registered = registry_of(framing_of(registry, brokers.topics))
        report = _report_of(TopicSample(mapping, topic, limit, brokers, registered), shown)
    elif sample:
        with open_events(sample, rules=InputRules(max_bad=_ANY_SHARE, mapping=checked)) as files:
            for event in files.events():
                shown.add(event, is_one_of_many=files.count > 1)
            report = files.report
    else:
        return
    for line in _lines(checked, report, shown):
        echo(line)
    if shown.failed or report.wrong_units or not shown.mapped:
        raise typer.Exit(_FINDING)


@app.command(epilog=exit_codes("some events cannot be mapped, and are not printed; or none is"))
def apply(mapping: MappingFile, files: Files) -> None:
    """Print the records that events become, as JSON lines of the contract.

    With it events of several forms, each with a mapping of its own, come to one replay. What cannot be mapped is not
    printed: the first failures are shown on standard error, all are counted.

    \b
    Examples:
      kithward mapping apply friendships.yaml friendships.jsonl > friendships.contract.jsonl
      kithward mapping apply bus.yaml bus/ | kithward replay --events - friendships.contract.jsonl --out out
    """
    shown, printed = _Shown(_FAILURES), 0
    with open_events(files, rules=InputRules(max_bad=_ANY_SHARE, mapping=_check_or_exit(mapping))) as source:
        for event in source.events():
            if isinstance(event.parsed, BadLine):
                shown.add(event, is_one_of_many=source.count > 1)
            else:
                echo(json_text(to_json(event.parsed)))
                printed += 1
    for line in (*unmapped(source.report), *shown.failures, *wrong_units(source.report)):
        echo(line, err=True)
    if shown.failed:
        echo(f"{shown.failed:,} could not be mapped and are not printed", err=True)
    elif not printed:
        echo("there is no record to print", err=True)
    if shown.failed or not printed:
        raise typer.Exit(_FINDING)


@app.command(epilog=exit_codes())
def schema() -> None:
    """Print the JSON Schema of mapping files.

    With it, editors complete and explain keys.

    \b
    Examples:
      kithward mapping schema > mapping.json
    """
    from jobs.mapping.model import schema as json_schema  # noqa: PLC0415 - as below

    echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@dataclass(slots=True)
class _Shown:
    """What a sample became: counts, and of records and failures the first."""

    at_most: int
    mapped: int = 0
    failed: int = 0
    records: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, event: InputEvent, *, is_one_of_many: bool) -> None:
        """Count a record or a failure, and keep its line if it is one of the first."""
        place = f"{event.file}, {place_of(event)}" if is_one_of_many else place_of(event)
        if isinstance(event.parsed, BadLine):
            self.add_fault(place, f"{event.parsed.reason}: {event.parsed.message}")
        else:
            self.add_record(place, event.parsed)

    def add_record(self, place: str, record: Record) -> None:
        """Count a record."""
        self.mapped += 1
        self._show(self.records, place, _record_text(record))

    def add_fault(self, place: str, fault: str) -> None:
        """Count a failure."""
        self.failed += 1
        self._show(self.failures, place, fault)

    def _show(self, lines: list[str], place: str, text: str) -> None:
        if len(lines) < self.at_most:
            lines.append(printable(f"  {place}: {text}"))


def _report_of(sample: TopicSample, shown: _Shown) -> InputReport:
    """Return the counts of a topic's sample."""
    tally = Tally(unit="record")
    report = InputReport({sample.topic: tally})
    for place, made in sample.read():
        tally.unmapped += made.unmapped
        for each in made.records:
            report.made[each.rule] += 1
            shown.add_record(place, each.record)
        if made.fault is not None:
            shown.add_fault(place, str(made.fault))
    return report


def _check_or_exit(path: Path) -> "EventMapping":
    """Return the mapping of a file, or print all its faults and exit."""
    # JMESPath is only for those who have a mapping.
    from jobs.mapping.file import InvalidMapping, check_mapping  # noqa: PLC0415

    try:
        return check_mapping(path)
    except InvalidMapping as invalid:
        for fault in invalid.faults:
            place = f"{path}" if fault.line is None else f"{path}:{fault.line}"
            echo(printable(": ".join(part for part in (place, fault.key, fault.message) if part)), err=True)
        raise typer.Exit(_BAD_INPUT) from invalid


def _check_schema(path: Path, mapping: "EventMapping") -> None:
    """Raise BadInput if the mapping names an Avro schema that cannot be read."""
    if mapping.avro_schema is not None:
        from jobs.mapping.topics import load_schema  # noqa: PLC0415 - as above

        load_schema(path, mapping)


def _lines(mapping: "EventMapping", report: InputReport, shown: _Shown) -> Iterator[str]:
    records = dict.fromkeys((rule.record.__name__ for rule in mapping.rules), 0)
    for rule in mapping.rules:
        records[rule.record.__name__] += report.made[rule.name]
    rows = [
        CountRow("records", sum(records.values()), listed({name: count for name, count in records.items() if count})),
        CountRow("failed", shown.failed),
        CountRow("not mapped", report.unmapped, ["no rule applies"] if report.unmapped else []),
    ]
    yield from count_lines(rows, columns())
    yield ""
    heads = ("rule", "record", "records")
    yield from column_lines(
        heads, [(rule.name, rule.record.__name__, report.made[rule.name]) for rule in mapping.rules]
    )
    for title, listing in (("first failures", shown.failures), ("first records", shown.records)):
        if listing:
            yield f"\n{title}:"
            yield from listing
    yield from wrong_units(report)


def _record_text(record: Record) -> str:
    given = {name: value for name, value in to_json(record).items() if value is not None}
    text = json.dumps(given, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."

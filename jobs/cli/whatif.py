"""`kithward whatif`: replay events under two policies and report which decisions flip."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.analysis.sample import Sample, parse_sample
from jobs.analysis.what_if import WhatIfResult, WhatIfRun, run_what_if
from jobs.analysis.what_if_report import to_object
from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    EVENTS_HELP,
    AllowOutside,
    Bootstrap,
    KafkaConfig,
    MappingFile,
    MaxBad,
    SchemaRegistry,
    StrictFields,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    framing_of,
    input_rules,
    load_policy,
)
from jobs.cli.output.input_notes import ignored_fields, unmapped, wrong_units
from jobs.cli.output.progress import show_progress
from jobs.cli.output.terminal import columns, echo, open_console
from jobs.cli.output.what_if_summary import summary_lines
from jobs.cli.time_options import parse_range, reject_range
from jobs.errors import BadInput
from jobs.explain.tree import decision_tree
from jobs.kafka.client_config import Brokers
from jobs.policy.file import with_version
from jobs.printable import json_text
from jobs.replay.event_files import InputRules, open_events
from jobs.replay.session import EventSource
from jobs.runtime.decision_diff import Flip
from operators.policy.model import LimitScope

_FINDING = 1
_EXAMPLES_AT_MOST = 10_000
_EXAMPLES = 5

Events = Annotated[list[Path] | None, typer.Option("--events", metavar="FILE...", help=EVENTS_HELP)]
Topics = Annotated[
    list[str] | None, typer.Option("--topic", metavar="NAME...", help="Topics of the broker, instead of files.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Of topics: events from this time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Of topics: events before this time.")]
NewPolicy = Annotated[Path, typer.Option("--policy", metavar="NEW", help="The policy to try.")]
OldPolicy = Annotated[
    Path | None,
    typer.Option("--against", metavar="OLD", help="The policy to compare with. Default: those among the events."),
]
State = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Start from a copy of the state of a replay."),
]
Share = Annotated[
    str | None, typer.Option("--sample", metavar="SHARE", help="Only this share of recipients and groups, such as 5%.")
]
Examples = Annotated[
    int | None,
    typer.Option(
        "--examples", metavar="N", min=0, max=_EXAMPLES_AT_MOST, help="Show N flips with their evidence. Default: 5."
    ),
]
Details = Annotated[bool, typer.Option("--details", help="Show examples with their evidence, too.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def whatif(  # noqa: PLR0913, PLR0917 - they are the verb's options
    policy: NewPolicy,
    events: Events = None,
    against: OldPolicy = None,
    topic: Topics = None,
    since: Since = None,
    until: Until = None,
    bootstrap: Bootstrap = DEFAULT_BOOTSTRAP,
    kafka_config: KafkaConfig = None,
    topic_prefix: TopicPrefix = None,
    topics_file: TopicsFile = None,
    registry: SchemaRegistry = None,
    state: State = None,
    sample: Share = None,
    examples: Examples = None,
    details: Details = False,  # noqa: FBT002
    as_json: Json = False,  # noqa: FBT002
    allow_outside: AllowOutside = False,  # noqa: FBT002
    max_bad: MaxBad = None,
    mapping: MappingFile = None,
    strict_fields: StrictFields = False,  # noqa: FBT002
) -> None:
    """Replay events under two policies; report the flips.

    A decision flips if the two policies decide differently about the same cause, or if only one of them decides. A
    short table has the number of flips, and of accounts and members for whom something changes; then flips are counted
    by rule, outcome and age of the friendship. With --details examples with their evidence follow.

    The new policy is in force from the first event on. Policies among the events apply to the old side only, and with
    --against to neither. Recorded answers count on both sides. A question that only the new policy asks has no recorded
    answer and stays open. With --state both sides start from the state of a replay, and requests that were pending
    there end under the policy that they began with; name that replay's policy with --against.

    With --sample whole recipients and groups are drawn, with all events about them, and the total number of flips is
    estimated, with its bounds.

    \b
    Examples:
      kithward whatif --events events.jsonl --policy new.yaml
      kithward whatif --events events.jsonl --policy new.yaml --details
      kithward whatif --events events.jsonl --policy new.yaml --against old.yaml --json
      kithward whatif --events year.jsonl --policy new.yaml --sample 2%
      kithward whatif --events tuesday.jsonl --policy new.yaml --state state
      kithward whatif --topic messages relations profiles verifications --since 2026-03-01 --policy new.yaml
    """
    drawn_sample = None if sample is None else parse_sample(sample)
    run = WhatIfRun(
        new=load_policy(policy, outside=allow_outside),
        against=load_policy(against, outside=allow_outside),
        follows=against is None,
        start=state,
        sample=drawn_sample,
        examples=_EXAMPLES if examples is None else examples,
    )
    if state is not None:
        run = _within_state(run, policy, outside=allow_outside)
    rules = input_rules(max_bad, mapping, strict_fields=strict_fields)
    brokers = brokers_of(bootstrap, kafka_config, topic_prefix, topics_file)
    source = _Source(events, topic, since, until, brokers, registry, rules)
    with source.open(drawn_sample) as recorded, show_progress("comparing") as progress:
        result = run_what_if(run, recorded, progress)
    for note in (*unmapped(recorded.report), *ignored_fields(recorded.report), *wrong_units(recorded.report)):
        echo(note, err=True)
    _print_result(run, result, as_json=as_json)
    if not as_json and (details or examples is not None):
        _print_examples(run, result)
    if result.flips.by_kind or recorded.report.wrong_units:
        raise typer.Exit(_FINDING)


@dataclass(frozen=True, slots=True)
class _Source:
    """The events to replay: files, or topics of a broker within a time range."""

    files: list[Path] | None
    topics: list[str] | None
    since: str | None
    until: str | None
    brokers: Brokers
    registry: str | None
    rules: InputRules

    def open(self, drawn_sample: Sample | None) -> AbstractContextManager[EventSource]:
        """Return the opened events. Raise BadInput unless either files or topics are named."""
        if bool(self.files) == bool(self.topics):
            raise BadInput("whatif", "name either event files with --events or topics with --topic")
        if self.files:
            reject_range(self.since, self.until)
            # What a mapping makes of a line is seen in the record alone.
            drawn = drawn_sample if self.rules.mapping is None else None
            line_filter = None if drawn is None else drawn.may_include_line
            return open_events(self.files, line_filter, self.rules)
        if self.rules.mapping is not None:
            raise BadInput("--mapping", "is for files; topics have events of the contract")
        # Kafka's client is slow to import, and only events of topics need it.
        from jobs.analysis.topic_events import TopicRange, open_topic_events  # noqa: PLC0415

        span, framing = parse_range(self.since, self.until), framing_of(self.registry, self.brokers.topics)
        topics = TopicRange(self.brokers, tuple(self.topics or ()), *span)
        return open_topic_events(topics, framing, self.rules.max_bad)


def _within_state(run: WhatIfRun, path: Path, *, outside: bool) -> WhatIfRun:
    """Return the run with its policy under a version that no state can hold, and as a document to publish."""
    version = f"{run.new.version}(what-if)"
    return replace(run, new=replace(run.new, version=version), document=with_version(path, version, outside=outside))


def _print_result(run: WhatIfRun, result: WhatIfResult, *, as_json: bool) -> None:
    for warning in _warnings(run, result):
        echo(f"warning: {warning}", err=True)
    if as_json:
        echo(json_text(to_object(run, result)))
        return
    for line in summary_lines(run, result, columns()):
        echo(line)


def _print_examples(run: WhatIfRun, result: WhatIfResult) -> None:
    console = open_console()
    for flip in islice(result.flips.examples(), run.examples):
        _print_flip(flip, console)


def _print_flip(flip: Flip, console: Console) -> None:
    for side, decision in (("before", flip.against), ("now", flip.new)):
        console.print(f"\n{side}:{' no decision' if decision is None else ''}")
        if decision is not None:
            console.print(decision_tree(decision))


def _warnings(run: WhatIfRun, result: WhatIfResult) -> Iterator[str]:
    if result.refused:
        yield f"{result.refused:,} lines are not valid events and were skipped"
    if result.unknown_answers:
        yield (
            f"{result.unknown_answers:,} recorded answers are to questions that were not asked in this replay: "
            "name the policy that was in force with --against"
        )
    if result.superseded_by is not None:
        yield f"policy {result.superseded_by}, which was scheduled in the state, took effect on both sides"
    if run.sample is not None and any(each.scope is LimitScope.JOB for each in (*run.new.limits, *run.against.limits)):
        yield "limits count commands of the whole job, so a sample reaches them later than all events would"
    if run.sample is not None:
        sections = [section for policy in (run.new, run.against) for section in policy.sections if section.enabled]
        for name in sorted({rule.name for section in sections for rule in section.rules if rule.counts_widely}):
            yield f"{name} counts messages to several recipients and groups, of which a sample has only a share"

"""`kithward whatif`: replay events under two policies and report which decisions flip."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from jobs.analysis.sample import parse_sample
from jobs.analysis.what_if import WhatIfResult, WhatIfRun, run_what_if
from jobs.analysis.what_if_report import to_object
from jobs.cli.options import (
    DEFAULT_BOOTSTRAP,
    AllowOutside,
    Bootstrap,
    Json,
    KafkaConfig,
    MappingFile,
    MaxBad,
    SchemaRegistry,
    StrictFields,
    TopicPrefix,
    TopicsFile,
    brokers_of,
    input_rules,
    load_policy,
)
from jobs.cli.output.input_notes import ignored_fields, unmapped, wrong_units
from jobs.cli.output.progress import show_progress
from jobs.cli.output.terminal import columns, echo, open_console
from jobs.cli.output.what_if_summary import summary_lines
from jobs.cli.recorded_events import Events, RecordedEvents, Share, Since, Topics, Until
from jobs.explain.tree import decision_tree
from jobs.policy.file import with_version
from jobs.printable import json_text
from jobs.runtime.decision_diff import Flip
from operators.policy.model import LimitScope
from operators.reviews.review import Verdict

_FINDING = 1
_EXAMPLES_AT_MOST = 10_000
_EXAMPLES = 5
_NAME_AT_MOST = 200  # characters of a version: what is made of it must not be longer than an id

NewPolicy = Annotated[Path, typer.Option("--policy", metavar="NEW", help="The policy to try.")]
OldPolicy = Annotated[
    Path | None,
    typer.Option("--against", metavar="OLD", help="The policy to compare with. Default: those among the events."),
]
State = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Start from a copy of the state of a replay."),
]
Examples = Annotated[
    int | None,
    typer.Option(
        "--examples", metavar="N", min=0, max=_EXAMPLES_AT_MOST, help="Show N flips with their evidence. Default: 5."
    ),
]
Details = Annotated[bool, typer.Option("--details", help="Show examples with their evidence, too.")]


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

    Where reviewers have answered, it says what they made of the decisions that flip, and how many of the misses that
    they report each policy finds.

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
    source = RecordedEvents("whatif", events, topic, since, until, brokers, registry, rules)
    with source.open(drawn_sample) as recorded, show_progress("comparing") as progress:
        result = run_what_if(run, recorded, progress)
    for note in (*unmapped(recorded.report), *ignored_fields(recorded.report), *wrong_units(recorded.report)):
        echo(note, err=True)
    _print_result(run, result, as_json=as_json)
    if not as_json and (details or examples is not None):
        _print_examples(run, result)
    if result.flips.by_kind or recorded.report.wrong_units:
        raise typer.Exit(_FINDING)


def _within_state(run: WhatIfRun, path: Path, *, outside: bool) -> WhatIfRun:
    """Return the run with its policy under a version that no state can hold, and as a document to publish."""
    version = f"{run.new.version[:_NAME_AT_MOST]}(what-if)"
    return replace(run, new=replace(run.new, version=version), document=with_version(path, version, outside=outside))


def _print_result(run: WhatIfRun, result: WhatIfResult, *, as_json: bool) -> None:
    for warning in (*_warnings(run, result), *_review_warnings(run, result)):
        echo(f"warning: {warning}", err=True)
    if as_json:
        echo(json_text(to_object(run, result)))
        return
    for line in summary_lines(run, result, columns()):
        echo(line)


def _print_examples(run: WhatIfRun, result: WhatIfResult) -> None:
    console = open_console()
    for flip in islice(result.flips.examples(), run.examples):
        _print_flip(flip, result.reviews.verdict_on(flip), console)


def _print_flip(flip: Flip, said: Verdict | None, console: Console) -> None:
    for side, decision in (("before", flip.against), ("now", flip.new)):
        console.print(f"\n{side}:{' no decision' if decision is None else ''}")
        if decision is not None:
            console.print(decision_tree(decision))
    if said is not None:
        console.print(f"people say: {said.value}")


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


def _review_warnings(run: WhatIfRun, result: WhatIfResult) -> Iterator[str]:
    reviews = result.reviews
    if reviews.reviews.left_out:
        yield f"{reviews.reviews.left_out:,} answers are beyond what is remembered, and do not count"
    if reviews.unknown and run.sample is None:
        yield (
            f"{reviews.unknown:,} decisions that people looked at are not made in this replay: "
            "name the policy that was in force with --against, and give earlier events, too"
        )

"""`kithward replay`: run the job over event files, without Kafka, Flink or a JVM; print a summary of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.cli.options import (
    AllowOutside,
    EventFiles,
    FirstPolicy,
    MappingFile,
    MaxBad,
    StrictFields,
    input_rules,
    load_policy,
    load_shadow,
)
from jobs.cli.output.input_notes import wrong_units
from jobs.cli.output.progress import show_progress
from jobs.cli.output.replay_summary import summary_lines
from jobs.cli.output.terminal import columns, echo
from jobs.replay.runner import ReplayRequest, replay_files

_FINDING = 1

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Directory of the five output files.")]
State = Annotated[
    Path | None, typer.Option("--state", metavar="DIR", help="Keep state here; a second run continues from it.")
]
From = Annotated[
    Path | None, typer.Option("--from", metavar="DIR", help="Start from a copy of the state in this --state directory.")
]
Shadow = Annotated[
    Path | None,
    typer.Option("--shadow", metavar="FILE", help="A policy that decides beside the other one, without commands."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with code 1 if there was a bad record.")]
Details = Annotated[bool, typer.Option("--details", help="Print the counters of each step as well.")]


def replay(  # noqa: PLR0913, PLR0917 - they are the verb's options
    events: EventFiles,
    out: Out,
    policy: FirstPolicy = None,
    state: State = None,
    start: From = None,
    shadow: Shadow = None,
    strict: Strict = False,  # noqa: FBT002
    allow_outside: AllowOutside = False,  # noqa: FBT002
    max_bad: MaxBad = None,
    mapping: MappingFile = None,
    strict_fields: StrictFields = False,  # noqa: FBT002
    details: Details = False,  # noqa: FBT002
) -> None:
    """Run the job over event files, without Kafka or Flink.

    Several files are merged by event time; each keeps its own order. Of a folder all files below it are read whose
    names end in .jsonl, .ndjson, .json or .avro, or in these and .gz. The same input gives the same output, byte by
    byte, with the ids that the job gives on Flink.

    The outputs are decisions.jsonl, commands.jsonl, risk-windows.jsonl, shadow-decisions.jsonl and dead-letters.jsonl.
    They are replaced together at the end: a run that fails or is killed leaves the previous ones. One run at a time may
    write to a directory. A line that is not a valid event goes to dead-letters.jsonl with its number and reason (and
    its file, if there are several files); bytes that are not UTF-8 are written there as lone surrogates. A file in
    which nothing is an event is an error, and nothing is written; --max-bad sets the share of bad lines in all files
    from which on the input is an error, and 100% accepts any.

    Fields that a record does not have are ignored and counted; with --strict-fields they make a line bad. A time in
    seconds, microseconds or nanoseconds makes it bad, too, with a warning and exit code 1.

    Without --state the end of the input is the end of time: pending requests time out, windows close. With --state the
    event clock stays at the last event. The next run continues from there and appends to the files in --out, which then
    hold what one long run would have written. A command that was killed can be run again: if its events had been
    counted, nothing changes. --from never changes the directory that it copies.

    With --shadow a second policy judges the same events from the same state and commands nothing. Its decisions go to
    shadow-decisions.jsonl.

    At the end a table is printed of what was read, decided and commanded; with --details the counters of each step, by
    their metrics' names, too.

    \b
    Examples:
      kithward replay --events events.jsonl --out out
      zcat events.jsonl.gz | kithward replay --events - --out out
      kithward replay --events messages.jsonl relations.jsonl --out out --policy policy.yaml
      kithward replay --events monday.jsonl  --out out --state state
      kithward replay --events tuesday.jsonl --out out --state state
      kithward replay --events tuesday.jsonl --out other --policy new.yaml --from state
      kithward replay --events events.jsonl --out out --policy policy.yaml --shadow new.yaml
    """
    live = load_policy(policy, outside=allow_outside)
    rules = input_rules(max_bad, mapping, strict_fields=strict_fields)
    request = ReplayRequest(
        tuple(events), out, live, state, start, load_shadow(shadow, live, outside=allow_outside), rules
    )
    with show_progress("replaying") as progress:
        counts = replay_files(request, progress)
    for line in summary_lines(counts, columns(err=True), details=details):
        echo(line, err=True)
    echo("the same run as the one before: nothing written" if counts.is_repetition else f"written to {out}", err=True)
    for line in wrong_units(counts.input):
        echo(line, err=True)
    if counts.input.wrong_units or (strict and counts.dead_letters):
        raise typer.Exit(_FINDING)

"""`kithward replay`: the job over files, without a JVM."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.cli.options import EventFiles, FirstPolicy, load_policy, load_shadow
from jobs.cli.progress import show_progress
from jobs.replay.runner import ReplayRequest, replay_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.replay.runner import ReplayCounts


_FINDING = 1

Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the five output files go.")]
State = Annotated[
    Path | None, typer.Option("--state", metavar="DIR", help="Keep state here and go on from it the next time.")
]
From = Annotated[
    Path | None, typer.Option("--from", metavar="DIR", help="Begin with a copy of this --state directory's state.")
]
Shadow = Annotated[
    Path | None, typer.Option("--shadow", metavar="FILE", help="A policy that decides beside it, and commands nothing.")
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if there was any bad record.")]


def replay(  # noqa: PLR0913, PLR0917 - they are the verb's options
    events: EventFiles,
    out: Out,
    policy: FirstPolicy = None,
    state: State = None,
    start: From = None,
    shadow: Shadow = None,
    strict: Strict = False,  # noqa: FBT002
) -> None:
    """Run the job over event files and write what it concludes.

    Several files are merged by event time; each keeps its own order. The same input gives the same output, byte by
    byte, and the same ids as the job gives on Flink.

    Writes decisions.jsonl, commands.jsonl, risk-windows.jsonl, shadow-decisions.jsonl and dead-letters.jsonl, all
    together at the end: a run that fails leaves what was there before. A line that is no event goes to
    dead-letters.jsonl with its number and reason (and its file, if there are several files); bytes in it that are
    no UTF-8 stand there as lone surrogates.

    Without --state the end of input is the end of time: waits end, windows close. With --state the clock stays where
    the last event left it; the next run goes on from there and adds to the files in --out, so that they hold what
    one long run would have written. --from never changes the directory that it copies from.

    With --shadow another policy judges the same events from the same memory and commands nothing; what it decides goes
    to shadow-decisions.jsonl.

    At the end it is said what was read and concluded, and what each step counted, by the names of the job's metrics.

    \b
    Examples:
      kithward replay --events events.jsonl --out out
      kithward replay --events messages.jsonl relations.jsonl --out out --policy policy.yaml
      kithward replay --events monday.jsonl  --out out --state state
      kithward replay --events tuesday.jsonl --out out --state state
      kithward replay --events tuesday.jsonl --out other --policy new.yaml --from state
      kithward replay --events events.jsonl --out out --policy policy.yaml --shadow new.yaml
    """
    live = load_policy(policy)
    assignment = ReplayRequest(tuple(events), out, live, state, start, load_shadow(shadow, live))
    with show_progress("replaying") as watch:
        tallies = replay_files(assignment, watch)
    for line in summary(tallies):
        typer.echo(line, err=True)
    typer.echo(f"written to {out}", err=True)
    if strict and tallies.dead_letters:
        raise typer.Exit(_FINDING)


def summary(tallies: ReplayCounts) -> list[str]:
    """Return the lines that say what became of the input, what was concluded, and what each step counted."""
    dead = tallies.dead_letters
    parts = f"applied {tallies.applied:,} + repeated {tallies.repeated:,} + dead-lettered {dead.total():,}"
    lines = [f"read {tallies.read:,} = {parts}; late {tallies.late:,}"]
    if dead:
        lines.append(f"dead letters: {_list_counts(dead)}")
    lines += [_total_line("decisions", _by_name(tallies.decisions)), _total_line("commands", tallies.commands)]
    if tallies.shadow_decisions:
        lines.append(_total_line("shadow decisions", _by_name(tallies.shadow_decisions)))
    return [*lines, f"risk windows {tallies.risk_windows:,}", *_step_lines(tallies.steps)]


def _step_lines(steps: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return a row for each step: its name, and what it counted, as the job's metrics are called."""
    width = max(map(len, steps), default=0)
    return ["steps:"] * bool(steps) + [f"  {step:{width}}  {_list_counts(counts)}" for step, counts in steps.items()]


def _by_name(made: Mapping[tuple[str, str], int]) -> dict[str, int]:
    return {f"{rule} {outcome}": count for (rule, outcome), count in made.items()}


def _total_line(what: str, counts: Mapping[str, int]) -> str:
    listed = _list_counts(counts)
    return f"{what} {sum(counts.values()):,}" + (f": {listed}" if listed else "")


def _list_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))

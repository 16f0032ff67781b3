"""`kithward verify`: do recorded events give these decisions?"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.recomputation import Mismatch, Recomputation, Verdict
from jobs.cli.options import EventFiles, FirstPolicy, load_policy, load_shadow
from jobs.cli.progress import show_progress
from jobs.explain.wording import format_time, printable
from jobs.replay.engine import Output
from jobs.replay.event_files import open_events
from jobs.replay.output_files import decisions_of, topic_of
from jobs.replay.session import ReplaySession
from schemas.records import Decision
from schemas.topics import DECISIONS, SHADOW_DECISIONS

_FINDING = 1
_SHOWN_CHARACTERS = 200  # of one value: evidence can be long, and a line is to be read

DecisionFile = Annotated[
    Path,
    typer.Option("--decisions", metavar="FILE", help="The decisions to check: JSON lines, or Avro if named .avro."),
]
Start = Annotated[
    Path | None, typer.Option("--from", metavar="DIR", help="Begin with a copy of this --state directory's state.")
]
Running = Annotated[
    bool, typer.Option("--running", help="The end of the events is not the end of time: open waits stay open.")
]
Shadow = Annotated[
    Path | None,
    typer.Option("--shadow", metavar="FILE", help="The policy that decided in the shadow of the other."),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show N findings; all are counted.")]

_WORDS = {
    Verdict.DIFFERENT: "the events give another decision than the file has",
    Verdict.MISSING: "the events give it, and the file has it not",
    Verdict.EXTRA: "the file has it, and the events do not give it",
}


def verify(  # noqa: PLR0913, PLR0917 - they are the verb's options
    decisions: DecisionFile,
    events: EventFiles,
    policy: FirstPolicy = None,
    start: Start = None,
    shadow: Shadow = None,
    running: Running = False,  # noqa: FBT002
    limit: Limit = 20,
) -> None:
    """Recompute decisions from the events that they were made of, and say which differ, and in what.

    A decision is recognised by its id. It is different where any field or member of its evidence is another, missing
    where the events give it and the file has it not, extra where it is the other way round. Exit code 0: every
    decision checks; 1: some do not; 2: there is nothing to compare, said why.

    The decisions of a replay check with the same events, --policy and --from. Of one that was run with --state, or of
    a job that goes on, say --running.

    What was decided in the shadow is checked where the file's name begins with shadow-decisions, or, if it does not
    begin with decisions either, where --shadow is given. The policy is that of --shadow, as for replay, or stands among
    the events.

    \b
    Examples:
      kithward verify --decisions out/decisions.jsonl --events events.jsonl
      kithward verify --decisions out/decisions.jsonl --events messages.jsonl relations.jsonl --policy policy.yaml
      kithward verify --decisions tuesday/decisions.jsonl --events tuesday.jsonl --from state --running
      kithward verify --decisions out/shadow-decisions.jsonl --events events.jsonl --shadow new.yaml
    """
    live = load_policy(policy)
    rerun = ReplaySession(live, start, shadow=load_shadow(shadow, live), ends=not running)
    topic = topic_of(decisions, DECISIONS if shadow is None else SHADOW_DECISIONS)
    with open_events(events) as recordings, show_progress("recomputing") as watch:
        work = Recomputation(decisions_of(decisions))
        for number, finding in enumerate(_findings(work, topic, rerun.outputs(recordings, watch)), start=1):
            if number <= limit:
                typer.echo("\n".join(_finding_lines(finding)))
    if topic == SHADOW_DECISIONS and not work.recomputed:
        typer.echo("no policy decides anything in the shadow here: name it with --shadow", err=True)
    for line in _summary(work, rerun.rejected, limit):
        typer.echo(line, err=True)
    if work.counts.total() > work.counts[Verdict.SAME]:
        raise typer.Exit(_FINDING)


def _findings(work: Recomputation, wanted: str, outputs: Iterable[Output]) -> Iterator[Mismatch]:
    for topic, _, record in outputs:
        if topic == wanted and isinstance(record, Decision):
            yield from work.compare(record)
    yield from work.unmatched()


def _finding_lines(finding: Mismatch) -> Iterator[str]:
    decision = finding.decision
    about = f"{decision.rule} {decision.outcome} about {decision.subject_id}"
    place = f"{format_time(decision.at_ms)}, caused by event {decision.cause_event_id}"
    yield printable(f"{finding.verdict} {decision.decision_id}: {about}, {place}")
    if not finding.differences:
        yield f"    {_WORDS[finding.verdict]}"
    for each in finding.differences:
        yield printable(
            f"    {each.field}: recorded {_truncate(each.recorded)}, recomputed {_truncate(each.recomputed)}"
        )


def _truncate(value: str | None) -> str:
    if value is None:
        return "nothing"
    return value if len(value) <= _SHOWN_CHARACTERS else f"{value[:_SHOWN_CHARACTERS]}..."


def _summary(work: Recomputation, refused: int, limit: int) -> Iterator[str]:
    found = work.counts.total() - work.counts[Verdict.SAME]
    if found > limit:
        yield f"{found - limit:,} more findings are not shown: see --limit"
    if refused:
        yield f"{refused:,} lines of the events are no events, and were passed over"
    listed = ", ".join(f"{work.counts[verdict]:,} {verdict}" for verdict in Verdict)
    yield f"{work.counts.total():,} decisions: {listed}"

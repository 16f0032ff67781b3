"""`kithward verify`: recompute decisions from recorded events and report which differ."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from jobs.analysis.recomputation import Mismatch, Recomputation, Verdict
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
from jobs.cli.output.input_notes import ignored_fields, unmapped, wrong_units
from jobs.cli.output.progress import show_progress
from jobs.cli.output.terminal import echo
from jobs.explain.wording import format_time
from jobs.printable import printable
from jobs.replay.engine import Output
from jobs.replay.event_files import open_events
from jobs.replay.output_files import decisions_of, topic_of
from jobs.replay.session import ReplaySession
from schemas.records import Decision
from schemas.topics import DECISIONS, SHADOW_DECISIONS

_FINDING = 1
_SHOWN_CHARACTERS = 200  # of one value: evidence can be long, and a line must stay readable

DecisionFile = Annotated[
    Path,
    typer.Option("--decisions", metavar="FILE", help="Decisions to check: JSON lines, or Avro if named .avro."),
]
Start = Annotated[
    Path | None, typer.Option("--from", metavar="DIR", help="Start from a copy of the state in this --state directory.")
]
Running = Annotated[
    bool, typer.Option("--running", help="The events go on after the last one given: pending requests stay open.")
]
Shadow = Annotated[
    Path | None,
    typer.Option("--shadow", metavar="FILE", help="The policy that decided in shadow mode, to check its decisions."),
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show N findings; all are counted.")]

_VERSIONS_SHOWN = 5

_WORDS = {
    Verdict.DIFFERENT: "the events give another decision than the file has",
    Verdict.MISSING: "the events give this decision, but it is not in the file",
    Verdict.EXTRA: "this decision is in the file, but the events do not give it",
}


def verify(  # noqa: PLR0913, PLR0917 - they are the verb's options
    decisions: DecisionFile,
    events: EventFiles,
    policy: FirstPolicy = None,
    start: Start = None,
    shadow: Shadow = None,
    running: Running = False,  # noqa: FBT002
    limit: Limit = 20,
    allow_outside: AllowOutside = False,  # noqa: FBT002
    max_bad: MaxBad = None,
    mapping: MappingFile = None,
    strict_fields: StrictFields = False,  # noqa: FBT002
) -> None:
    """Recompute decisions from events; report which differ.

    Decisions are matched by id. A decision is different if a field or a member of its evidence differs, missing if the
    events give it but the file lacks it, extra if the file has it but the events do not give it.

    To verify the decisions of a replay, give the same events, --policy and --from. Add --running if the replay had
    --state, or if the decisions are those of a running job.

    Shadow decisions are verified if the file's name begins with shadow-decisions; or if it does not begin with
    decisions either and --shadow is given. The shadow policy is that of --shadow, as for replay, or one that the events
    publish.

    \b
    Examples:
      kithward verify --decisions out/decisions.jsonl --events events.jsonl
      kithward verify --decisions out/decisions.jsonl --events messages.jsonl relations.jsonl --policy policy.yaml
      kithward verify --decisions tuesday/decisions.jsonl --events tuesday.jsonl --from state --running
      kithward verify --decisions out/shadow-decisions.jsonl --events events.jsonl --shadow new.yaml
    """
    live = load_policy(policy, outside=allow_outside)
    published = load_shadow(shadow, live, outside=allow_outside)
    session = ReplaySession(live, shadow=published, ends=not running)
    topic = topic_of(decisions, DECISIONS if shadow is None else SHADOW_DECISIONS)
    rules = input_rules(max_bad, mapping, strict_fields=strict_fields)
    shown: list[Mismatch] = []
    with open_events(events, rules=rules) as source, show_progress("recomputing") as progress:
        work = Recomputation(decisions_of(decisions))
        outputs = session.outputs_on_copy(source, start, progress)
        for finding in _findings(work, topic, outputs):
            if len(shown) < limit:
                shown.append(finding)
    given = live if published is None or topic != SHADOW_DECISIONS else published
    for line in _version_lines(work, given.version):
        echo(line)
    for finding in shown:
        echo("\n".join(_finding_lines(finding)))
    if topic == SHADOW_DECISIONS and not work.recomputed:
        echo("no policy decides anything in shadow mode here: name one with --shadow", err=True)
    notes = (*unmapped(source.report), *ignored_fields(source.report))
    for line in (*notes, *_summary(work, session.rejected, limit), *wrong_units(source.report)):
        echo(line, err=True)
    if source.report.wrong_units or work.counts.total() > work.counts[Verdict.SAME]:
        raise typer.Exit(_FINDING)


def _findings(work: Recomputation, wanted: str, outputs: Iterable[Output]) -> Iterator[Mismatch]:
    for topic, _, record in outputs:
        if topic == wanted and isinstance(record, Decision):
            yield from work.compare(record)
    yield from work.unmatched()


def _version_lines(work: Recomputation, given: str) -> Iterator[str]:
    """Yield what explains most findings at once: the decisions were made under another policy."""
    others = [version for version in work.other_versions if version != given]
    if others:
        more = f" and {len(others) - _VERSIONS_SHOWN:,} more" if len(others) > _VERSIONS_SHOWN else ""
        names = ", ".join(map(_truncate, others[:_VERSIONS_SHOWN]))
        yield f"decisions were made under policy version {names}{more}, and {_truncate(given)} was given"


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


def _summary(work: Recomputation, rejected: int, limit: int) -> Iterator[str]:
    findings = work.counts.total() - work.counts[Verdict.SAME]
    if findings > limit:
        yield f"{findings - limit:,} more findings are not shown: raise --limit to see them"
    if rejected:
        yield f"{rejected:,} lines are not valid events and were skipped"
    listed = ", ".join(f"{work.counts[verdict]:,} {verdict}" for verdict in Verdict)
    yield f"{work.counts.total():,} decisions: {listed}"

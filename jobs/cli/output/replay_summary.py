"""Summary of a replay: a short table whose rows add up, and on request the counters of each step."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from jobs.cli.output.input_notes import ignored_fields
from jobs.cli.output.tables import CountRow, count_lines, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jobs.replay.runner import ReplayCounts


def summary_lines(counts: ReplayCounts, width: int, *, details: bool) -> Iterator[str]:
    """Yield the summary: what was read by its fate, outputs by kind, and with `details` the counters of each step.

    Where parts are given, their counts add up to that of their row.
    """
    yield from count_lines([*_input_rows(counts), *_output_rows(counts)], width)
    yield from ignored_fields(counts.input)
    if details:
        yield "steps:"
        names = max(map(len, counts.steps), default=0)
        for step, counters in counts.steps.items():
            yield f"  {step:{names}}  {', '.join(listed(counters))}"


def _input_rows(counts: ReplayCounts) -> Iterator[CountRow]:
    fates = {"applied": counts.applied, "repeated": counts.repeated, "dead letters": counts.rejected}
    yield CountRow("read", counts.read, [f"{fate} {count:,}" for fate, count in fates.items() if count])
    if counts.input.blank:
        yield CountRow("blank lines", counts.input.blank)
    if counts.input.unmapped:
        yield CountRow("not mapped", counts.input.unmapped, ["no rule of the mapping applies"])
    if counts.dead_letters:
        yield CountRow("dead letters", counts.dead_letters.total(), listed(counts.dead_letters))
    if counts.without_picture:
        yield CountRow("  pictures", counts.without_picture, ["refused alone: their events count"])
    if counts.late:
        yield CountRow("late", counts.late, ["at a step: they count, and their decisions say so"])


def _output_rows(counts: ReplayCounts) -> Iterator[CountRow]:
    yield from _decision_rows("decisions", counts.decisions)
    if counts.shadow_decisions:
        yield from _decision_rows("shadow decisions", counts.shadow_decisions)
    yield CountRow("commands", counts.commands.total(), listed(counts.commands))
    yield CountRow("risk windows", counts.risk_windows)


def _decision_rows(what: str, decisions: Mapping[tuple[str, str], int]) -> Iterator[CountRow]:
    by_rule: dict[str, Counter[str]] = defaultdict(Counter)
    for (rule, outcome), count in decisions.items():
        by_rule[rule][outcome] += count
    yield CountRow(what, sum(decisions.values()))
    for rule, outcomes in sorted(by_rule.items(), key=lambda each: (-each[1].total(), each[0])):
        yield CountRow(f"  {rule}", outcomes.total(), listed(outcomes))

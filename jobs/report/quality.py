"""Section on how good each rule is: what people said of its decisions, and how far that can be relied on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.analysis.precision import describe_interval as describe_precision
from jobs.analysis.quality import KINDS
from jobs.report.decision import search_link
from jobs.report.html import breakable, counts, el, range_bar, table
from operators.policy.durations import describe_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from xml.etree.ElementTree import Element

    from jobs.analysis.precision import Tally
    from jobs.analysis.quality import Quality
    from jobs.report.html import Child
    from jobs.report.summary import Summary

_ROWS_AT_MOST: Final = 100
_MEANING: Final = (
    "Right (upheld) or wrong (overturned) is what reviewers say; where they differ it is neither. The share of right "
    "ones lies between the ends of its bar with 95 % certainty (Wilson): the fewer people looked at, the longer it is. "
    "It holds for decisions like those that were looked at: if these were chosen, it says nothing about the others."
)
_COUNTS: Final = ("looked at", "right", "wrong", "right, 95 %")


def quality_elements(summary: Summary) -> Iterator[Element]:
    """Yield a table by rule, and one for each other kind of decisions of which people looked at some."""
    quality = summary.quality
    if quality is None:
        return
    yield el("p", _about(quality, summary.count))
    if quality.met:
        yield el("p", _MEANING, class_="faint")
    for name in KINDS:
        yield from _kind_table(name, quality)
    if quality.missed:
        rows = [((rule,), count) for rule, count in sorted(quality.missed.items())[:_ROWS_AT_MOST]]
        yield counts(("rule", "events"), rows, "Reported as missed: a rule should have decided")


def _about(quality: Quality, decisions: int) -> str:
    reviewed, left_out = len(quality.reviews.decision_ids), quality.reviews.left_out
    said = f"People looked at {quality.met:,} of these {decisions:,} decisions"
    others = max(reviewed - quality.met, 0)
    parts = [said, *([f"and at {others:,} that are not in this run"] if others else [])]
    return " ".join(parts) + "." + (f" {left_out:,} answers are beyond what is counted." if left_out else "")


def _kind_table(name: str, quality: Quality) -> Iterator[Element]:
    """Yield the table of a kind of decisions, without what nobody looked at; rules are all there."""
    rows = [row for row in quality.by[name].items() if row[1].looked_at or name == "rule"]
    rows.sort(key=lambda row: (row[0][0], -row[1].looked_at, row[0][1]))
    if quality.met and rows:
        cells = [(_kind_cell(name, *kind), *_cells(tally)) for kind, tally in rows[:_ROWS_AT_MOST]]
        yield table((name, *_COUNTS), cells, f"What people say, by {name}")
        if len(rows) > _ROWS_AT_MOST:
            yield el("p", f"{len(rows) - _ROWS_AT_MOST:,} more are not shown.", class_="faint")


def _kind_cell(name: str, rule: str, kind: str) -> Child:
    """Return a rule, or a kind of its decisions with the rule below."""
    if name == "rule":
        return search_link(rule, f"{rule}:")
    words = describe_interval(kind) if name == "age of the friendship" else kind
    shown = search_link(kind, f"{rule}: {kind}") if name == "outcome" else el("span", *breakable(words))
    return el("div", shown, el("div", rule, class_="faint"))


def _cells(tally: Tally) -> Sequence[Child]:
    words, is_known = describe_precision(tally), tally.upheld + tally.overturned
    share = range_bar(words, *tally.interval) if is_known else words
    return (f"{tally.looked_at:,} of {tally.decisions:,}", f"{tally.upheld:,}", f"{tally.overturned:,}", share)

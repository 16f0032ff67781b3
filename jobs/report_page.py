"""What stands on a report's page, and in which order? Counts, pictures, the latest decisions as trees. Key: none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.bad_input import unusable
from jobs.explanation import explained
from jobs.output_summary import BINS, summed
from jobs.page import el, figure, picture, table, written
from jobs.plain_words import duration_of, reason_of, time_of, what_happened
from jobs.report_forest import case_pictured
from jobs.report_incident import incident_pictured
from jobs.report_likeness import likeness_pictured

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from rich.tree import Tree

    from jobs.output_summary import Summary
    from schemas.records import Decision

LATEST: Final = 200
"""Decisions shown whole, unless told otherwise."""

_ROWS_AT_MOST: Final = 100
_BAR: Final = 10
_HEIGHT: Final = 60


def write_report(directory: Path, page: Path, latest: int = LATEST) -> int:
    """Write the page about an outputs directory, whole or not at all; return how many decisions it is about.

    Raise BadInput where the outputs cannot be read or the page cannot be written.
    """
    summary = summed(directory, latest)
    draft = page.with_name(f".{page.name}.part")
    try:
        draft.write_text(page_of(summary), "utf-8")
        draft.replace(page)
    except OSError as fault:
        raise unusable(page, fault) from fault
    return summary.count


def page_of(summary: Summary) -> str:
    """Return the whole page."""
    sections = (_totals, _times, _bands, _reasons, _cases, _incidents, _likenesses, _latest)
    parts = [part for section in sections for part in section(summary)]
    return written(el("body", el("main", el("h1", "Kithward report"), *parts)))


def _totals(summary: Summary) -> Iterator[Element]:
    span = f", from {time_of(summary.first_ms)} to {time_of(summary.last_ms)}" if summary.count else ""
    yield el("p", f"{summary.count:,} decisions{span}.")
    rows = [(rule, outcome, f"{count:,}") for (rule, outcome), count in sorted(summary.by.items())]
    yield table(("rule", "outcome", "decisions"), rows, "Decisions by rule and outcome")
    counted = (
        ("commands", summary.commands),
        ("risk windows by strictest action", summary.windows),
        ("dead letters by reason", summary.dead_letters),
    )
    for what, counts in counted:
        if counts:
            yield _counts(what, counts)
    if summary.shadow:
        yield el("p", f"{summary.shadow:,} decisions of policies in shadow mode, without commands.")


def _times(summary: Summary) -> Iterator[Element]:
    if not summary.count:
        return
    length_ms = (summary.last_ms - summary.first_ms) // BINS + 1
    yield el("h2", "Decisions over time")
    for rule, bins in sorted(summary.over_time.items()):
        most = max(bins)
        caption = f"{rule}: {sum(bins):,} decisions; the highest bar has {most:,} in {duration_of(length_ms)}"
        yield figure(_chart(rule, bins, summary), caption)


def _chart(rule: str, bins: Sequence[int], summary: Summary) -> Element:
    most, width = max(bins), BINS * _BAR
    heights = [-(-count * _HEIGHT // most) for count in bins]
    bars = [
        el("rect", x=place * _BAR, y=_HEIGHT - height, width=_BAR - 2, height=height, class_="bar")
        for place, height in enumerate(heights)
        if height
    ]
    base = el("path", d=f"M 0 {_HEIGHT} H {width}", class_="line")
    first = el("text", time_of(summary.first_ms), x=0, y=_HEIGHT + 16)
    last = el("text", time_of(summary.last_ms), x=width, y=_HEIGHT + 16, text_anchor="end")
    return picture(width, _HEIGHT + 22, f"Decisions of {rule} over time", *bars, base, first, last)


def _bands(summary: Summary) -> Iterator[Element]:
    if summary.bands:
        rows = [(band, outcome, f"{count:,}") for (band, outcome), count in summary.bands.most_common(_ROWS_AT_MOST)]
        yield el("h2", "By age of the friendship")
        yield table(("age", "outcome", "decisions"), rows, "Friendship age at the time of the message")


def _reasons(summary: Summary) -> Iterator[Element]:
    if summary.reasons:
        rows = [
            (reason, reason_of(reason), f"{count:,}") for reason, count in summary.reasons.most_common(_ROWS_AT_MOST)
        ]
        yield el("h2", "Top reasons")
        yield table(("reason", "in words", "decisions"), rows, "A decision can have several reasons")


def _cases(summary: Summary) -> Iterator[Element]:
    yield from _pictured("Cases in invite forests", summary.cases, summary.cases_in_all, case_pictured)


def _likenesses(summary: Summary) -> Iterator[Element]:
    yield from _pictured("Likeness", summary.likenesses, summary.likenesses_in_all, likeness_pictured)


def _pictured(
    title: str, decisions: Sequence[Decision], in_all: int, drawn: Callable[[Decision], Iterable[Element]]
) -> Iterator[Element]:
    if not decisions:
        return
    yield el("h2", title)
    for decision in decisions:
        heading = f"{time_of(decision.at_ms)} {decision.outcome}: {what_happened(decision)}"
        shown = list(drawn(decision)) or [el("p", "Its evidence has nothing to draw.", class_="faint")]
        yield el("details", el("summary", heading), *shown)
    yield from _more(in_all - len(decisions))


def _incidents(summary: Summary) -> Iterator[Element]:
    if not summary.incidents:
        return
    yield el("h2", "Incidents")
    for incident_id, incident in summary.incidents.items():
        count = len(incident.steps) + incident.more
        yield el("details", el("summary", f"{incident_id}: {count:,} steps"), *incident_pictured(incident))
    yield from _more(len(summary.incidents_more))


def _latest(summary: Summary) -> Iterator[Element]:
    if not summary.count:
        return
    yield el("h2", "The latest decisions")
    for decision in reversed(summary.latest):
        tree = explained(decision, summary.asked.get(decision.decision_id, ()))
        heading = f"{time_of(decision.at_ms)} {decision.outcome}: {what_happened(decision)}"
        yield el("details", el("summary", heading), _nested(tree), class_="decision")
    yield from _more(summary.count - len(summary.latest))


def _more(count: int) -> Iterator[Element]:
    if count > 0:
        yield el("p", f"{count:,} more are not shown.", class_="faint")


def _nested(tree: Tree) -> Element:
    return el("ul", *(_branch(child) for child in tree.children))


def _branch(tree: Tree) -> Element:
    label = getattr(tree.label, "plain", None) or str(tree.label)
    return el("li", label, *([_nested(tree)] if tree.children else []))


def _counts(what: str, counts: Counter[str]) -> Element:
    rows = [(name, f"{count:,}") for name, count in sorted(counts.items())[:_ROWS_AT_MOST]]
    return table((what, "count"), rows, f"{counts.total():,} {what}")

"""The page of the report: its sections in order, written atomically to a file."""

from __future__ import annotations

from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import tostring

from jobs.errors import bad_path
from jobs.explain.wording import format_time
from jobs.replay.evidence import OTHER_FORM
from jobs.report.counts import (
    band_tables,
    detector_tables,
    limit_tables,
    outcome_tables,
    output_tables,
    reason_tables,
)
from jobs.report.decision import decision_entry, decision_line, decision_links, evidence_list
from jobs.report.forest import case_elements
from jobs.report.html import el, render
from jobs.report.incident import incident_elements
from jobs.report.likeness import likeness_elements
from jobs.report.quality import quality_elements
from jobs.report.shadow import shadow_elements
from jobs.report.summary import LIKENESS, summarise
from jobs.report.timeline import timeline_elements
from operators.policy.invite_forest import INVITE_FOREST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from jobs.analysis.recorded_reviews import RecordedReviews
    from jobs.report.summary import Summary
    from schemas.records import Decision

LATEST: Final = 200
"""Default number of decisions that are shown in full."""
WHOLE_BYTES: Final = 8 * 2**20
LINES_BYTES: Final = 4 * 2**20
"""Most bytes of the decisions that are shown in full, and of those that are a line each."""


def write_report(directory: Path, page: Path, latest: int = LATEST, reviews: RecordedReviews | None = None) -> int:
    """Write the page about an outputs directory atomically; return the number of decisions.

    The target of a link is replaced, not the link; a device or a pipe is written to. Raises `BadInput` where the
    outputs cannot be read or the page cannot be written.
    """
    summary = summarise(directory, latest, reviews)
    target = Path(realpath(page))
    draft = target.with_name(f".{target.name}.part")
    try:
        if target.exists() and not target.is_file():
            target.write_text(render_page(summary), "utf-8")
        else:
            draft.write_text(render_page(summary), "utf-8")
            draft.replace(target)
    except OSError as fault:
        if draft.is_file():
            draft.unlink()
        raise bad_path(page, fault) from fault
    return summary.count


def render_page(summary: Summary) -> str:
    """Return the page: summary, navigation, and the sections that have content."""
    made = [(title, list(drawn(summary))) for title, drawn in _SECTIONS.items()]
    shown = [(f"section-{number}", title, parts) for number, (title, parts) in enumerate(made, start=1) if parts]
    ways = (el("li", el("a", title, href=f"#{name}")) for name, title, _ in shown)
    sections = (el("section", el("h2", title, id=name), *parts, aria_labelledby=name) for name, title, parts in shown)
    head = (el("h1", "Kithward report"), el("p", _about(summary), class_="faint"), _tiles(summary))
    return render(el("body", el("main", *head, el("nav", el("ul", *ways), aria_label="Sections"), *sections)))


def _about(summary: Summary) -> str:
    if not summary.count:
        return "0 decisions."
    span = f"from {format_time(summary.first_ms)} to {format_time(summary.last_ms)}"
    return f"{summary.count:,} decisions, {span}, under {' and '.join(sorted(summary.versions)[:_NAMED_AT_MOST])}."


def _tiles(summary: Summary) -> Element:
    numbers = {
        "decisions": summary.count,
        "commands": summary.commands.total(),
        "risk windows": summary.windows.total(),
        "dead letters": summary.dead_letters.total(),
        "decisions in the shadow": summary.shadow,
        "decisions held back": summary.held_back.total(),
    }
    tiles = (el("div", el("dt", name), el("dd", f"{number:,}")) for name, number in numbers.items())
    return el("dl", *tiles, class_="tiles")


def _cases(summary: Summary) -> Iterator[Element]:
    return _links(summary.cases, summary.cases_in_all)


def _likeness(summary: Summary) -> Iterator[Element]:
    return _links(summary.likenesses, summary.likenesses_in_all)


def _links(decisions: Sequence[Decision], in_all: int) -> Iterator[Element]:
    if decisions:
        yield decision_links(decisions)
    yield from _more(in_all - len(decisions))


def _shadow_diffs(summary: Summary) -> Iterator[Element]:
    return shadow_elements(summary.shadow_diffs)


def _incidents(summary: Summary) -> Iterator[Element]:
    yield from incident_elements(summary.incidents, {decision.decision_id for decision in summary.shown})
    yield from _more(len(summary.incidents_more))


def _decisions(summary: Summary) -> Iterator[Element]:
    """Yield the search, and the one place of each decision: with its drawing and evidence, or as a line."""
    places = [*_whole(summary), *_lines(summary)]
    lines = sum(place.tag != "details" for place in places)
    if places:
        yield _search()
        yield el("div", *places, id="decisions")
    if lines:
        said = f"{lines:,} of them are a line each, without evidence: kithward explain shows it."
        yield el("p", said, class_="faint")
    yield from _more(summary.count - len(places))


def _whole(summary: Summary) -> Iterator[Element]:
    """Yield the decisions that are shown in full; what is too long for the rest of the page as a line."""
    left = WHOLE_BYTES
    for decision in summary.shown:
        entry = _entry(decision, summary)
        size = len(tostring(entry))
        yield entry if size <= left else decision_line(decision)
        left -= size if size <= left else 0


def _lines(summary: Summary) -> Iterator[Element]:
    """Yield the decisions that are a line each, as many as the page has room for."""
    left = LINES_BYTES
    for decision in summary.lines:
        line = decision_line(decision)
        left -= len(tostring(line))
        if left < 0:
            return
        yield line


def _entry(decision: Decision, summary: Summary) -> Element:
    draw = _DRAWINGS.get(decision.rule)
    drawn = [] if draw is None else _drawn(decision, draw) or [_nothing_drawn()]
    commands = summary.shown_commands.get(decision.decision_id, ())
    return decision_entry(decision, *drawn, evidence_list(decision, commands))


def _drawn(decision: Decision, draw: Callable[[Decision], Iterable[Element]]) -> list[Element]:
    try:
        return list(draw(decision))
    except OTHER_FORM:
        return []


def _nothing_drawn() -> Element:
    return el("p", "Its evidence has nothing to draw.", class_="faint")


def _search() -> Element:
    """Return the form of the search. It is hidden where the page's script does not run."""
    orders = {"newest": "newest first", "oldest": "oldest first", "outcome": "by outcome and account"}
    choices = (el("option", words, value=value) for value, words in orders.items())
    words = el("input", type="search", name="words", placeholder='account, rule, outcome, word; "a phrase"')
    return el(
        "form",
        el("label", "Search ", words),
        el("label", "from (UTC) ", el("input", type="datetime-local", name="from", step=1)),
        el("label", "until before ", el("input", type="datetime-local", name="to", step=1)),
        el("label", "order ", el("select", *choices, name="order")),
        el("button", "Show all", type="reset"),
        el("output", aria_live="polite"),
        id="find",
        hidden="hidden",
    )


def _more(count: int) -> Iterator[Element]:
    if count > 0:
        yield el("p", f"{count:,} more are not shown.", class_="faint")


_DRAWINGS: Final[Mapping[str, Callable[[Decision], Iterable[Element]]]] = {
    INVITE_FOREST: case_elements,
    **dict.fromkeys(LIKENESS, likeness_elements),
}
"""Drawings of evidence, by rule."""

_NAMED_AT_MOST: Final = 5
_SECTIONS: Final[Mapping[str, Callable[[Summary], Iterable[Element]]]] = {
    "Decisions over time": timeline_elements,
    "Outcomes": outcome_tables,
    "How good is each rule?": quality_elements,
    "Age of the friendship": band_tables,
    "Detector hits": detector_tables,
    "Reasons": reason_tables,
    "In the shadow": _shadow_diffs,
    "Held back": limit_tables,
    "Outputs": output_tables,
    "Cases in invite forests": _cases,
    "Incidents": _incidents,
    "Likeness": _likeness,
    "Decisions": _decisions,
}

"""What stands on a report's page, and in which order? Counts, pictures, the latest decisions as trees. Key: none."""

from __future__ import annotations

from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jobs.errors import bad_path
from jobs.explain.wording import time_of
from jobs.report.counts import (
    bands_counted,
    findings_counted,
    outcomes_counted,
    outputs_counted,
    quotas_counted,
    reasons_counted,
)
from jobs.report.decision import decision_folded, evidence_nested
from jobs.report.forest import case_pictured
from jobs.report.html import el, written
from jobs.report.incident import incidents_pictured
from jobs.report.likeness import likeness_pictured
from jobs.report.shadow import shades_pictured
from jobs.report.summary import summed
from jobs.report.timeline import times_pictured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from jobs.report.summary import Summary
    from schemas.records import Decision

LATEST: Final = 200
"""Decisions shown whole, unless told otherwise."""


def write_report(directory: Path, page: Path, latest: int = LATEST) -> int:
    """Write the page about an outputs directory, whole or not at all; return how many decisions it is about.

    What a link leads to is replaced, not the link; a device or a pipe is written to. Raise BadInput where the outputs
    cannot be read or the page cannot be written.
    """
    summary = summed(directory, latest)
    target = Path(realpath(page))
    draft = target.with_name(f".{target.name}.part")
    try:
        if target.exists() and not target.is_file():
            target.write_text(page_of(summary), "utf-8")
        else:
            draft.write_text(page_of(summary), "utf-8")
            draft.replace(target)
    except OSError as fault:
        if draft.is_file():
            draft.unlink()
        raise bad_path(page, fault) from fault
    return summary.count


def page_of(summary: Summary) -> str:
    """Return the whole page: what it is about, the way to its sections, and those that have something to show."""
    made = [(title, list(drawn(summary))) for title, drawn in _SECTIONS.items()]
    shown = [(f"section-{number}", title, parts) for number, (title, parts) in enumerate(made, start=1) if parts]
    ways = (el("li", el("a", title, href=f"#{name}")) for name, title, _ in shown)
    sections = (el("section", el("h2", title, id=name), *parts, aria_labelledby=name) for name, title, parts in shown)
    head = (el("h1", "Kithward report"), el("p", _about(summary), class_="faint"), _tiles(summary))
    return written(el("body", el("main", *head, el("nav", el("ul", *ways), aria_label="Sections"), *sections)))


def _about(summary: Summary) -> str:
    if not summary.count:
        return "0 decisions."
    span = f"from {time_of(summary.first_ms)} to {time_of(summary.last_ms)}"
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
    return _pictured(summary.cases, summary.cases_in_all, case_pictured)


def _likenesses(summary: Summary) -> Iterator[Element]:
    return _pictured(summary.likenesses, summary.likenesses_in_all, likeness_pictured)


def _shades(summary: Summary) -> Iterator[Element]:
    return shades_pictured(summary.shades)


def _pictured(
    decisions: Sequence[Decision], in_all: int, drawn: Callable[[Decision], Iterable[Element]]
) -> Iterator[Element]:
    for decision in decisions:
        shown = list(drawn(decision)) or [el("p", "Its evidence has nothing to draw.", class_="faint")]
        yield decision_folded(decision, *shown)
    yield from _more(in_all - len(decisions))


def _incidents(summary: Summary) -> Iterator[Element]:
    yield from incidents_pictured(summary.incidents)
    yield from _more(len(summary.incidents_more))


def _latest(summary: Summary) -> Iterator[Element]:
    for decision in reversed(summary.latest):
        yield decision_folded(decision, evidence_nested(decision, summary.asked.get(decision.decision_id, ())))
    yield from _more(summary.count - len(summary.latest))


def _more(count: int) -> Iterator[Element]:
    if count > 0:
        yield el("p", f"{count:,} more are not shown.", class_="faint")


_NAMED_AT_MOST: Final = 5
_SECTIONS: Final[Mapping[str, Callable[[Summary], Iterable[Element]]]] = {
    "Decisions over time": times_pictured,
    "Outcomes": outcomes_counted,
    "Age of the friendship": bands_counted,
    "What was found": findings_counted,
    "Reasons": reasons_counted,
    "In the shadow": _shades,
    "Held back": quotas_counted,
    "Outputs": outputs_counted,
    "Cases in invite forests": _cases,
    "Incidents": _incidents,
    "Likeness": _likenesses,
    "The latest decisions": _latest,
}

"""How is it shown what a policy in the shadow decides otherwise? Key: its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.explain.wording import time_of, what_happened
from jobs.report.decision import evidence_nested
from jobs.report.html import counts, el, folded
from jobs.runtime.decision_diff import NEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from jobs.analysis.shadow_comparison import Shade
    from jobs.runtime.decision_diff import Difference, DifferenceKind
    from schemas.records import Decision

_ROWS_AT_MOST: Final = 100


def shades_pictured(shades: Mapping[str, Shade]) -> Iterator[Element]:
    """Yield for each version how often it decided otherwise, in which way, and examples with both sides' evidence."""
    for version, shade in shades.items():
        flipped = shade.flipped()
        flips = sum(count for _, count in flipped)
        span = f"from {time_of(shade.first_ms)} to {time_of(shade.last_ms)}"
        said = f"{version} made {shade.flips.decided[NEW]:,} decisions in the shadow, {span}. "
        yield el("p", said + (f"{flips:,} differ from what was decided live." if flips else "None differs."))
        if flipped:
            rows = [(_worded(kind), count) for kind, count in flipped[:_ROWS_AT_MOST]]
            yield counts(("live and in the shadow", "friends for", "flips"), rows, f"Flips under {version}")
            yield from map(_example, shade.examples())
    if shades:
        yield el("p", "What ends something that was open is decided live alone, and not compared.", class_="faint")


def _worded(kind: DifferenceKind) -> tuple[str, str]:
    return f"{kind.rule}: {_way(kind)}", kind.band or ""


def _way(kind: DifferenceKind) -> str:
    return f"{kind.outcome_against or 'nothing'} → {kind.outcome_new or 'nothing'}"


def _example(flip: Difference) -> Element:
    sides = [_side(name, decision) for name, decision in (("live", flip.against), ("in the shadow", flip.new))]
    decision = flip.either
    heading = f"{time_of(decision.at_ms)} {_way(flip.kind)}: {decision.rule} about {decision.subject_id}"
    return folded(heading, el("div", *sides, class_="beside"))


def _side(name: str, decision: Decision | None) -> Element:
    if decision is None:
        return el("p", el("strong", name), ": no decision")
    return el("div", el("p", el("strong", name), f": {what_happened(decision)}"), evidence_nested(decision))

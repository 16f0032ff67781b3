"""Section on policies in the shadow: flips against the live decisions, by version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.explain.wording import describe_decision, format_time
from jobs.report.decision import evidence_list
from jobs.report.html import counts, details, el
from jobs.runtime.decision_diff import NEW
from operators.policy.durations import describe_interval

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from xml.etree.ElementTree import Element

    from jobs.analysis.shadow_comparison import ShadowDiff
    from jobs.runtime.decision_diff import Flip, FlipKind
    from schemas.records import Decision

_ROWS_AT_MOST: Final = 100


def shadow_elements(diffs: Mapping[str, ShadowDiff]) -> Iterator[Element]:
    """Yield the flips of each version: number, kinds, and examples with the evidence of both sides."""
    for version, diff in diffs.items():
        flipped = diff.flip_counts()
        flips = sum(count for _, count in flipped)
        span = f"from {format_time(diff.first_ms)} to {format_time(diff.last_ms)}"
        made = f"{version} made {diff.flips.decided[NEW]:,} decisions in the shadow, {span}. "
        yield el("p", made + (f"{flips:,} differ from what was decided live." if flips else "None differs."))
        if flipped:
            rows = [(_flip_row(kind), count) for kind, count in flipped[:_ROWS_AT_MOST]]
            yield counts(("live and in the shadow", "friends for", "flips"), rows, f"Flips under {version}")
            yield from map(_example, diff.examples())
    if diffs:
        yield el("p", "Only the live policy ends what is open; such decisions are not compared.", class_="faint")


def _flip_row(kind: FlipKind) -> tuple[str, str]:
    return f"{kind.rule}: {_change(kind)}", describe_interval(kind.band or "")


def _change(kind: FlipKind) -> str:
    return f"{kind.outcome_against or 'nothing'} → {kind.outcome_new or 'nothing'}"


def _example(flip: Flip) -> Element:
    sides = [_side(name, decision) for name, decision in (("live", flip.against), ("in the shadow", flip.new))]
    decision = flip.either
    heading = f"{format_time(decision.at_ms)} {_change(flip.kind)}: {decision.rule} about {decision.subject_id}"
    return details(heading, el("div", *sides, class_="beside"))


def _side(name: str, decision: Decision | None) -> Element:
    if decision is None:
        return el("p", el("strong", name), ": no decision")
    return el("div", el("p", el("strong", name), f": {describe_decision(decision)}"), evidence_list(decision))

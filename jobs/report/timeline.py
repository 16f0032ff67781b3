"""Charts of decisions over time: a bar chart a rule on a common time axis, with its numbers as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.explain.wording import format_time
from jobs.report.decision import time_link
from jobs.report.html import details, el, figure, svg, table
from jobs.report.summary import BINS
from operators.policy.durations import describe_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from jobs.report.summary import Summary

_BAR: Final = 5
_WIDTH: Final = BINS * _BAR
_TOP: Final = 16
_HEIGHT: Final = 64
_BASE: Final = _TOP + _HEIGHT
_TO_THE_MINUTE: Final = len("2026-03-01 09:30")


def timeline_elements(summary: Summary) -> Iterator[Element]:
    """Yield the charts, side by side where they fit."""
    charts = [_rule_chart(rule, outcomes, summary) for rule, outcomes in sorted(summary.over_time.items())]
    if charts:
        yield el("p", f"Each bar is {describe_duration(summary.bin_ms)}. Times are UTC.", class_="faint")
        yield el("div", *charts, class_="beside")


def _rule_chart(rule: str, outcomes: Mapping[str, Sequence[int]], summary: Summary) -> Element:
    bins = [sum(counts) for counts in zip(*outcomes.values(), strict=True)]
    rows = [
        (_bin_link(summary.first_ms + place * summary.bin_ms, summary.bin_ms), outcome, f"{counts[place]:,}")
        for place in range(BINS)
        for outcome, counts in sorted(outcomes.items())
        if counts[place]
    ]
    numbers = table(("from", "outcome", "decisions"), rows, f"Decisions of {rule} over time")
    drawn = figure(_chart(rule, bins, summary), rule, f"{sum(bins):,} decisions")
    return el("div", drawn, details("Numbers", numbers))


def _bin_link(from_ms: int, length_ms: int) -> Element:
    return time_link(format_time(from_ms).removesuffix(" UTC"), from_ms, from_ms + length_ms)


def _chart(rule: str, bins: Sequence[int], summary: Summary) -> Element:
    most = max(bins)
    heights = [-(-count * _HEIGHT // most) for count in bins]
    bars = [
        el("rect", x=place * _BAR, y=_BASE - height, width=_BAR - 1, height=height, class_="bar")
        for place, height in enumerate(heights)
        if height
    ]
    lines = [el("path", d=f"M 0 {y} H {_WIDTH}", class_=kind) for y, kind in ((_TOP, "grid"), (_BASE, "line"))]
    words = [
        el("text", f"{most:,}", x=0, y=_TOP - 4),
        el("text", _minute(summary.first_ms), x=0, y=_BASE + 15),
        el("text", _minute(summary.last_ms), x=_WIDTH, y=_BASE + 15, text_anchor="end"),
    ]
    return svg(_WIDTH, _BASE + 20, f"Decisions of {rule} over time, at most {most:,} a bar", *lines, *bars, *words)


def _minute(at_ms: int) -> str:
    return format_time(at_ms)[:_TO_THE_MINUTE]

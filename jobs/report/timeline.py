"""Charts of decisions over time: a bar chart a rule on a common time axis, with its numbers as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.explain.wording import format_time
from jobs.report.decision import time_link
from jobs.report.html import details, el, figure, svg, table
from jobs.report.summary import TIME_STEPS
from operators.policy.durations import DAY, MINUTE, describe_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from jobs.report.summary import Summary

_WIDTH: Final = 300
_WIDEST: Final = 20
"""The widest bar: of a few bins the axis goes on behind the last."""
_TOP: Final = 16
_HEIGHT: Final = 64
_BASE: Final = _TOP + _HEIGHT
_TICKS_AT_MOST: Final = 5
_LETTER: Final = 7
"""Width of a letter of a label, generously."""
_FAR_MS: Final = 91 * DAY


def timeline_elements(summary: Summary) -> Iterator[Element]:
    """Yield the charts, side by side where they fit, on the same scales of time and number."""
    bins = {rule: _bins(outcomes) for rule, outcomes in sorted(summary.over_time.items())}
    most = max(map(max, bins.values()), default=0)
    if bins:
        said = f"Each bar is {describe_duration(summary.bin_ms)}, and leads to its decisions. Times are UTC."
        yield el("p", f"{said} The upper line stands for {most:,} in every chart.", class_="faint")
        charts = (_rule_chart(rule, counted, most, summary) for rule, counted in bins.items())
        yield el("div", *charts, class_="beside")


def _bins(outcomes: Mapping[str, Sequence[int]]) -> list[int]:
    return [sum(counts) for counts in zip(*outcomes.values(), strict=True)]


def _rule_chart(rule: str, bins: Sequence[int], most: int, summary: Summary) -> Element:
    outcomes = summary.over_time[rule]
    rows = [
        (_bin_link(place, summary), outcome, f"{counts[place]:,}")
        for place in range(summary.bins)
        for outcome, counts in sorted(outcomes.items())
        if counts[place]
    ]
    numbers = table(("from", "outcome", "decisions"), rows, f"Decisions of {rule} over time")
    drawn = figure(_chart(rule, bins, most, summary), rule, f"{sum(bins):,} decisions")
    return el("div", drawn, details("Numbers", numbers))


def _bin_link(place: int, summary: Summary) -> Element:
    from_ms = summary.bins_from_ms + place * summary.bin_ms
    return time_link(format_time(from_ms).removesuffix(" UTC"), from_ms, from_ms + summary.bin_ms)


def _chart(rule: str, bins: Sequence[int], most: int, summary: Summary) -> Element:
    bars = [_bar(place, count, most, summary) for place, count in enumerate(bins) if count]
    lines = [el("path", d=f"M 0 {y} H {_WIDTH}", class_=kind) for y, kind in ((_TOP, "grid"), (_BASE, "line"))]
    title = f"Decisions of {rule} over time, at most {max(bins):,} a bar"
    return svg(_WIDTH, _BASE + 20, title, *lines, *bars, *_axis(summary), el("text", f"{most:,}", x=0, y=_TOP - 4))


def _bar(place: int, count: int, most: int, summary: Summary) -> Element:
    """Return a bar as a link for the mouse; for the keyboard the table of numbers has the same one."""
    height = -(-count * _HEIGHT // most)
    width = _bar_width(summary)
    drawn = el("rect", x=place * width, y=_BASE - height, width=width - 1, height=height, class_="bar")
    link = _bin_link(place, summary)
    return el("a", drawn, href=link.attrib["href"], tabindex=-1, aria_hidden="true")


def _bar_width(summary: Summary) -> int:
    return min(_WIDTH // summary.bins, _WIDEST)


def _axis(summary: Summary) -> Iterator[Element]:
    """Yield ticks with their days and hours; of a time too short or too long for any the beginning."""
    begin_ms, length_ms = summary.bins_from_ms, _WIDTH * summary.bin_ms // _bar_width(summary)
    step = next((step for step in TIME_STEPS if length_ms // step < _TICKS_AT_MOST), None)
    first = -(-begin_ms // step) * step if step else 0
    ticks = range(first, begin_ms + length_ms, step) if step else ()
    places = [(at, (at - begin_ms) * _WIDTH // length_ms) for at in ticks]
    yield from (el("path", d=f"M {x} {_BASE} v 4", class_="axis") for _, x in places)
    named = [(_label(at, step or 0), x) for at, x in places]
    fitting = [(text, x) for text, x in named if _fits(text, x)]
    yield from (el("text", text, x=x, y=_BASE + 17, text_anchor="middle") for text, x in fitting)
    if not fitting:
        yield el("text", format_time(summary.first_ms).removesuffix(" UTC"), x=0, y=_BASE + 17)


def _fits(text: str, x: int) -> bool:
    """Return whether a label in the middle of x is within the picture."""
    half = len(text) * _LETTER // 2
    return half <= x <= _WIDTH - half


def _label(at_ms: int, step_ms: int) -> str:
    """Return a day, with the year where the ticks are far apart, or the time of a day."""
    day, time, *_ = format_time(at_ms).split()
    if at_ms % DAY == 0 or step_ms >= DAY:
        return day if step_ms >= _FAR_MS else day[len("2026-") :]
    return time if step_ms < MINUTE else time[: len("18:00")]

"""Tables of counts: decisions by outcome, band and reason, detector hits, limits, outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.explain.wording import describe_reason
from jobs.report.decision import search_link
from jobs.report.html import bar, counts, el, table
from operators.policy.durations import describe_interval, parse_duration
from operators.policy.model import rule_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from jobs.report.summary import Summary

_ROWS_AT_MOST: Final = 100


def outcome_tables(summary: Summary) -> Iterator[Element]:
    """Yield the table of decisions by rule and outcome."""
    if summary.count:
        found = _limited(sorted(summary.by.items()))
        rows = [((rule, _outcome(rule, outcome)), count) for (rule, outcome), count in found]
        yield counts(("rule", "outcome", "decisions"), rows, "Decisions by rule and outcome")


def _outcome(rule: str, outcome: str) -> Element:
    """Return an outcome as a link to its decisions, with its meaning below."""
    found = search_link(outcome, f"{rule}: {outcome}")
    return el("div", found, el("div", _meaning(rule, outcome), class_="faint"))


def _meaning(rule: str, outcome: str) -> str:
    """Return an outcome in words, about account A, and B or a group G."""
    form = rule_of(rule).outcomes.get(outcome, "")
    return form.format(subject="A", other="B", group="G")


def band_tables(summary: Summary) -> Iterator[Element]:
    """Yield the table of outcomes by the age of the friendship."""
    if summary.bands:
        found = _limited(sorted(summary.bands.items(), key=lambda row: (_band_begin(row[0][0]), -row[1])))
        rows = [((_banded(describe_interval(band), outcome), outcome), count) for (band, outcome), count in found]
        yield counts(("friends for", "outcome", "decisions"), rows, "Outcomes by age of the friendship at the message")


def _banded(words: str, outcome: str) -> Element:
    return search_link(words, f"band: {words}", f": {outcome}")


def detector_tables(summary: Summary) -> Iterator[Element]:
    """Yield the tables of hits in messages, by detector and by keyword of the policy; never a text."""
    if summary.detectors:
        found = counts(("detector", "hits"), _linked(_rows_of(summary.detectors)), "Hits by detector")
        words = counts(("keyword of the policy", "hits"), _linked(_rows_of(summary.keywords)), "Hits by keyword")
        yield el("div", found, *([words] if summary.keywords else []), class_="beside")
        yield el(
            "p", "A hit that two rules judge counts for each. Only offsets into a message are stored.", class_="faint"
        )
        yield from _rows_left_out(len(summary.keywords))


def reason_tables(summary: Summary) -> Iterator[Element]:
    """Yield the table of reasons."""
    if summary.reasons:
        rows = (
            ((search_link(reason, reason), describe_reason(reason)), count)
            for reason, count in summary.reasons.most_common(_ROWS_AT_MOST)
        )
        yield counts(("reason", "in words", "decisions"), rows, "Reasons; a decision can have several")


def limit_tables(summary: Summary) -> Iterator[Element]:
    """Yield the tables of used limits, and of decisions whose commands were withheld."""
    if summary.quotas:
        rows = [
            (action, f"{used.at_most:,}", bar(f"{used.highest:,}", used.highest, used.at_most), f"{used.beyond:,}")
            for action, used in sorted(summary.quotas.items())
        ]
        heads = ("action", "limit", "highest in a window", "decisions over it")
        yield table(heads, rows, "Limits: commands of an action in one window")
    if summary.held_back:
        kept = _limited(summary.held_back.most_common())
        yield counts(("why", "rule", "decisions"), kept, "Decisions recorded without commands")


def output_tables(summary: Summary) -> Iterator[Element]:
    """Yield the tables of the other outputs of a run."""
    counted = (
        ("commands", summary.commands),
        ("risk windows by strictest action", summary.windows),
        ("dead letters by reason", summary.dead_letters),
        ("decisions by policy", summary.versions),
    )
    tables = [
        counts((what.rpartition(" by ")[2], "count"), _rows_of(number), f"{number.total():,} {what}")
        for what, number in counted
        if number
    ]
    if tables:
        yield el("div", *tables, class_="beside")


def _linked(rows: Iterable[tuple[tuple[str], int]]) -> list[tuple[tuple[Element], int]]:
    return [((search_link(name, name),), count) for (name,), count in rows]


def _rows_of(number: Counter[str]) -> list[tuple[tuple[str], int]]:
    return [((name,), count) for name, count in number.most_common(_ROWS_AT_MOST)]


def _limited(rows: Iterable[tuple[Sequence[str], int]]) -> list[tuple[Sequence[str], int]]:
    return list(rows)[:_ROWS_AT_MOST]


def _rows_left_out(count: int) -> Iterator[Element]:
    if count > _ROWS_AT_MOST:
        yield el("p", f"{count - _ROWS_AT_MOST:,} more are not shown.", class_="faint")


def _band_begin(band: str) -> int:
    """Return the lower bound of a band such as `[3d, 30d)`, in ms."""
    begin = band.partition(",")[0].removeprefix("[")
    try:
        return 0 if begin == "0" else parse_duration(begin)
    except ValueError:
        return 0

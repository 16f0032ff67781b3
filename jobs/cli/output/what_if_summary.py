"""Summary of a what-if run: a short table of what was read and decided, then flips and commands by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jobs.analysis.flip_reviews import Change
from jobs.analysis.what_if_report import count_affected_accounts, count_reported_misses, estimate_of
from jobs.cli.output.tables import CountRow, column_lines, count_lines
from jobs.runtime.decision_diff import AGAINST, NEW
from operators.policy.durations import describe_interval
from operators.reviews.review import Verdict

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from jobs.analysis.what_if import WhatIfResult, WhatIfRun
    from jobs.runtime.decision_diff import FlipKind

_SAID: Final[Mapping[Verdict | None, str]] = {
    Verdict.UPHELD: "upheld by people",
    Verdict.OVERTURNED: "overturned",
    Verdict.DISPUTED: "on which people differ",
    Verdict.UNDECIDED: "that too few looked at",
    None: "never looked at",
}
_BECOMES: Final[Mapping[Change, str]] = {
    Change.OTHERWISE: "decided otherwise",
    Change.GONE: "decided no more",
    Change.NEW: "decided now",
}


def summary_lines(run: WhatIfRun, result: WhatIfResult, width: int) -> Iterator[str]:
    """Yield the counts as lines; the examples are trees, printed elsewhere."""
    yield from count_lines(list(_totals(run, result)), width)
    flips = result.flips.by_kind
    if flips:
        yield ""
        rows = [_flip_row(kind, count) for kind, count in flips.most_common()]
        yield from column_lines(("flips", "rule", "before", "now", "friends for"), rows)
    commands = list(result.commands.by_type())
    if commands:
        yield ""
        yield from column_lines(("commands", "more", "fewer"), commands)
    yield from _review_lines(run, result)
    yield from _sample_lines(run, result)


def _review_lines(run: WhatIfRun, result: WhatIfResult) -> Iterator[str]:
    """Yield what people said of the flips, and how many misses each side finds; nothing if they said nothing."""
    reviews = result.reviews
    if reviews.reviews and (flips := reviews.all.total()):
        yield ""
        yield f"{flips:,} flips: {', '.join(_said(reviews.all))}"
        rows = [(_BECOMES[change], ", ".join(_said(reviews.of(change)))) for change in Change if reviews.of(change)]
        yield from (f"  {words:{max(map(len, _BECOMES.values()))}}  {said}" for words, said in rows)
    if reported := count_reported_misses(run, result):
        before, now = map(len, reviews.found)
        yield ""
        yield f"{reported:,} reported as missed: {before:,} found before, {now:,} found now"


def _said(counts: Counter[Verdict | None]) -> Iterator[str]:
    """Yield what people said of decisions, with the number of these."""
    yield from (f"{counts[verdict]:,} {words}" for verdict, words in _SAID.items() if counts[verdict])


def _flip_row(kind: FlipKind, count: int) -> tuple[int, str, str, str, str]:
    outcomes = (kind.outcome_against or "nothing", kind.outcome_new or "nothing")
    return count, kind.rule, *outcomes, describe_interval(kind.band or "")


def _totals(run: WhatIfRun, result: WhatIfResult) -> Iterator[CountRow]:
    flips, commands = result.flips, result.commands
    parts = {"events": result.events, "not valid": result.refused}
    drawn = "" if run.sample is None else " of the sample"
    listed = [f"{name} {count:,}" for name, count in parts.items() if count]
    yield CountRow(f"read{drawn}", sum(parts.values()), listed)
    published = " and what was published" if run.follows else ""
    yield CountRow("before", flips.decided[AGAINST], [f"decisions under {run.against.version}{published}"])
    yield CountRow("now", flips.decided[NEW], [f"decisions under {run.new.version}"])
    yield CountRow("flips", flips.by_kind.total(), [f"and {flips.other_actions:,} more change their actions only"])
    yield CountRow("accounts", count_affected_accounts(result), ["for whom something changes"])
    yield CountRow("members", commands.members, ["of groups, for whom something changes"])


def _sample_lines(run: WhatIfRun, result: WhatIfResult) -> Iterator[str]:
    estimate = estimate_of(run, result)
    if estimate is not None and run.sample is not None:
        yield ""
        yield f"from {float(run.sample.share):.3%} of recipients and groups: about {estimate.count:,} flips in all"
        bounds = f"{estimate.low:,} and {estimate.high:,}"
        yield f"  sampling error: they are between {bounds} with a certainty of 95%"
        yield "  all other numbers above are those of the sample alone"

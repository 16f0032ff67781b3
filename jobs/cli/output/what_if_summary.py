"""Summary of a what-if run: a short table of what was read and decided, then flips and commands by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.analysis.what_if_report import count_affected_accounts, estimate_of
from jobs.cli.output.tables import CountRow, column_lines, count_lines
from jobs.runtime.decision_diff import AGAINST, NEW
from operators.policy.durations import describe_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.analysis.what_if import WhatIfResult, WhatIfRun
    from jobs.runtime.decision_diff import FlipKind


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
    yield from _sample_lines(run, result)


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

"""Output of a what-if run: lines of text for people, one JSON object for programs."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from jobs.runtime.decision_diff import AGAINST, NEW, Flip, FlipKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.analysis.sample import Estimate
    from jobs.analysis.what_if import WhatIfResult, WhatIfRun
    from schemas.records import Decision


def count_affected_accounts(result: WhatIfResult) -> int:
    """Return the number of accounts whose decisions, protection or commands change."""
    return len(result.flips.accounts | result.commands.accounts)


def estimate_of(run: WhatIfRun, result: WhatIfResult) -> Estimate | None:
    """Return the estimated number of flips in all events; None without a sample."""
    if run.sample is None:
        return None
    drawn = {unit: count for unit, count in result.flips.per_unit.items() if run.sample.includes_unit(unit)}
    return run.sample.estimate(drawn, result.flips.by_kind.total() - sum(drawn.values()))


def to_object(run: WhatIfRun, result: WhatIfResult) -> dict[str, Any]:
    """Return the result as one JSON object."""
    estimate = estimate_of(run, result)
    return {
        "events": result.events,
        "flips": result.flips.by_kind.total(),
        "by": [_kind_object(kind, count) for kind, count in result.flips.by_kind.most_common()],
        "examples": [_flip_object(flip) for flip in islice(result.flips.examples(), run.examples)],
        "decisions_against": result.flips.decided[AGAINST],
        "decisions_new": result.flips.decided[NEW],
        "other_actions": result.flips.other_actions,
        "commands": [
            {"command": command, "more": more, "fewer": fewer} for command, more, fewer in result.commands.by_type()
        ],
        "accounts": count_affected_accounts(result),
        "members": result.commands.members,
    } | ({} if estimate is None or run.sample is None else _sample_object(float(run.sample.share), estimate))


def _sample_object(share: float, estimate: Estimate) -> dict[str, Any]:
    flips = {"estimate": estimate.count, "low": estimate.low, "high": estimate.high, "confidence": 0.95}
    return {"sample": {"share": share, "flips": flips}}


def _kind_object(kind: FlipKind, count: int) -> dict[str, Any]:
    named = {"rule": kind.rule, "outcome_against": kind.outcome_against, "outcome_new": kind.outcome_new}
    return named | ({} if kind.band is None else {"band": kind.band}) | {"count": count}


def _flip_object(flip: Flip) -> dict[str, Any]:
    either = flip.either
    about = {
        "rule": either.rule,
        "subject_id": either.subject_id,
        "other_id": either.other_id,
        "group_id": either.group_id,
        "incident_id": either.incident_id,
        "cause_event_id": either.cause_event_id,
        "at_ms": either.at_ms,
    }
    return about | {"against": _decision_object(flip.against), "new": _decision_object(flip.new)}


def _decision_object(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    outcome = {"outcome": decision.outcome, "actions": list(decision.actions), "reasons": list(decision.reasons)}
    return outcome | {"decision_id": decision.decision_id, "evidence": json.loads(decision.evidence)}


def summary_lines(run: WhatIfRun, result: WhatIfResult) -> Iterator[str]:
    """Yield the counts as lines; the examples are trees, printed elsewhere."""
    flips = result.flips
    old = f"{run.against.version}{' and what was published' if run.follows else ''}"
    yield f"{result.events:,} events under {old}, and under {run.new.version}"
    decided = f"{flips.decided[AGAINST]:,} decisions before, {flips.decided[NEW]:,} now"
    others = f"{flips.other_actions:,} more keep the outcome and change actions"
    yield f"{flips.by_kind.total():,} flips ({decided}); {others}"
    for kind, count in flips.by_kind.most_common():
        way = f"{kind.outcome_against or 'nothing'} -> {kind.outcome_new or 'nothing'}"
        yield f"  {count:>9,}  {kind.rule}: {way}" + (f", friends for {kind.band}" if kind.band else "")
    for command, more, fewer in result.commands.by_type():
        yield f"  {command}: {more:,} more, {fewer:,} fewer"
    accounts, members = count_affected_accounts(result), result.commands.members
    yield f"something changes for {accounts:,} accounts, and for {members:,} members of groups"
    estimate = estimate_of(run, result)
    if estimate is not None and run.sample is not None:
        yield f"from {float(run.sample.share):.3%} of recipients and groups: about {estimate.count:,} flips in all"
        bounds = f"{estimate.low:,} and {estimate.high:,}"
        yield f"  sampling error: they are between {bounds} with a certainty of 95%"
        yield "  all other numbers above are those of the sample alone"

"""How is it told what another policy would change? In words for people, as one object for machines. Key: none."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from jobs.runtime.decision_diff import AGAINST, NEW, Difference, DifferenceKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobs.analysis.sample import Estimate
    from jobs.analysis.what_if import Findings, Trial
    from schemas.records import Decision


def touched(found: Findings) -> int:
    """Return how many accounts something changes for: decided about or protected otherwise, or asked to be acted on."""
    return len(found.flips.accounts | found.commands.accounts)


def estimate_of(trial: Trial, found: Findings) -> Estimate | None:
    """Return how many flips there would be in all events; None where all were read."""
    if trial.sample is None:
        return None
    drawn = {unit: count for unit, count in found.flips.per_unit.items() if trial.sample.has_unit(unit)}
    return trial.sample.estimate(drawn, found.flips.by_kind.total() - sum(drawn.values()))


def as_object(trial: Trial, found: Findings) -> dict[str, Any]:
    """Return everything that was found as one JSON object."""
    estimate = estimate_of(trial, found)
    return {
        "events": found.events,
        "flips": found.flips.by_kind.total(),
        "by": [_counted(kind, count) for kind, count in found.flips.by_kind.most_common()],
        "examples": [_example(flip) for flip in islice(found.flips.examples(), trial.examples)],
        "decisions_against": found.flips.decided[AGAINST],
        "decisions_new": found.flips.decided[NEW],
        "other_actions": found.flips.other_actions,
        "commands": [
            {"command": command, "more": more, "fewer": fewer} for command, more, fewer in found.commands.by_type()
        ],
        "accounts": touched(found),
        "members": found.commands.members,
    } | ({} if estimate is None or trial.sample is None else _sampled(float(trial.sample.share), estimate))


def _sampled(share: float, estimate: Estimate) -> dict[str, Any]:
    flips = {"estimate": estimate.count, "low": estimate.low, "high": estimate.high, "confidence": 0.95}
    return {"sample": {"share": share, "flips": flips}}


def _counted(kind: DifferenceKind, count: int) -> dict[str, Any]:
    named = {"rule": kind.rule, "outcome_against": kind.outcome_against, "outcome_new": kind.outcome_new}
    return named | ({} if kind.band is None else {"band": kind.band}) | {"count": count}


def _example(flip: Difference) -> dict[str, Any]:
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
    return about | {"against": _side(flip.against), "new": _side(flip.new)}


def _side(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    told = {"outcome": decision.outcome, "actions": list(decision.actions), "reasons": list(decision.reasons)}
    return told | {"decision_id": decision.decision_id, "evidence": json.loads(decision.evidence)}


def in_words(trial: Trial, found: Findings) -> Iterator[str]:
    """Yield the counts as lines; the examples are trees, and not among them."""
    flips = found.flips
    old = f"{trial.against.version}{' and what was published' if trial.follows else ''}"
    yield f"{found.events:,} events under {old}, and under {trial.new.version}"
    decided = f"{flips.decided[AGAINST]:,} decisions before, {flips.decided[NEW]:,} now"
    others = f"{flips.other_actions:,} more keep the outcome and change actions"
    yield f"{flips.by_kind.total():,} flips ({decided}); {others}"
    for kind, count in flips.by_kind.most_common():
        way = f"{kind.outcome_against or 'nothing'} -> {kind.outcome_new or 'nothing'}"
        yield f"  {count:>9,}  {kind.rule}: {way}" + (f", friends for {kind.band}" if kind.band else "")
    for command, more, fewer in found.commands.by_type():
        yield f"  {command}: {more:,} more, {fewer:,} fewer"
    yield f"something changes for {touched(found):,} accounts, and for {found.commands.members:,} members of groups"
    estimate = estimate_of(trial, found)
    if estimate is not None and trial.sample is not None:
        yield f"from {float(trial.sample.share):.3%} of recipients and groups: about {estimate.count:,} flips in all"
        bounds = f"{estimate.low:,} and {estimate.high:,}"
        yield f"  sampling error: they are between {bounds} with a certainty of 95%"
        yield "  all other numbers above are those of the sample alone"

"""Result of a what-if run as one JSON object, and the numbers that are computed from it."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from jobs.analysis.flip_reviews import Change
from jobs.runtime.decision_diff import AGAINST, NEW, Flip, FlipKind
from operators.reviews.review import Verdict

if TYPE_CHECKING:
    from collections import Counter

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
        "not_valid": result.refused,
        "flips": result.flips.by_kind.total(),
        "by": [_kind_object(kind, count) for kind, count in result.flips.by_kind.most_common()],
        "examples": [
            _flip_object(flip) | {"review": result.reviews.verdict_on(flip)}
            for flip in islice(result.flips.examples(), run.examples)
        ],
        "decisions_against": result.flips.decided[AGAINST],
        "decisions_new": result.flips.decided[NEW],
        "other_actions": result.flips.other_actions,
        "commands": [
            {"command": command, "more": more, "fewer": fewer} for command, more, fewer in result.commands.by_type()
        ],
        "accounts": count_affected_accounts(result),
        "members": result.commands.members,
        "reviews": _reviews_object(run, result),
    } | ({} if estimate is None or run.sample is None else _sample_object(float(run.sample.share), estimate))


def count_reported_misses(run: WhatIfRun, result: WhatIfResult) -> int:
    """Return the number of misses that people report, in the sample if one is drawn."""
    units = result.reviews.reviews.missed.values()
    return sum(run.sample is None or run.sample.includes_unit(unit) for unit in units)


def _reviews_object(run: WhatIfRun, result: WhatIfResult) -> dict[str, Any]:
    """Return what people said of the flips, by what becomes of the decision, and how many misses each side finds."""
    reviews = result.reviews
    flips = {"flips": reviews.all} | {change.value: reviews.of(change) for change in Change}
    against, new = reviews.found
    missed = {"reported": count_reported_misses(run, result), "found_against": len(against), "found_new": len(new)}
    return {name: _verdicts_object(counts) for name, counts in flips.items()} | {"missed": missed}


def _verdicts_object(counts: Counter[Verdict | None]) -> dict[str, int]:
    return {verdict.value: counts[verdict] for verdict in Verdict} | {"never_looked_at": counts[None]}


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

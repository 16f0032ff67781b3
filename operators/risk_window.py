"""What was concluded about an account in the last minutes, all in one? Key: the subject.

Decisions have acted long before; the window only gathers them (C-6).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from operators.identity import identify
from operators.operator import Context, Handler, Operator
from operators.policy_action import Action, strictest
from schemas.records import AccountErased, Decision
from schemas.records import RiskWindow as RiskWindowClosed
from state.catalog import WINDOWS
from state.entries import Window

LISTED_AT_MOST = 1000
"""Decisions named per window. More are only counted, so that one flood does not fill a state and an output."""

_RISKY_RULES = frozenset({"friendship-age", "avatar-impersonation", "invite-forest"})
_RISKY_OUTCOMES = frozenset(
    {
        ("verification", "NOT_GENUINE"),
        ("verification", "UNVERIFIED"),
        ("friend-gate", "REFUSED_DENIED"),
        ("friend-gate", "REFUSED_CONFLICT"),
    }
)


class RiskWindow(Operator):
    """Gathers the risk decisions about its subject."""

    uid = "risk-window"
    states = (WINDOWS,)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return what is done with each record type."""
        return {Decision: on_decision, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Close the windows that have ended."""
        for start_ms, window in sorted(ctx[WINDOWS].items()):
            if window.end_ms <= at_ms:
                ctx[WINDOWS].remove(start_ms)
                yield closed(ctx.key, start_ms, window)


def is_risk(decision: Decision) -> bool:
    """Return whether a decision counts as one about risk."""
    return decision.rule in _RISKY_RULES or (decision.rule, decision.outcome) in _RISKY_OUTCOMES


def on_decision(decision: Decision, ctx: Context) -> Iterator[Any]:
    """Put a risk decision into its window: `[start, end)`, aligned to the epoch (C-3)."""
    if not is_risk(decision):
        return
    length_ms = ctx.policy.common.risk_window_ms
    start_ms = decision.at_ms // length_ms * length_ms
    window = ctx[WINDOWS].get(start_ms) or Window(start_ms + length_ms, (), 0, (), ())
    window = with_decision(window, decision, start_ms + length_ms)
    ctx[WINDOWS].put(start_ms, window)
    ctx.wake_at(window.end_ms)
    yield from ()


def with_decision(window: Window, decision: Decision, end_ms: int) -> Window:
    """Return the window with one more decision. Where a policy has changed the length, the longer one holds."""
    return Window(
        end_ms=max(window.end_ms, end_ms),
        decision_ids=(*window.decision_ids, decision.decision_id)[:LISTED_AT_MOST],
        count=window.count + 1,
        reasons=tuple(sorted({*window.reasons, *decision.reasons})),
        actions=tuple(sorted({*window.actions, *decision.actions})),
    )


def closed(subject_id: str, start_ms: int, window: Window) -> RiskWindowClosed:
    """Return what is told of a window: every reason by itself, and as outcome the strictest action (C-7)."""
    return RiskWindowClosed(
        window_id=identify("risk-window", subject_id, str(start_ms)),
        subject_id=subject_id,
        window_start_ms=start_ms,
        window_end_ms=window.end_ms,
        outcome=strictest(Action[name] for name in window.actions).name,
        reasons=window.reasons,
        decision_ids=window.decision_ids,
        count=window.count,
    )


def on_erased(event: AccountErased, ctx: Context) -> Iterator[Any]:
    """Forget the windows that began before the account was erased: nothing names it any more (C-18)."""
    for start_ms, _ in list(ctx[WINDOWS].items()):
        if start_ms < event.at_ms:
            ctx[WINDOWS].remove(start_ms)
    yield from ()

"""Step `risk-window`: aggregates the risk decisions about an account per window and emits `RiskWindow`.

Keyed by subject. The window delays nothing: the decisions have been emitted already, it only collects them (C-6).
"""

from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from operators.decision import MAX_LISTED
from operators.ids import identify
from operators.operator import Context, Handler, Operator
from operators.policy.action import Action, strictest
from operators.policy.model import rule_of
from schemas.records import AccountErased, Decision
from schemas.records import RiskWindow as RiskWindowClosed
from state.catalog.enforcement import WINDOWS
from state.catalog.entry_key import SELF
from state.entries.enforcement import Window, Windows


class RiskWindow(Operator):
    """Collects the risk decisions about its subject."""

    uid = "risk-window"
    states = (WINDOWS,)

    @property
    def handles(self) -> Mapping[type, Handler]:
        """Return the handler of each record type."""
        return {Decision: on_decision, AccountErased: on_erased}

    def on_timer(self, at_ms: int, ctx: Context) -> Iterator[Any]:
        """Close the windows that have ended."""
        known = _read_windows(ctx)
        _write_windows(ctx, known.subject_id, [window for window in known.opened if window.end_ms > at_ms])
        for window in sorted(known.opened, key=attrgetter("start_ms")):
            if window.end_ms <= at_ms:
                yield close_window(known.subject_id, window)


def is_risk_decision(decision: Decision) -> bool:
    """Return whether a decision is a risk decision, and so part of a window (C-6)."""
    return decision.outcome in rule_of(decision.rule).risk


def on_decision(decision: Decision, ctx: Context) -> Iterator[Any]:
    """Add a risk decision to its window: `[start, end)`, aligned to the epoch (C-3)."""
    if not is_risk_decision(decision):
        return
    length_ms = ctx.policy.common.risk_window_ms
    start_ms = decision.at_ms // length_ms * length_ms
    windows = {window.start_ms: window for window in _read_windows(ctx).opened}
    known = windows.get(start_ms) or Window(start_ms, start_ms, (), 0, (), ())
    window = windows[start_ms] = with_decision(known, decision, start_ms + length_ms)
    _write_windows(ctx, ctx.key, windows.values())
    if window.end_ms != known.end_ms:
        ctx.set_timer(window.end_ms)
    yield from ()


def _read_windows(ctx: Context) -> Windows:
    return ctx[WINDOWS].get(SELF) or Windows("", ())


def _write_windows(ctx: Context, subject_id: str, windows: Iterable[Window]) -> None:
    opened = tuple(windows)
    if opened:
        ctx[WINDOWS].put(SELF, Windows(subject_id, opened))
    else:
        ctx[WINDOWS].remove(SELF)


def with_decision(window: Window, decision: Decision, end_ms: int) -> Window:
    """Return the window with one more decision. If a policy has changed the length, the longer one applies."""
    return Window(
        start_ms=window.start_ms,
        end_ms=max(window.end_ms, end_ms),
        decision_ids=(*window.decision_ids, decision.decision_id)[:MAX_LISTED],
        count=window.count + 1,
        reasons=tuple(sorted({*window.reasons, *decision.reasons})),
        actions=tuple(sorted({*window.actions, *decision.actions})),
    )


def close_window(subject_id: str, window: Window) -> RiskWindowClosed:
    """Return the record of a window: all reasons, and the strictest action as outcome (C-7)."""
    return RiskWindowClosed(
        window_id=identify("risk-window", subject_id, str(window.start_ms)),
        subject_id=subject_id,
        window_start_ms=window.start_ms,
        window_end_ms=window.end_ms,
        outcome=strictest(Action[name] for name in window.actions).name,
        reasons=window.reasons,
        decision_ids=window.decision_ids,
        count=window.count,
    )


def on_erased(_: AccountErased, ctx: Context) -> Iterator[Any]:
    """Remove all windows, also newer ones: decisions caused by other accounts may follow the erasure (C-18)."""
    ctx[WINDOWS].remove(SELF)
    yield from ()

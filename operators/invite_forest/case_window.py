"""Sanctions imposed by the cases of one tumbling window, so that an account gets none twice.

Keyed by the group; runs inside the step `group`. Windows are aligned to the epoch (C-3). Several offenders in one
window are treated as if their sets had been one: each account gets the strictest sanction, and all sets together count
for the mass limit (IF-32, IF-36).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from operators.invite_forest.sanctions import EndedSanction, extends, is_longer
from operators.operator import Context
from operators.policy.action import Action, stricter
from operators.policy.invite_forest import InviteForestPolicy, Sanction
from operators.retention import remove_expired, set_window_timer
from state.catalog.entry_key import join_ids, split_ids
from state.catalog.invite_forest import CASE_WINDOWS, TREATMENTS
from state.entries.invite_forest import CaseWindow, Treatment


class Window(Struct, frozen=True):
    """A half-open interval `[start_ms, end_ms)` of event time."""

    start_ms: int
    end_ms: int


def window_at(section: InviteForestPolicy, at_ms: int) -> Window:
    """Return the window that contains a time."""
    start_ms = at_ms // section.case_window_ms * section.case_window_ms
    return Window(start_ms, start_ms + section.case_window_ms)


def treatment_of(ctx: Context, window: Window, account_id: str) -> Treatment:
    """Return the sanctions of an account by the window's cases so far."""
    return ctx[TREATMENTS].get(_entry(window, account_id)) or Treatment(window.end_ms)


def due_sanctions(
    ctx: Context, window: Window, account_id: str, wanted: Sequence[Sanction], at_ms: int
) -> tuple[Sanction, ...]:
    """Return the sanctions that an associated member still lacks: those stricter or longer than it has (IF-32)."""
    treatment = treatment_of(ctx, window, account_id)
    if treatment.offender:
        return ()
    has = frozenset(Action[name] for name in treatment.actions)
    kept = stricter(has, frozenset(sanction.action for sanction in wanted))
    due = (each for each in wanted if each.action in kept and extends(ctx, account_id, each, at_ms))
    return tuple(each for each in due if each.action not in has or is_longer(ctx, account_id, each, window.start_ms))


def due_offender_sanctions(
    ctx: Context, account_id: str, wanted: Sequence[Sanction], at_ms: int
) -> tuple[Sanction, ...]:
    """Return the offender's sanctions except those already in force for as long (IF-39)."""
    return tuple(each for each in wanted if extends(ctx, account_id, each, at_ms))


def add_treatment(ctx: Context, window: Window, account_id: str, wanted: Sequence[Sanction], *, counts: bool) -> None:
    """Store the sanctions of an associated member by a case, except those milder than what it has (C-7).

    Owners and administrators do not count for the mass limit (IF-33), hence `counts`.
    """
    before = treatment_of(ctx, window, account_id)
    has, wants = frozenset(Action[name] for name in before.actions), frozenset(each.action for each in wanted)
    _store_treatment(
        ctx,
        window,
        account_id,
        replace(before, associated=before.associated or counts),
        has | (stricter(has, wants) & wants),
    )


def add_offender_treatment(ctx: Context, window: Window, account_id: str, operation: Sequence[Sanction]) -> None:
    """Store that an account has got the sanctions of an offender."""
    before = treatment_of(ctx, window, account_id)
    has = frozenset(Action[name] for name in before.actions)
    _store_treatment(
        ctx, window, account_id, replace(before, offender=True), has.union(each.action for each in operation)
    )


def add_review(ctx: Context, window: Window, account_id: str, decision_id: str, operation: Sequence[Sanction]) -> None:
    """Store that a review of an account was requested in a window, and the sanctions it got until then (IF-45)."""
    before = treatment_of(ctx, window, account_id)
    has = frozenset(Action[name] for name in before.actions)
    actions = has.union(each.action for each in operation)
    _store_treatment(ctx, window, account_id, replace(before, review=decision_id), actions)


def forget_treatments(ctx: Context, ended: Iterable[EndedSanction], case: tuple[str, int] | None) -> None:
    """Forget what an overturned decision has done to accounts in its window, so that later cases do it anew (RV-14).

    `case` has the offender and the time of the case that the decision opened; None: it opened none.
    """
    by_account: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
    for each in ended:
        by_account[each.account_id].add((each.action.name, each.held.since_ms))
    if case is not None:
        by_account[case[0]].add((Action.REMOVE.name, case[1]))
    for entry, known in list(ctx[TREATMENTS].items()):
        start, account_id = split_ids(entry)
        within = range(int(start), known.end_ms)
        gone = {name for name, at_ms in by_account.get(account_id, ()) if at_ms in within}
        is_its_offender = case is not None and case[0] == account_id and case[1] in within
        left = tuple(name for name in known.actions if name not in gone)
        if gone:
            offender = known.offender and not is_its_offender
            ctx[TREATMENTS].put(entry, replace(known, actions=left, offender=offender))


def count_associated(ctx: Context, window: Window, account_ids: Iterable[str]) -> int:
    """Return the number of distinct associated members in the window's cases, these accounts included."""
    known = (ctx[CASE_WINDOWS].get(window.start_ms) or CaseWindow(window.end_ms)).associated
    return known + sum(not treatment_of(ctx, window, account_id).associated for account_id in account_ids)


def store_count(ctx: Context, window: Window, associated: int) -> None:
    """Store the number of associated members in a window."""
    ctx[CASE_WINDOWS].put(window.start_ms, CaseWindow(window.end_ms, associated))
    set_window_timer(ctx, window.end_ms)


def remove_expired_windows(ctx: Context, at_ms: int) -> None:
    """Remove the windows that have ended."""
    remove_expired(ctx, TREATMENTS, at_ms, lambda treatment: treatment.end_ms)
    for start_ms, window in list(ctx[CASE_WINDOWS].items()):
        if window.end_ms <= at_ms:
            ctx[CASE_WINDOWS].remove(start_ms)


def _store_treatment(
    ctx: Context, window: Window, account_id: str, treatment: Treatment, actions: Iterable[Action]
) -> None:
    names = tuple(sorted(action.name for action in actions))
    ctx[TREATMENTS].put(_entry(window, account_id), replace(treatment, actions=names))
    set_window_timer(ctx, window.end_ms)


def _entry(window: Window, account_id: str) -> str:
    return join_ids(str(window.start_ms), account_id)

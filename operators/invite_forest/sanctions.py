"""Sanctions in force in a group, and bans that await an account's return.

Keyed by the group; runs inside the step `group`. A sanction no longer holds at `until` itself (IF-38). No command ends
it: the command that imposed it contained its end.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from operators.invite_forest.commands import ban_on_return, manage, remove_again
from operators.operator import Context
from operators.policy.action import Action
from operators.policy.invite_forest import Sanction
from operators.retention import set_cleanup_timer
from schemas.records import Decision, MemberAction, MemberJoined, Record
from state.catalog.entry_key import join_ids, split_ids
from state.catalog.invite_forest import BANS_ON_RETURN, SANCTIONS
from state.entries.invite_forest import ActiveSanction

INSTANT: Final = frozenset({Action.REMOVE, Action.NOTIFY_ADMIN})
"""Actions without duration: they are not in force afterwards, so a later case emits them again."""

ENDLESS_MS: Final = 1 << 62


def until_of(sanction: Sanction, at_ms: int) -> int | None:
    """Return the end of a sanction that begins at a time; None if it has no end."""
    return None if sanction.for_ms is None else at_ms + sanction.for_ms


def is_in_force(held: ActiveSanction | None, at_ms: int) -> bool:
    """Return whether a sanction is in force at a time."""
    return held is not None and held.since_ms <= at_ms < _end_ms(held)


def is_banned(ctx: Context, account_id: str, at_ms: int) -> bool:
    """Return whether a ban of the account is in force at a time."""
    return is_in_force(ctx[SANCTIONS].get(join_ids(account_id, Action.BAN.name)), at_ms)


def extends(ctx: Context, account_id: str, sanction: Sanction, at_ms: int) -> bool:
    """Return whether a sanction would last longer than the one in force for the account (IF-39)."""
    held = ctx[SANCTIONS].get(join_ids(account_id, sanction.action.name))
    if held is None or sanction.action in INSTANT or at_ms >= _end_ms(held):
        return True
    until_ms = until_of(sanction, at_ms)
    return (ENDLESS_MS if until_ms is None else until_ms) > _end_ms(held)


def is_longer(ctx: Context, account_id: str, sanction: Sanction, start_ms: int) -> bool:
    """Return whether a sanction is longer than the one in force, had both begun at one time of a window (IF-32)."""
    held = ctx[SANCTIONS].get(join_ids(account_id, sanction.action.name))
    if held is None or sanction.action in INSTANT:
        return False
    return extends(ctx, account_id, sanction, max(held.since_ms, start_ms))


def impose(
    ctx: Context, decision: Decision, account_id: str, sanctions: Iterable[Sanction], distance: int | None = None
) -> Iterator[Record]:
    """Yield the commands of sanctions, and store those with a duration."""
    for sanction in sanctions:
        until_ms = until_of(sanction, decision.at_ms)
        if sanction.action is Action.REMOVE:
            ctx[SANCTIONS].remove(join_ids(account_id, sanction.action.name))  # the removal is this decision's now
        elif sanction.action not in INSTANT:
            _store_sanction(
                ctx, account_id, sanction.action, ActiveSanction(decision.at_ms, until_ms, decision.decision_id)
            )
        yield manage(decision, account_id, sanction.action, until_ms, distance)


def remember_removal(ctx: Context, decision: Decision, account_id: str, kept_ms: int) -> None:
    """Store that a case removed an associated member, for as long as the case is kept: it may be overturned (RV-14)."""
    until_ms = None if kept_ms >= ENDLESS_MS else kept_ms + 1
    _store_sanction(ctx, account_id, Action.REMOVE, ActiveSanction(decision.at_ms, until_ms, decision.decision_id))


def is_removed(ctx: Context, account_id: str, joined_ms: int, at_ms: int) -> bool:
    """Return whether an associated member was removed by a case in a stay that began at a time."""
    held = ctx[SANCTIONS].get(join_ids(account_id, Action.REMOVE.name))
    return held is not None and joined_ms <= held.since_ms and is_in_force(held, at_ms)


def await_return(ctx: Context, decision: Decision, account_id: str, sanctions: Iterable[Sanction]) -> None:
    """Store a ban for an account that has left, if it returns while the longest of its sanctions would last (IF-27)."""
    ends = [until_of(sanction, decision.at_ms) for sanction in sanctions if sanction.action not in INSTANT]
    if not ends:
        return
    until_ms = None if None in ends else max(end for end in ends if end is not None)
    due, known = ActiveSanction(decision.at_ms, until_ms, decision.decision_id), ctx[BANS_ON_RETURN].get(account_id)
    if known is None or _end_ms(known) < _end_ms(due):
        ctx[BANS_ON_RETURN].put(account_id, due)
        if until_ms is not None:
            set_cleanup_timer(ctx, until_ms)


def enforce_on_join(event: MemberJoined, ctx: Context) -> Iterator[Any]:
    """Remove a banned account that joins (IF-41); ban one that escaped its sanctions by leaving (IF-27)."""
    if not ctx.policy.invite_forest.enabled:
        return
    account_id, at_ms = event.account_id, event.at_ms
    ban = ctx[SANCTIONS].get(join_ids(account_id, Action.BAN.name))
    due = ctx[BANS_ON_RETURN].get(account_id)
    if ban is not None and is_in_force(ban, at_ms):
        _store_sanction(ctx, account_id, Action.BAN, replace(ban, removed_by=event.event_id))
        yield remove_again(event, ban)
    elif due is not None and is_in_force(due, at_ms):
        ctx[BANS_ON_RETURN].remove(account_id)
        _store_sanction(ctx, account_id, Action.BAN, ActiveSanction(at_ms, due.until_ms, due.decision_id))
        yield ban_on_return(event, due)


class EndedSanction(Struct, frozen=True):
    """A sanction that was in force until people overturned its decision."""

    account_id: str
    action: Action
    held: ActiveSanction


def end_sanctions(ctx: Context, decision_id: str, at_ms: int, erased_ms: int | None) -> Iterator[EndedSanction]:
    """End the sanctions that a decision imposed; yield those still in force.

    Those from up to an erasure of the decision's subject stay: nothing else is known of that one (RV-12).
    """
    for account_id, due in list(ctx[BANS_ON_RETURN].items()):
        if due.decision_id == decision_id and not _is_from_before(due, erased_ms):
            ctx[BANS_ON_RETURN].remove(account_id)
    for entry, held in sorted(ctx[SANCTIONS].items()):
        if held.decision_id == decision_id and at_ms < _end_ms(held) and not _is_from_before(held, erased_ms):
            ctx[SANCTIONS].remove(entry)
            account_id, action = split_ids(entry)
            yield EndedSanction(account_id, Action[action], held)


def _is_from_before(held: ActiveSanction, erased_ms: int | None) -> bool:
    return erased_ms is not None and held.since_ms <= erased_ms


def forget_sanctions(ctx: Context, account_id: str, before_ms: int) -> None:
    """Delete the sanctions imposed on an account before a time."""
    for action in MemberAction:
        held = ctx[SANCTIONS].get(join_ids(account_id, action))
        if held is not None and held.since_ms < before_ms:
            ctx[SANCTIONS].remove(join_ids(account_id, action))
    due = ctx[BANS_ON_RETURN].get(account_id)
    if due is not None and due.since_ms < before_ms:
        ctx[BANS_ON_RETURN].remove(account_id)


def remove_expired_sanctions(ctx: Context, at_ms: int) -> None:
    """Remove sanctions that have ended. Each has a timer of its own, unless it has no end."""
    for spec in (SANCTIONS, BANS_ON_RETURN):
        for entry, held in list(ctx[spec].items()):
            if _end_ms(held) <= at_ms:
                ctx[spec].remove(entry)


def _store_sanction(ctx: Context, account_id: str, action: Action, held: ActiveSanction) -> None:
    ctx[SANCTIONS].put(join_ids(account_id, action.name), held)
    if held.until_ms is not None:
        set_cleanup_timer(ctx, held.until_ms)


def _end_ms(held: ActiveSanction) -> int:
    return ENDLESS_MS if held.until_ms is None else held.until_ms

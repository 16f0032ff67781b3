"""Erasure of an account from a group.

Keyed by the group; runs inside the step `group`. The account's stays remain as anonymous tombstones, so that the
distances between the others do not change (C-18, IF-E26). Events after the erasure belong to a new account.
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from operators.erasure.markers import forget_entry, is_marked, mark_erased
from operators.invite_forest.forest import add_placeholder, mark_left, node_of, recount
from operators.invite_forest.report_record import forget_reports
from operators.invite_forest.sanctions import ENDLESS_MS, forget_sanctions
from operators.invite_forest.signs import forget_signs
from operators.operator import Context
from schemas.records import MemberForgotten
from state.catalog.entry_key import join_ids, split_ids
from state.catalog.invite_forest import (
    ADMITTED_ROOTS,
    CASES,
    CURRENT_NODES,
    DEPARTURES,
    INVITERS,
    NODES,
    ROLES,
    TREATMENTS,
)
from state.entries.invite_forest import CaseEntry, Inviter, RoleEntry


def on_member_forgotten(event: MemberForgotten, ctx: Context) -> Iterator[Any]:
    """Erase an account from the group. A repeated notice, due to a late event, has nothing more to erase."""
    account_id, at_ms = event.account_id, event.at_ms
    if is_marked(ctx, at_ms, account_id):
        return
    case = ctx[CASES].get(account_id)
    has_come = _forget_stays(ctx, account_id, at_ms)
    has_posted = case is not None and case.opened_ms >= at_ms
    _forget_admitted_roots(ctx, account_id, at_ms)
    # Cases against others may have sanctioned a stay from before the erasure even after it.
    forget_sanctions(ctx, account_id, at_ms if has_come or has_posted else ENDLESS_MS)
    forget_signs(ctx, account_id, at_ms)
    forget_reports(ctx, account_id, at_ms)
    forget_entry(ctx, ROLES, account_id, at_ms, _since_ms)
    _forget_cases(ctx, account_id, at_ms)
    forget_entry(ctx, DEPARTURES, account_id, at_ms, int)
    for entry, _ in list(ctx[TREATMENTS].items()):
        if split_ids(entry)[1] == account_id:
            ctx[TREATMENTS].remove(entry)
    mark_erased(ctx, at_ms, account_id)
    yield from ()


def _forget_stays(ctx: Context, account_id: str, at_ms: int) -> bool:
    """Anonymise all stays that began before, and end the current one. Return whether a newer stay exists.

    A join since that was ignored, for the account was a member then, is a new account's: a placeholder remembers it.
    """
    number, rejoined_ms = ctx[CURRENT_NODES].get(account_id), -1
    newer: int | None = None
    while number is not None:
        node = node_of(ctx, number)
        if node.joined_ms >= at_ms:
            newer = number
        else:
            if node.left_ms is None:
                mark_left(ctx, number, at_ms)
                rejoined_ms = node.rejoined_ms
            ctx[NODES].put(number, replace(node_of(ctx, number), account="", previous=None))
        number = node.previous
    if newer is not None:
        ctx[NODES].put(newer, replace(node_of(ctx, newer), previous=None))
        return True
    ctx[CURRENT_NODES].remove(account_id)
    if rejoined_ms >= at_ms:
        add_placeholder(ctx, account_id, rejoined_ms)
    return rejoined_ms >= at_ms


def _forget_admitted_roots(ctx: Context, account_id: str, at_ms: int) -> None:
    """Remove the account's id from the roots that it admitted, and delete its record as inviter."""
    known = ctx[INVITERS].get(account_id) or Inviter()
    kept = []
    for index in range(known.roots):
        entry = join_ids(account_id, str(index))
        number = ctx[ADMITTED_ROOTS].get(entry)
        ctx[ADMITTED_ROOTS].remove(entry)
        if number is not None and (node := node_of(ctx, number)).invited_by == account_id:
            if node.joined_ms < at_ms:
                ctx[NODES].put(number, replace(node, invited_by=""))
            else:
                kept.append(number)
    ctx[INVITERS].remove(account_id)
    for index, number in enumerate(kept):
        ctx[ADMITTED_ROOTS].put(join_ids(account_id, str(index)), number)
    recount(ctx, account_id, kept)


def _forget_cases(ctx: Context, account_id: str, at_ms: int) -> None:
    forget_entry(ctx, CASES, account_id, at_ms, _opened_ms)
    newer = ctx[CASES].get(account_id)
    if newer is not None:
        cases = tuple(record for record in newer.cases if record.opened_ms >= at_ms)
        ctx[CASES].put(account_id, replace(newer, cases=cases))


def _since_ms(role: RoleEntry) -> int:
    return role.since_ms


def _opened_ms(case: CaseEntry) -> int:
    return case.opened_ms

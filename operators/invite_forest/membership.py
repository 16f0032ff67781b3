"""Joins and departures of members, and the position of a new member in the forest.

Keyed by the group; runs inside the step `group`.

| the account | a join |
|---|---|
| has no node | adds one |
| has a placeholder | grafts it; after the first child's join it is a return (IF-12) |
| is a member | is ignored, unless it is an administrator's invitation at the very same time (IF-7) |
| has left | adds a new node; the tombstone stays (IF-8) |
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from operators.commands import request_review
from operators.decision import Basis, Trigger
from operators.erasure.markers import erased_after
from operators.invite_forest.forest import (
    Attachment,
    add_node,
    add_placeholder,
    current_node,
    graft,
    make_root,
    mark_left,
    node_of,
    remove_needless_placeholder,
    root_of,
    stays_of,
)
from operators.invite_forest.report_record import uphold_reports
from operators.invite_forest.roles import is_administrator, role_of
from operators.invite_forest.sanctions import enforce_on_join, is_banned, is_removed
from operators.operator import LATE_FACT_METRIC, Context, Metric
from operators.policy.action import Action
from operators.policy.invite_forest import INVITE_FOREST
from operators.retention import set_cleanup_timer
from schemas.records import JoinVia, MemberJoined, MemberLeft
from state.catalog.invite_forest import CASES, CURRENT_NODES, DEPARTURES, NODES
from state.entries.invite_forest import Node

GRAFT_REFUSED = "GRAFT_REFUSED"


def on_member_joined(event: MemberJoined, ctx: Context) -> Iterator[Any]:
    """Handle a join: store by whom the account was invited, and remove a banned account (IF-41)."""
    if erased_after(ctx, event.at_ms, event.account_id) is not None:
        yield LATE_FACT_METRIC
        return
    found = current_node(ctx, event.account_id)
    placeholder = None if found is None else _placeholder(ctx, found[0], event.at_ms)
    if placeholder is not None:
        yield from _resolve_placeholder(event, placeholder, ctx)
    elif found is not None and found[1].left_ms is None and not found[1].provisional:
        yield from _join_again(event, *found, ctx)
    elif _is_outdated(event, found, ctx):
        yield LATE_FACT_METRIC
    else:
        if found is not None and found[1].left_ms is None:
            mark_left(ctx, found[0], event.at_ms)
        ctx[DEPARTURES].remove(event.account_id)
        add_node(ctx, event.account_id, event.at_ms, attachment_of(event, ctx))
        yield from enforce_on_join(event, ctx)


def on_member_left(event: MemberLeft, ctx: Context) -> Iterator[Any]:
    """End a stay. Without a stay, the departure is stored for a while, so that an older join adds none (C-4)."""
    found = current_node(ctx, event.account_id)
    if erased_after(ctx, event.at_ms, event.account_id) is not None:
        yield LATE_FACT_METRIC
    elif found is None or found[1].left_ms is not None:
        before_ms = ctx[DEPARTURES].get(event.account_id)
        if found is not None:
            yield Metric("already-left")
        elif before_ms is None:
            _uphold_reports_of_removed(event, ctx)
        ctx[DEPARTURES].put(event.account_id, max(event.at_ms, before_ms or event.at_ms))
        set_cleanup_timer(ctx, event.at_ms + ctx.policy.common.removal_memory_ms)
    elif event.at_ms < _member_since_ms(found[1]):
        yield LATE_FACT_METRIC
    else:
        mark_left(ctx, found[0], event.at_ms)
        if not _is_to_be_out(ctx, *found, event.at_ms):
            _uphold_reports_of_removed(event, ctx)


def _uphold_reports_of_removed(event: MemberLeft, ctx: Context) -> None:
    """Uphold the reports of a member, seen in the group before or not, whom somebody else removes (IF-51)."""
    if event.removed_by not in (None, event.account_id):
        uphold_reports(ctx, event.account_id, event.at_ms)


def _is_to_be_out(ctx: Context, number: int, node: Node, at_ms: int) -> bool:
    """Return whether a case had asked for the removal of a stay: it proves no report that led to the case (IF-E36)."""
    case = ctx[CASES].get(node.account)
    barred = case is not None and case.barred and case.node == number and case.opened_ms <= at_ms <= case.kept_ms
    return barred or is_banned(ctx, node.account, at_ms) or is_removed(ctx, node.account, node.joined_ms, at_ms)


def _member_since_ms(node: Node) -> int:
    """Return since when an account is known to be a member; 0 for a placeholder that has not joined again."""
    return max(node.joined_ms if not node.provisional else 0, node.rejoined_ms)


def attachment_of(event: MemberJoined, ctx: Context) -> Attachment:
    """Return the position of a new member (IF-2 to IF-6): below its inviter; a root if that is an administrator."""
    inviter_id = _effective_inviter(event, ctx)
    if not inviter_id:
        return Attachment(via=event.via)
    if _is_admitted(event, inviter_id, ctx):
        return Attachment(invited_by=inviter_id, via=event.via)
    number = ctx[CURRENT_NODES].get(inviter_id)
    if number is None:
        number = add_placeholder(ctx, inviter_id, event.at_ms)
    return Attachment(parent=number, via=event.via)


def _effective_inviter(event: MemberJoined, ctx: Context) -> str:
    """Return the inviter of a new member; empty for a founder, and for an inviter erased after the event."""
    inviter_id = event.inviter_id
    if inviter_id is None or event.via is JoinVia.FOUNDING or erased_after(ctx, event.at_ms, inviter_id) is not None:
        return ""
    return inviter_id


def _is_admitted(event: MemberJoined, inviter_id: str, ctx: Context) -> bool:
    return is_administrator(event.inviter_role or role_of(ctx, inviter_id, event.at_ms))


def _placeholder(ctx: Context, number: int, at_ms: int) -> int | None:
    """Return the account's placeholder that a join at a time resolves (IF-12); None if there is none.

    Such a join is not after the first child's join, and before the stay has ended; a later one is a return.
    """
    for stay, node in stays_of(ctx, number):
        limit_ms = node.joined_ms if node.first_child_ms is None else node.first_child_ms
        if node.provisional and at_ms <= limit_ms and (node.left_ms is None or at_ms < node.left_ms):
            return stay
    return None


def _resolve_placeholder(event: MemberJoined, number: int, ctx: Context) -> Iterator[Any]:
    """Graft a placeholder, unless its parent is below itself: then it stays a root, and later joins are ignored."""
    if node_of(ctx, number).refused:
        yield Metric("already-member")
        return
    attachment = attachment_of(event, ctx)
    if attachment.parent is not None and root_of(ctx, node_of(ctx, attachment.parent))[0] == number:
        ctx[NODES].put(number, replace(node_of(ctx, number), refused=True))
        yield from _refuse_graft(event, ctx)
        return
    graft(ctx, number, attachment, event.at_ms)
    yield from enforce_on_join(event, ctx)


def _refuse_graft(event: MemberJoined, ctx: Context) -> Iterator[Any]:
    """Request a review of a cycle: the account was invited by one of its own descendants."""
    if not ctx.policy.invite_forest.enabled:
        return
    basis = Basis(
        rule=INVITE_FOREST,
        subject_id=event.account_id,
        group_id=ctx.key,
        trigger=Trigger(event.event_id, event.at_ms, ctx.late),
        policy_version=ctx.policy.version,
        reasons=frozenset({GRAFT_REFUSED}),
    )
    basis.conditions.check("inviter_is_below_account", actual=True)
    decision = basis.decide("REVIEW", {Action.REVIEW}, {})
    yield decision
    yield request_review(
        decision, f"{event.account_id} joined through {event.inviter_id}, who descends from that very account."
    )


def _join_again(event: MemberJoined, number: int, node: Node, ctx: Context) -> Iterator[Any]:
    """Ignore the join of a current member, except that an administrator's invitation wins at the same time."""
    inviter_id = _effective_inviter(event, ctx)
    is_equal = event.at_ms == node.joined_ms and not node.invited_by
    if is_equal and inviter_id and _is_admitted(event, inviter_id, ctx):
        make_root(ctx, number, Attachment(invited_by=inviter_id, via=event.via))
        if node.parent is not None:
            remove_needless_placeholder(ctx, node.parent, event.at_ms)
    else:
        if event.at_ms > node.rejoined_ms:
            ctx[NODES].put(number, replace(node, rejoined_ms=event.at_ms))
        yield Metric("already-member")


def _is_outdated(event: MemberJoined, found: tuple[int, Node] | None, ctx: Context) -> bool:
    ended_ms = (ctx[DEPARTURES].get(event.account_id), None if found is None else found[1].left_ms)
    return any(left_ms is not None and event.at_ms < left_ms for left_ms in ended_ms)

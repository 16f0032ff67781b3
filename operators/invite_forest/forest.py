"""Invite forest of a group: one node per stay of an account, with its inviter's node as parent.

Keyed by the group; runs inside the step `group`. Every node and every child is a state entry of its own, and nothing
here reads more than it needs: a group may have 100,000 members, in one chain or all below one node. A node stores its
tree and its depth. When a tree is grafted below another node, only the former root records it (a union-find with path
compression), so descendants are not rewritten.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from operators.operator import Context
from schemas.records import JoinVia
from state.catalog.entry_key import SELF, join_ids
from state.catalog.invite_forest import (
    ADMITTED_ROOTS,
    CHILDREN,
    CURRENT_NODES,
    DEPARTURES,
    GRAFTS,
    GROUP,
    INVITERS,
    NODES,
)
from state.entries.invite_forest import Graft, GroupSize, Inviter, Node

INCARNATIONS_AT_MOST = 100
"""Stays of one account that are followed back: an account that joins and leaves all day must not slow the group."""
STAYS_AT_MOST = 1_000
"""Stays among which the members of a small group are looked for."""

_WEAK_WAYS: Final = frozenset({JoinVia.LINK, JoinVia.APPROVAL})


class Attachment(Struct, frozen=True):
    """Position of a new node: below a parent, or as a root with the administrator who admitted it (IF-16)."""

    parent: int | None = None
    invited_by: str = ""
    via: str = ""


def node_of(ctx: Context, number: int) -> Node:
    """Return a node; LookupError if it is not stored."""
    node = ctx[NODES].get(number)
    if node is None:
        message = f"node {number} of the group is not stored"
        raise LookupError(message)
    return node


def current_node(ctx: Context, account_id: str) -> tuple[int, Node] | None:
    """Return number and node of the account's current stay, else of its latest; None if it has none."""
    number = ctx[CURRENT_NODES].get(account_id)
    return None if number is None else (number, node_of(ctx, number))


def is_member(ctx: Context, account_id: str) -> bool:
    """Return whether the account is a member now."""
    found = current_node(ctx, account_id)
    return found is not None and found[1].left_ms is None


def members_of(ctx: Context) -> int:
    """Return the number of current members."""
    return (ctx[GROUP].get(SELF) or GroupSize()).members


def members_within(ctx: Context, at_most: int) -> Sequence[str]:
    """Return the members of a group by account id; none if they are more, or the group has had too many stays."""
    group = ctx[GROUP].get(SELF) or GroupSize()
    if group.members > at_most or group.nodes > STAYS_AT_MOST:
        return ()
    found = (ctx[NODES].get(number) for number in range(group.nodes))
    return sorted(node.account for node in found if node is not None and node.left_ms is None)


def stays_of(ctx: Context, number: int) -> Iterator[tuple[int, Node]]:
    """Yield a stay and the earlier stays of the same account, latest first."""
    following: int | None = number
    for _ in range(INCARNATIONS_AT_MOST):
        if following is None:
            return
        node = node_of(ctx, following)
        yield following, node
        following = node.previous


def is_weakly_tied(node: Node) -> bool:
    """Return whether a node came in by a link or by approval: through somebody who may not know it (IF-50)."""
    return node.via in _WEAK_WAYS


def children_of(ctx: Context, number: int, node: Node) -> Iterator[tuple[int, Node]]:
    """Yield the children of a node in the order they were added, except those moved to another parent since."""
    for index in range(node.children):
        child = ctx[CHILDREN].get(join_ids(str(number), str(index)))
        if child is not None and (found := node_of(ctx, child)).parent == number:
            yield child, found


def root_of(ctx: Context, node: Node) -> tuple[int, int]:
    """Return the number of the tree's root and the node's depth in that tree (IF-13): a find with path compression."""
    tree, depth, path = node.tree, node.depth, []
    while (graft := ctx[GRAFTS].get(tree)) is not None:
        path.append((tree, depth))
        tree, depth = graft.tree, depth + graft.depth
    for former, above in path[:-1]:  # path compression: the next find takes one step
        ctx[GRAFTS].put(former, Graft(tree, depth - above))
    return tree, depth


def add_node(
    ctx: Context, account_id: str, joined_ms: int, attachment: Attachment, *, provisional: bool = False
) -> int:
    """Add a node for an account that joined the group, and return its number."""
    group = ctx[GROUP].get(SELF) or GroupSize()
    number = group.nodes
    ctx[GROUP].put(SELF, GroupSize(number + 1, group.members + 1))
    above = None if attachment.parent is None else node_of(ctx, attachment.parent)
    node = Node(
        account=account_id,
        tree=number if above is None else above.tree,
        depth=0 if above is None else above.depth + 1,
        joined_ms=joined_ms,
        parent=attachment.parent,
        provisional=provisional,
        invited_by=attachment.invited_by,
        previous=ctx[CURRENT_NODES].get(account_id),
        via=attachment.via,
    )
    ctx[NODES].put(number, node)
    ctx[CURRENT_NODES].put(account_id, number)
    _attach(ctx, number, node)
    return number


def add_placeholder(ctx: Context, account_id: str, at_ms: int) -> int:
    """Add a root for an account of which no join is known (IF-11); a tombstone if it is known to have left (IF-9)."""
    left_ms = ctx[DEPARTURES].get(account_id)
    joined_ms = at_ms if left_ms is None else min(at_ms, left_ms)
    number = add_node(ctx, account_id, joined_ms, Attachment(), provisional=True)
    if left_ms is not None:
        mark_left(ctx, number, left_ms)
    return number


def graft(ctx: Context, number: int, attachment: Attachment, joined_ms: int) -> None:
    """Graft a placeholder: give it its proper parent, which must not be below itself."""
    node = replace(node_of(ctx, number), provisional=False, joined_ms=joined_ms)
    if attachment.parent is not None:
        above = node_of(ctx, attachment.parent)
        ctx[GRAFTS].put(number, Graft(above.tree, above.depth + 1))
    node = replace(node, parent=attachment.parent, invited_by=attachment.invited_by, via=attachment.via)
    ctx[NODES].put(number, node)
    _attach(ctx, number, node)


def make_root(ctx: Context, number: int, attachment: Attachment) -> None:
    """Turn a node that was added below a parent at the same time into a root (IF-7)."""
    node = node_of(ctx, number)
    _count_admission(ctx, number, node, -1)
    ctx[GRAFTS].remove(number)
    root = replace(node, parent=None, tree=number, depth=0, invited_by=attachment.invited_by, via=attachment.via)
    ctx[NODES].put(number, root)
    _attach(ctx, number, node_of(ctx, number))
    below = [number]
    while below:
        above = node_of(ctx, upper := below.pop())
        for child, found in children_of(ctx, upper, above):
            ctx[NODES].put(child, replace(found, tree=number, depth=above.depth + 1))
            below.append(child)


def remove_needless_placeholder(ctx: Context, number: int, made_ms: int) -> None:
    """Remove a placeholder of which nothing is known but an invitation at its own time that did not count (IF-7)."""
    node = node_of(ctx, number)
    is_known = node.joined_ms != made_ms or not node.provisional or node.offended or node.refused
    if is_known or node.left_ms is not None or node.previous is not None or any(children_of(ctx, number, node)):
        return
    for index in range(node.children):
        ctx[CHILDREN].remove(join_ids(str(number), str(index)))
    ctx[NODES].remove(number)
    ctx[CURRENT_NODES].remove(node.account)
    if ctx[INVITERS].get(node.account) == Inviter():
        ctx[INVITERS].remove(node.account)
    _count_member(ctx, -1)


def mark_left(ctx: Context, number: int, left_ms: int) -> None:
    """Turn a current node into a tombstone; its position does not change (IF-9)."""
    ctx[NODES].put(number, replace(node_of(ctx, number), left_ms=left_ms))
    _count_member(ctx, -1)


def _count_member(ctx: Context, by: int) -> None:
    group = ctx[GROUP].get(SELF) or GroupSize()
    ctx[GROUP].put(SELF, replace(group, members=group.members + by))


def inviter_of(ctx: Context, node: Node) -> str:
    """Return the account that admitted a node; empty if none did or it is unknown."""
    return node.invited_by if node.parent is None else node_of(ctx, node.parent).account


def ancestors_of(ctx: Context, node: Node) -> Iterator[Node]:
    """Yield who let a node in, who let that one in, and so on up to the root."""
    while node.parent is not None:
        node = node_of(ctx, node.parent)
        yield node


def admitted_roots(ctx: Context, account_id: str) -> Iterator[tuple[int, Node]]:
    """Yield the roots that an account admitted as administrator, in the order they joined."""
    for index in range((ctx[INVITERS].get(account_id) or Inviter()).roots):
        number = ctx[ADMITTED_ROOTS].get(join_ids(account_id, str(index)))
        if number is not None and (node := node_of(ctx, number)).invited_by == account_id and node.parent is None:
            yield number, node


def mark_offender(ctx: Context, number: int, node: Node) -> bool:
    """Mark a stay as an offender's, and count it for its inviter (IF-35); return whether it was not marked before."""
    if node.offended:
        return False
    ctx[NODES].put(number, replace(node, offended=True))
    _count_offender(ctx, number, node, 1)
    return True


def unmark_offender(ctx: Context, number: int) -> None:
    """Take the mark of an offender from a stay, and do not count it for its inviter any more (RV-15)."""
    node = node_of(ctx, number)
    if node.offended:
        ctx[NODES].put(number, replace(node, offended=False))
        _count_offender(ctx, number, node, -1)


def _count_offender(ctx: Context, number: int, node: Node, more: int) -> None:
    """Count an offender for its inviter, unless another stay of the account counts already."""
    inviter_id = inviter_of(ctx, node)
    if not any(stay.offended and inviter_of(ctx, stay) == inviter_id for stay in _other_stays(ctx, number)):
        _count(ctx, inviter_id, offenders=more)


def recount(ctx: Context, account_id: str, roots: Sequence[int]) -> None:
    """Recount the people whom an account admitted: these roots as administrator, and the children of its stays."""
    current = ctx[CURRENT_NODES].get(account_id)
    own = [] if current is None else list(stays_of(ctx, current))
    found = [(number, node_of(ctx, number)) for number in roots]
    found += [child for number, node in own for child in children_of(ctx, number, node)]
    if found:
        people = {node.account or number for number, node in found}
        offenders = {node.account or number for number, node in found if node.offended}
        ctx[INVITERS].put(account_id, Inviter(len(people), len(offenders), len(roots)))


def _attach(ctx: Context, number: int, node: Node) -> None:
    """Add a node to its parent's children and to its inviter's record."""
    if node.parent is not None:
        above = node_of(ctx, node.parent)
        ctx[CHILDREN].put(join_ids(str(node.parent), str(above.children)), number)
        first_ms = node.joined_ms if above.first_child_ms is None else min(above.first_child_ms, node.joined_ms)
        ctx[NODES].put(node.parent, replace(above, children=above.children + 1, first_child_ms=first_ms))
    elif node.invited_by:
        index = (ctx[INVITERS].get(node.invited_by) or Inviter()).roots
        ctx[ADMITTED_ROOTS].put(join_ids(node.invited_by, str(index)), number)
        _count(ctx, node.invited_by, roots=1)
    _count_admission(ctx, number, node, 1)


def _count_admission(ctx: Context, number: int, node: Node, by: int) -> None:
    """Count a node for its inviter, once per person: people are counted, not stays (IF-35)."""
    inviter_id = inviter_of(ctx, node)
    others = [stay for stay in _other_stays(ctx, number) if inviter_of(ctx, stay) == inviter_id]
    is_first_offender = node.offended and not any(stay.offended for stay in others)
    _count(ctx, inviter_id, let_in=by * (not others), offenders=by * is_first_offender)


def _other_stays(ctx: Context, number: int) -> Iterator[Node]:
    """Return the other stays of a node's account; one that is grafted late may be older than others."""
    latest = ctx[CURRENT_NODES].get(node_of(ctx, number).account)
    return (stay for other, stay in stays_of(ctx, number if latest is None else latest) if other != number)


def _count(ctx: Context, inviter_id: str, *, let_in: int = 0, offenders: int = 0, roots: int = 0) -> None:
    if inviter_id:
        known = ctx[INVITERS].get(inviter_id) or Inviter()
        ctx[INVITERS].put(inviter_id, Inviter(known.let_in + let_in, known.offenders + offenders, known.roots + roots))

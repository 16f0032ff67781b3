"""Whom does the forest tie closely to an offender? Key: the group.

A walk from the offender's node over the edges of its tree, through tombstones too. Its cost goes with what it finds.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from operators.invite_forest.forest import admitted_roots, children_of, is_member, node_of, stays_of
from operators.operator import Context
from operators.policy.invite_forest import ForestMode, InviteForestPolicy
from state.entries.invite_forest import Node

Bounds = tuple[int | None, int | None]
"""How many edges to go at most, and above which node not to go."""

PATH_NODES_AT_MOST = 64
"""Nodes shown of one path. A chain of a hundred thousand must not fill an output."""


class Visit(Struct, frozen=True):
    """A node on the walk: how far from the start, and from which node it was reached."""

    node: Node
    distance: int
    via: int | None


class Walk(Struct):
    """All nodes within the thresholds, each with its smallest distance."""

    offender_id: str
    visits: dict[int, Visit] = field(default_factory=dict)

    @property
    def nearest(self) -> Mapping[str, int]:
        """For each account but the offender the number of its nearest node (IF-24, IF-25)."""
        found: dict[str, int] = {}
        for number, at in self.visits.items():
            account_id = at.node.account
            known = found.get(account_id)
            if known is None or at.distance < self.visits[known].distance:
                found[account_id] = number
        return {account_id: number for account_id, number in found.items() if account_id not in ("", self.offender_id)}

    @property
    def tombstones(self) -> int:
        """How many stays that have ended were walked through."""
        return sum(at.node.left_ms is not None for at in self.visits.values() if at.distance)

    def distance(self, number: int) -> int:
        """Return how far a node is from the start."""
        return self.visits[number].distance

    def path(self, number: int) -> list[str | None]:
        """Return the accounts from a node to the offender, node by node (IF-28); None for one that was erased."""
        accounts: list[str | None] = []
        at: int | None = number
        while at is not None and len(accounts) < PATH_NODES_AT_MOST:
            accounts.append(self.visits[at].node.account or None)
            at = self.visits[at].via
        return accounts

    def add(self, number: int, reached: Visit) -> None:
        """Take a node in, unless a shorter way to it is known."""
        known = self.visits.get(number)
        if known is None or reached.distance < known.distance:
            self.visits[number] = reached


def find_associated(ctx: Context, start: int, section: InviteForestPolicy, *, as_administrator: bool = False) -> Walk:
    """Return the walk from an offender's node by the policy's mode and thresholds (IF-21 to IF-26)."""
    walk = Walk(node_of(ctx, start).account)
    starts = [number for number, _ in stays_of(ctx, start)] if section.all_incarnations else [start]
    for (most, top), numbers in _bounds(ctx, starts, section).items():
        sources = [(number, Visit(node_of(ctx, number), 0, None)) for number in numbers]
        _add_visits(walk, breadth_first(ctx, sources, most, top))
    if as_administrator and section.virtual_admin_edges:
        most = section.th1 if section.mode is ForestMode.A else None
        for number, node in admitted_roots(ctx, walk.offender_id) if most is None or most > 0 else ():
            _add_visits(walk, breadth_first(ctx, [(number, Visit(node, 1, start))], most, number))
    return walk


def ancestor(ctx: Context, number: int, most: int) -> int:
    """Return the ancestor so many edges above, or the root where there are fewer (IF-23)."""
    for _ in range(most):
        parent = node_of(ctx, number).parent
        if parent is None:
            break
        number = parent
    return number


def breadth_first(
    ctx: Context, starts: Iterable[tuple[int, Visit]], most: int | None, top: int | None
) -> Iterator[tuple[int, Visit]]:
    """Yield the nodes no farther than `most` (None: any), nearest first; not above `top` (None: up to the root)."""
    waiting = deque(starts)
    seen = {number for number, _ in waiting}
    while waiting:
        number, at = waiting.popleft()
        yield number, at
        if most is None or at.distance < most:
            for neighbour, node in _neighbours(ctx, number, at.node, top):
                if neighbour not in seen:
                    seen.add(neighbour)
                    waiting.append((neighbour, Visit(node, at.distance + 1, number)))


def is_sanctionable(ctx: Context, account_id: str, node: Node) -> bool:
    """Return whether an account that was found can be sanctioned: it is a member, in this stay or another (IF-27)."""
    return node.left_ms is None or is_member(ctx, account_id)


def _bounds(ctx: Context, starts: Sequence[int], section: InviteForestPolicy) -> Mapping[Bounds, Sequence[int]]:
    """Return how far to go and how high, with the starts for which that holds: those go together in one walk."""
    found: dict[Bounds, list[int]] = {}
    for number in starts:
        if section.mode is not ForestMode.B:
            found.setdefault((section.th1, None), []).append(number)
        if section.mode is not ForestMode.A:
            found.setdefault((None, ancestor(ctx, number, section.th2)), []).append(number)
    return found


def _add_visits(walk: Walk, found: Iterator[tuple[int, Visit]]) -> None:
    for number, reached in found:
        walk.add(number, reached)


def _neighbours(ctx: Context, number: int, node: Node, top: int | None) -> Iterator[tuple[int, Node]]:
    if node.parent is not None and number != top:
        yield node.parent, node_of(ctx, node.parent)
    yield from children_of(ctx, number, node)

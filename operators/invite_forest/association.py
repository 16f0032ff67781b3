"""Association: breadth-first search of the invite forest for the members tied closely to an offender.

Keyed by the group; runs inside the step `group`. The search starts at the offender's node and follows the edges of its
tree, through tombstones too. It visits only nodes within the thresholds, so its cost is proportional to its result.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from operators.invite_forest.forest import admitted_roots, children_of, is_member, node_of, stays_of
from operators.operator import Context
from operators.policy.invite_forest import ForestMode, InviteForestPolicy
from state.entries.invite_forest import Node

Bounds = tuple[int | None, int | None]
"""The largest distance in edges, and the highest ancestor that the search may reach; None: no limit."""

PATH_NODES_AT_MOST = 64
"""Nodes listed of one path: a chain of 100,000 invitations must not blow up an output record."""


class Visit(Struct, frozen=True):
    """A visited node: its distance from the start, and its predecessor on the shortest path."""

    node: Node
    distance: int
    via: int | None


class Walk(Struct):
    """All visited nodes by number, each with its smallest distance."""

    offender_id: str
    visits: dict[int, Visit] = field(default_factory=dict)

    @property
    def nearest(self) -> Mapping[str, int]:
        """The number of the nearest node of each account except the offender (IF-24, IF-25)."""
        found: dict[str, int] = {}
        for number, at in self.visits.items():
            account_id = at.node.account
            known = found.get(account_id)
            if known is None or at.distance < self.visits[known].distance:
                found[account_id] = number
        return {account_id: number for account_id, number in found.items() if account_id not in ("", self.offender_id)}

    @property
    def tombstones(self) -> int:
        """The number of visited tombstones (ended stays)."""
        return sum(at.node.left_ms is not None for at in self.visits.values() if at.distance)

    def distance(self, number: int) -> int:
        """Return the distance of a node from the start, in edges."""
        return self.visits[number].distance

    def path(self, number: int) -> list[str | None]:
        """Return the accounts on the path from a node to the offender (IF-28); None for an erased account."""
        accounts: list[str | None] = []
        at: int | None = number
        while at is not None and len(accounts) < PATH_NODES_AT_MOST:
            accounts.append(self.visits[at].node.account or None)
            at = self.visits[at].via
        return accounts

    def add(self, number: int, reached: Visit) -> None:
        """Add a node, unless it was reached on a shorter path."""
        known = self.visits.get(number)
        if known is None or reached.distance < known.distance:
            self.visits[number] = reached


def find_associated(ctx: Context, start: int, section: InviteForestPolicy, *, as_administrator: bool = False) -> Walk:
    """Return the nodes associated with an offender's, by the policy's mode and thresholds (IF-21 to IF-26)."""
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
    """Return the ancestor `most` edges above a node, or the root if there are fewer (IF-23)."""
    for _ in range(most):
        parent = node_of(ctx, number).parent
        if parent is None:
            break
        number = parent
    return number


def breadth_first(
    ctx: Context, starts: Iterable[tuple[int, Visit]], most: int | None, top: int | None
) -> Iterator[tuple[int, Visit]]:
    """Yield the nodes within `most` edges (None: any) but not above `top` (None: the root), in breadth-first order."""
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
    """Return whether an associated account can be sanctioned: it is a member, in this stay or another (IF-27)."""
    return node.left_ms is None or is_member(ctx, account_id)


def _bounds(ctx: Context, starts: Sequence[int], section: InviteForestPolicy) -> Mapping[Bounds, Sequence[int]]:
    """Return the start nodes by their bounds: starts with the same bounds share one search."""
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

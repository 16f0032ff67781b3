"""Association: breadth-first search of the invite forest for the members tied closely to an offender.

Keyed by the group; runs inside the step `group`. The search starts at the offender's node and follows the edges of its
tree, through tombstones too. It reads only nodes within the thresholds and their neighbours. An edge by link or
approval is longer than others, and whoever let somebody in that way ends the search (IF-50): Dijkstra's algorithm
(1959), which reaches whatever is tied by invitations first.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import count

from msgspec import Struct, field

from operators.invite_forest.forest import (
    admitted_roots,
    children_of,
    is_member,
    is_weakly_tied,
    node_of,
    stays_of,
)
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
    before: int | None
    by_link: bool = False  # whether the step between the two is a tie by link or approval
    weak: bool = False  # whether it is the one who let the other in by that
    above: bool = False  # whether it let its predecessor in

    @property
    def rank(self) -> tuple[bool, int]:
        """What makes one visit of an account count before another: how it is tied, then the distance."""
        return self.weak, self.distance


class Walk(Struct):
    """All visited nodes by number, each as it is tied most closely."""

    offender_id: str
    visits: dict[int, Visit] = field(default_factory=dict)

    @property
    def nearest(self) -> Mapping[str, int]:
        """The number of the nearest node of each account except the offender (IF-24, IF-25)."""
        found: dict[str, int] = {}
        for number, at in self.visits.items():
            account_id = at.node.account
            known = found.get(account_id)
            if known is None or at.rank < self.visits[known].rank:
                found[account_id] = number
        return {account_id: number for account_id, number in found.items() if account_id not in ("", self.offender_id)}

    @property
    def tombstones(self) -> int:
        """The number of visited tombstones (ended stays)."""
        return sum(at.node.left_ms is not None for at in self.visits.values() if at.distance)

    def distance(self, number: int) -> int:
        """Return the distance of a node from the start, in edges."""
        return self.visits[number].distance

    def path(self, number: int) -> Sequence[Visit]:
        """Return the nodes on the path from a node to the offender (IF-28), cut where it is long."""
        nodes: list[Visit] = []
        at: int | None = number
        while at is not None and len(nodes) < PATH_NODES_AT_MOST:
            nodes.append(self.visits[at])
            at = self.visits[at].before
        return nodes

    def add(self, number: int, reached: Visit) -> None:
        """Add a node, unless it was reached on a shorter path."""
        known = self.visits.get(number)
        if known is None or reached.rank < known.rank:
            self.visits[number] = reached


def find_associated(ctx: Context, start: int, section: InviteForestPolicy, *, as_administrator: bool = False) -> Walk:
    """Return the nodes associated with an offender's, by the policy's mode and thresholds (IF-21 to IF-26)."""
    walk = Walk(node_of(ctx, start).account)
    starts = [number for number, _ in stays_of(ctx, start)] if section.all_incarnations else [start]
    for (most, top), numbers in _bounds(ctx, starts, section).items():
        sources = [(number, Visit(node_of(ctx, number), 0, None)) for number in numbers]
        _add_visits(walk, visits_within(ctx, sources, most, top, section.link_weight))
    if as_administrator and section.virtual_admin_edges:
        most = section.th1 if section.mode is ForestMode.A else None
        for number, node in admitted_roots(ctx, walk.offender_id):
            root = Visit(node, _length(node, section.link_weight), start, is_weakly_tied(node))
            if most is None or root.distance <= most:
                _add_visits(walk, visits_within(ctx, [(number, root)], most, number, section.link_weight))
    return walk


def weak_steps(path: Sequence[Visit]) -> Sequence[int]:
    """Return the places in a path from which the step to the next is a tie by link or approval."""
    return [place for place, at in enumerate(path) if at.by_link]


def highest_place(path: Sequence[Visit]) -> int | None:
    """Return the place in a path of the account under which all others are; None for a path that is cut."""
    if path[-1].before is not None:
        return None
    return next((place for place, at in enumerate(path) if at.above), len(path) - 1)


def ancestor(ctx: Context, number: int, most: int) -> int:
    """Return the ancestor `most` invitations above a node, or the highest if there are fewer (IF-23, IF-50)."""
    for _ in range(most):
        node = node_of(ctx, number)
        if node.parent is None or is_weakly_tied(node):
            break
        number = node.parent
    return number


def visits_within(
    ctx: Context, starts: Iterable[tuple[int, Visit]], most: int | None, top: int | None, link_weight: int
) -> Iterator[tuple[int, Visit]]:
    """Yield the nodes at a distance of at most `most` (None: any) but not above `top` (None: the root)."""
    order = count()
    waiting = [(*at.rank, next(order), number, at) for number, at in starts]
    seen: set[int] = set()
    while waiting:
        *_, number, at = heappop(waiting)
        if number in seen:
            continue
        seen.add(number)
        yield number, at
        if at.weak or (most is not None and at.distance >= most):
            continue
        for neighbour, reached in _neighbours(ctx, number, at, top, link_weight):
            if neighbour not in seen and (most is None or reached.distance <= most):
                heappush(waiting, (*reached.rank, next(order), neighbour, reached))


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


def _neighbours(ctx: Context, number: int, at: Visit, top: int | None, link_weight: int) -> Iterator[tuple[int, Visit]]:
    node = at.node
    if node.parent is not None and number != top:
        weak, above = is_weakly_tied(node), node_of(ctx, node.parent)
        yield node.parent, Visit(above, at.distance + _length(node, link_weight), number, weak, weak, above=True)
    for child, below in children_of(ctx, number, node):
        yield child, Visit(below, at.distance + _length(below, link_weight), number, is_weakly_tied(below))


def _length(node: Node, link_weight: int) -> int:
    """Return the length of the edge by which a node came in."""
    return link_weight if is_weakly_tied(node) else 1

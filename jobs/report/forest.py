"""Drawing of a case in an invite forest: an SVG tree from its root downwards, one row a node, whoever let in below.

Drawn are the paths in the evidence, from the associated members to the offender, and who is above them up to the root.
An account that is not an associated member itself is too far away, has left the group or is spared. Evidence of before
0.3.0 does not say who let in whom: it is drawn from the offender outwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jobs.report.html import el, figure, svg, table
from jobs.report.summary import evidence_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from schemas.records import Decision

_NODES_AT_MOST: Final = 60
_ABOVE_AT_MOST: Final = 3
"""Most accounts between the root and the others that are drawn one by one."""

_WIDTH: Final = 320
_DEEPEST_X: Final = 120
_STEP_X: Final = 24
_STEP_Y: Final = 28
_MARGIN: Final = 14
_NAME_AT_MOST: Final = 20
_LISTS: Final = ("associated", "associated_members", "members")
_NAMELESS: Final = "(erased)"


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A node of the drawing: account, shape, depth, and index of the node above."""

    name: str
    shape: str  # of `offender`, `member`, `ghost`
    depth: int
    before: int | None
    by_link: bool = False  # whether it is tied to the one above by a link or by approval
    is_root: bool = False  # whether nobody is above it


def case_elements(decision: Decision) -> Iterator[Element]:
    """Yield the drawing of a case, its preview and its members; nothing that the evidence does not have."""
    evidence = evidence_of(decision)
    members = [member for member in _members(evidence) if isinstance(member, dict)]
    nodes = list(_drawn(decision.subject_id, evidence, members))
    if len(nodes) > 1:
        yield figure(_tree(nodes), "Accounts associated with the offender", _caption(nodes, members))
    preview = evidence.get("preview")
    if isinstance(preview, dict):
        counted = [(str(name).replace("_", " "), _text(value)) for name, value in sorted(preview.items())]
        yield table(("what", "how many"), counted, "Preview, computed before any action")
    if members:
        rows = [
            (_account(member), _text(member.get("distance", "?")), _text(member.get("actions", [])))
            for member in members[:_NODES_AT_MOST]
        ]
        more = f"; {len(members) - len(rows):,} more are not shown" if len(members) > len(rows) else ""
        yield table(("member", "distance", "actions"), rows, f"Associated members{more}")


def _members(evidence: Mapping[str, Any]) -> Sequence[Any]:
    lists = (evidence[name] for name in _LISTS if isinstance(evidence.get(name), list))
    return next(lists, ())


def _account(member: Any) -> str:  # noqa: ANN401 - JSON of any form
    if isinstance(member, dict):
        member = member.get("account_id") or member.get("account")
    return _NAMELESS if member is None or member == "" else str(member)


def _drawn(offender_id: str, evidence: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> Iterator[DrawnNode]:
    """Yield the nodes of the tree, each once, in depth-first order from the root; first the way to the offender."""
    forest = _Forest(offender_id)
    sanctioned = {_account(member) for member in members}
    paths = [forest.path(member) for member in members]
    forest.add_inviters(evidence.get("offender"), max((up for _, up, _ in paths), default=0))
    for outwards, up, links in paths:
        forest.add(outwards, up, links)
    waiting: list[tuple[_Way, int | None, int]] = [(root, None, 0) for root in reversed(forest.roots)]
    for number in range(_NODES_AT_MOST):
        if not waiting:
            return
        way, above, depth = waiting.pop()
        name = way[-1].name
        shape = "offender" if len(way) == 1 else "member" if name in sanctioned else "ghost"
        is_root = forest.is_whole and above is None
        yield DrawnNode(name, shape, depth, above, forest.by_link.get(way, False), is_root)
        waiting += [(child, number, depth + 1) for child in reversed(forest.below.get(way, []))]


class _Step(NamedTuple):
    """A step away from the offender: to whom, and whether up, to who let the other in."""

    name: str
    up: bool


_Way = tuple[_Step, ...]
"""A node by the way from the offender to it."""


class _Forest:
    """The nodes of a case: who is below whom. Stays of the offender that others let in are nodes of their own."""

    def __init__(self, offender_id: str) -> None:
        self._offender_id = offender_id
        self._inviter: str | None = None  # who let in the stay that the case is about; None: not said
        self.is_whole = False  # whether the evidence says who is the root
        self.below: dict[_Way, list[_Way]] = {}
        self.by_link: dict[_Way, bool] = {}
        self._above: dict[_Way, _Way] = {}

    @property
    def roots(self) -> list[_Way]:
        """The nodes above which is none."""
        return [way for way in self.below if way not in self._above]

    def path(self, member: Mapping[str, Any]) -> tuple[list[str], int, set[int]]:
        """Return a member's path from the offender outwards, how many steps go up, and which are ties by link."""
        path = [_account(step) for step in member.get("path") or ()] or [_account(member), self._offender_id]
        last = len(path) - 1
        highest = member.get("highest")
        up = last - highest if isinstance(highest, int) and 0 <= highest <= last else 0
        outwards = path[::-1] if path[-1] == self._offender_id else path
        return outwards, up, {last - place for place in member.get("by_link") or ()}

    def add_inviters(self, offender: object, needed: int) -> None:
        """Add who is above the offender, up to the root; of a long line those that paths need, and the root."""
        named = offender.get("inviters") if isinstance(offender, dict) else None
        if not isinstance(offender, dict) or not isinstance(named, list):
            return
        names = [_account(name) for name in named]
        self._inviter, self.is_whole = names[0] if names else "", True
        between, depth = len(names) - needed - 2, offender.get("depth")
        if isinstance(depth, int) and depth > len(names):
            names = [*names[: needed + 1], f"… {depth - needed - 1:,} up to root"]
            self.is_whole = False
        elif between > _ABOVE_AT_MOST:
            names = [*names[: needed + 1], f"… {between:,} accounts", names[-1]]
        self.add([self._offender_id, *names], len(names), set())

    def add(self, outwards: Sequence[str], up: int, links: Collection[int]) -> None:
        """Add a path from the offender outwards, of which the first steps go up."""
        if outwards[0] != self._offender_id:
            return
        is_other_stay = up > 0 and self._inviter not in (None, outwards[1])
        way: _Way = (_Step(outwards[0], is_other_stay),)
        for length, name in enumerate(outwards[1:], start=1):
            further = (*way, _Step(name, length <= up))
            above, below = (further, way) if length <= up else (way, further)
            if self._above.setdefault(below, above) == above and below not in self.below.setdefault(above, []):
                self.below[above].append(below)
            self.by_link[below] = self.by_link.get(below, False) or length in links
            way = further


def _tree(nodes: Sequence[DrawnNode]) -> Element:
    """Return the tree as an indented list: whatever its depth, it fits the width of a telephone."""
    step = min(_STEP_X, _DEEPEST_X // max(node.depth for node in nodes))
    places = [(_MARGIN + node.depth * step, _MARGIN + row * _STEP_Y) for row, node in enumerate(nodes)]
    lines = [
        _line(places[node.before], place, by_link=node.by_link)
        for node, place in zip(nodes, places, strict=True)
        if node.before is not None
    ]
    shapes = [shape for node, place in zip(nodes, places, strict=True) for shape in _node(node, *place)]
    return svg(_WIDTH, len(nodes) * _STEP_Y, f"Tree of the case of {nodes[0].name}", *lines, *shapes)


def _line(before: tuple[int, int], place: tuple[int, int], *, by_link: bool) -> Element:
    drawn = "line loose" if by_link else "line"
    return el("path", d=f"M {before[0]} {before[1]} V {place[1]} H {place[0]}", class_=drawn)


def _node(node: DrawnNode, x: int, y: int) -> Iterator[Element]:
    if node.shape == "offender":
        yield el("path", d=f"M {x} {y - 10} L {x + 10} {y} L {x} {y + 10} L {x - 10} {y} Z", class_="offender")
    elif node.shape == "member":
        yield el("circle", cx=x, cy=y, r=7, class_="member")
    else:
        yield el("rect", x=x - 7, y=y - 7, width=14, height=14, class_="ghost")
    label = "offender " if node.shape == "offender" else ""
    name = node.name if len(node.name) <= _NAME_AT_MOST else f"{node.name[:_NAME_AT_MOST]}…"
    yield el("text", f"{label}{name}{', root' if node.is_root else ''}", x=x + 16, y=y + 4)


def _caption(nodes: Sequence[DrawnNode], members: Sequence[object]) -> str:
    shown = sum(node.shape == "member" for node in nodes)
    more = f" {len(members) - shown:,} more are not drawn." if len(members) > shown else ""
    order = "Whoever was let in stands below who did it. " if nodes[0].is_root else ""
    return (
        f"{order}Diamond: the offender. Circle: an associated member. "
        f"Dashed square: an account that has left, is spared, or is too far away.{_loose(nodes)}{more}"
    )


def _loose(nodes: Sequence[DrawnNode]) -> str:
    return " Dashed line: let in by a link or by approval." if any(node.by_link for node in nodes) else ""


def _text(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    return f"{value:,}" if isinstance(value, int) else str(value)

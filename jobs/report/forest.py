"""Drawing of a case in an invite forest: an SVG tree from the offender outwards, one row a node.

Drawn are the paths in the evidence, from the associated members to the offender. A node on a path that is not an
associated member itself has left the group or is spared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jobs.report.html import el, figure, svg, table
from jobs.report.summary import evidence_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from schemas.records import Decision

_NODES_AT_MOST: Final = 60
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
    """A node of the drawing: account, shape, depth, and index of its predecessor."""

    name: str
    shape: str  # of `offender`, `member`, `ghost`
    depth: int
    before: int | None
    by_link: bool = False  # whether it is tied to its predecessor by a link or by approval


def case_elements(decision: Decision) -> Iterator[Element]:
    """Yield the drawing of a case, its preview and its members; nothing that the evidence does not have."""
    evidence = evidence_of(decision)
    members = [member for member in _members(evidence) if isinstance(member, dict)]
    nodes = list(_nodes(decision.subject_id, members))
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


def _nodes(offender_id: str, members: Sequence[Mapping[str, Any]]) -> Iterator[DrawnNode]:
    """Yield the nodes of all paths, each once, in depth-first order from the offender."""
    below: dict[tuple[str, ...], dict[str, bool]] = {}
    sanctioned = {_account(member) for member in members}
    for member in members:
        path = [_account(step) for step in member.get("path") or ()] or [_account(member), offender_id]
        outwards = path[::-1] if path[-1] == offender_id else path
        links = {len(path) - 1 - place for place in member.get("by_link") or ()}
        for length in range(1, len(outwards)):
            below.setdefault(tuple(outwards[:length]), {})[outwards[length]] = length in links
    waiting: list[tuple[tuple[str, ...], int | None, bool]] = [((offender_id,), None, False)]
    for number in range(_NODES_AT_MOST):
        if not waiting:
            return
        walk, before, by_link = waiting.pop()
        shape = "offender" if before is None else "member" if walk[-1] in sanctioned else "ghost"
        yield DrawnNode(walk[-1], shape, len(walk) - 1, before, by_link)
        waiting += [((*walk, name), number, tied) for name, tied in reversed(below.get(walk, {}).items())]


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
    label = {"offender": "offender ", "member": "", "ghost": "by way of "}[node.shape]
    name = node.name if len(node.name) <= _NAME_AT_MOST else f"{node.name[:_NAME_AT_MOST]}…"
    yield el("text", label + name, x=x + 16, y=y + 4)


def _caption(nodes: Sequence[DrawnNode], members: Sequence[object]) -> str:
    shown = sum(node.shape == "member" for node in nodes)
    more = f" {len(members) - shown:,} more are not drawn." if len(members) > shown else ""
    return (
        "Diamond: the offender. Circle: an associated member. "
        f"Dashed square: an account on the path that has left or is spared.{_loose(nodes)}{more}"
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

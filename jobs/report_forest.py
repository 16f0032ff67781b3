"""What does a case in an invite forest look like? A tree from the offender outwards, drawn. Key: the decision.

Drawn is what the evidence holds: the paths from the associated members to the offender. Whoever stands on a path and is
not among the members themselves has left the group or is spared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from jobs.output_summary import evidence_of
from jobs.page import el, figure, picture, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from xml.etree.ElementTree import Element

    from schemas.records import Decision

_NODES_AT_MOST: Final = 60
_STEP_X: Final = 190
_STEP_Y: Final = 34
_MARGIN: Final = 24
_NAME_AT_MOST: Final = 20
_LISTS: Final = ("associated", "associated_members", "members")
_NAMELESS: Final = "(erased)"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A node on the picture: who, as what, where, and what it hangs on."""

    name: str
    shape: str  # of `offender`, `member`, `ghost`
    depth: int
    row: int
    before: int | None


def case_pictured(decision: Decision) -> Iterator[Element]:
    """Yield the drawing of a case, its preview and its members; nothing where the evidence does not have them."""
    evidence = evidence_of(decision)
    members = [member for member in _members(evidence) if isinstance(member, dict)]
    nodes = list(_nodes(decision.subject_id, members))
    if len(nodes) > 1:
        yield figure(_tree(nodes), _caption(nodes, members))
    preview = evidence.get("preview")
    if isinstance(preview, dict):
        counted = [(str(name).replace("_", " "), _worded(value)) for name, value in sorted(preview.items())]
        yield table(("what", "how many"), counted, "Preview, made before anything was done")
    if members:
        rows = [
            (_account(member), _worded(member.get("distance", "?")), _worded(member.get("actions", [])))
            for member in members[:_NODES_AT_MOST]
        ]
        more = f"; {len(members) - len(rows):,} more are not shown" if len(members) > len(rows) else ""
        yield table(("member", "distance", "actions"), rows, f"Associated members{more}")


def _members(evidence: Mapping[str, Any]) -> Sequence[Any]:
    lists = (evidence[name] for name in _LISTS if isinstance(evidence.get(name), list))
    return next(lists, ())


def _account(member: Any) -> str:  # noqa: ANN401 - what stands in evidence may have any form
    if isinstance(member, dict):
        member = member.get("account_id") or member.get("account")
    return _NAMELESS if member is None or member == "" else str(member)


def _nodes(offender_id: str, members: Sequence[Mapping[str, Any]]) -> Iterator[Drawn]:
    """Yield the nodes of all paths, each once, in the order of a walk from the offender."""
    below: dict[tuple[str, ...], dict[str, None]] = {}
    sanctioned = {_account(member) for member in members}
    for member in members:
        path = [_account(step) for step in member.get("path") or ()] or [_account(member), offender_id]
        outwards = path[::-1] if path[-1] == offender_id else path
        for length in range(1, len(outwards)):
            below.setdefault(tuple(outwards[:length]), {})[outwards[length]] = None
    waiting: list[tuple[tuple[str, ...], int | None]] = [((offender_id,), None)]
    rows: list[int] = []
    for number in range(_NODES_AT_MOST):
        if not waiting:
            return
        walk, before = waiting.pop()
        depth = len(walk) - 1
        is_first = before is not None and number == before + 1
        rows.append(rows[before] if is_first and before is not None else max(rows, default=-1) + 1)
        shape = "offender" if not depth else "member" if walk[-1] in sanctioned else "ghost"
        yield Drawn(walk[-1], shape, depth, rows[-1], before)
        waiting += [((*walk, name), number) for name in reversed(below.get(walk, {}))]


def _tree(nodes: Sequence[Drawn]) -> Element:
    lines = [_line(nodes[node.before], node) for node in nodes if node.before is not None]
    shapes = [shape for node in nodes for shape in _node(node)]
    width = _MARGIN * 2 + (max(node.depth for node in nodes) + 1) * _STEP_X
    height = _MARGIN * 2 + (max(node.row for node in nodes) + 1) * _STEP_Y
    return picture(width, height, f"Tree of the case of {nodes[0].name}", *lines, *shapes)


def _place(node: Drawn) -> tuple[int, int]:
    return _MARGIN + node.depth * _STEP_X, _MARGIN + node.row * _STEP_Y


def _line(before: Drawn, node: Drawn) -> Element:
    (x1, y1), (x2, y2) = _place(before), _place(node)
    return el("path", d=f"M {x1} {y1} V {y2} H {x2}" if y1 != y2 else f"M {x1} {y1} H {x2}", class_="line")


def _node(node: Drawn) -> Iterator[Element]:
    x, y = _place(node)
    if node.shape == "offender":
        yield el("path", d=f"M {x} {y - 11} L {x + 11} {y} L {x} {y + 11} L {x - 11} {y} Z", class_="offender")
    elif node.shape == "member":
        yield el("circle", cx=x, cy=y, r=8, class_="member")
    else:
        yield el("rect", x=x - 8, y=y - 8, width=16, height=16, class_="ghost")
    label = {"offender": "offender ", "member": "", "ghost": "walked through: "}[node.shape]
    name = node.name if len(node.name) <= _NAME_AT_MOST else f"{node.name[:_NAME_AT_MOST]}…"
    yield el("text", label + name, x=x + 14, y=y - 6)


def _caption(nodes: Sequence[Drawn], members: Sequence[object]) -> str:
    shown = sum(node.shape == "member" for node in nodes)
    more = f" {len(members) - shown:,} more are not drawn." if len(members) > shown else ""
    return (
        "Diamond: the offender. Circle: an associated member. "
        f"Dashed square: somebody on the way who has left or is spared.{more}"
    )


def _worded(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_worded(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_worded, value)) or "none"
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "unknown"}[value]
    return f"{value:,}" if isinstance(value, int) else str(value)

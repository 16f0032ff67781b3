"""The evidence of a decision as nested HTML lists, in the wording of `explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.explain.tree import decision_tree
from jobs.explain.wording import describe_decision, format_time
from jobs.report.html import details, el

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from rich.tree import Tree

    from jobs.report.html import Child
    from schemas.records import Decision, Record


def decision_details(decision: Decision, *parts: Child) -> Element:
    """Return a decision as a `details` element: its sentence, and its parts when opened."""
    return details(f"{format_time(decision.at_ms)} {decision.outcome}: {describe_decision(decision)}", *parts)


def evidence_list(decision: Decision, commands: Iterable[Record] = ()) -> Element:
    """Return the tree of a decision as nested lists."""
    return _list(decision_tree(decision, commands))


def _list(tree: Tree) -> Element:
    return el("ul", *(_item(child) for child in tree.children))


def _item(tree: Tree) -> Element:
    label = getattr(tree.label, "plain", None) or str(tree.label)
    return el("li", label, *([_list(tree)] if tree.children else []))

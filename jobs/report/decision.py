"""How does a decision's evidence stand on a page? As lists within lists, and as `explain` says it. Key: none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.explain.tree import explained
from jobs.explain.wording import time_of, what_happened
from jobs.report.html import el, folded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from rich.tree import Tree

    from jobs.report.html import Child
    from schemas.records import Decision, Record


def decision_folded(decision: Decision, *parts: Child) -> Element:
    """Return a decision as a line that opens upon its parts."""
    return folded(f"{time_of(decision.at_ms)} {decision.outcome}: {what_happened(decision)}", *parts)


def evidence_nested(decision: Decision, commands: Iterable[Record] = ()) -> Element:
    """Return a decision's tree as lists within lists."""
    return _nested(explained(decision, commands))


def _nested(tree: Tree) -> Element:
    return el("ul", *(_branch(child) for child in tree.children))


def _branch(tree: Tree) -> Element:
    label = getattr(tree.label, "plain", None) or str(tree.label)
    return el("li", label, *([_nested(tree)] if tree.children else []))

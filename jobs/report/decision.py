"""The place of a decision on the page: its address, the links to it and to searches, and its evidence as lists."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from jobs.explain.tree import decision_tree
from jobs.explain.wording import describe_decision, format_time
from jobs.printable import printable
from jobs.report.html import breakable, details, el

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from xml.etree.ElementTree import Element

    from rich.tree import Tree

    from jobs.report.html import Child
    from schemas.records import Decision, Record

_PLAIN: Final = re.compile(r"[0-9A-Za-z]{1,64}", re.ASCII)


def decision_entry(decision: Decision, *parts: Child) -> Element:
    """Return the place of a decision: its sentence, and its parts when opened."""
    entry = details(_title(decision), *parts)
    entry.attrib |= _attributes(decision)
    return entry


def decision_line(decision: Decision) -> Element:
    """Return the place of a decision as a line: its sentence, its rule and its reasons."""
    codes = (decision.group_id, *decision.reasons)
    more = "".join(f", {code}" for code in codes if code)
    about = el("span", *breakable(f" {decision.rule}: {decision.outcome}{more}"), class_="faint")
    line = el("p", el("span", _title(decision)), about)
    line.attrib |= _attributes(decision)
    return line


def address(decision_id: str) -> str:
    """Return the name of a decision's place in links: its id, or what stands for one that no id of ours looks like."""
    is_plain = _PLAIN.fullmatch(decision_id)
    return f"decision-{decision_id if is_plain else sha256(decision_id.encode('utf-8', 'replace')).hexdigest()}"


def decision_links(decisions: Iterable[Decision]) -> Element:
    """Return a list of links to decisions."""
    return el("ul", *(el("li", decision_link(decision, _title(decision))) for decision in decisions), class_="links")


def decision_link(decision: Decision, text: str) -> Element:
    """Return a link to the place of a decision."""
    return el("a", *breakable(text), href=f"#{address(decision.decision_id)}")


def linked_if_shown(decision: Decision, text: str, shown: Collection[str]) -> Child:
    """Return a text as a link to a decision whose id is among those that have a place on the page."""
    return decision_link(decision, text) if decision.decision_id in shown else text


def search_link(text: str, *phrases: str) -> Element:
    """Return a link to the decisions of the page that have all of the phrases."""
    found = " ".join(f'"{printable(phrase)}"' for phrase in phrases)
    return el("a", *breakable(text), href=f"#{urlencode({'find': found}, quote_via=quote)}")


def time_link(text: str, from_ms: int, to_ms: int) -> Element:
    """Return a link to the decisions of the page from one time until before another."""
    ends = {
        name: format_time(at).removesuffix(" UTC").replace(" ", "T") for name, at in (("from", from_ms), ("to", to_ms))
    }
    return el("a", text, href=f"#{urlencode(ends)}")


def evidence_list(decision: Decision, commands: Iterable[Record] = ()) -> Element:
    """Return the tree of a decision as nested lists, in the wording of `explain`."""
    return _list(decision_tree(decision, commands))


def _attributes(decision: Decision) -> dict[str, str]:
    """Return the address of a decision's place, and what the page's script sorts by: its time, and how long that is."""
    skip = len(format_time(decision.at_ms)) + 1
    return {"id": address(decision.decision_id), "data-at": str(decision.at_ms), "data-skip": str(skip)}


def _title(decision: Decision) -> str:
    return f"{format_time(decision.at_ms)} {decision.outcome}: {describe_decision(decision)}"


def _list(tree: Tree) -> Element:
    return el("ul", *(_item(child) for child in tree.children))


def _item(tree: Tree) -> Element:
    label = getattr(tree.label, "plain", None) or str(tree.label)
    return el("li", label, *([_list(tree)] if tree.children else []))

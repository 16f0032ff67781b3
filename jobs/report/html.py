"""HTML of the report: elements, tables, bars and SVG, in one self-contained page.

Elements are built as a tree and serialised by the standard library, so that an id or a reason is always text and never
a tag. Pictures are inline SVG. There is no script, no font and no external address.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, tostring

from jobs.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Child = Element | str

_HEAD: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>Kithward report</title>
<style>
{style}</style>
</head>
"""
_STYLE: Final = Path(__file__).with_name("report.css")
_FULL: Final = 100
_WORD: Final = 20
"""A longer word, such as an id, is broken anywhere where it does not fit."""

_WORDS: Final = re.compile(r"[\s_-]+")


def el(tag: str, *children: Child, **attributes: object) -> Element:
    """Return an element; `class_` is the attribute `class`, an underscore within a name is a hyphen."""
    named = {name.rstrip("_").replace("_", "-"): printable(str(value)) for name, value in attributes.items()}
    element = Element(tag, named)
    for child in children:
        add(element, child)
    return element


def add(element: Element, child: Child) -> None:
    """Append a child to an element; a text without control characters."""
    if isinstance(child, Element):
        element.append(child)
        return
    text = printable(child)
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def table(heads: Sequence[str], rows: Iterable[Sequence[Child]], caption: str) -> Element:
    """Return a table; a column of numbers (texts of digits) is aligned right, with its head."""
    body = [list(row) for row in rows]
    numeric = [all(_is_number(row[place]) for row in body) for place in range(len(heads))]
    head = (el("th", name, scope="col", **_class(is_number)) for name, is_number in zip(heads, numeric, strict=True))
    lines = (el("tr", *map(_cell, row, numeric)) for row in body)
    return el("table", el("caption", caption), el("thead", el("tr", *head)), el("tbody", *lines))


def counts(heads: Sequence[str], counted: Iterable[tuple[Sequence[str], int]], caption: str) -> Element:
    """Return a table of counts, each with a bar in proportion to the highest: plot and table in one."""
    rows = list(counted)
    most = max((count for _, count in rows), default=0)
    return table(heads, [[*names, bar(f"{count:,}", count, most)] for names, count in rows], caption)


def bar(label: str, part: int, whole: int) -> Element:
    """Return a number for a table cell, with a bar in proportion to its part of the whole."""
    width = _FULL * min(part, whole) // (whole or 1)
    shapes = (
        el("rect", x=0, y=0, width=length, height=8, class_=kind) for length, kind in ((_FULL, "rail"), (width, "bar"))
    )
    drawn = el("svg", *shapes, viewBox=f"0 0 {_FULL} 8", preserveAspectRatio="none", aria_hidden="true")
    return el("div", el("span", label), drawn, class_="amount")


def figure(picture: Element, name: str, caption: str) -> Element:
    """Return a picture with its name and caption."""
    return el("figure", el("figcaption", el("strong", name), f" {caption}"), picture)


def details(title: str, *parts: Child) -> Element:
    """Return a `details` element: its title, and its parts when opened."""
    return el("details", el("summary", title), *parts)


def svg(width: int, height: int, title: str, *shapes: Element) -> Element:
    """Return an SVG picture with a title for screen readers."""
    return el("svg", el("title", title), *shapes, viewBox=f"0 0 {width} {height}", role="img")


def render(body: Element) -> str:
    """Return the page as text."""
    head = _HEAD.format(style=_STYLE.read_text("utf-8"))
    return f"{head}{tostring(body, encoding='unicode', short_empty_elements=False)}\n</html>\n"


def _is_number(value: Child) -> bool:
    return isinstance(value, str) and value.replace(",", "").isdecimal()


def _class(is_number: bool) -> dict[str, str]:  # noqa: FBT001 - of a column
    return {"class_": "number"} if is_number else {}


def _cell(value: Child, is_number: bool) -> Element:  # noqa: FBT001 - of its column
    if isinstance(value, Element):
        return el("td", value)
    first, *others = value.split("_")
    breaking = {"class_": "long"} if any(len(word) > _WORD for word in _WORDS.split(value)) else _class(is_number)
    return el("td", first, *(part for other in others for part in ("_", el("wbr"), other)), **breaking)

"""HTML of the report: elements, tables, bars and SVG, in one self-contained page.

Elements are built as a tree and serialised by the standard library, so that an id or a reason is always text and never
a tag. Pictures are inline SVG. There is no font and no external address. The only script is `report.js`: the page's
policy names its hash, so that no other one would run.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
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
<meta http-equiv="Content-Security-Policy" content="{policy}"/>
<title>Kithward report</title>
<style>
{style}</style>
<script>{script}</script>
</head>
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{}'"
_STYLE: Final = Path(__file__).with_name("report.css")
_SCRIPT: Final = Path(__file__).with_name("report.js")
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


def counts(heads: Sequence[str], counted: Iterable[tuple[Sequence[Child], int]], caption: str) -> Element:
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


def range_bar(label: str, low: float, high: float) -> Element:
    """Return a text for a table cell, with a bar from one share to another."""
    begin = round(_FULL * low)
    width = max(round(_FULL * high) - begin, 1)
    rail = el("rect", x=0, y=0, width=_FULL, height=8, class_="rail")
    found = el("rect", x=begin, y=0, width=width, height=8, class_="bar")
    drawn = el("svg", rail, found, viewBox=f"0 0 {_FULL} 8", preserveAspectRatio="none", aria_hidden="true")
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
    script = _SCRIPT.read_text("utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    head = _HEAD.format(style=_STYLE.read_text("utf-8"), script=script, policy=_POLICY.format(digest))
    return f"{head}{tostring(body, encoding='unicode', short_empty_elements=False)}\n</html>\n"


def _is_number(value: Child) -> bool:
    return isinstance(value, str) and value.replace(",", "").isdecimal()


def _class(is_number: bool) -> dict[str, str]:  # noqa: FBT001 - of a column
    return {"class_": "number"} if is_number else {}


def _cell(value: Child, is_number: bool) -> Element:  # noqa: FBT001 - of its column
    text = "".join(value.itertext()) if isinstance(value, Element) else value
    is_long = any(len(word) > _WORD for word in _WORDS.split(text))
    parts = [value] if isinstance(value, Element) else breakable(text)
    return el("td", *parts, **({"class_": "long"} if is_long else _class(is_number)))


def breakable(text: str) -> list[Child]:
    """Return a text as children of an element that may be broken behind each underscore."""
    first, *others = text.split("_")
    return [first, *(part for other in others for part in ("_", el("wbr"), other))]

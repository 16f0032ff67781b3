"""How is a page of HTML put together that needs nothing but itself? Key: none.

Elements are built as a tree and written by a library, so that whatever an id or a reason holds is a text, and never a
tag. Pictures are SVG within the page. There is no script, no font and no address from elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import Element, tostring

from jobs.plain_words import printable

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
:root { --ink: #1c2430; --paper: #ffffff; --faint: #66707c; --line: #c9d0d8; --mark: #1f5fa8; --alarm: #a3261d; }
@media (prefers-color-scheme: dark) {
:root { --ink: #e4e8ee; --paper: #14181e; --faint: #9aa5b1; --line: #3a424d; --mark: #7db4f0; --alarm: #f0897f; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
margin: 0 auto; padding: 1rem; max-width: 70rem; }
table { border-collapse: collapse; margin: 0.5rem 0; }
th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid var(--line);
overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
details { border-bottom: 1px solid var(--line); padding: 0.3rem 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
li { overflow-wrap: anywhere; }
.faint { color: var(--faint); }
figure { margin: 0.5rem 0; overflow-x: auto; }
figcaption { color: var(--faint); }
svg { max-width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .line { stroke: var(--faint); fill: none; }
svg .bar { fill: var(--mark); }
svg .offender { fill: var(--paper); stroke: var(--alarm); stroke-width: 3; }
svg .member { fill: var(--paper); stroke: var(--mark); stroke-width: 2; }
svg .ghost { fill: var(--paper); stroke: var(--faint); stroke-dasharray: 4 3; }
</style>
</head>
"""


def el(tag: str, *children: Child, **attributes: object) -> Element:
    """Return an element; `class_` is the attribute `class`, an underscore within a name is a hyphen."""
    named = {name.rstrip("_").replace("_", "-"): printable(str(value)) for name, value in attributes.items()}
    element = Element(tag, named)
    for child in children:
        add(element, child)
    return element


def add(element: Element, child: Child) -> None:
    """Put a child at an element's end; a text without what could steer a screen or a reader."""
    if isinstance(child, Element):
        element.append(child)
        return
    text = printable(child)
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def table(heads: Sequence[str], rows: Iterable[Sequence[Child]], caption: str) -> Element:
    """Return a table; numbers, as texts of digits, stand on the right."""
    head = el("tr", *(el("th", name, scope="col") for name in heads))
    body = (el("tr", *map(_cell, row)) for row in rows)
    return el("table", el("caption", caption, class_="faint"), el("thead", head), el("tbody", *body))


def figure(picture: Element, caption: str) -> Element:
    """Return a picture with what it shows in words."""
    return el("figure", picture, el("figcaption", caption))


def picture(width: int, height: int, title: str, *shapes: Element) -> Element:
    """Return an SVG picture with a title that is read out in its place."""
    return el(
        "svg", el("title", title), *shapes, viewBox=f"0 0 {width} {height}", width=width, height=height, role="img"
    )


def written(body: Element) -> str:
    """Return the whole page."""
    return f"{_HEAD}{tostring(body, encoding='unicode', short_empty_elements=False)}\n</html>\n"


def _cell(value: Child) -> Element:
    is_number = isinstance(value, str) and value.replace(",", "").isdecimal()
    return el("td", value, class_="number") if is_number else el("td", value)

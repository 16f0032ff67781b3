"""Drawing of the similarity of two profiles: bars for scores, a grid of bits for hashes, never an avatar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from jobs.report.html import bar, el, figure, svg, table
from jobs.report.summary import evidence_of
from jobs.share import exact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from fractions import Fraction
    from xml.etree.ElementTree import Element

    from schemas.records import Decision

_SIDE: Final = 8
_BITS: Final = _SIDE * _SIDE
_CELL: Final = 16
_WIDTH: Final = 320
_FINE: Final = 10_000
"""Resolution of the bar of a score: parts of 1."""

_PARTS_AT_MOST: Final = 30


def likeness_elements(decision: Decision) -> Iterator[Element]:
    """Yield the comparisons in a decision's evidence: bars for scores, a grid of cells for the bits of two hashes."""
    evidence = evidence_of(decision)
    bits = list(_distances("", evidence))
    scores = [(name, score) for name, value in _scores("", evidence) if (score := _score(value)) is not None]
    placed = _differing_bits(evidence)
    drawn = [_hash_comparison(name, distance, placed) for name, distance in bits[:_PARTS_AT_MOST]]
    if scores:
        shown = scores[:_PARTS_AT_MOST]
        more = f" {len(scores) - len(shown):,} more are not shown." if len(scores) > len(shown) else ""
        rows = ((name, bar(f"{float(score):.4f}", int(score * _FINE), _FINE)) for name, score in shown)
        caption = f"Similarity: 0 is nothing in common, 1 identical.{more}"
        drawn.append(table(("compared", "alike"), rows, caption))
    if drawn:
        yield el("div", *drawn, class_="beside")


def _hash_comparison(name: str, distance: int, placed: frozenset[int] | None) -> Element:
    """Return the comparison of two hashes as a square of bits, or as a count where the bits are unknown."""
    title = f"{distance} of {_BITS} bits differ"
    if placed is None or len(placed) != distance:
        return el("p", el("strong", name), f" {title}; which ones is not in the evidence")
    drawn = figure(_cells(name, placed), name, f"{title}: those with a cross")
    listed = ", ".join(str(bit + 1) for bit in sorted(placed)) or "none"
    return el("div", drawn, el("p", f"Bits that differ, counted from 1: {listed}.", class_="faint"))


def _scores(place: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - evidence is JSON of any form
    """Yield every value called similarity or score, and its parts."""
    for name, inner in _items(place, value):
        last = name.rsplit(" ", 1)[-1]
        if last in {"similarity", "score"} and not isinstance(inner, dict | list):
            yield name, inner
        elif last in {"parts", "similarity"} and isinstance(inner, dict):
            yield from ((f"{name} {part}", score) for part, score in inner.items())
        else:
            yield from _scores(name, inner)


def _distances(place: str, value: Any) -> Iterator[tuple[str, int]]:  # noqa: ANN401
    for name, inner in _items(place, value):
        if name.rsplit(" ", 1)[-1] in {"distance", "bits"} and type(inner) is int and 0 <= inner <= _BITS:
            yield name, inner
        else:
            yield from _distances(name, inner)


def _items(place: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(value, dict):
        yield from ((f"{place} {name}".strip(), inner) for name, inner in value.items() if name != "conditions")
    elif isinstance(value, list):
        yield from ((_item_name(place, number, inner), inner) for number, inner in enumerate(value, start=1))


def _item_name(place: str, number: int, inner: Any) -> str:  # noqa: ANN401
    account = _account_of(inner) if isinstance(inner, dict) else None
    return f"{place} {account or number}".strip()


def _account_of(inner: Mapping[str, Any]) -> str | None:
    found = (inner.get(name) for name in ("lookalike", "object", "account_id", "kind"))
    return next((name for name in found if isinstance(name, str) and name), None)


def _differing_bits(evidence: Mapping[str, Any]) -> frozenset[int] | None:
    """Return the differing bits of the two avatars' hashes, from the most significant; None without both hashes."""
    try:
        one, other = (int(evidence[name]["hash"], 16) for name in ("sender_avatar", "lookalike_avatar"))
    except (KeyError, TypeError, ValueError):
        return None
    return frozenset(bit for bit in range(_BITS) if (one ^ other) >> (_BITS - 1 - bit) & 1)


def _score(value: Any) -> Fraction | None:  # noqa: ANN401
    """Return a score from 0 to 1; it may be written as a fraction."""
    try:
        score = exact(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return score if 0 <= score <= 1 else None


def _cells(name: str, places: Collection[int]) -> Element:
    shapes = []
    for bit in range(_BITS):
        x, y = 1 + bit % _SIDE * _CELL, 1 + bit // _SIDE * _CELL
        shapes.append(el("rect", x=x, y=y, width=_CELL, height=_CELL, class_="grid"))
        if bit in places:
            cross = f"M {x + 3} {y + 3} l {_CELL - 6} {_CELL - 6} m 0 {6 - _CELL} l {6 - _CELL} {_CELL - 6}"
            shapes.append(el("path", d=cross, class_="cross"))
    # As wide as other pictures, so that its cells are not scaled up.
    return svg(_WIDTH, _SIDE * _CELL + 2, f"{name}: {len(places)} of {_BITS} bits differ", *shapes)

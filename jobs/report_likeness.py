"""How alike are two profiles? Scores by part and differing bits, and never a picture. Key: the decision."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from jobs.output_summary import evidence_of
from jobs.page import el, figure, picture

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from xml.etree.ElementTree import Element

    from schemas.records import Decision

_BITS: Final = 64
_CELL: Final = 9
_BAR: Final = 300
_PARTS_AT_MOST: Final = 30


def likeness_pictured(decision: Decision) -> Iterator[Element]:
    """Yield the comparisons in a decision's evidence: bars for scores, a row of cells for the bits of two hashes."""
    evidence = evidence_of(decision)
    bits = list(_distances("", evidence))
    scores = [(name, score) for name, value in _scores("", evidence) if (score := _share(value)) is not None]
    placed = _differing(evidence)
    for name, distance in bits[:_PARTS_AT_MOST]:
        places = placed if placed is not None and len(placed) == distance else frozenset(range(distance))
        yield figure(_cells(name, places), f"{name}: {distance} of {_BITS} bits differ (each a cell with a cross)")
    if scores:
        shown = scores[:_PARTS_AT_MOST]
        more = f" {len(scores) - len(shown):,} more are not shown." if len(scores) > len(shown) else ""
        yield figure(_bars(shown), f"How alike: 0 is nothing in common, 1 the same.{more}")


def _scores(place: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - evidence is JSON of any form
    """Yield everything called similarity, and the parts that stand beside it."""
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
        yield from ((_numbered(place, number, inner), inner) for number, inner in enumerate(value, start=1))


def _numbered(place: str, number: int, inner: Any) -> str:  # noqa: ANN401
    account = _named(inner) if isinstance(inner, dict) else None
    return f"{place} {account or number}".strip()


def _named(inner: Mapping[str, Any]) -> str | None:
    found = (inner.get(name) for name in ("lookalike", "object", "account_id", "kind"))
    return next((name for name in found if isinstance(name, str) and name), None)


def _differing(evidence: Mapping[str, Any]) -> frozenset[int] | None:
    """Return which bits of the two avatars' hashes differ, the first one first; None where they are not there."""
    try:
        one, other = (int(evidence[name]["hash"], 16) for name in ("sender_avatar", "lookalike_avatar"))
    except (KeyError, TypeError, ValueError):
        return None
    return frozenset(bit for bit in range(_BITS) if (one ^ other) >> (_BITS - 1 - bit) & 1)


def _share(value: Any) -> Fraction | None:  # noqa: ANN401
    """Return a score from 0 to 1; it may be written as a fraction."""
    try:
        score = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return score if 0 <= score <= 1 else None


def _cells(name: str, places: Collection[int]) -> Element:
    shapes = []
    for bit in range(_BITS):
        x = 1 + bit * _CELL
        shapes.append(el("rect", x=x, y=1, width=_CELL, height=14, class_="line"))
        if bit in places:
            shapes.append(
                el("path", d=f"M {x + 1} 2 L {x + _CELL - 1} 14 M {x + 1} 14 L {x + _CELL - 1} 2", class_="line")
            )
    return picture(_BITS * _CELL + 2, 16, f"{name}: {len(places)} of {_BITS} bits differ", *shapes)


def _bars(scores: list[tuple[str, Fraction]]) -> Element:
    shapes = []
    for number, (name, score) in enumerate(scores):
        y = number * 22
        shapes += [
            el("rect", x=1, y=y + 4, width=_BAR, height=12, class_="line"),
            el("rect", x=1, y=y + 4, width=int(score * _BAR), height=12, class_="bar"),
            el("text", f"{float(score):.4f}  {name}", x=_BAR + 10, y=y + 14),
        ]
    return picture(_BAR + 500, len(scores) * 22 + 4, "Scores by part", *shapes)

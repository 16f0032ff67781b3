"""Ratio of two costs that are measured in turns, so that load on the machine affects both alike."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from bench.report import at_most

if TYPE_CHECKING:
    from collections.abc import Iterable


def ratio_line(what: str, turns: Iterable[tuple[float, float]], most: float) -> str:
    """Return the result line of two costs in microseconds: their medians, and the median ratio of the pairs."""
    pairs = list(turns)
    one, other = (median(costs) for costs in zip(*pairs, strict=True))
    return at_most(f"{what}: {one:,.1f} and {other:,.1f} us, x", median(b / a for a, b in pairs), most, ".2f")

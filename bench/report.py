"""How is a figure told of which something was wanted? In one line, that says first whether it was met."""

from __future__ import annotations


def at_least(what: str, value: float, wanted: float, told: str) -> str:
    """Return the line of a figure that had to be so large. `told` is a format of figures, as `.1f` or `,.0f`."""
    return _verdict(f"{what} {value:{told}}", f">= {wanted:{told}}", is_met=value >= wanted)


def at_most(what: str, value: float, wanted: float, told: str) -> str:
    """Return the line of a figure that could not be larger."""
    return _verdict(f"{what} {value:{told}}", f"<= {wanted:{told}}", is_met=value <= wanted)


def _verdict(what: str, wanted: str, *, is_met: bool) -> str:
    return f"{'met   ' if is_met else 'MISSED'} {what} (wanted {wanted})"

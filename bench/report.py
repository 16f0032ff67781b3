"""Result lines of figures with a target: whether it was met, the figure, the target."""

from __future__ import annotations


def at_least(what: str, value: float, wanted: float, form: str) -> str:
    """Return the line of a figure with a lower bound. `form` is a number format such as `.1f` or `,.0f`."""
    return _verdict(f"{what} {value:{form}}", f">= {wanted:{form}}", is_met=value >= wanted)


def at_most(what: str, value: float, wanted: float, form: str) -> str:
    """Return the line of a figure with an upper bound."""
    return _verdict(f"{what} {value:{form}}", f"<= {wanted:{form}}", is_met=value <= wanted)


def _verdict(what: str, wanted: str, *, is_met: bool) -> str:
    return f"{'met   ' if is_met else 'MISSED'} {what} (wanted {wanted})"

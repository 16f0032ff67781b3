"""A stay of an account in the naive model of a group's forest."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Stay:
    who: str | None
    joined: int
    parent: Stay | None = None
    note: str = ""
    left: int | None = None
    provisional: bool = False
    refused: bool = False
    offended: bool = False
    person: str = ""
    weak: bool = False  # whether it came in by a link or by approval

    @property
    def line(self) -> list[Stay]:
        """The stay, its parent, and so on up to the root."""
        found, at = [], self
        while at is not None:  # type: ignore[redundant-expr]
            found.append(at)
            at = at.parent  # type: ignore[assignment]
        return found

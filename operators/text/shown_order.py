"""The order in which a text with right-to-left overrides is shown (FA-68), after Unicode's algorithm (UAX 9).

Letters turn round by overrides alone; embeddings and isolates let them run as usual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operators.text.normalisation import clusters

if TYPE_CHECKING:
    from collections.abc import Sequence

RIGHT_TO_LEFT: Final = "\u202e"
_OPENS: Final = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
_CLOSES: Final = frozenset("\u202c\u2069")
_PARAGRAPHS: Final = frozenset("\n\r\x1c\x1d\x1e\x85\u2029")
_DEEPEST: Final = 125
"""Levels that Unicode allows; those that open deeper have no effect."""


class _Level:
    """What is shown within one level, in its own order."""

    def __init__(self, *, turned: bool) -> None:
        self.turned = turned
        self.places: list[int] = []

    def add(self, inner: _Level) -> None:
        """Add what is within an inner level: turned round where it runs the other way."""
        self.places += inner.places[::-1] if inner.turned != self.turned else inner.places


def _shown_parts(parts: Sequence[str]) -> Sequence[int]:
    levels, beyond = [_Level(turned=False)], 0
    for place, part in enumerate(parts):
        if part in _PARAGRAPHS:
            beyond = 0
            _close(levels, 1)
        levels[-1].places.append(place)
        if part in _OPENS:
            if len(levels) > _DEEPEST:
                beyond += 1
            else:
                levels.append(_Level(turned=part == RIGHT_TO_LEFT))
        elif part in _CLOSES and beyond:
            beyond -= 1
        elif part in _CLOSES:
            _close(levels, max(1, len(levels) - 1))
    _close(levels, 1)
    return levels[0].places


def _close(levels: list[_Level], left: int) -> None:
    while len(levels) > left:
        inner = levels.pop()
        levels[-1].add(inner)


def shown_order(text: str) -> Sequence[int]:
    """Return the indexes of a text's code points in the order in which they are shown, each before its marks."""
    parts = clusters(text)
    starts, at = [], 0
    for part in parts:
        starts.append(at)
        at += len(part)
    return [starts[place] + offset for place in _shown_parts(parts) for offset in range(len(parts[place]))]

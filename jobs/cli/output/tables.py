"""Tables of the tool's output, as lines of text: rows of counts that say what they are made of, and columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_GAP = "  "
_NARROWEST = 20  # columns of a terminal that parts get, however long the names before them are


@dataclass(frozen=True, slots=True)
class CountRow:
    """A row of counts: what is counted, how many there are, and the parts that they consist of."""

    what: str
    count: int
    parts: Sequence[str] = ()


def count_lines(rows: Sequence[CountRow], width: int) -> Iterator[str]:
    """Yield rows as lines of at most `width` characters, where that is possible: parts go on below each other."""
    names = max((len(row.what) for row in rows), default=0)
    digits = max((len(f"{row.count:,}") for row in rows), default=0)
    indent = " " * (names + digits + 2 * len(_GAP))
    for row in rows:
        first, *more = _wrap(row.parts, max(width - len(indent), _NARROWEST))
        yield f"{row.what:{names}}{_GAP}{row.count:>{digits},}{_GAP}{first}".rstrip()
        for line in more:
            yield indent + line


def listed(counts: Mapping[str, int]) -> list[str]:
    """Return counts as texts, the largest first: `MIDDLE 7`."""
    return [f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda each: (-each[1], each[0]))]


def column_lines(heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> Iterator[str]:
    """Yield a table as lines: columns with numbers stand at the right, all others at the left."""
    numbers = {place for row in rows for place, cell in enumerate(row) if isinstance(cell, int)}
    table = [heads, *([f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (
            cell.rjust(width) if place in numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield _GAP.join(cells).rstrip()


def _wrap(parts: Sequence[str], width: int) -> list[str]:
    """Return parts in lines, with commas between them; a part is never broken."""
    lines = [""]
    for place, part in enumerate(parts, start=1):
        text = part if place == len(parts) else f"{part},"
        if lines[-1] and len(lines[-1]) + 1 + len(text) > width:
            lines.append(text)
        else:
            lines[-1] = f"{lines[-1]} {text}".lstrip()
    return lines

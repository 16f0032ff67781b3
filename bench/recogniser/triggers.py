"""Choice of the triggers: short stretches of letters that frauds have several of, and everyday messages hardly any."""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

_EACH: Final = 4
"""So many triggers every fraud is to have: twice as many as it needs, for others have fewer."""
_RAREST: Final = 8
"""A trigger occurs in as many frauds, at least,"""
_LIKELIER: Final = 8
"""and in as many times the share of frauds as of everyday messages."""
_UNSEEN: Final = 1 / 6000
"""Share of the everyday messages that is counted for each trigger besides those that have it."""


_DIGIT: Final = re.compile(r"\d")  # which digits an amount or a code has says nothing


@dataclass(frozen=True, slots=True)
class Form:
    """Letters of the shortest and of the longest trigger, and whether they are those of ASCII, or some are not."""

    least: int
    most: int
    of_ascii: bool


def choose(frauds: Sequence[str], everyday: Sequence[str], form: Form) -> list[str]:
    """Return triggers for some normalised frauds: first those that most frauds have for few everyday messages."""
    found = {part: rows for part, rows in _occurrences(frauds, form).items() if len(rows) >= _RAREST}
    passing = _occurrences(everyday, form, among=found)
    costs = {part: _UNSEEN * len(everyday) + len(passing.get(part, ())) for part in found}
    least = _LIKELIER * len(frauds)
    likely = {part: rows for part, rows in found.items() if len(rows) * len(everyday) >= least * costs[part]}
    return sorted(_cover(likely, costs, len(frauds)))


def _cover(found: Mapping[str, AbstractSet[int]], costs: Mapping[str, float], frauds: int) -> Iterator[str]:
    """Yield parts until every fraud has enough of them, as far as it can (greedy set cover)."""
    wanted = [_EACH] * frauds

    def merit(part: str) -> float:
        return sum(wanted[row] > 0 for row in found[part]) / costs[part]

    queue = [(-merit(part), part) for part in found]
    heapq.heapify(queue)
    while queue:
        _, part = heapq.heappop(queue)
        worth = merit(part)
        if worth > 0 and queue and -worth > queue[0][0]:
            heapq.heappush(queue, (-worth, part))
        elif worth > 0:
            for row in found[part]:
                wanted[row] -= 1
            yield part


def _occurrences(
    texts: Sequence[str], form: Form, among: Mapping[str, AbstractSet[int]] | None = None
) -> Mapping[str, set[int]]:
    """Return in which texts each part occurs; only of parts that are in `among`, if it is given."""
    rows: defaultdict[str, set[int]] = defaultdict(set)
    for row, text in enumerate(texts):
        for part in _parts(text, form):
            if among is None or part in among:
                rows[part].add(row)
    return rows


def _parts(text: str, form: Form) -> Iterator[str]:
    for length in range(form.least, form.most + 1):
        parts = (text[at : at + length] for at in range(len(text) - length + 1))
        yield from (part for part in parts if not _DIGIT.search(part) and part.isascii() == form.of_ascii)

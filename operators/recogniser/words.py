"""Words that the recogniser knows, the most frequent first: to find them where they are run together or broken."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 20
_STEPS: Final = 1000  # steps of costs in 1


def _cost(rank: int, number: int) -> int:
    return int((rank * Decimal(number + 2).ln()).ln() * _STEPS)


class Words:
    """Words by their frequency, which is one over their rank and the logarithm of their number (Zipf's law).

    The cost of a word is the logarithm of that.
    """

    def __init__(self, listed: Sequence[str]) -> None:
        self._costs = {word: _cost(rank, len(listed)) for rank, word in enumerate(listed, start=1)}
        self._strange = _cost(len(listed) + 1, len(listed)) + _STEPS

    def __contains__(self, word: str) -> bool:
        """Return whether a word is known."""
        return word in self._costs

    def letters_of_known(self, words: Sequence[str]) -> int:
        """Return how many letters known words have among some, those of one letter aside."""
        known = self._costs
        return sum([len(word) for word in words if word in known and len(word) > 1])

    def best(self, *spellings: str) -> str:
        """Return the most frequent of some spellings of a word; the first, if none is known."""
        return min(spellings, key=lambda word: self._costs.get(word, self._strange))

    def split(self, letters: str) -> list[str]:
        """Return letters as the words that they most likely are (Viterbi's algorithm); unknown ones by themselves."""
        costs, starts = [0], [0]
        for end in range(1, len(letters) + 1):
            cost, start = costs[-1] + self._strange, end - 1
            for begin in range(max(0, end - _LONGEST), end):
                known = self._costs.get(letters[begin:end])
                if known is not None and costs[begin] + known < cost:
                    cost, start = costs[begin] + known, begin
            costs.append(cost)
            starts.append(start)
        found, end = [], len(letters)
        while end:
            found.append(letters[starts[end] : end])
            end = starts[end]
        return found[::-1]

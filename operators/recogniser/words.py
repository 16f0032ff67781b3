"""Words that the recogniser knows, the most frequent first: to find them where they are run together or broken."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 20
_STEPS: Final = 1000  # steps of costs in 1
_NEVER: Final = 1 << 62


def _cost(rank: int, number: int) -> int:
    return int((rank * Decimal(number + 2).ln()).ln() * _STEPS)


class Words:
    """Words by their frequency, which is one over their rank and the logarithm of their number (Zipf's law).

    The cost of a word is the logarithm of that.
    """

    def __init__(self, listed: Sequence[str]) -> None:
        self._costs = {word: _cost(rank, len(listed)) for rank, word in enumerate(listed, start=1)}
        self._beginnings = {word[:end] for word in listed for end in range(1, len(word) + 1)}
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
        size = len(letters)
        costs, starts = [0, *[_NEVER] * size], [0] * (size + 1)
        for begin in range(size):
            before = costs[begin]
            for end in range(begin + 1, min(begin + _LONGEST, size) + 1):
                piece = letters[begin:end]
                if piece not in self._beginnings:
                    break
                known = self._costs.get(piece)
                if known is not None and before + known < costs[end]:
                    costs[end], starts[end] = before + known, begin
            if before + self._strange <= costs[begin + 1]:
                costs[begin + 1], starts[begin + 1] = before + self._strange, begin
        found, end = [], size
        while end:
            found.append(letters[starts[end] : end])
            end = starts[end]
        return found[::-1]

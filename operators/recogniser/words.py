"""Words that the recogniser knows, the most frequent first: to find them where they are run together or broken."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from ahocorasick_rs import AhoCorasick, Implementation

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 20
_STEPS: Final = 1000  # steps of costs in 1


def cost_of(rank: int, number: int) -> int:
    """Return the cost of the word of a rank among a number of words."""
    return int((rank * Decimal(number + 2).ln()).ln() * _STEPS)


class Words:
    """Words by their frequency, which is one over their rank and the logarithm of their number (Zipf's law).

    The cost of a word is the logarithm of that.
    """

    def __init__(self, listed: Sequence[str]) -> None:
        self._costs = {word: cost_of(rank, len(listed)) for rank, word in enumerate(listed, start=1)}
        self._several = frozenset(word for word in listed if len(word) > 1)
        pieces = [word for word in listed if len(word) <= _LONGEST]
        self._piece_costs = [self._costs[word] for word in pieces]
        self._pieces = AhoCorasick(pieces, implementation=Implementation.ContiguousNFA)
        self._strange = cost_of(len(listed) + 1, len(listed)) + _STEPS

    def __contains__(self, word: str) -> bool:
        """Return whether a word is known."""
        return word in self._costs

    def letters_of_known(self, words: Sequence[str]) -> int:
        """Return how many letters known words have among some, those of one letter aside."""
        return sum(map(len, filter(self._several.__contains__, words)))

    def best(self, *spellings: str) -> str:
        """Return the most frequent of some spellings of a word; the first, if none is known."""
        return min(spellings, key=lambda word: self._costs.get(word, self._strange))

    def split(self, letters: str) -> list[str]:
        """Return letters as the words that they most likely are (Viterbi's algorithm); unknown ones by themselves."""
        size = len(letters)
        ending: list[list[tuple[int, int]]] = [[] for _ in range(size + 1)]
        for piece, begin, end in self._pieces.find_matches_as_indexes(letters, overlapping=True):
            ending[end].append((begin, self._piece_costs[piece]))
        costs, starts = [0], [0]
        for end in range(1, size + 1):
            least, start = costs[-1] + self._strange, end - 1
            for begin, cost in ending[end]:  # the longest first
                if costs[begin] + cost < least:
                    least, start = costs[begin] + cost, begin
            costs.append(least)
            starts.append(start)
        found, end = [], size
        while end:
            found.append(letters[starts[end] : end])
            end = starts[end]
        return found[::-1]

"""The patterns of the prefilter: those that suffice alone, and the parts of combinations (FA-78)."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from operators.screening.letters import Matches, Searched
from operators.screening.phrase import rarity_of_any
from operators.screening.ragged import Ragged
from operators.screening.symbol_search import SymbolSearch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from numpy.typing import NDArray

    Column = NDArray[np.int64]
    Parts = tuple[frozenset[str], ...]


class Batch(NamedTuple):
    """Texts as they are searched; `signed`: which have signs that may be letters, `read`: these with letters."""

    written: Searched
    signed: Column
    read: Searched

    def only(self, texts: Column) -> Batch:
        """Return a batch of some of the texts."""
        _, of_signed, of_texts = np.intersect1d(self.signed, texts, assume_unique=True, return_indices=True)
        return Batch(self.written.only(texts), of_texts, self.read.only(of_signed))


class Patterns:
    """Patterns, numbered as they are listed; and at which ends each has to be at the edge of a word."""

    def __init__(self, patterns: Mapping[str, int]) -> None:
        self._search = SymbolSearch(patterns)

    def find(self, batch: Batch) -> Matches:
        """Return the patterns that may be in texts, in either reading."""
        written, read = self._search.find(batch.written), self._search.find(batch.read)
        texts = np.concatenate((written.texts, batch.signed[read.texts]))
        return Matches(texts, np.concatenate((written.patterns, read.patterns)))


class CombinedPatterns:
    """Patterns: those that suffice alone, and combinations, of which the rarest part leads to the others.

    `whole` says of each phrase at which ends it has to be at the edge of a word.
    """

    def __init__(self, alone: AbstractSet[str], combined: Collection[Parts], whole: Mapping[str, int]) -> None:
        leads = {parts: max(parts, key=rarity_of_any) for parts in combined}
        leading = set(chain.from_iterable(leads.values())) - alone
        patterns = (*sorted(alone), *sorted(leading))
        needed = [[part for part in parts if part is not lead] for parts, lead in leads.items()]
        others = {part: number for number, part in enumerate(dict.fromkeys(chain.from_iterable(needed)))}
        phrases = sorted(set(chain.from_iterable(others)))
        self._alone, self._none = len(alone), len(others)
        self._patterns = Patterns({pattern: whole[pattern] for pattern in patterns})
        self._rest = Patterns({phrase: whole[phrase] for phrase in phrases})
        self._combinations = _by_phrase(leads.values(), patterns)
        self._parts = _by_phrase(others, phrases)
        self._needed = np.full((len(needed), max(map(len, needed), default=0)), self._none, dtype=np.int64)
        for row, parts in enumerate(needed):
            self._needed[row, : len(parts)] = [others[part] for part in parts]

    def find(self, batch: Batch) -> Column:
        """Return the indexes of the texts that may have a phrase that suffices alone, or all parts of a combination."""
        texts, patterns = self._patterns.find(batch)
        is_alone = patterns < self._alone
        return np.union1d(texts[is_alone], self._complete(batch, texts[~is_alone], patterns[~is_alone]))

    def _complete(self, batch: Batch, texts: Column, patterns: Column) -> Column:
        """Return which of the texts with leading phrases may have all other parts of a combination, too."""
        if not texts.size:
            return texts
        led, rows = np.unique(texts, return_inverse=True)
        leads, combinations = self._combinations.expand(patterns)
        has = self._other_parts(batch.only(led))
        complete = has[rows[leads][:, None], self._needed[combinations]].all(axis=1)
        completed: Column = led[rows[leads][complete]]
        return completed

    def _other_parts(self, batch: Batch) -> NDArray[np.bool_]:
        """Return for each text and part whether it may be there, and one column for no part at all."""
        texts, phrases = self._rest.find(batch)
        found, parts = self._parts.expand(phrases)
        has = np.zeros((batch.written.letters.texts, self._none + 1), dtype=np.bool_)
        has[texts[found], parts] = True
        has[:, self._none] = True
        return has


def _by_phrase(parts: Iterable[Collection[str]], phrases: Sequence[str]) -> Ragged:
    """Return for each phrase the numbers of the parts that have it."""
    numbers = {phrase: number for number, phrase in enumerate(phrases)}
    listed = ((numbers[phrase], part) for part, held in enumerate(parts) for phrase in held)
    return Ragged(listed, len(phrases))

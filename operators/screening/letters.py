"""The letters of a batch of texts as symbols, with the word edges beside each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from operators.text.alphabet import BOUNDARY, read_digits, separator_free_places
from operators.text.word_edges import BEGINS, ENDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from operators.text.alphabet import Symbols

    Column = NDArray[np.int64]
    Edges = NDArray[np.uint8]


class Letters(NamedTuple):
    """Symbols without separators, with boundaries between texts, and the edges of words at each."""

    symbols: Symbols
    edges: Edges

    @property
    def is_boundary(self) -> NDArray[np.bool_]:
        """Which symbols are boundaries."""
        is_boundary: NDArray[np.bool_] = self.symbols == BOUNDARY
        return is_boundary

    @property
    def texts(self) -> int:
        """The number of texts, of which there is one at least."""
        return int(np.count_nonzero(self.is_boundary)) + 1

    def texts_at(self, places: Column) -> Column:
        """Return the index of the text that each place is in."""
        return np.searchsorted(np.flatnonzero(self.is_boundary), places) if places.size else places

    def have_edges(self, firsts: Column, lasts: Column, needs: Column | Edges) -> NDArray[np.bool_]:
        """Return which ranges, from their first to their last letter, are at the edges of words that each needs."""
        edges = (self.edges[firsts] & BEGINS) | (self.edges[lasts] & ENDS)
        have: NDArray[np.bool_] = needs & ~edges == 0
        return have

    def only(self, texts: Column) -> Letters:
        """Return the letters of some texts, in the order of all."""
        ends = np.append(np.flatnonzero(self.is_boundary), self.symbols.size)
        sizes = np.diff(ends, prepend=-1)  # each with the boundary before it
        wanted = np.zeros(ends.size, dtype=np.bool_)
        wanted[texts] = True
        kept = np.repeat(wanted, sizes)[1:]  # no boundary is before the first
        if texts.size and not wanted[0]:
            kept[ends[wanted.argmax()] - sizes[wanted.argmax()]] = False
        return Letters(self.symbols[kept], self.edges[kept])

    @property
    def run_starts(self) -> Column:
        """Where equal letters that adjoin begin; each boundary is by itself."""
        starts = self.is_boundary
        starts[:1] = True
        starts[1:] |= self.symbols[1:] != self.symbols[:-1]
        return np.flatnonzero(starts)


class Searched(NamedTuple):
    """The letters of texts, digits read as letters, and their skeletons: one of equal letters that adjoin.

    Each of these has the edges of them all: any may be the one that a repeated letter stands for.
    """

    letters: Letters
    skeletons: Letters

    def only(self, texts: Column) -> Searched:
        """Return some texts."""
        return Searched(self.letters.only(texts), self.skeletons.only(texts))


class Matches(NamedTuple):
    """Indexes of texts, and of the patterns that may be in them."""

    texts: Column
    patterns: Column


def without_separators(symbols: Symbols, edges: Edges) -> Letters:
    """Return the letters among symbols."""
    places = separator_free_places(symbols)
    return Letters(symbols[places], edges[places])


def searched_letters(letters: Letters) -> Searched:
    """Return letters as they are searched."""
    read = Letters(read_digits(letters.symbols), letters.edges)
    starts = read.run_starts
    edges = np.bitwise_or.reduceat(read.edges, starts) if starts.size else read.edges
    spread = np.repeat(edges, np.diff(starts, append=read.symbols.size))
    return Searched(Letters(read.symbols, spread), Letters(read.symbols[starts], edges))

"""Search of many patterns in a batch of texts by two hashed grams of each, in a few numpy passes: finds a superset.

A gram is two letters of scripts without spaces, four of others. Of each pattern two grams that everyday messages rarely
have are entered in a table, with a mark that says how far apart they are. Places whose grams have a mark in common are
few: there both grams together tell the pattern, and then all its letters and the edges of words are compared.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from operators.screening.letters import Matches
from operators.screening.ragged import Ragged
from operators.text.alphabet import BOUNDARY, skeleton_symbols, unspaced_symbols
from operators.text.everyday_grams import gram_bits
from operators.text.skeleton import is_as_written, skeleton
from operators.text.word_edges import BEGINS, ENDS, Whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from operators.screening.letters import Letters
    from operators.text.alphabet import Symbols

    Column = NDArray[np.int64]
    Grams = NDArray[np.uint32]
    Marks = NDArray[np.uint16]

_SPACED, _UNSPACED = 4, 2
"""Letters of a gram."""
_DISTANCES: Final = range(4)
"""Letters between the beginnings of a pattern's two grams."""
_BITS: Final = (range(2), range(2, 4), range(4, 6), range(6, 16))
"""Bits of marks by distance. Patterns are dealt out among them, so that fewer grams have marks in common by chance."""
_OF_DISTANCE: Final = [np.uint16(sum(1 << bit for bit in bits)) for bits in _BITS]
_INDEX_BITS: Final = 18
_SHIFT: Final = np.uint32(32 - _INDEX_BITS)
_MULTIPLIERS: Final = tuple(np.uint32(odd) for odd in (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35))
"""Odd numbers of multiplicative hashing (Knuth, The Art of Computer Programming 3, 6.4)."""
_BASE: Final = np.uint64(0x9E3779B97F4A7C15)
_FEWEST_POWERS: Final = 18
"""The powers of the base that are kept are 2 to the power of this, or more where a batch has more letters."""


class _Pair(NamedTuple):
    """Where the first gram of a pattern begins, and how far from it the second does."""

    start: int
    distance: int


_WORD: Final = _Pair(0, 0)
"""That of a pattern which is a word without a gram."""


class _Entry(NamedTuple):
    """A pattern: its number and length, where its first gram is in it and among all letters, its distance and mark."""

    number: int
    size: int
    whole: int
    start: int
    place: int
    distance: int
    mark: int


class GramSearch:
    """The tables. `others`: patterns without a gram and those that are searched as written, which are not found.

    With `words`, patterns that have no gram but are words by themselves are looked up at all words that are so short,
    which pays where texts have many of them.
    """

    def __init__(self, patterns: Mapping[str, int], *, words: bool) -> None:
        self._is_unspaced = unspaced_symbols()
        self.others: dict[str, int] = {}
        entries: list[_Entry] = []
        joined: list[int] = []
        for number, (pattern, whole) in enumerate(patterns.items()):
            letters, pair = _prepared(pattern)
            is_word = words and whole == Whole.BOTH and len(letters) < _SPACED
            if is_as_written(pattern) or (pair is None and not is_word):
                self.others[pattern] = whole
                continue
            start, distance = pair or _WORD
            mark = 1 << _BITS[distance][len(entries) % len(_BITS[distance])] if pair else 0
            entries.append(_Entry(number, len(letters), whole, start, len(joined) + start, distance, mark))
            joined += (*letters, *(BOUNDARY,) * _SPACED)
        self._enter(np.array(joined, dtype=np.uint16), entries)

    def _enter(self, joined: Symbols, entries: Sequence[_Entry]) -> None:
        self._has_words = any(not entry.mark for entry in entries)
        columns = np.array(entries, dtype=np.int64).reshape(-1, len(_Entry._fields)).T
        self._numbers, self._sizes, self._needs, self._starts, places, distances, marks = columns
        grams = self._grams(joined)
        self._firsts, self._seconds = np.zeros((2, 1 << _INDEX_BITS), dtype=np.uint16)
        np.bitwise_or.at(self._firsts, grams[places] >> _SHIFT, marks.astype(np.uint16))
        np.bitwise_or.at(self._seconds, grams[places + distances] >> _SHIFT, marks.astype(np.uint16))
        is_word = marks == 0
        together = np.where(
            is_word, _word_index(joined, places, self._sizes), _together(grams[places], grams[places + distances])
        )
        self._entries = Ragged(zip(together.tolist(), range(len(entries)), strict=True), 1 << _INDEX_BITS)
        begins = places - self._starts
        from_begin = np.arange(joined.size) - np.repeat(begins, np.diff(begins, append=joined.size))
        self._hashes = np.add.reduceat(joined * _powers(joined.size)[from_begin], begins) if entries else begins

    def find(self, skeletons: Letters) -> Matches:
        """Return the patterns that may be in texts."""
        grams = self._grams(skeletons.symbols)
        indexes = grams >> _SHIFT
        firsts, seconds = self._firsts[indexes], self._seconds[indexes]
        found = [self._found(grams, distance, firsts, seconds) for distance in _DISTANCES]
        if self._has_words:
            found.append(self._words(skeletons))
        places, entries = (np.concatenate(each) for each in zip(*found, strict=True))
        return self._whole(skeletons, places, entries)

    def _found(self, grams: Grams, distance: int, firsts: Marks, seconds: Marks) -> tuple[Column, Column]:
        """Return places of first grams, and the entries of which they and the grams at a distance may be."""
        in_common = firsts[: firsts.size - distance] & seconds[distance:] & _OF_DISTANCE[distance]
        places = np.flatnonzero(in_common)
        rows, entries = self._entries.expand(_together(grams[places], grams[places + distance]))
        return places[rows], entries

    def _words(self, letters: Letters) -> tuple[Column, Column]:
        """Return where words begin that have no gram, and the entries that they may be."""
        begins = np.flatnonzero(letters.edges & BEGINS)
        padded = np.append(letters.edges, np.zeros(_SPACED, dtype=np.uint8))
        found = [begins[padded[begins + size - 1] & ENDS != 0] for size in range(1, _SPACED)]
        places = np.concatenate(found)
        sizes = np.repeat(np.arange(1, _SPACED), list(map(len, found)))
        rows, entries = self._entries.expand(_word_index(letters.symbols, places, sizes))
        return places[rows], entries

    def _whole(self, skeletons: Letters, places: Column, entries: Column) -> Matches:
        """Return the matches that have the edges of words that they need, and all letters."""
        begins = places - self._starts[entries]
        ends = begins + self._sizes[entries]
        inside = (begins >= 0) & (ends <= skeletons.symbols.size)
        begins, ends, entries = begins[inside], ends[inside], entries[inside]
        counts = skeletons.have_edges(begins, ends - 1, self._needs[entries])
        begins, ends, entries = begins[counts], ends[counts], entries[counts]
        equal = self._is_equal(skeletons, begins, ends, entries)
        return Matches(skeletons.texts_at(begins[equal]), self._numbers[entries[equal]])

    def _is_equal(self, skeletons: Letters, begins: Column, ends: Column, entries: Column) -> NDArray[np.bool_]:
        """Return whether ranges of a text have all letters of patterns, by polynomial hashes (Karp and Rabin)."""
        powers = _powers(skeletons.symbols.size)
        sums = np.zeros(skeletons.symbols.size + 1, dtype=np.uint64)
        np.cumsum(skeletons.symbols * powers, out=sums[1:])
        is_equal: NDArray[np.bool_] = sums[ends] - sums[begins] == self._hashes[entries] * powers[begins]
        return is_equal

    def _grams(self, letters: Symbols) -> Grams:
        """Return the hash of the gram at each letter; boundaries are thought behind the last."""
        first, second, last = _MULTIPLIERS
        codes = np.zeros(letters.size + _SPACED - 1, dtype=np.uint32)
        codes[: letters.size] = letters
        pairs = codes[:-1] * first + codes[1:]
        grams: Grams = (pairs[:-2] * second + pairs[2:]) * last
        if letters.dtype != np.uint8:
            unspaced = np.flatnonzero(self._is_unspaced[letters])
            grams[unspaced] = pairs[unspaced] * last
        return grams


@lru_cache(1 << 16)
def _prepared(pattern: str) -> tuple[Sequence[int], _Pair | None]:
    """Return the symbols of a pattern's skeleton, and its grams: most policies have the same patterns."""
    letters = skeleton_symbols(pattern)
    return letters, _pair(letters, gram_bits(skeleton(pattern)))


def _pair(letters: Sequence[int], bits: Sequence[int]) -> _Pair | None:
    """Return the rarest two grams of a pattern that are as far apart as may be; None if it has no gram."""
    is_unspaced = unspaced_symbols()
    ends = [at + (_UNSPACED if is_unspaced[letter] else _SPACED) for at, letter in enumerate(letters)]
    begins = [at for at, end in enumerate(ends) if end <= len(letters)]
    if not begins:
        return None
    for distance in reversed(_DISTANCES):
        starts = [at for at in begins if at + distance in begins]
        if starts:
            break
    start = max(starts, key=lambda at: sum(bits[at : at + distance + _UNSPACED]))
    return _Pair(start, distance)


def _together(grams: Grams, others: Grams) -> Grams:
    """Return the index of two grams."""
    return (grams * _MULTIPLIERS[0] + others) * _MULTIPLIERS[1] >> _SHIFT


def _word_index(symbols: Symbols, places: Column, sizes: Column) -> Grams:
    """Return the index of words of fewer letters than a gram has."""
    letters = np.append(symbols, np.zeros(_SPACED, dtype=symbols.dtype))
    hashed = np.zeros(places.size, dtype=np.uint32)
    for at in range(_SPACED - 1):
        hashed = hashed * _MULTIPLIERS[0] + np.where(at < sizes, letters[places + at], 0).astype(np.uint32)
    return hashed * _MULTIPLIERS[1] >> _SHIFT


def _powers(size: int) -> NDArray[np.uint64]:
    """Return the powers of the base of polynomial hashes, modulo 2 to the power of 64."""
    return _powers_to(1 << max(size.bit_length(), _FEWEST_POWERS))[:size]


@lru_cache(4)
def _powers_to(size: int) -> NDArray[np.uint64]:
    factors = np.full(size, _BASE, dtype=np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)

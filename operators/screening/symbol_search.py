"""Search of many patterns in a batch of texts: by their skeletons, or as written where those say too little."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
from ahocorasick_rs import BytesAhoCorasick, Implementation

from operators.screening.letters import Matches
from operators.text.alphabet import encoded, skeleton_symbols, written_symbols
from operators.text.skeleton import is_as_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from operators.screening.letters import Letters, Searched

    Column = NDArray[np.int64]
    Numbered = Mapping[int, tuple[Sequence[int], int]]

NONE: Final = np.empty(0, dtype=np.int64)
NOTHING: Final = Matches(NONE, NONE)
_FIRST_CONTINUATION, _LAST_CONTINUATION = 0x80, 0xBF
_LARGEST_DFA: Final = 1 << 19
"""Bytes of patterns, at most, that become a deterministic automaton: it is twice as fast, and ten times as large."""


class SymbolSearch:
    """The compiled patterns, numbered as they are listed; and at which ends each has to be at the edge of a word."""

    def __init__(self, patterns: Mapping[str, int]) -> None:
        read: dict[int, tuple[Sequence[int], int]] = {}
        written: dict[int, tuple[Sequence[int], int]] = {}
        for number, (pattern, whole) in enumerate(patterns.items()):
            if is_as_written(pattern):
                written[number] = written_symbols(pattern), whole
            else:
                read[number] = skeleton_symbols(pattern), whole
        self._read, self._written = (_Automaton(each) if each else None for each in (read, written))

    def find(self, searched: Searched) -> Matches:
        """Return the patterns that may be in texts."""
        read = self._read.find(searched.skeletons) if self._read else NOTHING
        written = self._written.find(searched.letters) if self._written else NOTHING
        return Matches(*map(np.concatenate, zip(read, written, strict=True)))


class _Automaton:
    """Patterns in one automaton (Aho and Corasick)."""

    def __init__(self, patterns: Numbered) -> None:
        self._numbers = np.array(list(patterns), dtype=np.int64)
        self._needs = np.array([whole for _, whole in patterns.values()], dtype=np.uint8)
        searched = ["".join(map(chr, symbols)).encode() for symbols, _ in patterns.values()]
        is_small = sum(map(len, searched)) <= _LARGEST_DFA
        kind = Implementation.DFA if is_small else Implementation.ContiguousNFA
        self._automaton = BytesAhoCorasick(searched, implementation=kind)

    def find(self, letters: Letters) -> Matches:
        text = encoded(letters.symbols)
        matches = self._automaton.find_matches_as_indexes(text, overlapping=True)
        found = np.fromiter(chain.from_iterable(matches), dtype=np.int64, count=3 * len(matches)).reshape(-1, 3)
        patterns, firsts, ends = found.T
        if len(text) > letters.symbols.size:
            place_of = _places(text)
            firsts, ends = place_of[firsts], place_of[ends - 1] + 1
        counts = np.flatnonzero(letters.have_edges(firsts, ends - 1, self._needs[patterns]))
        return Matches(letters.texts_at(firsts[counts]), self._numbers[patterns[counts]])


def _places(text: bytes) -> Column:
    """Return for each byte of UTF-8 the index of its code point."""
    codes = np.frombuffer(text, dtype=np.uint8)
    return np.cumsum((codes < _FIRST_CONTINUATION) | (codes > _LAST_CONTINUATION)) - 1

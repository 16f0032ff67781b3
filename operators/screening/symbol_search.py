"""Search of many patterns in a batch of texts as symbols: by their skeletons; of numbers as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from ahocorasick_rs import BytesAhoCorasick

from operators.text.alphabet import BOUNDARY, is_digit
from operators.text.skeleton import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from operators.text.alphabet import Alphabet, Symbols

    Column = NDArray[np.int64]

NONE: Final = np.empty(0, dtype=np.int64)


class SymbolSearch:
    """The compiled patterns, numbered as they are listed."""

    def __init__(self, alphabet: Alphabet, patterns: Sequence[str]) -> None:
        self._alphabet = alphabet
        self._phrases = [number for number, pattern in enumerate(patterns) if not is_number(pattern)]
        self._numbers = [number for number, pattern in enumerate(patterns) if is_number(pattern)]
        self._of_phrases = BytesAhoCorasick([alphabet.encode_pattern(patterns[number]) for number in self._phrases])
        self._of_numbers = BytesAhoCorasick([patterns[number].encode() for number in self._numbers])

    def find(self, symbols: Symbols) -> tuple[Column, Column]:
        """Return the indexes of texts, and of the patterns that may be in them; `symbols` has no separators."""
        phrases = _matches(self._of_phrases, self._phrases, self._alphabet.encode_skeletons(symbols))
        if not self._numbers:
            return phrases
        digits = symbols[is_digit(symbols) | (symbols == BOUNDARY)].astype(np.uint8).tobytes()
        numbers = _matches(self._of_numbers, self._numbers, digits)
        return np.concatenate((phrases[0], numbers[0])), np.concatenate((phrases[1], numbers[1]))


def _matches(automaton: BytesAhoCorasick, numbers: Sequence[int], searched: bytes) -> tuple[Column, Column]:
    found = automaton.find_matches_as_indexes(searched, overlapping=True)
    if not found:
        return NONE, NONE
    places = np.array([start for _, start, _ in found], dtype=np.int64)
    patterns = np.array([numbers[pattern] for pattern, _, _ in found], dtype=np.int64)
    return texts_at(places, np.frombuffer(searched, dtype=np.uint8) == BOUNDARY), patterns


def texts_at(places: Column, is_boundary: NDArray[np.bool_]) -> Column:
    """Return the index of the text that each place is in."""
    return np.searchsorted(np.flatnonzero(is_boundary), places) if places.size else NONE

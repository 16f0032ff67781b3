"""Search of many patterns in a batch of texts as symbols: by their skeletons, or as written."""

from __future__ import annotations

from itertools import compress
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from ahocorasick_rs import BytesAhoCorasick

from operators.text.alphabet import BOUNDARY
from operators.text.skeleton import is_ambiguous, is_number

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
        as_written = [is_number(pattern) or is_ambiguous(pattern) for pattern in patterns]
        self._read = [number for number, exactly in enumerate(as_written) if not exactly]
        self._written = list(compress(range(len(patterns)), as_written))
        self._of_read = BytesAhoCorasick([alphabet.encode_skeleton(patterns[number]) for number in self._read])
        self._of_written = BytesAhoCorasick([alphabet.encode_pattern(patterns[number]) for number in self._written])

    def find(self, symbols: Symbols) -> tuple[Column, Column]:
        """Return the indexes of texts, and of the patterns that may be in them; `symbols` has no separators."""
        read = _matches(self._of_read, self._read, self._alphabet.encode_skeletons(symbols))
        if not self._written:
            return read
        written = _matches(self._of_written, self._written, self._alphabet.encode_letters(symbols))
        return np.concatenate((read[0], written[0])), np.concatenate((read[1], written[1]))


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


def texts_from(symbols: Symbols, texts: Sequence[int]) -> Symbols:
    """Return the symbols of some texts, with boundaries between them."""
    bounds = np.concatenate(([-1], np.flatnonzero(symbols == BOUNDARY), [symbols.size]))
    boundary = np.array([BOUNDARY], dtype=symbols.dtype)
    pieces = [piece for text in texts for piece in (boundary, symbols[bounds[text] + 1 : bounds[text + 1]])]
    return cast("Symbols", np.concatenate(pieces[1:]))

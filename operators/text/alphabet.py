"""Normalisation of a whole batch of texts at once, by a numpy table from code points to symbols of a small alphabet.

Only characters that occur in the patterns get a symbol of their own; all others share one. A text becomes bytes (the
UTF-8 of its symbols), in which Aho-Corasick searches the patterns.
"""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from operators.text.accents import base_letters
from operators.text.normalisation import affected_code_points, is_separator, marks, traditional_to_simplified

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

BOUNDARY = 0
"""The symbol between two texts."""
OTHER = 1
"""The symbol of every character that no pattern has."""
IRREGULAR = 2
"""The symbol of a character whose normalisation is several characters, or depends on its neighbours."""
REMOVED = 0x7F
"""The symbol of a separator, until it is removed."""
DIGITS = range(0x30, 0x3A)

ASCII_SEPARATOR = b"\xff"
"""Separates ASCII texts in a batch: a byte that UTF-8 never contains."""
TEXT_SEPARATOR = "\U0010ffff"
"""Separates any texts in a batch: a noncharacter, though a text may contain it."""

_ONE_BYTE = [code for code in range(IRREGULAR + 1, REMOVED) if code not in DIGITS and not chr(code).isalpha()]
_LAST_SYMBOL = 0xD7FF  # the next code points are surrogates, which UTF-8 cannot encode
_CODE_POINTS = sys.maxunicode + 1
_SEVERAL = _CODE_POINTS  # entry of the table: normalised to several code points, or depending on neighbours
_LINE = "\n"


def _fold_all(chars: Iterable[str]) -> list[str]:
    """Return every character normalised by itself, all in a few passes."""
    compatible = unicodedata.normalize("NFKC", _LINE.join(chars))
    return compatible.casefold().translate(traditional_to_simplified()).translate(base_letters()).split(_LINE)


def _single(char: str, folded: str, combining: frozenset[str]) -> int:
    if char in combining and not is_separator(char):
        return _SEVERAL
    kept = [part for part in folded if not is_separator(part)]
    return _SEVERAL if len(kept) > 1 else ord(kept[0]) if kept else 0


@cache
def normalised_code_points() -> NDArray[np.uint32]:
    """Return the normalised code point of every code point (an array of length 0x110000).

    0: removed; `_SEVERAL`: normalised to several, or depending on its neighbours.
    """
    table = np.arange(_CODE_POINTS, dtype=np.uint32)
    chars = [chr(code) for code in affected_code_points() if chr(code) != _LINE]
    combining = marks()
    folded = zip(chars, _fold_all(chars), strict=True)
    codes = np.fromiter(map(ord, chars), dtype=np.uint32, count=len(chars))
    table[codes] = np.fromiter((_single(*pair, combining) for pair in folded), dtype=np.uint32, count=len(chars))
    table[ord(_LINE)] = 0
    return table


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


class Alphabet:
    """The symbols of the characters of some normalised patterns."""

    def __init__(self, patterns: Iterable[str]) -> None:
        counted = Counter("".join(patterns))
        self._symbols = dict(_assign_symbols(char for char, _ in counted.most_common()))
        self._table = self._symbol_table()
        ascii_symbols = self._table[:128].astype(np.uint8).tobytes()
        self._ascii = ascii_symbols + bytes([OTHER]) * 127 + bytes([BOUNDARY])
        self._removed = bytes(byte for byte in range(128) if ascii_symbols[byte] == REMOVED)

    def _symbol_table(self) -> NDArray[np.uint16]:
        of_normalised = np.full(_CODE_POINTS + 1, OTHER, dtype=np.uint16)
        for char, symbol in self._symbols.items():
            of_normalised[ord(char)] = symbol
        of_normalised[0], of_normalised[_SEVERAL] = REMOVED, IRREGULAR
        table = of_normalised[normalised_code_points()]
        table[ord(TEXT_SEPARATOR)] = BOUNDARY
        return table

    def encode_pattern(self, pattern: str) -> bytes:
        """Return a normalised pattern as symbols."""
        return "".join(chr(self._symbols[char]) for char in pattern).encode()

    def encode_ascii(self, joined: bytes) -> bytes:
        """Return ASCII texts, joined by `ASCII_SEPARATOR`, as symbols, with boundaries between them."""
        return joined.translate(self._ascii, self._removed)

    def encode_any(self, codes: NDArray[np.uint32]) -> bytes:
        """Return texts, the code points of which are joined by `TEXT_SEPARATOR`, as symbols with boundaries."""
        symbols = self._table[codes].tobytes().decode("utf-16-le").encode()
        return symbols.translate(None, bytes([REMOVED]))


def _assign_symbols(chars: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield a symbol for each character, the shortest for the first; ASCII characters are their own symbols."""
    yield from ((chr(digit), digit) for digit in DIGITS)
    free = iter([*_ONE_BYTE, *range(REMOVED + 1, _LAST_SYMBOL)])
    for char in chars:
        if not char.isdecimal() or not char.isascii():
            yield char, ord(char) if char.isascii() else next(free, _LAST_SYMBOL)

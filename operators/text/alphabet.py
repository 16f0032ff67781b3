"""Normalisation of a whole batch of texts at once, by a numpy table from code points to symbols.

The symbol of a letter is the code point of the letter that represents it in skeletons (FA-67), in two bytes, or in one
where all texts are ASCII. The few that do not fit share symbols: what is found by them is to be compared again.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from operators.text.accents import base_letters, is_drawn
from operators.text.lookalikes import DIGITS as DIGIT_LETTERS
from operators.text.lookalikes import lookalikes
from operators.text.normalisation import (
    affected_code_points,
    is_separator,
    marks,
    traditional_to_simplified,
)
from operators.text.shown_order import RIGHT_TO_LEFT
from operators.text.signs import INNER, SIGNS, pictured
from operators.text.skeleton import representatives, skeleton

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Symbols = NDArray[np.uint8] | NDArray[np.uint16]

BOUNDARY = 0
"""The symbol between two texts."""
IRREGULAR = 2
"""The symbol of a character whose normalisation is several characters, or depends on its neighbours."""
_OUTER_SIGN, _INNER_SIGN, _SEPARATOR = 0x7D, 0x7E, 0x7F
"""The symbols of separators, until they are removed: signs that may stand for letters, and all others."""
DIGITS = range(0x30, 0x3A)

ASCII_SEPARATOR = b"\xff"
"""Separates ASCII texts in a batch: a byte that UTF-8 never contains."""
TEXT_SEPARATOR = "\U0010ffff"
"""Separates any texts in a batch: a noncharacter, though a text may contain it."""

_SHARED = range(3, 0x20)
"""The symbols that all letters beyond the last symbol share."""
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
    kept = [part for part in folded if not is_separator(part) and not (part in combining and is_drawn(part))]
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


@cache
def skeleton_code_points() -> NDArray[np.uint32]:
    """Return the same of code points that are read by their classes (FA-67), but ASCII digits as themselves.

    What is read in more than one way, or only in its neighbourhood, counts as several.
    """
    table = normalised_code_points().copy()
    look = {code: letter for code, letter in representatives().items() if chr(code) not in DIGIT_LETTERS}
    classes = np.arange(_CODE_POINTS + 1, dtype=np.uint32)
    classes[list(look)] = list(map(ord, look.values()))
    table = classes[table]
    capitals = (chr(code) for code in lookalikes() if table[code] != classes[ord(lookalikes()[code])])
    table[[*map(ord, capitals), *pictured(), ord(RIGHT_TO_LEFT)]] = _SEVERAL
    return table


def code_points(text: str) -> NDArray[np.uint32]:
    """Return the code points of a text."""
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


@cache
def symbol_table() -> NDArray[np.uint16]:
    """Return the symbol of every code point."""
    skeletons = skeleton_code_points()
    table = np.where(skeletons <= _LAST_SYMBOL, skeletons, _SHARED.start + skeletons % len(_SHARED)).astype(np.uint16)
    table[skeletons == 0], table[skeletons == _SEVERAL] = _SEPARATOR, IRREGULAR
    table[[*map(ord, SIGNS)]] = [_INNER_SIGN if sign in INNER else _OUTER_SIGN for sign in SIGNS]
    table[ord(TEXT_SEPARATOR)] = BOUNDARY
    return table


@cache
def _ascii_table() -> bytes:
    """Return the symbol of every byte of ASCII texts joined by `ASCII_SEPARATOR`."""
    return symbol_table()[:128].astype(np.uint8).tobytes() + bytes([BOUNDARY]) * 128


@cache
def letters_of_digits() -> NDArray[np.uint8]:
    """Return the symbol of the letter that a digit stands for, by the digit's symbol."""
    letters = np.zeros(DIGITS.stop, dtype=np.uint8)
    for digit, stands_for in DIGIT_LETTERS.items():
        letters[ord(digit)] = ord(skeleton(stands_for[0]))
    return letters


def skeleton_symbols(pattern: str) -> Sequence[int]:
    """Return the symbols of the skeleton of a normalised pattern."""
    return list(map(_symbol, skeleton(pattern)))


def written_symbols(pattern: str) -> Sequence[int]:
    """Return the symbols of a normalised pattern as it is searched letter by letter."""
    return list(map(_symbol, pattern.translate(representatives())))


def _symbol(letter: str) -> int:
    code = ord(letter)
    return code if code <= _LAST_SYMBOL else _SHARED.start + code % len(_SHARED)


def encode_ascii(joined: bytes) -> Symbols:
    """Return ASCII texts, joined by `ASCII_SEPARATOR`, as symbols."""
    return np.frombuffer(joined.translate(_ascii_table()), dtype=np.uint8)


def encode_any(codes: NDArray[np.uint32]) -> Symbols:
    """Return any texts, the code points of which are joined by `TEXT_SEPARATOR`, as symbols."""
    return symbol_table()[codes]


def read_digits(symbols: Symbols) -> Symbols:
    """Return symbols with letters in place of digits."""
    letters = symbols.copy()
    digits = np.flatnonzero(is_digit(symbols))
    letters[digits] = letters_of_digits()[symbols[digits]]
    return letters


def encoded(symbols: Symbols) -> bytes:
    """Return symbols as they are searched: in UTF-8."""
    searched: bytes = symbols.tobytes()
    return searched if symbols.dtype == np.uint8 else searched.decode("utf-16-le").encode()


def is_digit(symbols: Symbols) -> NDArray[np.bool_]:
    """Return which symbols are digits."""
    return (symbols >= DIGITS.start) & (symbols < DIGITS.stop)


def separator_free_places(symbols: Symbols) -> NDArray[np.int64]:
    """Return the places of all symbols but those of separators."""
    return np.flatnonzero((symbols < _OUTER_SIGN) | (symbols > _SEPARATOR))


def sign_places(symbols: Symbols) -> NDArray[np.int64]:
    """Return the places of all signs that may stand for letters, and perhaps of some others."""
    places = np.flatnonzero((symbols == _OUTER_SIGN) | (symbols == _INNER_SIGN))
    before, after, later = (symbols.take(places + step, mode="clip") for step in (-1, 1, 2))
    is_inner = symbols[places] == _INNER_SIGN
    ends = _is_letter(after) | ((after == _INNER_SIGN) & _is_letter(later))
    stand = np.where(is_inner, _is_letter(before) & ends, _is_letter(before) | _is_letter(after))
    standing: NDArray[np.int64] = places[stand]
    return standing


def _is_letter(symbols: Symbols) -> NDArray[np.bool_]:
    is_removed: NDArray[np.bool_] = (symbols >= _OUTER_SIGN) & (symbols <= _SEPARATOR)
    is_boundary: NDArray[np.bool_] = symbols == BOUNDARY
    return ~is_boundary & ~is_removed & ~is_digit(symbols)

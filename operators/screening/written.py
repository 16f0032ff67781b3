"""A look at a batch of texts as they are written: long words and dotted names, which the symbols run together."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING, Final

import numpy as np

from operators.detectors.hosts import is_ending
from operators.text.alphabet import ASCII_SEPARATOR, TEXT_SEPARATOR, normalised_code_points
from operators.text.normalisation import is_unspaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Column = NDArray[np.int64]
    Codes = NDArray[np.uint8] | NDArray[np.uint32]

_NONE: Final = np.empty(0, dtype=np.int64)
_DOT: Final = ord(".")
_COMPATIBLE_DOTS: Final = (0x2024, 0xFE52, 0xFF0E)
_FULL_STOPS: Final = (0x3002, 0xFF61)
"""Those of East Asia, which are dots between what becomes letters and digits of ASCII."""
_LONGEST_ENDING: Final = 64
_COMPATIBLE_LETTERS: Final = "-\ufe63\uff0d\u24b6-\u24e9\U0001f12b\U0001f12c\U0001f130-\U0001f149"
"""Hyphens and symbols that become hyphens and letters of ASCII."""
_ENDING = re.compile(rf"[\])}}]?\s?((?:[^\W_]|[{_COMPATIBLE_LETTERS}])+)")
_ASCII_ENDING = re.compile(rb"[\])}]?\s?([0-9A-Za-z-]{1,63})")
_DIGIT: Final = ord("0")
_SIGNS: Final = ord("z") - _DIGIT + 1
"""From the first digit to the last letter of ASCII, with some signs between them."""


def _beside_a_dot(signs: str) -> NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[[code for code in range(128) if chr(code).isalnum() or chr(code) in signs]] = True
    table[128:-1] = True  # what is not ASCII; the last stands for a separator of texts
    return table


_BEFORE: Final = _beside_a_dot("[({")
_AFTER: Final = _beside_a_dot("])}")


class Written:
    """Texts joined in one: ASCII ones by `ASCII_SEPARATOR`, or any by `TEXT_SEPARATOR`; `codes` are its numbers."""

    def __init__(self, joined: bytes | str, codes: Codes) -> None:
        self._joined, self._codes = joined, codes
        self._boundary = ASCII_SEPARATOR[0] if isinstance(joined, bytes) else ord(TEXT_SEPARATOR)

    def with_long_words(self, length: int) -> Column:
        """Return the indexes of the texts with so many letters and digits of ASCII side by side; 0: of none."""
        return self._texts(_long_words(self._codes, length))

    def with_names(self) -> Column:
        """Return the indexes of the texts with a dot before what host names end with."""
        dots = _dotted(self._codes, self._boundary)
        return self._texts(dots[[_ends_a_name(self._joined, dot + 1) for dot in dots.tolist()]])

    def _texts(self, places: Column) -> Column:
        if not places.size:
            return _NONE
        return np.unique(np.searchsorted(np.flatnonzero(self._codes == self._boundary), places))


def _long_words(codes: Codes, length: int) -> Column:
    """Return positions where at least so many letters and digits of ASCII are adjacent."""
    if not length or codes.size < length:
        return _NONE
    run = codes - codes.dtype.type(_DIGIT) < _SIGNS
    reached = 1
    while reached < length:
        step = min(reached, length - reached)
        run = run[:-step] & run[step:]
        reached += step
    return np.flatnonzero(run)


def _ends_a_name(joined: bytes | str, start: int) -> bool:
    """Return whether the last part of what may be a host name begins there: few of all dots between letters do."""
    if isinstance(joined, bytes):
        ascii_label = _ASCII_ENDING.match(joined, start)
        return ascii_label is not None and _is_ascii_ending(ascii_label[1])
    label = _ENDING.match(joined, start, start + _LONGEST_ENDING)
    return label is not None and (is_ending(label[1]) or is_ending(_beginning(label[1])))


@lru_cache(4096)
def _is_ascii_ending(label: bytes) -> bool:
    return is_ending(label.decode())


def _beginning(label: str) -> str:
    """Return a label up to where a script without spaces begins."""
    return label if label.isascii() else "".join(takewhile(lambda char: not is_unspaced(char), label))


def _dotted(codes: Codes, boundary: int) -> Column:
    """Return the positions of dots with a letter, digit or bracket on both sides."""
    if codes.dtype == np.uint8:
        return _between(codes, (_DOT,), boundary)
    places, stops = _between(codes, (_DOT, *_COMPATIBLE_DOTS), boundary), _between(codes, _FULL_STOPS, boundary)
    return np.concatenate((places, stops[_become_ascii(codes[stops - 1]) & _become_ascii(codes[stops + 1])]))


def _become_ascii(codes: Codes) -> NDArray[np.bool_]:
    """Return which code points may become letters or digits of ASCII, as those of full width do."""
    normalised = normalised_code_points()[codes]
    become: NDArray[np.bool_] = (normalised >= _DIGIT) & (normalised < 128)  # noqa: PLR2004 - the end of ASCII
    return become


def _between(codes: Codes, dots: Sequence[int], boundary: int) -> Column:
    inner = codes[1:-1]
    found = inner == dots[0]
    for other in dots[1:]:
        found |= inner == other
    places = np.flatnonzero(found) + 1
    before, after = (_narrow(codes[places + step], boundary) for step in (-1, 1))
    return places[_BEFORE[before] & _AFTER[after]]


def _narrow(codes: Codes, boundary: int) -> NDArray[np.uint8]:
    return np.where(codes == boundary, 0xFF, np.minimum(codes, 0x80)).astype(np.uint8)

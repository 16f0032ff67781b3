"""Symbols: texts as the recogniser reads them, a whole batch at once.

Letters are folded as for keywords (FA-11), but words stay apart. All digits are one symbol, all currency signs another,
all separators one space; between letters of scripts written without spaces, where they mean nothing, they vanish.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from operators.recogniser.scripts import LEARNED, UNSPACED, Script, script_of_code_points
from operators.text.accents import free_accents
from operators.text.alphabet import normalised_code_points
from operators.text.normalisation import affected_code_points, fold, is_separator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Codes = NDArray[np.uint32]
    Places = NDArray[np.int64]
    Mask = NDArray[np.bool_]

SPACE: Final = 1
PADDING: Final = 4
"""Spaces before each text and after the last one, so that no n-gram reaches from one text into another."""
_REMOVED: Final = 0
_CODE_POINTS: Final = sys.maxunicode + 1
_SIGNS: Final = "./:@"
"""They join the parts of hosts, paths and addresses; elsewhere they are spaces."""
_ARABIC: Final = {"\u0629": "\u0647", "\u0649": "\u064a"}
"""Letters that people write for one another: ta marbuta and ha, alef maqsura and ya."""
_UNSPOKEN: Final = (range(0x300, 0x370), range(0x64B, 0x660), range(0x670, 0x671), range(0x93C, 0x93D))
"""Marks that people leave out: accents, Arabic vowel signs, the nukta."""
_TATWEEL: Final = 0x640
_ARABIC_BLOCK: Final = range(0x600, 0x700)


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbols of a batch, with padding before each text and after the last.

    `places`: which code point of the padded texts each symbol was; `starts`: where each text's padding begins.
    """

    codes: Codes
    places: Places
    starts: Places

    @property
    def end(self) -> int:
        """Where the last text ends."""
        return len(self.codes) - PADDING

    @property
    def lengths(self) -> Places:
        """The number of symbols of each text, with the padding before it."""
        return np.diff(self.starts, append=self.end)

    @property
    def rows(self) -> Places:
        """The text of each symbol; the padding after the last text is part of that."""
        return np.repeat(np.arange(len(self.starts)), np.diff(self.starts, append=len(self.codes)))

    def scripts(self) -> NDArray[np.uint8]:
        """Return the script of most letters of each text; Kana if a tenth of them is, as Japanese has Han, too."""
        letters = script_of_code_points()[self.codes]
        counts = np.stack([np.add.reduceat(letters == script, self.starts, dtype=np.int64) for script in LEARNED])
        kana, total = counts[Script.KANA - 1], counts.sum(axis=0)
        most = np.where(10 * kana >= np.maximum(total, 1), Script.KANA, counts.argmax(axis=0) + 1)
        return np.where(total == 0, Script.NONE, most).astype(np.uint8)

    def only(self, wanted: Mask) -> Symbols:
        """Return the symbols of some of the texts, at least one."""
        lengths = self.lengths[wanted]
        kept = np.append(np.repeat(wanted, self.lengths), np.ones(PADDING, dtype=np.bool_))
        return Symbols(self.codes[kept], self.places[kept], np.cumsum(lengths) - lengths)


def read(texts: Sequence[str]) -> Symbols:
    """Return the symbols of some texts, at least one. Those of a text do not depend on the others."""
    padding = " " * PADDING
    raw = np.frombuffer((padding + padding.join(texts) + padding).encode("utf-32-le"), dtype=np.uint32)
    sizes = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + PADDING
    begins = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(sizes)))
    fixed = np.zeros(len(raw), dtype=np.bool_)
    fixed[(begins[:, None] + np.arange(PADDING)).ravel()] = True
    codes = _symbol_table()[raw]
    places = np.flatnonzero(codes)  # which the padding is among
    codes, fixed = codes[places], fixed[places]
    _separate(codes)
    for superfluous in (_repeated, _between_unspaced):
        kept = np.flatnonzero(fixed | ~superfluous(codes))
        codes, places, fixed = codes[kept], places[kept], fixed[kept]
    return Symbols(codes, places, np.searchsorted(places, begins[:-1]))


def ascii_symbols() -> bytes:
    """Return the symbol of each character of ASCII, before its neighbours count; 0 for those that are not read."""
    return _symbol_table()[:128].astype(np.uint8).tobytes()


def _separate(codes: Codes) -> None:
    """Make a space of each sign that does not join two letters or digits."""
    signs = np.flatnonzero(_is_sign()[codes])
    apart = _is_apart()[codes]
    codes[signs[apart[signs - 1] | apart[signs + 1]]] = SPACE


def _repeated(codes: Codes) -> Mask:
    """Return which symbols are the second space or the third letter of a run; digits may repeat."""
    same = np.zeros(len(codes), dtype=np.bool_)
    np.equal(codes[1:], codes[:-1], out=same[1:])
    third: Mask = same & (codes != ord("0"))
    third[1:] &= same[:-1]
    third |= same & (codes == SPACE)
    return third


def _between_unspaced(codes: Codes) -> Mask:
    """Return which symbols are single spaces between letters of scripts without spaces."""
    spaces: Mask = codes == SPACE
    unspaced = is_unspaced_code()[codes]
    spaces[1:-1] &= unspaced[:-2] & unspaced[2:]
    return spaces


@cache
def is_unspaced_code() -> Mask:
    """Return of every symbol whether it is a letter of a script without spaces."""
    return np.isin(script_of_code_points(), UNSPACED)


@cache
def _is_sign() -> Mask:
    return _are(_SIGNS)


@cache
def _is_apart() -> Mask:
    """Return of every symbol whether a sign beside it joins nothing."""
    return _are(chr(SPACE) + _SIGNS.replace("/", ""))


def _are(chars: str) -> Mask:
    table = np.zeros(_CODE_POINTS, dtype=np.bool_)
    table[[ord(char) for char in chars]] = True
    return table


@cache
def apostrophes() -> frozenset[str]:
    """Return the apostrophes, and what is written for them: accents without a letter."""
    return frozenset("'\u2019\u02bc`") | free_accents()


@cache
def _symbol_table() -> Codes:
    """Return the symbol of every code point; `_REMOVED` for those that are not read."""
    folded = normalised_code_points().copy()
    several = np.flatnonzero(folded >= len(folded)).tolist()
    folded[several] = [_first_symbol(chr(code)) for code in several]
    folded[folded == _REMOVED] = SPACE
    for code in affected_code_points():
        char = chr(code)
        if unicodedata.category(char) == "Cf" or char in apostrophes():
            folded[code] = _REMOVED
        elif char in _SIGNS:
            folded[code] = code
        elif unicodedata.category(char) == "Sc":
            folded[code] = ord("$")
    return _merged()[folded]


def _first_symbol(char: str) -> int:
    """Return the first letter of what a character is normalised to; a mark is itself."""
    return ord(next((part for part in fold(char) if not is_separator(part)), char))


@cache
def _merged() -> Codes:
    """Return the symbol of every folded code point: one for all digits, one for letters that people mix up."""
    table = np.arange(_CODE_POINTS, dtype=np.uint32)
    for code in affected_code_points():
        char = chr(code)
        if char.isdecimal():
            table[code] = ord("0")
        elif char in _ARABIC:
            table[code] = ord(_ARABIC[char])
        elif code in _ARABIC_BLOCK and char.isalpha():
            table[code] = ord(unicodedata.normalize("NFD", char)[0])
    for code in (_TATWEEL, *(code for block in _UNSPOKEN for code in block)):
        table[code] = _REMOVED
    return table

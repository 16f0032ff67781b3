"""Scripts that the recogniser tells apart, by the code points of their letters."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CODE_POINTS: Final = 0x110000


class Script(IntEnum):
    """The script of a letter, or of most letters of a text. `NONE`: a script in which nothing was learned."""

    NONE = 0
    LATIN = 1
    HAN = 2
    KANA = 3
    CYRILLIC = 4
    ARABIC = 5
    DEVANAGARI = 6


LEARNED: Final = tuple(script for script in Script if script is not Script.NONE)
UNSPACED: Final = (Script.HAN, Script.KANA)
"""Scripts written without spaces between words."""

_RANGES: Final = {
    Script.LATIN: ((0x61, 0x7A), (0xDF, 0x24F), (0x1E00, 0x1EFF)),
    Script.CYRILLIC: ((0x400, 0x52F),),
    Script.ARABIC: ((0x620, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF)),
    Script.DEVANAGARI: ((0x900, 0x97F),),
    Script.KANA: ((0x3041, 0x30FF), (0x31F0, 0x31FF)),
    Script.HAN: ((0x3005, 0x3007), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)),
}


@cache
def script_of_code_points() -> NDArray[np.uint8]:
    """Return the script of every folded code point."""
    table = np.full(_CODE_POINTS, Script.NONE, dtype=np.uint8)
    for script, ranges in _RANGES.items():
        for first, last in ranges:
            table[first : last + 1] = script
    return table

"""What is a text once every way of writing it is the same? Key: FA-11.

A *cluster* is a base character with its combining marks; it is normalised as one. A *view* is a text made of normalised
clusters that still knows which original code points each of its characters came from.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate, groupby
from typing import TYPE_CHECKING

from opencc import OpenCC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Beyond these no character has marks, a width, a case or a simplified form: it stands for itself.
LAST_OF_INTEREST = 0x34000
_SUPPLEMENT = range(0xE0000, 0xE0200)
_SURROGATES = range(0xD800, 0xE000)
# Default-ignorable characters that are neither control nor format characters: they show nothing.
_INVISIBLE = frozenset(
    chr(code)
    for block in ((0x34F, 0x350), (0x115F, 0x1161), (0x17B4, 0x17B6), (0x180B, 0x1810), (0x2065, 0x2066),
                  (0x3164, 0x3165), (0xFE00, 0xFE10), (0xFFA0, 0xFFA1), (0xFFF0, 0xFFF9), (0xE0000, 0xE1000))
    for code in range(*block)
)  # fmt: skip
_HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, LAST_OF_INTEREST))
# The library sorts the marks of a cluster by insertion: beyond so many of them that takes quadratic time.
_SORTED_BY_LIBRARY = 32
_UNSPACED = ("CJK ", "KANGXI ", "IDEOGRAPHIC ", "HANGZHOU ", "HIRAGANA ", "KATAKANA", "HENTAIGANA ", "HALFWIDTH ", "HANGUL ")


def of_interest() -> Iterator[int]:
    """Every code point that normalisation may change."""
    return (code for block in (range(LAST_OF_INTEREST), _SUPPLEMENT) for code in block if code not in _SURROGATES)


@cache
def simplified() -> dict[int, str]:
    """Traditional characters (code points) to simplified ones, character by character. Source: OpenCC's `t2s`."""
    written = [chr(code) for block in _HAN for code in block]
    converted = OpenCC("t2s").convert("\n".join(written)).split("\n")
    return {ord(old): new for old, new in zip(written, converted, strict=True) if old != new}


def is_separator(char: str) -> bool:
    """White space, punctuation, symbol, control, format or otherwise invisible."""
    category = unicodedata.category(char)
    return category[0] in "ZPS" or category in {"Cc", "Cf"} or char in _INVISIBLE


@lru_cache(4096)
def is_mark(char: str) -> bool:
    """Stands on the character before it; so do the two half-width sound marks of Kana, once NFKC has widened them."""
    return unicodedata.category(unicodedata.normalize("NFKC", char)[0])[0] == "M"


@lru_cache(4096)
def is_unspaced(char: str) -> bool:
    """Of a script that is written without spaces between words: Han, Kana, Hangul."""
    return unicodedata.name(char, "").startswith(_UNSPACED)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    marks = "".join(char for char in map(chr, of_interest()) if is_mark(char))
    return re.compile(f"[{marks}]"), re.compile(f"(?s:.[{marks}]*)")


def has_marks(text: str) -> bool:
    """Whether any character of the text is a combining mark."""
    return not text.isascii() and _patterns()[0].search(text) is not None


def clusters(text: str) -> Sequence[str]:
    """The text cut into base characters with their marks; marks at the very beginning have no base."""
    return _patterns()[1].findall(text) if has_marks(text) else text


def _in_order(decomposed: str) -> str:
    runs = groupby(decomposed, key=lambda char: unicodedata.combining(char) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if moves else run) for moves, run in runs)


def nfkc(cluster: str) -> str:
    """NFKC of one cluster in n log n, however many marks it has."""
    if len(cluster) <= _SORTED_BY_LIBRARY:
        return unicodedata.normalize("NFKC", cluster)
    return unicodedata.normalize("NFC", _in_order("".join(unicodedata.normalize("NFKD", char) for char in cluster)))


def _folded(cluster: str) -> str:
    plain = nfkc(cluster).casefold().translate(simplified())
    return "".join(char for char in plain if not is_separator(char))


_short = lru_cache(65536)(_folded)


def fold(cluster: str) -> str:
    """One cluster as FA-11 has it; empty for a separator."""
    return _short(cluster) if len(cluster) <= _SORTED_BY_LIBRARY else _folded(cluster)


def normalise(text: str) -> str:
    """A whole text as FA-11 has it."""
    return "".join(map(fold, clusters(text)))


@dataclass(frozen=True)
class View:
    """A text cluster by cluster, and what became of each."""

    written: Sequence[str]
    became: Sequence[str]
    of: Callable[[str], str]

    @cached_property
    def text(self) -> str:
        """What the view shows."""
        return "".join(self.became)

    @cached_property
    def _origins(self) -> tuple[list[int], list[int]]:
        starts, ends, at = [], [], 0
        for source, seen in zip(self.written, self.became, strict=True):
            for size, shown in self._parts(source, seen):
                starts += [at] * shown
                ends += [at + size] * shown
                at += size
        return starts, ends

    def _parts(self, source: str, seen: str) -> Iterable[tuple[int, int]]:
        """Code points of the source and characters they show; marks that changed nothing count by themselves."""
        alone = [self.of(char) for char in source] if len(source) > 1 else []
        return [(1, len(part)) for part in alone] if alone and "".join(alone) == seen else [(len(source), len(seen))]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The original code points that contributed to `[start, end)` of the view, first and one after the last."""
        starts, ends = self._origins
        return starts[start], ends[end - 1]


def folded_view(text: str) -> View:
    """The text as keywords see it (FA-11)."""
    written = clusters(text)
    return View(written, list(map(fold, written)), fold)


def compatible_view(text: str) -> View:
    """The text as the number detectors see it (FA-13): NFKC, nothing removed."""
    written = clusters(text)
    return View(written, list(map(nfkc, written)), nfkc)


class Neighbours:
    """Which characters adjoin a place in a text; a mark counts as the character that it stands on."""

    def __init__(self, text: str) -> None:
        marked = has_marks(text)
        self._size = len(text)
        self._before = list(accumulate(text, _base)) if marked else text
        self._after = list(accumulate(reversed(text), _base))[::-1] if marked else text

    def before(self, start: int) -> bool:
        """Whether a letter or digit stands just before a place."""
        return start > 0 and self._before[start - 1].isalnum()

    def after(self, end: int) -> bool:
        """Whether a letter or digit stands just after a place."""
        return end < self._size and self._after[end].isalnum()


def _base(neighbour: str, char: str) -> str:
    return neighbour if is_mark(char) else char

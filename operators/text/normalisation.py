"""Text normalisation (FA-11): NFKC, case folding, simplified Chinese, no separators.

A *cluster* is a base character with its combining marks (a grapheme cluster); it is normalised as a unit. A *view* is a
normalised text with a mapping of its characters back to the original code points.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING

from opencc import OpenCC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# No character beyond these has marks, a width, a case or a simplified form: normalisation leaves it as it is.
LAST_AFFECTED = 0x34000
_SUPPLEMENT = range(0xE0000, 0xE1000)
_SURROGATES = range(0xD800, 0xE000)
# Default-ignorable characters (Unicode) that are neither control nor format characters: they are invisible.
_INVISIBLE = frozenset(
    chr(code)
    for block in ((0x34F, 0x350), (0x115F, 0x1161), (0x17B4, 0x17B6), (0x180B, 0x1810), (0x2065, 0x2066),
                  (0x3164, 0x3165), (0xFE00, 0xFE10), (0xFFA0, 0xFFA1), (0xFFF0, 0xFFF9), (0xE0000, 0xE1000))
    for code in range(*block)
)  # fmt: skip
_HAN = (range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0x20000, LAST_AFFECTED))
_END = "\0"  # the neighbour beyond either end of a text; no letter
_SOUND_MARKS = "\uff9e\uff9f"
# `unicodedata` sorts the marks of a cluster by insertion: in longer clusters that takes quadratic time.
_SORTED_BY_LIBRARY = 32
_HAN_NAMES = ("CJK ", "KANGXI ", "IDEOGRAPHIC ", "HANGZHOU ")
_KANA_AND_HANGUL_NAMES = ("HIRAGANA ", "KATAKANA", "HENTAIGANA ", "HALFWIDTH ", "HANGUL ")


def affected_code_points() -> Iterator[int]:
    """Yield every code point that normalisation may change."""
    return (code for block in (range(LAST_AFFECTED), _SUPPLEMENT) for code in block if code not in _SURROGATES)


@cache
def traditional_to_simplified() -> dict[int, str]:
    """Return a map from traditional characters (code points) to simplified ones. Source: OpenCC's `t2s`."""
    chars = [chr(code) for block in _HAN for code in block]
    converted = OpenCC("t2s").convert("\n".join(chars)).split("\n")
    return {ord(old): new for old, new in zip(chars, converted, strict=True) if old != new}


def is_separator(char: str) -> bool:
    """Return whether a character is white space, punctuation, symbol, control, format or otherwise invisible."""
    category = unicodedata.category(char)
    return category[0] in "ZPS" or category in {"Cc", "Cf"} or char in _INVISIBLE


@cache
def marks() -> frozenset[str]:
    """Return all characters that combine with the one before: Unicode marks, and the half-width sound marks of Kana."""
    combining = (char for char in map(chr, affected_code_points()) if unicodedata.category(char)[0] == "M")
    return frozenset(combining).union(_SOUND_MARKS)


@lru_cache(4096)
def is_unspaced(char: str) -> bool:
    """Return whether a character is of a script written without spaces between words: Han, Kana, Hangul."""
    return unicodedata.name(char, "").startswith(_HAN_NAMES + _KANA_AND_HANGUL_NAMES)


def has_marks(text: str) -> bool:
    """Return whether any character of the text is a combining mark."""
    return not text.isascii() and not marks().isdisjoint(text)


def clusters(text: str) -> Sequence[str]:
    """Return the text split into base characters with their marks; marks at the very beginning have no base."""
    if not has_marks(text):
        return text
    bases = [at for at, char in enumerate(text) if char not in marks()]
    starts = bases if text[0] not in marks() else [0, *bases]
    return [text[start:end] for start, end in pairwise([*starts, len(text)])]


def _canonical_order(decomposed: str) -> str:
    runs = groupby(decomposed, key=lambda char: unicodedata.combining(char) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if moves else run) for moves, run in runs)


def nfkc(cluster: str) -> str:
    """Return the NFKC of one cluster in O(n log n), however many marks it has."""
    if len(cluster) <= _SORTED_BY_LIBRARY:
        return unicodedata.normalize("NFKC", cluster)
    return unicodedata.normalize(
        "NFC", _canonical_order("".join(unicodedata.normalize("NFKD", char) for char in cluster))
    )


def _fold_uncached(cluster: str) -> str:
    plain = nfkc(cluster).casefold().translate(traditional_to_simplified())
    return "".join(char for char in plain if not is_separator(char))


_fold_cached = lru_cache(65536)(_fold_uncached)


def fold(cluster: str) -> str:
    """Return one normalised cluster (FA-11); empty for a separator."""
    return _fold_cached(cluster) if len(cluster) <= _SORTED_BY_LIBRARY else _fold_uncached(cluster)


def normalise(text: str) -> str:
    """Return a normalised text (FA-11)."""
    if text.isascii():
        return text.translate(_ascii_folds())
    return "".join(map(fold, clusters(text)))


@cache
def _ascii_folds() -> dict[int, str]:
    return {code: fold(chr(code)) for code in range(128)}


@cache
def _ascii_lengths(normalise_cluster: Callable[[str], str]) -> bytes:
    """Return for every ASCII character how many characters it becomes, as a table for `bytes.translate`."""
    return bytes(len(normalise_cluster(chr(code))) if code < 128 else 0 for code in range(256))  # noqa: PLR2004


@dataclass(frozen=True)
class View:
    """A text normalised cluster by cluster. The mapping back to the original is computed only when it is used."""

    clusters: Sequence[str]
    text: str
    normalise_cluster: Callable[[str], str]
    _part_offsets: dict[int, Sequence[int]] = field(default_factory=dict, init=False)

    @cached_property
    def _offsets(self) -> Sequence[int]:
        if isinstance(self.clusters, str) and self.clusters.isascii():
            return list(accumulate(self.clusters.encode().translate(_ascii_lengths(self.normalise_cluster))))
        return list(accumulate(map(len, map(self.normalise_cluster, self.clusters))))

    @cached_property
    def _ends(self) -> Sequence[int]:
        if isinstance(self.clusters, str):
            return range(1, len(self.clusters) + 1)
        return list(accumulate(map(len, self.clusters)))

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the range of original code points that contributed to `[start, end)` of the view."""
        if isinstance(self.clusters, str):  # every cluster is one code point
            return bisect_right(self._offsets, start), bisect_right(self._offsets, end - 1) + 1
        return self._range(start)[0], self._range(end - 1)[1]

    def _range(self, at: int) -> tuple[int, int]:
        """Return the range of original code points behind one character."""
        place = bisect_right(self._offsets, at)
        cluster, end = self.clusters[place], self._ends[place]
        if len(cluster) == 1:
            return end - 1, end
        shown = self._part_offsets.get(place) or self._compute_parts(place)
        if len(shown) == 1:
            return end - len(cluster), end
        start = end - len(cluster) + bisect_right(shown, at - self._offsets[place] + shown[-1])
        return start, start + 1

    def _compute_parts(self, place: int) -> Sequence[int]:
        """Return the cumulated lengths of a cluster's code points normalised one by one, if these make up the whole.

        Otherwise return the length of the whole: the cluster maps back as a unit.
        """
        cluster = self.clusters[place]
        alone = list(map(self.normalise_cluster, cluster))
        whole = self.normalise_cluster(cluster)
        shown = list(accumulate(map(len, alone))) if "".join(alone) == whole else [len(whole)]
        self._part_offsets[place] = shown
        return shown


def folded_view(text: str) -> View:
    """Return the view that the keyword detector searches (FA-11)."""
    return View(clusters(text), normalise(text), fold)


def compatible_view(text: str) -> View:
    """Return the view that the number detectors search (FA-13): NFKC, nothing removed."""
    written = clusters(text)
    same = text.isascii() or (not has_marks(text) and unicodedata.is_normalized("NFKC", text))
    return View(written, text if same else "".join(map(nfkc, written)), nfkc)


class Neighbours:
    """The characters next to a position in a text; a combining mark counts as its base character."""

    def __init__(self, text: str) -> None:
        marked = has_marks(text)
        self._before: Sequence[str] = list(accumulate(text, _base, initial=_END)) if marked else _END + text
        self._after: Sequence[str] = (
            list(accumulate(reversed(text), _base, initial=_END))[::-1] if marked else text + _END
        )

    def before(self, start: int) -> str:
        """Return the character just before a position."""
        return self._before[start]

    def after(self, end: int) -> str:
        """Return the character just after a position."""
        return self._after[end]

    def adjoin(self, start: int, end: int) -> bool:
        """Return whether a letter or digit is just before or after a range."""
        return self._before[start].isalnum() or self._after[end].isalnum()


def _base(neighbour: str, char: str) -> str:
    return neighbour if char in marks() else char

"""A text with disguised phrases written plainly, and the way back to the original (FA-67)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from operators.text.lookalikes import DIGITS
from operators.text.skeleton import is_ambiguous, representatives

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from operators.text.skeleton import Reading

    Place = tuple[int, int]

_WORD: Final = re.compile(r"\S+")
_REPEATED: Final = re.compile(r"([A-Za-z])\1{2,}")
"""Equal letters of which one is read outside phrases, too: no word has so many."""
_HIDDEN: Final = re.compile("[\u00ad\u0305\u0330-\u033f\u200b-\u200f\u2060-\u2064\u20d0-\u20f0\ufe20-\ufe2f\ufeff]")
"""Characters that are invisible, or drawn over others and no accents."""
_ASCII_LETTER: Final = re.compile("[A-Za-z]")


def has_hidden(text: str) -> bool:
    """Return whether there are invisible characters, lines or strokes in a text."""
    return not text.isascii() and _HIDDEN.search(text) is not None


class Letters(NamedTuple):
    """A phrase, and its letters with the range of the text that each stands for."""

    phrase: str
    places: Sequence[tuple[Place, str]]

    @property
    def range(self) -> range:
        """The code points from the first to the last letter."""
        return range(self.places[0][0][0], self.places[-1][0][1])


class PlainText:
    """A text in pieces, each with the range of the original that it is written for."""

    def __init__(self, pieces: Sequence[tuple[Place, str]], classes: str) -> None:
        self.classes = classes
        self.text = "".join(piece for _, piece in pieces)
        self._places = [place for place, piece in pieces for _ in piece]

    def may_have(self, phrase: str) -> bool:
        """Return whether a phrase that is ambiguous was there letter for letter; any other one was there somehow."""
        return not is_ambiguous(phrase) or phrase.translate(representatives()) in self.classes

    def origin(self, start: int, end: int) -> Place:
        """Return the range of the original code points of a range of the text."""
        return self._places[start][0], self._places[end - 1][1]


def write_plainly(read: Reading, found: Sequence[Letters]) -> PlainText:
    """Return a text with phrases written plainly: of overlapping ones the longest, then the first.

    Beside ASCII phrases, and else in words with ASCII letters, all letters are read: so endings are plain, too.
    """
    text = read.text
    chosen = _chosen(len(text), found)
    plain, ends = _read_words(text, read.table, chosen), list(range(1, len(text) + 1))
    for hidden in _HIDDEN.finditer(text):
        plain[hidden.start()] = ""
    for first, last in _repeats(text):
        plain[first + 1 : last] = [""] * (last - first - 1)
        ends[first] = last
    for letters in chosen:
        for at in letters.range:
            plain[at], ends[at] = text[at], at + 1
        for start, end in {place for place, _ in letters.places}:
            plain[start:end] = [""] * (end - start)
            ends[start] = end
        for (start, _), letter in letters.places:
            plain[start] += letter
    return PlainText([((start, ends[start]), piece) for start, piece in enumerate(plain)], read.classes)


def _chosen(length: int, found: Iterable[Letters]) -> Sequence[Letters]:
    taken, chosen = bytearray(length), []
    for letters in sorted(found, key=lambda each: (-len(each.phrase), each.range.start, each.phrase)):
        covered = slice(letters.range.start, letters.range.stop)
        if not any(taken[covered]):
            taken[covered] = bytes([1]) * len(letters.range)
            chosen.append(letters)
    return chosen


def _repeats(text: str) -> Iterator[Place]:
    """Yield where equal letters are read as one, in ASCII words that are not ambiguous without them."""
    for word in _WORD.finditer(text):
        if _REPEATED.search(word[0]) and not is_ambiguous(_REPEATED.sub(r"\1", word[0].casefold())):
            yield from ((word.start() + run.start(), word.start() + run.end()) for run in _REPEATED.finditer(word[0]))


def _read_words(text: str, table: Mapping[int, str], chosen: Iterable[Letters]) -> list[str]:
    plain, letters = list(text), {ord(digit): stands_for[0] for digit, stands_for in DIGITS.items()} | {**table}
    is_latin = any(each.phrase.isascii() for each in chosen)
    phrase_at = {at: each.phrase for each in chosen for at in each.range}
    for word in _WORD.finditer(text):
        phrases = {phrase_at[at] for at in range(*word.span()) if at in phrase_at}
        if all(map(str.isascii, phrases)) and (is_latin or _ASCII_LETTER.search(word[0])):
            is_mixed = any(map(str.isalpha, word[0].translate(table)))
            plain[word.start() : word.end()] = word[0].translate(letters) if is_mixed else word[0]
    return plain

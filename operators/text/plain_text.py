"""A text with disguised phrases written plainly, and the way back to the original (FA-67)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from operators.text.lookalikes import DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Place = tuple[int, int]

_WORD: Final = re.compile(r"\S+")
_ASCII_LETTER: Final = re.compile("[A-Za-z]")


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

    def __init__(self, pieces: Sequence[tuple[Place, str]]) -> None:
        self.text = "".join(piece for _, piece in pieces)
        self._places = [place for place, piece in pieces for _ in piece]

    def origin(self, start: int, end: int) -> Place:
        """Return the range of the original code points of a range of the text."""
        return self._places[start][0], self._places[end - 1][1]


def write_plainly(text: str, table: Mapping[int, str], found: Sequence[Letters]) -> PlainText:
    """Return a text with phrases written plainly: of overlapping ones the longest, then the first.

    Beside ASCII phrases, and in other words with ASCII letters, all letters are read: so endings are plain, too.
    """
    chosen = _chosen(len(text), found)
    plain, ends = _read_words(text, table, chosen), list(range(1, len(text) + 1))
    for letters in chosen:
        for start, end in {place for place, _ in letters.places}:
            plain[start:end] = [""] * (end - start)
            ends[start] = end
        for (start, _), letter in letters.places:
            plain[start] += letter
    return PlainText([((start, ends[start]), piece) for start, piece in enumerate(plain)])


def _chosen(length: int, found: Iterable[Letters]) -> Sequence[Letters]:
    taken, chosen = bytearray(length), []
    for letters in sorted(found, key=lambda each: (-len(each.phrase), each.range.start, each.phrase)):
        covered = slice(letters.range.start, letters.range.stop)
        if not any(taken[covered]):
            taken[covered] = bytes([1]) * len(letters.range)
            chosen.append(letters)
    return chosen


def _read_words(text: str, table: Mapping[int, str], chosen: Iterable[Letters]) -> list[str]:
    plain, letters = list(text), {ord(digit): stands_for[0] for digit, stands_for in DIGITS.items()} | {**table}
    phrase_at = {at: each.phrase for each in chosen for at in each.range}
    for word in _WORD.finditer(text):
        phrases = {phrase_at[at] for at in range(*word.span()) if at in phrase_at}
        if all(map(str.isascii, phrases)) if phrases else _ASCII_LETTER.search(word[0]):
            plain[word.start() : word.end()] = word[0].translate(letters)
    return plain

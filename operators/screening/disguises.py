"""Texts without their disguises (FA-67): phrases are found by their skeletons, compared, and written plainly.

A text keeps its skeleton. All work is linear in the text and in the number of places where a skeleton is found.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from ahocorasick_rs import AhoCorasick

from operators.screening.disguised_letters import Letter, LetterReader
from operators.text.normalisation import is_unspaced
from operators.text.plain_text import Letters, PlainText, has_hidden, write_plainly
from operators.text.skeleton import Reading, is_ambiguous, is_number, runs, skeleton

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from operators.text.views import Views


class _Least(NamedTuple):
    """Letters that a phrase has at least: to be looked for in disguise at all, and where two letters stand for one."""

    at_all: int
    doubled: int


_SPACED: Final = _Least(at_all=4, doubled=6)
_UNSPACED: Final = _Least(at_all=2, doubled=3)
_ALL_FOREIGN: Final = 6
"""Letters that a phrase has at least if all of them may be of another script."""
_HOMOPHONES: Final = 3
"""Letters that a phrase has at least if some may be homophones."""
_OF_THREE: Final = 2
"""So many of three letters may be homophones or signs."""
_REPEATED: Final = 3
"""Equal letters that stand for fewer in every phrase: no word has so many."""


def _least(phrase: str) -> _Least:
    return _UNSPACED if any(map(is_unspaced, phrase)) else _SPACED


class Disguises:
    """Normalised phrases that are looked for in disguise."""

    def __init__(self, phrases: Iterable[str]) -> None:
        by_skeleton: dict[str, list[str]] = {}
        for phrase in phrases:
            searched = skeleton(phrase)
            long_enough = len(searched) > 1 and len(phrase) >= _least(phrase).at_all
            if long_enough and not is_number(phrase) and not is_ambiguous(phrase):
                by_skeleton.setdefault(searched, []).append(phrase)
        self._phrases = tuple(by_skeleton.values())
        self._automaton = AhoCorasick(list(by_skeleton))

    def undisguised(self, views: Views) -> Iterator[PlainText]:
        """Yield a text, in each of its readings, with the phrases that are disguised in it written plainly."""
        for read in views.readings:
            found = list(self._disguised(read))
            if found or has_hidden(read.text):
                yield write_plainly(read, found)

    def _disguised(self, read: Reading) -> Iterator[Letters]:
        places: dict[int, list[int]] = {}
        for pattern, first, _ in self._automaton.find_matches_as_indexes(read.skeleton, overlapping=True):
            places.setdefault(pattern, []).append(first)
        for pattern, firsts in places.items():
            for phrase in self._phrases[pattern]:
                if not _is_as_written(phrase, read, len(firsts)):
                    yield from filter(None, (_Comparison(read).letters(phrase, first) for first in firsts))


def _is_as_written(phrase: str, read: Reading, times: int) -> bool:
    """Return whether a phrase is written in its own letters, and no repeated ones, wherever its skeleton is."""
    text = read.view.text
    if not read.is_plain or text.count(phrase) < times:
        return False
    return phrase[0] + phrase not in text and phrase + phrase[-1] not in text


class _Comparison:
    """A text that is compared with phrases at the places where their skeletons are."""

    def __init__(self, read: Reading) -> None:
        self._view, self._starts = read.view, read.run_starts
        self._reader = LetterReader(read)

    def letters(self, phrase: str, first: int) -> Letters | None:
        """Return how to write a phrase plainly that is disguised from letter `first` of the skeleton on, if it is."""
        wanted = runs(phrase)
        starts = self._starts[first : first + len(wanted) + 1]
        if any(end - start < len(run) for run, (start, end) in zip(wanted, pairwise(starts), strict=True)):
            return None
        begin = self._begin(starts[0], starts[1] - len(wanted[0]))
        end = self._end(starts[-2] + len(wanted[-1]), starts[-1])
        places = [range(*bounds) for bounds in pairwise([begin, *starts[1:-1], end])]
        if not self._agree(phrase, wanted, places):
            return None
        written = zip(wanted, places, strict=True)
        return Letters(
            phrase, [(self._view.origin(*pair), letter) for run in written for pair, letter in _written(*run)]
        )

    def _begin(self, first: int, place: int) -> int:
        """Return where a run begins that goes back from a place as far as its letters adjoin."""
        while place > first and self._adjoin(place):
            place -= 1
        return place

    def _end(self, place: int, last: int) -> int:
        while place < last and self._adjoin(place):
            place += 1
        return place

    def _adjoin(self, place: int) -> bool:
        """Return whether nothing is between a letter and the one before."""
        return self._view.origin(place - 1, place)[1] == self._view.origin(place, place + 1)[0]

    def _agree(self, phrase: str, wanted: Sequence[str], places: Sequence[range]) -> bool:
        repeats = [
            len(where) if run.isalpha() else 0
            for run, where in zip(wanted, places, strict=True)
            if len(where) > len(run)
        ]
        may_double = len(phrase) >= _least(phrase).doubled or len(repeats) == len(places)
        fewest = 1 if may_double else _REPEATED
        if min(repeats, default=fewest) < fewest:
            return False
        found = [letter for run, where in zip(wanted, places, strict=True) for letter in self._run(run, where)]
        return _is_disguised(found, len(phrase), is_repeated=bool(repeats))

    def _run(self, wanted: str, places: range) -> Iterable[Letter]:
        compare = self._reader.compare
        if len(places) == len(wanted):
            return map(compare, places, wanted)
        return (min(compare(place, letter) for letter in set(wanted)) for place in places)


def _written(run: str, places: range) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the range of the view for each letter of a run, and the letter; the last has what is repeated, too."""
    for place, letter in zip(places, run[:-1], strict=False):
        yield (place, place + 1), letter
    yield (places[len(run) - 1], places.stop), run[-1]


def _is_disguised(letters: Sequence[Letter], length: int, *, is_repeated: bool) -> bool:
    """Return whether letters are a disguise of a phrase of some length, and one that people would read."""
    known = letters.count(Letter.SAME) + letters.count(Letter.STYLED)
    if Letter.ANOTHER in letters or (Letter.FOREIGN in letters and not known and length < _ALL_FOREIGN):
        return False
    if Letter.HOMOPHONE in letters and length < _HOMOPHONES:
        return False
    if (letters.count(Letter.HOMOPHONE) + letters.count(Letter.SIGN)) * 3 > len(letters) * _OF_THREE:
        return False
    return is_repeated or letters.count(Letter.SAME) < len(letters)

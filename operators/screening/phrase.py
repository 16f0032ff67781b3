"""A phrase of a keyword, compiled: what the automaton looks for, and what has to hold where it is found."""

from __future__ import annotations

from itertools import takewhile
from math import fsum, log2
from typing import TYPE_CHECKING, Final

from operators.screening.word_parts import counts_inside, may_count_in_any_word
from operators.text.accents import accents_agree, letters, normalise_accents
from operators.text.everyday_grams import rarity
from operators.text.normalisation import is_unspaced
from operators.text.word_edges import Whole
from operators.text.words import LONGEST_WORD, PREFIXING, STEMMED, language_by_script, stems, word_spans

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from operators.text.accents import Letter
    from operators.text.views import Views

    Place = tuple[int, int]

AS_WRITTEN: Final = "und"
"""The language of a keyword that has no other forms: undetermined (BCP 47)."""
_MARKED: Final = 4  # code points of a letter with its marks, at most, where a word is compared
_SHORTEST_CORE: Final = 4  # letters of what all forms of a word have
_SHORTEST_WORD: Final = 3  # or of the word, where it is that
_SHORTEST_ANCHOR: Final = 7  # letters that the automaton looks for, of a phrase with several words in other forms


class _Word:
    """A word of a phrase. `core`: what it has in common with its stems, and every form of it contains."""

    def __init__(self, written: str, language: str, *, inside: bool) -> None:
        self.folded = normalise_accents(written)
        self._accents = _accents(written)
        self._language = language
        self._stems = stems(language, written) if len(written) <= LONGEST_WORD else frozenset()
        self.core = self._core()
        fixed = inside and language not in PREFIXING and self.core == self.folded
        shortest = _SHORTEST_WORD if self.core == self.folded and not inside else _SHORTEST_CORE
        self.inflects = len(self.core) >= shortest and not fixed
        self.prefixed = self.inflects and language in PREFIXING
        self.changes = self.inflects and (self.prefixed or inside or self.core != self.folded)
        self.core = self.core if self.inflects else self.folded
        self.longest = max(LONGEST_WORD, _MARKED * len(self.folded))

    def fix(self) -> None:
        """Compare the word as it is written only."""
        self.inflects = self.prefixed = self.changes = False
        self.core = self.folded

    def _core(self) -> str:
        if self._language in PREFIXING:
            return min((stem for stem in self._stems if stem in self.folded), key=len, default="")
        return min((_shared_beginning(self.folded, stem) for stem in self._stems), key=len, default="")

    def fits(self, word: str) -> bool:
        """Return whether a word of a text is this one or a form of it (FA-77), with no other accents (FA-11)."""
        folded = normalise_accents(word)
        if folded != self.folded and not (self.inflects and self._is_form(word, folded)):
            return False
        return not self._accents or accents_agree(self._accents[: len(self.core)], letters(word))

    def _is_form(self, word: str, folded: str) -> bool:
        has_core = self.core in folded if self.prefixed else folded.startswith(self.core)
        return has_core and len(word) <= LONGEST_WORD and not self._stems.isdisjoint(stems(self._language, word))


class Phrase:
    """A phrase as it is written, and, if its language is known, in other forms.

    The automaton looks for `anchor` only: the longest part of the phrase that is the same in all of its forms.
    """

    def __init__(self, written: str, language: str | None, *, anywhere: bool | None) -> None:
        self.folded = normalise_accents(written)
        self._anywhere = any(map(is_unspaced, self.folded)) if anywhere is None else anywhere
        self._several = len(word_spans(written)) > 1
        self._only_words = anywhere is False
        self._accents = _accents(written)
        spoken = language or language_by_script(written)
        inflected = spoken in STEMMED and not self._anywhere
        self._words = _words(written, spoken) if inflected and spoken is not None else ()
        self.anchor, self._at, self._first_word = _anchor(self._words) if self._words else (self.folded, 0, 0)

    @property
    def whole(self) -> Whole:
        """At which of its ends the anchor has to be at the edge of a word where the phrase counts (FA-12)."""
        if self._anywhere or (not self._only_words and may_count_in_any_word(len(self.folded))):
            return Whole.NOWHERE
        if not self._words:
            return Whole.BOTH
        return Whole.NOWHERE if self._at or self._words[0].prefixed else Whole.BEGINNING

    def find(self, views: Views, first: int, last: int) -> Place | None:
        """Return where in the text the phrase is, given that the view has the anchor at `[first, last)`."""
        place = self._as_written(views, first - self._at)
        if place is None or self._anywhere or not views.around.adjoin(*place):
            return place or self._in_another_form(views, first, last)
        inside = not self._only_words and counts_inside(len(self.folded), views.text, *place, several=self._several)
        return self._in_another_form(views, first, last) or (place if inside else None)

    def _as_written(self, views: Views, first: int) -> Place | None:
        if first < 0 or not views.accentless.text.startswith(self.folded, first):
            return None
        start, end = views.accentless.origin(first, first + len(self.folded))
        agrees = not self._accents or accents_agree(self._accents, letters(views.text[start:end]))
        return (start, end) if agrees else None

    def _in_another_form(self, views: Views, first: int, last: int) -> Place | None:
        if not self._words:
            return None
        begin = views.word_at(views.accentless.origin(first, last)[0]) - self._first_word
        found = views.words[max(begin, 0) : begin + len(self._words)]
        if begin < 0 or len(found) < len(self._words):
            return None
        if any(end - start > word.longest for word, (start, end) in zip(self._words, found, strict=True)):
            return None  # before it is copied: one word may be the whole text, and have the phrase everywhere
        fits = (word.fits(views.text[slice(*place)]) for word, place in zip(self._words, found, strict=True))
        return (found[0][0], found[-1][1]) if all(fits) else None


def _accents(written: str) -> Sequence[Letter]:
    """Return the letters of a text if any of them has marks."""
    spelt = letters(written)
    return spelt if any(base != whole for base, whole in spelt) else ()


def _shared_beginning(word: str, stem: str) -> str:
    return "".join(one for one, other in takewhile(lambda pair: pair[0] == pair[1], zip(word, stem, strict=False)))


def _words(written: str, language: str) -> Sequence[_Word]:
    """Return the words of a phrase in which another form is possible, or none.

    Only the last word has other forms where the automaton would otherwise look for too little.
    """
    places = word_spans(written)
    words = [_Word(written[start:end], language, inside=end != places[-1][1]) for start, end in places]
    if "".join(word.folded for word in words) != normalise_accents(written):
        return ()
    if words and language not in PREFIXING and len(_anchor(words)[0]) < _SHORTEST_ANCHOR:
        for word in words[:-1]:
            word.fix()
    return words if any(word.inflects for word in words) else ()


def _anchor(words: Sequence[_Word]) -> tuple[str, int, int]:
    """Return the longest part that all forms have, its offset in the phrase, and the word that it begins in."""
    return max(_parts(words), key=lambda part: len(part[0]))


def _parts(words: Sequence[_Word]) -> Iterator[tuple[str, int, int]]:
    """Yield the runs of words that have one form only, each with the core of the word behind it.

    A last word that only gets endings belongs to its run: what comes behind it does not matter.
    """
    run, offset, begin, first_word = "", 0, 0, 0
    for place, word in enumerate(words):
        if run and word.prefixed:
            yield run, begin, first_word
            run = ""
        if not run:
            begin, first_word = offset + word.folded.index(word.core), place
        run += word.core
        offset += len(word.folded)
        if word.changes:
            yield run, begin, first_word
            run = ""
    if run:
        yield run, begin, first_word


def rarity_of_any(anchors: Collection[str]) -> float:
    """Return how rare it is, in bits and roughly, that an everyday message has one of some phrases."""
    return -log2(fsum(0.5 ** rarity(anchor) for anchor in anchors))

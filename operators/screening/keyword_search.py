"""Search of keywords (FA-7, FA-11, FA-12, FA-76 to FA-78): one automaton over all phrases; compiled once per list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

from ahocorasick_rs import AhoCorasick

from operators.detectors.detector import UnusableRule
from operators.screening.combinations import Combinations
from operators.screening.disguises import Disguises
from operators.screening.phrase import Phrase
from operators.text.normalisation import normalise
from operators.text.views import Views
from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from operators.policy.keywords import Keyword

    Alternatives = tuple[str, ...]
    Place = tuple[int, int]

_BYTES_PER_BYTE: Final = 60
_PHRASE_BYTES: Final = 1_500
"""What a compiled phrase takes at most, measured: its automata's states by the bytes of its text, and its objects."""


class _Use(NamedTuple):
    """A phrase with the keywords that it hits alone, and the parts of combinations that it is an alternative of."""

    phrase: Phrase
    ids: list[str]
    parts: list[int]


class _Combination(NamedTuple):
    id: str
    parts: tuple[int, ...]


class Keywords:
    """Compiled keywords, which all matchers of the same keywords share."""

    def __init__(self, keywords: tuple[Keyword, ...]) -> None:
        self._uses: dict[tuple[object, ...], _Use] = {}
        self._parts: dict[tuple[object, ...], int] = {}
        self._combined: list[_Combination] = []
        for keyword in dict.fromkeys(keywords):
            self._add(keyword)
        self._by_anchor = _by_anchor(self._uses.values())
        self._complete = Combinations([combination.parts for combination in self._combined])
        self._searched = tuple(self._by_anchor.values())
        self._automaton = AhoCorasick(list(self._by_anchor))
        self._disguises = Disguises(
            {text for use in self._uses.values() for text in (use.phrase.folded, use.phrase.anchor)}
        )
        self.size_bytes = sum(_PHRASE_BYTES + _BYTES_PER_BYTE * len(anchor.encode()) for anchor in self._by_anchor)

    def _add(self, keyword: Keyword) -> None:
        if len(keyword.parts) == 1:
            for text in keyword.parts[0]:
                self._use(keyword, text).ids.append(keyword.id)
        else:
            parts = tuple(self._part(keyword, alternatives) for alternatives in keyword.parts)
            self._combined.append(_Combination(keyword.id, parts))

    def _use(self, keyword: Keyword, text: str) -> _Use:
        if not normalise(text):
            raise UnusableRule("keywords", f"{text!r} consists of separators only, which are ignored (FA-11)")
        key = (text, keyword.language, keyword.anywhere)
        if key not in self._uses:
            self._uses[key] = _Use(Phrase(text, keyword.language, anywhere=keyword.anywhere), [], [])
        return self._uses[key]

    def _part(self, keyword: Keyword, alternatives: Alternatives) -> int:
        """Return the number of a combination's part; combinations share their equal parts."""
        key = (alternatives, keyword.anywhere, keyword.language)
        if key not in self._parts:
            self._parts[key] = len(self._parts)
            for text in dict.fromkeys(alternatives):
                self._use(keyword, text).parts.append(self._parts[key])
        return self._parts[key]

    @property
    def alone(self) -> Iterator[str]:
        """The anchors of the phrases that hit by themselves."""
        return (use.phrase.anchor for use in self._uses.values() if use.ids)

    @property
    def combinations(self) -> Iterator[tuple[frozenset[str], ...]]:
        """The combinations, each part as the anchors of its alternatives."""
        anchors: list[set[str]] = [set() for _ in self._parts]
        for use in self._uses.values():
            for part in use.parts:
                anchors[part].add(use.phrase.anchor)
        shared = list(map(frozenset, anchors))
        return (tuple(shared[part] for part in combination.parts) for combination in self._combined)

    def find(self, views: Views) -> Iterator[Span]:
        """Yield the hits in a text; of a combination the first hit of each part. Disguises count if there are none."""
        places = list(self._places(views))
        plain = list(self._spans(places))
        yield from plain or self._spans([*places, *self._disguised_places(views)])

    def _spans(self, places: Iterable[tuple[_Use, Place]]) -> Iterator[Span]:
        firsts: dict[int, Place] = {}
        for use, place in places:
            for keyword in use.ids:
                yield _span(keyword, place)
            for part in use.parts:
                firsts[part] = min(firsts.get(part, place), place)
        for number in self._complete.complete(firsts.keys()):
            combination = self._combined[number]
            for part in combination.parts:
                yield _span(combination.id, firsts[part])

    def _places(self, views: Views) -> Iterator[tuple[_Use, Place]]:
        for anchor, first, last in self._automaton.find_matches_as_indexes(views.accentless.text, overlapping=True):
            for use in self._searched[anchor]:
                place = use.phrase.find(views, first, last)
                if place is not None:
                    yield use, place

    def _disguised_places(self, views: Views) -> Iterator[tuple[_Use, Place]]:
        for plain in self._disguises.undisguised(views):
            for use, place in self._places(Views(plain.text)):
                if plain.may_have(use.phrase.anchor):
                    yield use, plain.origin(*place)


def _span(keyword: str, place: Place) -> Span:
    return Span(detector="keyword", keyword=keyword, start=place[0], end=place[1])


def _by_anchor(uses: Iterable[_Use]) -> Mapping[str, Sequence[_Use]]:
    grouped: dict[str, list[_Use]] = {}
    for use in uses:
        grouped.setdefault(use.phrase.anchor, []).append(use)
    return grouped


_COMPILED: Final[WeakValueDictionary[tuple[Keyword, ...], Keywords]] = WeakValueDictionary()


def compile_keywords(keywords: tuple[Keyword, ...]) -> Keywords:
    """Return compiled keywords, those of an earlier call while a matcher uses them."""
    found = _COMPILED.get(keywords)
    if found is None:
        found = _COMPILED[keywords] = Keywords(keywords)
    return found

"""Search of keywords (FA-7, FA-11, FA-12, FA-76 to FA-78): one automaton over all phrases; compiled once per list."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

from ahocorasick_rs import AhoCorasick, Implementation

from operators.detectors.detector import UnusableRule
from operators.screening.disguises import Disguises
from operators.screening.phrase import Phrase, rarity_of_any
from operators.text.normalisation import normalise
from operators.text.views import Views
from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from operators.policy.keywords import Keyword
    from operators.text.plain_text import PlainText
    from operators.text.word_edges import Whole

    Place = tuple[int, int]
    Anchored = tuple["_Reading", Mapping[str, Sequence[Place]]]
    """A reading, and where anchors are in it."""

_BYTES_PER_BYTE: Final = 60
_PHRASE_BYTES: Final = 1_500
"""What a compiled phrase takes at most, measured: its automata's states by the bytes of its text, and its objects."""


class _Reading(NamedTuple):
    """A text as it is searched: as it is written, or with its disguises written plainly."""

    views: Views
    plain: PlainText | None = None

    def origin(self, place: Place) -> Place:
        """Return where a place is in the text as it is written."""
        return place if self.plain is None else self.plain.origin(*place)

    def may_have(self, phrase: Phrase) -> bool:
        """Return whether a phrase that is found may have been there."""
        return self.plain is None or self.plain.may_have(phrase.anchor)


class _Part:
    """A part of combinations: phrases of which one has to be in the text (FA-78)."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.by_anchor = _by_anchor(phrases)
        self.anchors = frozenset(self.by_anchor)

    def places(self, readings: Sequence[Anchored]) -> Sequence[Place]:
        """Return where the phrases are, in their order."""
        return sorted({place for reading, found in readings for place in self._places(reading, found)})

    def _places(self, reading: _Reading, found: Mapping[str, Sequence[Place]]) -> Iterator[Place]:
        for anchor in self.anchors.intersection(found):
            for phrase in filter(reading.may_have, self.by_anchor[anchor]):
                for first, last in found[anchor]:
                    place = phrase.find(reading.views, first, last)
                    if place is not None:
                        yield reading.origin(place)


class _Combination(NamedTuple):
    id: str
    parts: tuple[_Part, ...]

    @property
    def lead(self) -> _Part:
        """The part that everyday texts have most rarely: only where it is found the others are searched for."""
        return max(self.parts, key=lambda part: rarity_of_any(part.anchors))


class Keywords:
    """Compiled keywords, which all matchers of the same keywords share."""

    def __init__(self, keywords: tuple[Keyword, ...]) -> None:
        self._phrases: dict[tuple[object, ...], Phrase] = {}
        self._ids: dict[Phrase, list[str]] = {}
        self._led: dict[str, list[_Combination]] = {}
        parts: dict[tuple[object, ...], _Part] = {}
        for keyword in dict.fromkeys(keywords):
            if len(keyword.parts) == 1:
                for phrase in self._compiled(keyword, keyword.parts[0]):
                    self._ids.setdefault(phrase, []).append(keyword.id)
                continue
            listed = tuple(self._part(keyword, alternatives, parts) for alternatives in keyword.parts)
            combination = _Combination(keyword.id, listed)
            for anchor in combination.lead.anchors:
                self._led.setdefault(anchor, []).append(combination)
        self._parts = tuple(frozenset().union(*(part.anchors for part in parts.values())))
        self._alone = _by_anchor(self._ids)
        self._anchors = tuple({*self._alone, *self._led})
        self._automaton = AhoCorasick(list(self._anchors))
        self._disguises = Disguises({text for each in self._phrases.values() for text in (each.folded, each.anchor)})
        self.size_bytes = _PHRASE_BYTES * len(self._phrases) + sum(map(_automaton_bytes, self._anchors))

    def _compiled(self, keyword: Keyword, alternatives: Iterable[str]) -> Iterator[Phrase]:
        for text in dict.fromkeys(alternatives):
            if not normalise(text):
                raise UnusableRule("keywords", f"{text!r} consists of separators only, which are ignored (FA-11)")
            key = (text, keyword.language, keyword.anywhere)
            if key not in self._phrases:
                self._phrases[key] = Phrase(text, keyword.language, anywhere=keyword.anywhere)
            yield self._phrases[key]

    def _part(self, keyword: Keyword, alternatives: tuple[str, ...], parts: dict[tuple[object, ...], _Part]) -> _Part:
        key = (alternatives, keyword.language, keyword.anywhere)
        if key not in parts:
            parts[key] = _Part(self._compiled(keyword, alternatives))
        return parts[key]

    @property
    def alone(self) -> Iterable[str]:
        """The anchors of the phrases that hit by themselves."""
        return self._alone.keys()

    @property
    def combinations(self) -> Iterator[tuple[frozenset[str], ...]]:
        """The combinations, each part as the anchors of its alternatives."""
        listed = {combination for combinations in self._led.values() for combination in combinations}
        return (tuple(part.anchors for part in combination.parts) for combination in listed)

    @property
    def whole(self) -> Iterator[tuple[str, Whole]]:
        """Each phrase's anchor, with the ends at which it has to be at the edge of a word."""
        return ((phrase.anchor, phrase.whole) for phrase in self._phrases.values())

    def find(self, views: Views) -> Iterator[Span]:
        """Yield the hits in a text; of a combination one of each part. Disguises count if there are none."""
        plain = list(self._spans([_Reading(views)]))
        yield from plain or self._disguised_spans(views)

    def _disguised_spans(self, views: Views) -> Iterator[Span]:
        written = [_Reading(Views(plain.text), plain) for plain in self._disguises.undisguised(views)]
        return self._spans([_Reading(views), *written]) if written else iter(())

    def _spans(self, readings: Sequence[_Reading]) -> Iterator[Span]:
        led: dict[_Combination, None] = {}
        for reading in readings:
            text = reading.views.accentless.text
            for found, first, last in self._automaton.find_matches_as_indexes(text, overlapping=True):
                anchor = self._anchors[found]
                led |= dict.fromkeys(self._led.get(anchor, ()))
                for phrase in filter(reading.may_have, self._alone.get(anchor, ())):
                    place = phrase.find(reading.views, first, last)
                    if place is not None:
                        yield from (_span(keyword, reading.origin(place)) for keyword in self._ids[phrase])
        if led:
            yield from self._combined(led, [(reading, self._part_anchors(reading)) for reading in readings])

    def _combined(self, led: Iterable[_Combination], readings: Sequence[Anchored]) -> Iterator[Span]:
        """Yield the hits of combinations of which all parts are there."""
        present = frozenset().union(*(found for _, found in readings))
        places: dict[_Part, Sequence[Place]] = {}
        for combination in led:
            if not any(part.anchors.isdisjoint(present) for part in combination.parts):
                for part in combination.parts:
                    if part not in places:
                        places[part] = part.places(readings)
                for place in _apart(map(places.__getitem__, combination.parts)):
                    yield _span(combination.id, place)

    def _part_anchors(self, reading: _Reading) -> Mapping[str, Sequence[Place]]:
        """Return where the anchors of all parts are: one search, however many combinations are to be completed."""
        found: dict[str, list[Place]] = {}
        text = reading.views.accentless.text
        for number, first, last in self._part_automaton.find_matches_as_indexes(text, overlapping=True):
            found.setdefault(self._parts[number], []).append((first, last))
        return found

    @cached_property
    def _part_automaton(self) -> AhoCorasick:
        return AhoCorasick(self._parts, implementation=Implementation.ContiguousNFA)


def _apart(parts: Iterable[Sequence[Place]]) -> Sequence[Place]:
    """Return of each part the first place that overlaps none of the parts before it, or nothing if one has none."""
    chosen: list[Place] = []
    for places in parts:
        free = (place for place in places if all(place[1] <= start or end <= place[0] for start, end in chosen))
        first = next(free, None)
        if first is None:
            return ()
        chosen.append(first)
    return chosen


def _span(keyword: str, place: Place) -> Span:
    return Span(detector="keyword", keyword=keyword, start=place[0], end=place[1])


def _by_anchor(phrases: Iterable[Phrase]) -> Mapping[str, Sequence[Phrase]]:
    grouped: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        grouped.setdefault(phrase.anchor, []).append(phrase)
    return grouped


def _automaton_bytes(anchor: str) -> int:
    return _BYTES_PER_BYTE * len(anchor.encode())


_COMPILED: Final[WeakValueDictionary[tuple[Keyword, ...], Keywords]] = WeakValueDictionary()


def compile_keywords(keywords: tuple[Keyword, ...]) -> Keywords:
    """Return compiled keywords, those of an earlier call while a matcher uses them."""
    found = _COMPILED.get(keywords)
    if found is None:
        found = _COMPILED[keywords] = Keywords(keywords)
    return found

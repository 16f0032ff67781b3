"""Lexicons of grammars: phrases by language and by the part that they play in a message."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from ahocorasick_rs import AhoCorasick

from operators.text.accents import normalise_accents

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from operators.text.views import Views

    Match = tuple["Sequence[Role]", "Place"]

_ANYWHERE: Final = frozenset({"zh", "ja", "ar"})
"""Languages that write without spaces, or join words to others."""


class Role(NamedTuple):
    """What a phrase is: its language, and its part in a message."""

    language: str
    part: str


class Place(NamedTuple):
    """Where a phrase stands in the accentless view of a text."""

    start: int
    end: int


class Places(Sequence[Place]):
    """Places in order of their ends."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = tuple(places)
        self._ends = tuple(place.end for place in self._places)

    def __getitem__(self, index: int) -> Place:  # type: ignore[override] # slices are not needed
        return self._places[index]

    def __len__(self) -> int:
        return len(self._places)

    def nearest(self, to: Place) -> Place | None:
        """Return the place that is next to another, before or behind it."""
        at = bisect_right(self._ends, to.start)
        return min(self._places[max(at - 1, 0) : at + 1], key=lambda place: gap(place, to), default=None)

    def has_between(self, start: int, end: int) -> bool:
        """Return whether the first place that does not end before `start` begins before `end`."""
        at = bisect_left(self._ends, start)
        return at < len(self._places) and self._places[at].start < end


def gap(one: Place, other: Place) -> int:
    """Return how many characters are between two places."""
    return max(one.start - other.end, other.start - one.end, 0)


class Lexicon:
    """The phrases of a file. Without case, separators and accents; whole words, where the language has spaces."""

    def __init__(self, file: str) -> None:
        self.roles: dict[str, list[Role]] = {}
        for role, phrase in _entries(file):
            self.roles.setdefault(normalise_accents(phrase), []).append(role)
        self._roles = tuple(self.roles.values())
        self._automaton = AhoCorasick(list(self.roles))

    def phrases(self, *parts: str, language: str | None = None) -> frozenset[str]:
        """Return the normalised phrases of some parts, of one language or of all."""
        return frozenset(
            phrase
            for phrase, roles in self.roles.items()
            if any(role.part in parts and language in {None, role.language} for role in roles)
        )

    @property
    def whole_words(self) -> frozenset[str]:
        """The phrases that no language has as parts of words."""
        return frozenset(
            phrase for phrase, roles in self.roles.items() if _ANYWHERE.isdisjoint(role.language for role in roles)
        )

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have phrases."""
        return frozenset(role.language for roles in self.roles.values() for role in roles)

    def matches(self, views: Views) -> Sequence[Match]:
        """Return where phrases stand in a text, be they whole words or not, with what they are."""
        found = self._automaton.find_matches_as_indexes(views.accentless.text, overlapping=True)
        return [(self._roles[number], Place(start, end)) for number, start, end in found]


def parts_of(views: Views, matches: Sequence[Match], language: str | None = None) -> Mapping[str, Places]:
    """Return the places of phrases by their part, of one language or of all."""
    parts: dict[str, list[Place]] = {}
    for roles, place in matches:
        wanted = [role for role in roles if language in {None, role.language}]
        if wanted and not _is_whole(views, *place):
            wanted = [role for role in wanted if role.language in _ANYWHERE]
        for part in {role.part for role in wanted}:
            parts.setdefault(part, []).append(place)
    return {part: Places(places) for part, places in parts.items()}


def _is_whole(views: Views, start: int, end: int) -> bool:
    """Return whether no letter or digit adjoins a range of the accentless view."""
    return not views.around.adjoin(*views.accentless.origin(start, end))


def _entries(file: str) -> Iterator[tuple[Role, str]]:
    for line in files("operators.detectors").joinpath(file).read_text(encoding="utf-8").splitlines():
        key, colon, phrases = line.partition(":")
        language, _, part = key.partition(".")
        if colon and not line.startswith("#"):
            yield from ((Role(language, part), phrase.strip()) for phrase in phrases.split(","))

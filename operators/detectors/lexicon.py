"""Lexicons of grammars: phrases by language and by the part that they play in a message."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from ahocorasick_rs import AhoCorasick

from operators.text.accents import normalise_accents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operators.text.views import Views

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


class Lexicon:
    """The phrases of a file. Without case, separators and accents; whole words, where the language has spaces."""

    def __init__(self, file: str) -> None:
        self.roles: dict[str, list[Role]] = {}
        for role, phrase in _entries(file):
            self.roles.setdefault(normalise_accents(phrase), []).append(role)
        self._roles = tuple(self.roles.values())
        self._automaton = AhoCorasick(list(self.roles))

    def phrases(self, language: str, *parts: str) -> frozenset[str]:
        """Return the normalised phrases of some parts."""
        wanted = {Role(language, part) for part in parts}
        return frozenset(phrase for phrase, roles in self.roles.items() if not wanted.isdisjoint(roles))

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have phrases."""
        return frozenset(role.language for roles in self.roles.values() for role in roles)

    def find(self, views: Views, needed: str) -> Iterator[tuple[str, Mapping[str, Sequence[Place]]]]:
        """Yield each language that has a phrase of a needed part, with the places of its phrases by part."""
        matches = self._automaton.find_matches_as_indexes(views.accentless.text, overlapping=True)
        roles = [self._roles[number] for number, _, _ in matches]
        for language in dict.fromkeys(role.language for each in roles for role in each if role.part == needed):
            found: dict[str, list[Place]] = {}
            for (_, start, end), each in zip(matches, roles, strict=True):
                for role in each:
                    if role.language == language and (language in _ANYWHERE or _is_whole(views, start, end)):
                        found.setdefault(role.part, []).append(Place(start, end))
            yield language, found


def _is_whole(views: Views, start: int, end: int) -> bool:
    """Return whether no letter or digit adjoins a range of the accentless view."""
    return not views.around.adjoin(*views.accentless.origin(start, end))


def _entries(file: str) -> Iterator[tuple[Role, str]]:
    for line in files("operators.detectors").joinpath(file).read_text(encoding="utf-8").splitlines():
        key, colon, phrases = line.partition(":")
        language, _, part = key.partition(".")
        if colon and not line.startswith("#"):
            yield from ((Role(language, part), phrase.strip()) for phrase in phrases.split(","))

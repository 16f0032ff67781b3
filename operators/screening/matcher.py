"""The exact matcher (FA-6 to FA-14): Aho-Corasick for keywords, and the other detectors; text in, spans out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

from ahocorasick_rs import AhoCorasick

from operators.detectors.detector import UnusableRule
from operators.detectors.registry import detectors_of
from operators.policy.keywords import DETECTORS, Keyword, ScreenRules, load_pack
from operators.text.accents import accents_agree, letters, normalise_accents
from operators.text.normalisation import Neighbours, is_unspaced
from operators.text.views import Views
from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operators.text.accents import Letter

__all__ = ["Keyword", "Matcher", "ScreenRules", "Span", "UnusableRule", "compile_rules", "load_pack"]

_BYTES_PER_BYTE: Final = 60
_KEYWORD_BYTES: Final = 600
"""What a compiled keyword takes at most, measured: its automaton's states by the bytes of its text, and its objects."""


class Matcher:
    """Compiled screening rules. Immutable; made by `compile_rules`."""

    def __init__(self, rules: ScreenRules) -> None:
        self.rules = rules
        compiled = _compiled(rules.keywords if "keyword" in rules.detectors else ())
        self.patterns = compiled.patterns
        self.detectors = detectors_of(rules)
        self.size_bytes = compiled.size_bytes
        self._compiled, self._keywords, self._automaton = compiled, compiled.keywords, compiled.automaton

    def find(self, text: str) -> tuple[Span, ...]:
        """Return all hits of all detectors, in code points, sorted by position, detector and keyword (FA-14).

        Takes time linear in the text and in the number of hits.
        """
        views = Views(text)
        spans = {*self._keyword_hits(views), *self._other_hits(views)}
        return tuple(sorted(spans, key=sort_key))

    def _keyword_hits(self, views: Views) -> Iterator[Span]:
        text, view = views.text, views.accentless
        matches = self._automaton.find_matches_as_indexes(view.text, overlapping=True)
        around = Neighbours(text) if matches else None
        for pattern, first, last in matches:
            start, end = view.origin(first, last)
            part = around is not None and around.adjoin(start, end)
            for keyword in self._keywords[pattern]:
                if (keyword.anywhere or not part) and keyword.agrees(text[start:end]):
                    yield Span(detector="keyword", keyword=keyword.id, start=start, end=end)

    def _other_hits(self, views: Views) -> Iterator[Span]:
        for detector in self.detectors:
            for start, end, what in detector.find(views):
                yield Span(detector=detector.name, keyword=what, start=start, end=end)


class _Keywords:
    """Compiled keywords, which all matchers of the same keywords share."""

    def __init__(self, keywords: tuple[Keyword, ...]) -> None:
        self.patterns = _patterns(keywords)
        self.keywords = tuple(self.patterns.values())
        self.automaton = AhoCorasick(list(self.patterns))
        self.size_bytes = sum(_KEYWORD_BYTES + _BYTES_PER_BYTE * len(pattern.encode()) for pattern in self.patterns)


_COMPILED: Final[WeakValueDictionary[tuple[Keyword, ...], _Keywords]] = WeakValueDictionary()


def _compiled(keywords: tuple[Keyword, ...]) -> _Keywords:
    found = _COMPILED.get(keywords)
    if found is None:
        found = _COMPILED[keywords] = _Keywords(keywords)
    return found


def compile_rules(rules: ScreenRules) -> Matcher:
    """Return the matcher of these rules. Raise `UnusableRule` for a rule that FA-7 to FA-11 do not allow."""
    unknown = rules.detectors - frozenset(DETECTORS)
    if unknown:
        raise UnusableRule("detectors", f"no such detector: {', '.join(sorted(unknown))}")
    return Matcher(rules)


def sort_key(span: Span) -> tuple[int, int, str, str]:
    """Return the sort key of spans (FA-14)."""
    return span.start, span.end, span.detector, span.keyword or ""


class _Pattern(NamedTuple):
    """A keyword of a pattern of the automaton: its id, and what else has to hold where the pattern is found."""

    id: str
    anywhere: bool
    """Whether it may be part of a word (FA-12)."""
    accents: Sequence[Letter]
    """Its letters, if any has marks."""

    def agrees(self, found: str) -> bool:
        """Return whether the text that was found has no other marks than the keyword."""
        return not self.accents or accents_agree(self.accents, letters(found))


def _patterns(keywords: tuple[Keyword, ...]) -> Mapping[str, list[_Pattern]]:
    """Return the keywords by the normalised text that the automaton searches."""
    patterns: dict[str, list[_Pattern]] = {}
    for keyword in dict.fromkeys(keywords):
        folded = normalise_accents(keyword.text)
        if not folded:
            raise UnusableRule("keywords", f"{keyword.text!r} consists of separators only, which are ignored (FA-11)")
        anywhere = any(map(is_unspaced, folded)) if keyword.anywhere is None else keyword.anywhere
        spelt = letters(keyword.text)
        accents = spelt if any(base != whole for base, whole in spelt) else ()
        patterns.setdefault(folded, []).append(_Pattern(keyword.id, anywhere, accents))
    return patterns

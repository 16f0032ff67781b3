"""The exact matcher (FA-6 to FA-14): Aho-Corasick for keywords, detectors for numbers and links; text in, spans out."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple
from weakref import WeakValueDictionary

from ahocorasick_rs import AhoCorasick
from publicsuffixlist import PublicSuffixList

from operators.policy.keywords import DETECTORS, Keyword, ScreenRules, load_pack
from operators.screening import detectors
from operators.text.accents import accentless_view, accents_agree, letters, normalise_accents
from operators.text.normalisation import Neighbours, compatible_view, is_unspaced
from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operators.text.accents import Letter
    from operators.text.normalisation import View

__all__ = ["Keyword", "Matcher", "ScreenRules", "Span", "UnusableRule", "compile_rules", "load_pack"]

_HOST = re.compile(r"(?:[^\W_]|-)+(?:\.(?:[^\W_]|-)+)*")
# A folded text has no separators, so the digits of any series are adjacent in it.
_DIGITS_OF_A_NUMBER = re.compile(f"[0-9]{{{detectors.SHORTEST_CARD}}}")


_BYTES_PER_BYTE: Final = 60
_KEYWORD_BYTES: Final = 600
"""What a compiled keyword takes at most, measured: its automaton's states by the bytes of its text, and its objects."""


class UnusableRule(ValueError):
    """A screening rule that could never hit, or would hit everything. `key` is the policy key, such as `keywords`."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key


class Matcher:
    """Compiled screening rules. Immutable; made by `compile_rules`."""

    def __init__(self, rules: ScreenRules) -> None:
        self.rules = rules
        compiled = _compiled(rules.keywords if "keyword" in rules.detectors else ())
        self.patterns = compiled.patterns
        self.hosts = tuple(map(normalise_host, rules.shopping_hosts)) if "shopping_link" in rules.detectors else ()
        self.numbers = {name: rule for name, rule in detectors.NUMBERS.items() if name in rules.detectors}
        self.size_bytes = compiled.size_bytes
        self._compiled, self._keywords, self._automaton = compiled, compiled.keywords, compiled.automaton

    def find(self, text: str) -> tuple[Span, ...]:
        """Return all hits of all detectors, in code points, sorted by position, detector and keyword (FA-14).

        Takes time linear in the text and in the number of hits.
        """
        view = accentless_view(text)
        spans = {*self._keyword_hits(text, view), *self._number_hits(text, view), *self._link_hits(text)}
        return tuple(sorted(spans, key=sort_key))

    def _keyword_hits(self, text: str, view: View) -> Iterator[Span]:
        matches = self._automaton.find_matches_as_indexes(view.text, overlapping=True)
        around = Neighbours(text) if matches else None
        for pattern, first, last in matches:
            start, end = view.origin(first, last)
            part = around is not None and around.adjoin(start, end)
            for keyword in self._keywords[pattern]:
                if (keyword.anywhere or not part) and keyword.agrees(text[start:end]):
                    yield Span(detector="keyword", keyword=keyword.id, start=start, end=end)

    def _number_hits(self, text: str, view: View) -> Iterator[Span]:
        if not self.numbers or not _DIGITS_OF_A_NUMBER.search(view.text):
            return
        compatible = compatible_view(text)
        for name, matches in self.numbers.items():
            for first, last in detectors.find_numbers(compatible.text, matches):
                start, end = compatible.origin(first, last)
                yield Span(detector=name, start=start, end=end)

    def _link_hits(self, text: str) -> Iterator[Span]:
        folded = text.casefold()
        if any(host in folded for host in self.hosts):
            for start, end in detectors.find_links(text, self.hosts):
                yield Span(detector="shopping_link", start=start, end=end)


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


@cache
def _public_suffixes() -> PublicSuffixList:
    """The ICANN part of the public suffix list that ships with the library."""
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def normalise_host(host: str) -> str:
    """Return a configured host name in the form that is compared: without dots around it, case-folded.

    Raise `UnusableRule` for anything that is not a host name, or is a public suffix such as `co.uk`.
    """
    name = host.strip().strip(".").casefold()
    if not _HOST.fullmatch(name):
        raise UnusableRule("shopping_hosts", f"{host!r} is not a host name")
    if _public_suffixes().publicsuffix(name) == name:
        raise UnusableRule(
            "shopping_hosts", f"{host!r} is a public suffix: every site below it would be a shop (FA-10)"
        )
    return name

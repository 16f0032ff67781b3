"""The exact matcher (FA-6 to FA-14): Aho-Corasick for keywords, and the other detectors; text in, spans out."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from operators.detectors.code_request import is_notice, names_code
from operators.detectors.detector import UnusableRule
from operators.detectors.registry import detectors_of
from operators.policy.keywords import DETECTORS, Keyword, ScreenRules, load_pack
from operators.recogniser.model import AT_THRESHOLD
from operators.recogniser.recogniser import shipped_recogniser
from operators.screening.disguises import Disguises
from operators.screening.keyword_search import compile_keywords
from operators.text.shown_order import RIGHT_TO_LEFT, shown_order
from operators.text.views import Views
from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Keyword", "Matcher", "ScreenRules", "Span", "UnusableRule", "compile_rules", "load_pack"]


class Found(NamedTuple):
    """What was found in a text: hits, and the recogniser's score in thousandths of its threshold (0: unremarkable)."""

    spans: tuple[Span, ...]
    score: int


class Matcher:
    """Compiled screening rules. Immutable; made by `compile_rules`."""

    def __init__(self, rules: ScreenRules) -> None:
        self.rules = rules
        self.keywords = compile_keywords(rules.keywords if "keyword" in rules.detectors else ())
        self.detectors = detectors_of(rules)
        self._grammars = tuple(each for each in self.detectors if each.look.combinations)
        self._disguises = _disguises_of(frozenset(each.look.combinations for each in self._grammars))
        self.recogniser = shipped_recogniser() if "semantic" in rules.detectors else None
        self._codes = frozenset(keyword.id for keyword in rules.keywords if names_code(keyword.text))
        self.size_bytes = self.keywords.size_bytes

    def find(self, text: str) -> tuple[Span, ...]:
        """Return all hits of all detectors, in code points, sorted by position, detector and keyword (FA-14)."""
        return self.search(text).spans

    def search(self, text: str) -> Found:
        """Return all hits of all detectors, and the recogniser's score.

        Takes time linear in the text and in the number of hits.
        """
        views = Views(text)
        score, learned = self._recognise(views)
        spans = {*learned, *self._spans(views, is_hit=bool(learned))}
        if RIGHT_TO_LEFT in text:
            order = shown_order(text)
            shown = Views("".join(map(text.__getitem__, order)))
            shown_score, learned = self._recognise(shown)
            score = max(score, shown_score)
            found = {*learned, *self._spans(shown, is_hit=bool(learned))}
            spans.update(_in_order(span, order) for span in found)
        return Found(tuple(sorted(spans, key=sort_key)), score)

    def _recognise(self, views: Views) -> tuple[int, Sequence[Span]]:
        """Return the recogniser's score, and if that is a hit the stretches that counted most (FA-79, FA-82)."""
        reading = self.recogniser.reading(views) if self.recogniser else None
        if self.recogniser is None or reading is None:
            return 0, ()
        model = self.recogniser.model
        score = model.levels[reading.script].score(reading.level, self.rules.false_alarms)
        found = reading.stretches if score >= AT_THRESHOLD else ()
        return score, [Span(detector="semantic", keyword=model.name, start=start, end=end) for start, end in found]

    def _spans(self, views: Views, *, is_hit: bool) -> Sequence[Span]:
        """Return the hits of all detectors but the recogniser; `is_hit`: that one hits.

        A keyword that only names a code counts in a notice where anything else hits (FA-97).
        """
        found = [*self.keywords.find(views), *self._other_hits(views)]
        if found and (is_hit or not self._is_notice(found, views)):
            return found
        disguised = list(self._disguised_hits(views))
        return [*found, *disguised] if disguised else ()

    def _is_notice(self, found: Sequence[Span], views: Views) -> bool:
        return all(span.keyword in self._codes for span in found) and is_notice(views)

    def _disguised_hits(self, views: Views) -> Iterator[Span]:
        for plain in self._disguises.undisguised(views) if self._grammars else ():
            written = Views(plain.text)
            for detector in self._grammars:
                for start, end, what in detector.find(written):
                    first, last = plain.origin(start, end)
                    yield Span(detector=detector.name, keyword=what, start=first, end=last)

    def _other_hits(self, views: Views) -> Iterator[Span]:
        for detector in self.detectors:
            for start, end, what in detector.find(views):
                yield Span(detector=detector.name, keyword=what, start=start, end=end)


def compile_rules(rules: ScreenRules) -> Matcher:
    """Return the matcher of these rules. Raise `UnusableRule` for a rule that FA-7 to FA-11 do not allow."""
    unknown = rules.detectors - frozenset(DETECTORS)
    if unknown:
        raise UnusableRule("detectors", f"no such detector: {', '.join(sorted(unknown))}")
    return Matcher(rules)


def sort_key(span: Span) -> tuple[int, int, str, str]:
    """Return the sort key of spans (FA-14)."""
    return span.start, span.end, span.detector, span.keyword or ""


@lru_cache(8)
def _disguises_of(combined: frozenset[frozenset[tuple[frozenset[str], ...]]]) -> Disguises:
    """Return the phrases of grammars, to be looked for in disguise."""
    return Disguises({phrase for parts in combined for part in parts for phrases in part for phrase in phrases})


def _in_order(span: Span, order: Sequence[int]) -> Span:
    """Return the span of an original text for one of the text in another order."""
    places = order[span.start : span.end]
    return Span(detector=span.detector, keyword=span.keyword, start=min(places), end=max(places) + 1)

"""Detector of requests for a one-time code (FA-73): a code, how it came, and that the writer wants it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.lexicon import Lexicon, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from operators.text.views import Views

    Parts = Mapping[str, Sequence[Place]]

_REACH: Final = 120
"""Normalised characters that all parts of a request are within."""
_BEFORE: Final = 12
"""Normalised characters before a request in which something makes it none."""
_BEFORE_CLOSE: Final = 3
_CLOSE: Final = frozenset({"ar", "hi", "ja", "ru", "vi", "zh"})
"""Languages in which a negation stands right before its verb."""
_NAME: Final = "code_request"


@cache
def _lexicon() -> Lexicon:
    return Lexicon("code_request.txt")


def _find(views: Views) -> Iterator[Hit]:
    for language, parts in _lexicon().find(views, needed="ask"):
        if "ask" in parts and ("code" in parts or ("word" in parts and "came" in parts)):
            place = _request(parts, _BEFORE_CLOSE if language in _CLOSE else _BEFORE)
            if place is not None:
                yield Hit(*views.accentless.origin(*place))
                return


def _request(parts: Parts, before: int) -> Place | None:
    """Return where the first request is, from the first to the last of its parts."""
    for ask in parts["ask"]:
        if _is_none(ask, parts.get("not", ()), before):
            continue
        code = _nearest(ask, parts.get("code", ()))
        if code is not None:
            return _around(ask, code)
        word, came = _nearest(ask, parts.get("word", ())), _nearest(ask, parts.get("came", ()))
        if word is not None and came is not None and _fits(_around(ask, word, came)):
            return _around(ask, word, came)
    return None


def _is_none(ask: Place, nots: Sequence[Place], before: int) -> bool:
    return any(ask.start - before <= each.end and each.start < ask.end for each in nots)


def _nearest(ask: Place, others: Sequence[Place]) -> Place | None:
    """Return the place next to a request, if it is within reach."""
    found = min(others, key=lambda other: max(other.start - ask.end, ask.start - other.end), default=None)
    return found if found is not None and _fits(_around(ask, found)) else None


def _around(*places: Place) -> Place:
    return Place(min(place.start for place in places), max(place.end for place in places))


def _fits(place: Place) -> bool:
    return place.end - place.start <= _REACH


def _look() -> Look:
    lexicon = _lexicon()
    return Look(
        combinations=frozenset(
            (lexicon.phrases(language, "code", "word"), lexicon.phrases(language, "ask"))
            for language in lexicon.languages
        )
    )


def code_request() -> Detector:
    """Return the detector."""
    return Detector(_NAME, _find, _look())

"""Detector of requests for a one-time code (FA-73): a code, how it came, and that the writer wants it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.lexicon import Lexicon, Place, Places, parts_of
from operators.text.accents import normalise_accents

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from operators.text.views import Views

    Parts = Mapping[str, Places]

_REACH: Final = 120
"""Normalised characters that all parts of a request are within."""
_BEFORE: Final = 12
"""Normalised characters before a request in which something makes it none."""
_BEFORE_CLOSE: Final = 3
_CLOSE: Final = frozenset({"ar", "hi", "ja", "ru", "vi", "zh"})
"""Languages in which a negation stands right before its verb."""
_NONE: Final = Places(())
_NAME: Final = "code_request"
_GIVEN: Final = re.compile(r"\D{0,4}\d{4,8}(?!\d)")
"""A code right behind what names it."""


@cache
def _lexicon() -> Lexicon:
    return Lexicon("code_request.txt")


def _find(views: Views) -> Iterator[Hit]:
    matches = _lexicon().matches(views)
    for language in dict.fromkeys(role.language for roles, _ in matches for role in roles if role.part == "ask"):
        parts = parts_of(views, matches, language)
        if "ask" in parts and ("code" in parts or ("word" in parts and "came" in parts)):
            place = _request(parts, _BEFORE_CLOSE if language in _CLOSE else _BEFORE)
            if place is not None:
                yield Hit(*views.accentless.origin(*place))
                return


def _request(parts: Parts, before: int) -> Place | None:
    """Return where the first request is, from the first to the last of its parts."""
    for ask in parts["ask"]:
        if parts.get("not", _NONE).has_between(ask.start - before, ask.end):
            continue
        code = _nearest(ask, parts.get("code", _NONE))
        if code is not None:
            return _around(ask, code)
        word, came = _nearest(ask, parts.get("word", _NONE)), _nearest(ask, parts.get("came", _NONE))
        if word is not None and came is not None and _fits(_around(ask, word, came)):
            return _around(ask, word, came)
    return None


def _nearest(ask: Place, others: Places) -> Place | None:
    """Return the place next to a request, if it is within reach."""
    found = others.nearest(ask)
    return found if found is not None and _fits(_around(ask, found)) else None


def _around(*places: Place) -> Place:
    return Place(min(place.start for place in places), max(place.end for place in places))


def _fits(place: Place) -> bool:
    return place.end - place.start <= _REACH


def names_code(keyword: str) -> bool:
    """Return whether a keyword only names a one-time code."""
    return normalise_accents(keyword) in _names()


@cache
def _names() -> frozenset[str]:
    return _lexicon().phrases("code")


def is_notice(views: Views) -> bool:
    """Return whether a text says of a code what services do, or people of one that does not come; or gives it."""
    parts = parts_of(views, _lexicon().matches(views))
    given = (_GIVEN.match(views.accentless.text, place.end) for place in parts.get("code", _NONE))
    return "notice" in parts or any(given)


def _look() -> Look:
    lexicon = _lexicon()
    return Look(
        combinations=frozenset(
            (lexicon.phrases("code", "word", language=language), lexicon.phrases("ask", language=language))
            for language in lexicon.languages
        ),
        whole_words=lexicon.whole_words,
    )


def code_request() -> Detector:
    """Return the detector."""
    return Detector(_NAME, _find, _look())

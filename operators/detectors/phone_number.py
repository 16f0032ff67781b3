"""Detector of telephone numbers and messenger contacts in offers (FA-74)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.lexicon import Lexicon, Place, Places, gap, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from operators.text.views import Views

_PARTS: Final = ("address", "contact", "messenger", "own")
_NAMED: Final = ("address", "messenger")
_FEWEST_DIGITS: Final = 7
_NEAR: Final = 40
"""Code points between a contact and its number or name."""
_NUMBER = re.compile(r"(?<![0-9A-Za-z])(?:\+|00)?\(?[0-9](?:[\s().\-/\u2010-\u2015]{0,3}[0-9]){6,14}(?![0-9A-Za-z])")
_YEAR = "(?:19|20)[0-9]{2}"
_DATE = re.compile(rf"{_YEAR}[-./][0-9]{{1,2}}[-./][0-9]{{1,2}}\b|[0-9]{{1,2}}[-./][0-9]{{1,2}}[-./]{_YEAR}\b")
# The name of an account: of ASCII, with letters and a digit or underscore, or behind an at sign.
_ACCOUNT = re.compile(
    r"(?<![0-9A-Za-z_@./])(?:@[A-Za-z][A-Za-z0-9_]{4,31}|(?=[a-z_-]{0,19}[0-9_])[a-z][a-z0-9_-]{5,19}(?![A-Za-z0-9_.]))"
)


@cache
def _lexicon() -> Lexicon:
    return Lexicon("phone_number.txt")


def _find(views: Views) -> Iterator[Hit]:
    matches = _lexicon().matches(views)
    named = {role.part for roles, _ in matches for role in roles}
    if "offer" not in named or (views.digits_in_a_row < _FEWEST_DIGITS and named.isdisjoint(_NAMED)):
        return
    parts = parts_of(views, matches)
    if "offer" in parts:
        address, contact, messenger, own = (_in_text(views, parts.get(part, ())) for part in _PARTS)
        yield from (Hit(*place) for place in address)
        asking = Places(sorted([*contact, *messenger], key=lambda place: place.end))
        hits = {*_near(_found(views, _NUMBER), asking, own), *_near(_found(views, _ACCOUNT), messenger, own)}
        yield from hits


def _found(views: Views, pattern: re.Pattern[str]) -> Iterator[Hit]:
    """Yield the numbers or names in the original text."""
    view = views.compatible
    return (Hit(*view.origin(*each.span())) for each in pattern.finditer(view.text) if not _DATE.match(each[0]))


def _in_text(views: Views, places: Iterable[Place]) -> Places:
    return Places(Place(*views.accentless.origin(*place)) for place in places)


def _near(found: Iterable[Hit], asking: Places, own: Places) -> Iterator[Hit]:
    """Yield what is near to a word that asks for contact, less what is said to be a person's own just before."""
    for hit in found:
        place = asking.nearest(Place(hit.start, hit.end))
        is_own = own.has_between(hit.start - _NEAR, hit.start)
        if place is not None and gap(place, Place(hit.start, hit.end)) <= _NEAR and not is_own:
            yield hit


def phone_number() -> Detector:
    """Return the detector."""
    named, offers = _lexicon().phrases(*_NAMED), _lexicon().phrases("offer")
    combinations = frozenset({(named, offers)})
    look = Look(combinations=combinations, whole_words=_lexicon().whole_words, digits=_FEWEST_DIGITS)
    return Detector("phone_number", _find, look)

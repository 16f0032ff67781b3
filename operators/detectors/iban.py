"""Detector of international bank account numbers (FA-70, ISO 13616)."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from stdnum import iban, numdb

from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.numbers import continues_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.text.views import Views

FEWEST_DIGITS: Final = 7
"""Digits in a row that an account number has at least, separators aside."""
_GAP: Final = r"[\s.\-\u2010-\u2015]{0,3}"
_BEGIN = re.compile(rf"(?<![0-9A-Za-z])([A-Za-z]){_GAP}([A-Za-z]){_GAP}[0-9]{_GAP}[0-9]")
_CHAR = re.compile(f"{_GAP}([0-9A-Za-z])")
_DIGITS = re.compile(f"[0-9]{{{FEWEST_DIGITS}}}")
_LENGTHS = re.compile(r"([0-9]+)!")
_HEAD: Final = 4  # country and check digits


@cache
def _length(country: str) -> int:
    """Return how many characters a country's numbers have; 0 for one without such numbers."""
    (_, info), *_ = numdb.get("iban").info(country)
    return _HEAD + sum(map(int, _LENGTHS.findall(info["bban"]))) if "bban" in info else 0


def _find(views: Views) -> Iterator[Hit]:
    if views.digits_in_a_row < FEWEST_DIGITS:
        return
    text, beyond = views.compatible.text, 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < beyond or (begin.start() and continues_word(text[begin.start() - 1])):
            continue
        end, number = _read(text, begin.start(), _length((begin[1] + begin[2]).upper()))
        if _DIGITS.search(number) and iban.is_valid(number, check_country=False):
            beyond = end
            yield Hit(*views.compatible.origin(begin.start(), end))


def _read(text: str, start: int, length: int) -> tuple[int, str]:
    """Return where a number of so many characters ends, and its characters; none if the text does not go on like it."""
    end, number = start, ""
    while len(number) < length:
        char = _CHAR.match(text, end)
        if char is None:
            return end, ""
        end, number = char.end(), number + char[1].upper()
    return (end, "") if end < len(text) and continues_word(text[end]) else (end, number)


IBAN: Final = Detector("iban", _find, Look(digits=FEWEST_DIGITS))

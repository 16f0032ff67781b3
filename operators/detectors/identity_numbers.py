"""Detector of the identity numbers of several countries (FA-8, FA-72), by the checks of python-stdnum."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from stdnum.br import cpf
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.id import nik
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.mx import curp
from stdnum.pt import nif
from stdnum.ru import inn
from stdnum.us import ssn

from operators.detectors.detector import Detector, Hit, Look, either
from operators.detectors.numbers import continues_word, find_grouped, is_chinese_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from operators.detectors.numbers import DigitGroup
    from operators.text.views import Views

_MANY: Final = 1 << 20  # digits that no text has
_NEARBY: Final = 40
"""Code points before and behind a number in which a word may name it."""


class _Digits(NamedTuple):
    """A number of digits. One with a weak check counts in the groups of its documents, or near its name."""

    length: int
    is_valid: Callable[[str], bool]
    weak: bool = False
    groups: tuple[int, ...] = ()
    name: str = ""

    @property
    def look(self) -> Look:
        """What the prefilter looks for; the last place may be a letter."""
        return Look(digits=self.length - 1)


class _Letters(NamedTuple):
    """A number with letters, which has a form of its own; compared as written."""

    form: str
    is_valid: Callable[[str], bool]
    look: Look


def _is_french(digits: str) -> bool:
    """Return whether sex, month of birth and check digits are possible: the check alone says nothing of the former."""
    return digits[0] in "12" and "01" <= digits[3:5] <= "12" and nir.is_valid(digits)


def _is_spanish(number: str) -> bool:
    plain = number.replace(".", "")
    return bool(dni.is_valid(plain) or nie.is_valid(plain))


NUMBERS: Final[Mapping[str, _Digits | _Letters]] = {
    "cn": _Digits(18, is_chinese_identity),
    "br": _Digits(11, cpf.is_valid, weak=True, groups=(3, 3, 3, 2), name=r"\bcpf\b"),
    "de": _Digits(11, idnr.is_valid, weak=True, name=r"\bsteuer-?\s?(?:id|ident|nummer)|\bidnr\b|\btax\s?id"),
    "es": _Letters(
        r"[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}-?[A-Za-z]|[XYZxyz]-?[0-9]{7}-?[A-Za-z]", _is_spanish, Look(digits=7)
    ),
    "fr": _Digits(15, _is_french),
    "gb": _Digits(10, nhs.is_valid, weak=True, name=r"\bnhs\b"),
    "id": _Digits(16, nik.is_valid, weak=True, name=r"\bnik\b|\bk\.?t\.?p\b"),
    "in": _Digits(12, aadhaar.is_valid, weak=True, name=r"\baa?dh?aa?r\b|आधार"),
    "it": _Letters(
        "[A-Za-z]{6}[0-9L-NP-Vl-np-v]{2}[A-Za-z][0-9L-NP-Vl-np-v]{2}[A-Za-z][0-9L-NP-Vl-np-v]{3}[A-Za-z]",
        codicefiscale.is_valid,
        Look(word=16),
    ),
    "jp": _Digits(12, my_number.is_valid, weak=True, name=r"マイナンバー|個人番号|my ?number"),
    "mx": _Letters("[A-Za-z]{4}[0-9]{6}[A-Za-z]{6}[0-9A-Za-z][0-9]", curp.is_valid, Look(word=18)),
    "pt": _Digits(9, nif.is_valid, weak=True, name=r"\bnif\b|contribuinte"),
    "ru": _Digits(12, inn.is_valid, weak=True, name=r"\bинн\b"),
    "us": _Digits(9, ssn.is_valid, weak=True, groups=(3, 2, 4), name=r"\bssn\b|social security"),
}


def national_id(countries: Iterable[str]) -> Detector:
    """Return the detector of the numbers of some countries."""
    chosen = [NUMBERS[country] for country in countries]
    numbers = [each for each in chosen if isinstance(each, _Digits)]
    letters = [each for each in chosen if isinstance(each, _Letters)]
    by_length = {each.length: [other for other in numbers if other.length == each.length] for each in numbers}
    fewest = min((each.look.digits for each in numbers), default=_MANY)
    look = either(each.look for each in chosen)
    form = re.compile("|".join(number.form for number in letters))

    def find(views: Views) -> Iterator[Hit]:
        if views.digits_in_a_row >= fewest:
            yield from _numbers_of_digits(views, by_length)
        if letters and (views.digits_in_a_row >= look.digits > 0 or views.longest_word >= look.word > 0):
            yield from _numbers_with_letters(views.text, form, letters)

    return Detector("national_id", find, look)


def _numbers_of_digits(views: Views, numbers: Mapping[int, Sequence[_Digits]]) -> Iterator[Hit]:
    text = views.compatible.text

    def matches(digits: str, groups: Sequence[DigitGroup]) -> bool:
        return any(
            (not number.weak or _is_grouped(number, groups) or _is_named(number, text, groups))
            and number.is_valid(digits)
            for number in numbers.get(len(digits), ())
        )

    for span in find_grouped(text, matches):
        yield Hit(*views.compatible.origin(*span))


def _is_grouped(number: _Digits, groups: Sequence[DigitGroup]) -> bool:
    return number.groups == tuple(len(group.digits) for group in groups)


def _is_named(number: _Digits, text: str, groups: Sequence[DigitGroup]) -> bool:
    start, end = groups[0].start, groups[-1].end
    around = text[max(0, start - _NEARBY) : start] + " " + text[end : end + _NEARBY]
    return bool(number.name) and re.search(number.name, around.casefold()) is not None


def _numbers_with_letters(text: str, form: re.Pattern[str], numbers: Sequence[_Letters]) -> Iterator[Hit]:
    for found in form.finditer(text):
        start, end = found.span()
        joined = (start and continues_word(text[start - 1])) or (end < len(text) and continues_word(text[end]))
        if not joined and any(number.is_valid(found[0]) for number in numbers):
            yield Hit(start, end)

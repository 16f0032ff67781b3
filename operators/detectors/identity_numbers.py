"""Detector of the identity numbers of several countries (FA-8, FA-72), by the checks of python-stdnum."""

from __future__ import annotations

import re
from functools import cache
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

_NOTHING: Final = "(?!)"  # matches nowhere
_GAP: Final = "[^0-9A-Za-z]{1,3}"
_MANY: Final = 1 << 20  # digits that no text has
_NEARBY: Final = 40
"""Code points before and behind a number in which a word may name it."""


class _Digits(NamedTuple):
    """A number of digits. One with a weak check counts in the groups of its documents, or near its name."""

    length: int
    is_valid: Callable[[str], bool]
    weak: bool = False
    groups: tuple[int, ...] = ()
    names: tuple[str, ...] = ()

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


_TAX_ID: Final = ("steuer-id", "steuer id", "steuerid", "steueridentifikationsnummer", "steuernummer", "idnr", "tax id")
NUMBERS: Final[Mapping[str, _Digits | _Letters]] = {
    "cn": _Digits(18, is_chinese_identity),
    "br": _Digits(11, cpf.is_valid, weak=True, groups=(3, 3, 3, 2), names=("cpf",)),
    "de": _Digits(
        11,
        idnr.is_valid,
        weak=True,
        names=_TAX_ID,
    ),
    "es": _Letters(
        r"[0-9]{2}\.?[0-9]{3}\.?[0-9]{3}-?[A-Za-z]|[XYZxyz]-?[0-9]{7}-?[A-Za-z]", _is_spanish, Look(digits=7)
    ),
    "fr": _Digits(15, _is_french),
    "gb": _Digits(10, nhs.is_valid, weak=True, names=("nhs",)),
    "id": _Digits(16, nik.is_valid, weak=True, names=("nik", "ktp")),
    "in": _Digits(12, aadhaar.is_valid, weak=True, names=("aadhaar", "aadhar", "adhaar", "adhar", "आधार")),
    "it": _Letters(
        "[A-Za-z]{6}[0-9L-NP-Vl-np-v]{2}[A-Za-z][0-9L-NP-Vl-np-v]{2}[A-Za-z][0-9L-NP-Vl-np-v]{3}[A-Za-z]",
        codicefiscale.is_valid,
        Look(word=16),
    ),
    "jp": _Digits(12, my_number.is_valid, weak=True, names=("マイナンバー", "個人番号", "my number", "mynumber")),
    "mx": _Letters("[A-Za-z]{4}[0-9]{6}[A-Za-z]{6}[0-9A-Za-z][0-9]", curp.is_valid, Look(word=18)),
    "pt": _Digits(9, nif.is_valid, weak=True, names=("nif", "contribuinte")),
    "ru": _Digits(12, inn.is_valid, weak=True, names=("инн",)),
    "us": _Digits(9, ssn.is_valid, weak=True, groups=(3, 2, 4), names=("ssn", "social security")),
}


def national_id(countries: Iterable[str]) -> Detector:
    """Return the detector of the numbers of some countries."""
    chosen = [NUMBERS[country] for country in countries]
    letters = [each for each in chosen if isinstance(each, _Letters)]
    by_digits = _ByDigits(chosen)

    def find(views: Views) -> Iterator[Hit]:
        yield from by_digits.find(views)
        for number in letters:
            if views.digits_in_a_row >= number.look.digits > 0 or views.longest_word >= number.look.word > 0:
                yield from _with_letters(views.text, number)

    return Detector("national_id", find, either(each.look for each in chosen))


class _ByDigits:
    """The numbers of digits among some numbers."""

    def __init__(self, numbers: Iterable[_Digits | _Letters]) -> None:
        chosen = [number for number in numbers if isinstance(number, _Digits)]
        self._by_length = {each.length: [other for other in chosen if other.length == each.length] for each in chosen}
        self._fewest = min(self._by_length, default=_MANY) - 1
        self._fewest_alone = min((number.length for number in chosen if not number.weak), default=_MANY) - 1
        self._names = [name for number in chosen for name in number.names]
        written = (_GAP.join(f"[0-9]{{{size}}}" for size in number.groups) for number in chosen if number.groups)
        self._grouped = re.compile("|".join(written) or _NOTHING)

    def find(self, views: Views) -> Iterator[Hit]:
        """Yield the numbers in a text."""
        if views.digits_in_a_row < self._fewest:
            return
        text = views.compatible.text
        folded = text.casefold()
        has_name = any(name in folded for name in self._names)
        if not has_name and views.digits_in_a_row < self._fewest_alone and not self._grouped.search(text):
            return

        def counts(number: _Digits, groups: Sequence[DigitGroup]) -> bool:
            return not number.weak or _is_grouped(number, groups) or (has_name and _is_named(number, text, groups))

        def matches(digits: str, groups: Sequence[DigitGroup]) -> bool:
            numbers = self._by_length.get(len(digits), ())
            return any(counts(number, groups) and number.is_valid(digits) for number in numbers)

        for span in find_grouped(text, matches):
            yield Hit(*views.compatible.origin(*span))


def _is_grouped(number: _Digits, groups: Sequence[DigitGroup]) -> bool:
    return number.groups == tuple(len(group.digits) for group in groups)


def _is_named(number: _Digits, text: str, groups: Sequence[DigitGroup]) -> bool:
    start, end = groups[0].start, groups[-1].end
    around = text[max(0, start - _NEARBY) : start] + " " + text[end : end + _NEARBY]
    return any(name.search(around.casefold()) for name in map(_word, number.names))


@cache
def _word(name: str) -> re.Pattern[str]:
    """Return the pattern of a name that no letter of a script with spaces adjoins."""
    return re.compile(f"(?<![a-z\u00df-\u024f\u0400-\u052f]){re.escape(name)}(?![a-z\u00df-\u024f\u0400-\u052f])")


def _with_letters(text: str, number: _Letters) -> Iterator[Hit]:
    for found in re.finditer(number.form, text):
        start, end = found.span()
        joined = (start and continues_word(text[start - 1])) or (end < len(text) and continues_word(text[end]))
        if not joined and number.is_valid(found[0]):
            yield Hit(start, end)

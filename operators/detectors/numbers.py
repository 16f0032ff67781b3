"""Series of digits (FA-13), and whether they are a card number (ISO/IEC 7812) or a Chinese identity number (GB 11643).

All work is linear in the text: a series has at most 19 digits, and so at most 19 groups.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from operators.detectors.card_issuers import is_issued
from operators.text.normalisation import Neighbours, is_unspaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SHORTEST_CARD, LONGEST_CARD = 13, 19
"""Digits of a card number (FA-9). An identity number, with 18 places, is within these bounds (FA-8)."""
_IDENTITY = 18

_GROUP = re.compile(r"[0-9]+[Xx]?|[Xx]")
# White space, the hyphens and dashes of Unicode (categories Z and Pd), dots in the line and in its middle, underscores.
_BETWEEN = re.compile(r"[\s._\-\u2010-\u2015\u2212\u00b7\u2022\u2027\u30fb]{1,3}")

Span = tuple[int, int]


class DigitGroup(NamedTuple):
    """A run of digits, with or without a check character X at the end. `open_*`: a number may begin or end there."""

    start: int
    end: int
    digits: str
    open_before: bool
    open_after: bool
    chained: bool  # only one to three separators between this group and the one before


def digit_groups(text: str) -> Iterator[DigitGroup]:
    """Yield the digit groups of an NFKC text in order."""
    around, last = Neighbours(text), -1
    for found in _GROUP.finditer(text):
        start, end = found.span()
        chained = last >= 0 and _BETWEEN.fullmatch(text, last, start) is not None
        open_before, open_after = not continues_word(around.before(start)), not continues_word(around.after(end))
        yield DigitGroup(start, end, found[0].upper(), open_before, open_after, chained)
        last = end


def continues_word(neighbour: str) -> bool:
    """Return whether a number goes on: a letter or digit adjoins it, of a script that puts spaces between words."""
    return neighbour.isalnum() and not is_unspaced(neighbour)


def _series(found: Sequence[DigitGroup], first: int) -> Iterator[tuple[int, str]]:
    """Yield the series of chained groups that begin with group `first`: index of the last group, and the digits."""
    digits = ""
    for place in range(first, len(found)):
        group = found[place]
        if (place > first and not group.chained) or len(digits) + len(group.digits) > LONGEST_CARD:
            return
        digits += group.digits
        if group.open_after:
            yield place, digits
        if group.digits.endswith("X"):
            return


def _matching_series(
    found: Sequence[DigitGroup], matches: Callable[[str, Sequence[DigitGroup]], bool]
) -> Iterator[tuple[int, int]]:
    for first, group in enumerate(found):
        if group.open_before:
            for last, digits in _series(found, first):
                if matches(digits, found[first : last + 1]):
                    yield first, last


def find_grouped(text: str, matches: Callable[[str, Sequence[DigitGroup]], bool]) -> list[Span]:
    """Return the spans of matching series in an NFKC text: of overlapping ones the longest, then the leftmost.

    `matches` gets the digits of a series and the groups in which they are written.
    """
    found = list(digit_groups(text))
    spans = [(found[first].start, found[last].end, first, last + 1) for first, last in _matching_series(found, matches)]
    used: set[int] = set()
    chosen = []
    for start, end, first, beyond in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if used.isdisjoint(range(first, beyond)):
            used.update(range(first, beyond))
            chosen.append((start, end))
    return chosen


def find_numbers(text: str, matches: Callable[[str], bool]) -> list[Span]:
    """Return the spans of series whose digits match, however they are grouped."""
    return find_grouped(text, lambda digits, _: matches(digits))


def is_chinese_identity(digits: str) -> bool:
    """Return whether it is a Chinese identity number (FA-8): a valid birth date, and the ISO 7064 MOD 11-2 check digit.

    stdnum's whole check would also demand a known birth place; the rule does not, so its parts are called.
    """
    if len(digits) != _IDENTITY or not digits[:-1].isdecimal() or digits[-1] != ric.calc_check_digit(digits):
        return False
    try:
        ric.get_birth_date(digits)
    except InvalidComponent:
        return False
    return True


def is_bank_card(digits: str) -> bool:
    """Return whether it is a card number (FA-9): 13 to 19 digits, issued, not all equal, with a Luhn check digit."""
    return digits.isdecimal() and is_issued(digits) and len(set(digits)) > 1 and luhn.is_valid(digits)

"""Detectors of identity numbers (GB 11643, ISO 7064 MOD 11-2), card numbers (ISO/IEC 7812) and links (FA-8 to FA-10).

All work is linear in the text: a series has at most 19 digits, and so at most 19 groups (FA-13).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from operators.screening.card_issuers import is_issued
from operators.text.normalisation import Neighbours, is_unspaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SHORTEST_CARD, LONGEST_CARD = 13, 19
"""Digits of a card number (FA-9). An identity number, with 18 places, is within these bounds (FA-8)."""
_IDENTITY = 18

_GROUP = re.compile(r"[0-9]+[Xx]?|[Xx]")
# White space, the hyphens and dashes of Unicode (categories Z and Pd), dots in the line and in its middle, underscores.
_BETWEEN = re.compile(r"[\s._\-\u2010-\u2015\u2212\u00b7\u2022\u2027\u30fb]{1,3}")
_RUN = re.compile(r"(?:[^\W_]|[.-])+")

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
        open_before, open_after = not _continues(around.before(start)), not _continues(around.after(end))
        yield DigitGroup(start, end, found[0].upper(), open_before, open_after, chained)
        last = end


def _continues(neighbour: str) -> bool:
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


def _matching_series(found: Sequence[DigitGroup], matches: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    for first, group in enumerate(found):
        if group.open_before:
            yield from ((first, last) for last, digits in _series(found, first) if matches(digits))


def find_numbers(text: str, matches: Callable[[str], bool]) -> list[Span]:
    """Return the spans of matching series in an NFKC text: of overlapping ones the longest, then the leftmost."""
    found = list(digit_groups(text))
    spans = [(found[first].start, found[last].end, first, last + 1) for first, last in _matching_series(found, matches)]
    used: set[int] = set()
    chosen = []
    for start, end, first, beyond in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if used.isdisjoint(range(first, beyond)):
            used.update(range(first, beyond))
            chosen.append((start, end))
    return chosen


def is_national_id(digits: str) -> bool:
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


NUMBERS = {"national_id": is_national_id, "bank_card": is_bank_card}
"""The number detectors by name."""


def _between_unspaced(run: str, start: int) -> Iterator[Span]:
    """Yield the parts of a run between characters of scripts without spaces: there only these delimit a host name."""
    begin = 0
    for at, char in enumerate(run):
        if is_unspaced(char):
            yield start + begin, start + at
            begin = at + 1
    if begin:
        yield start + begin, start + len(run)


def _trim_dots(text: str, start: int, end: int) -> Span:
    name = text[start:end]
    return start + len(name) - len(name.lstrip(".")), end - len(name) + len(name.rstrip("."))


def find_links(text: str, hosts: Sequence[str]) -> list[Span]:
    """Return the spans of host names that equal one of `hosts` (case-folded) or are a subdomain of one (FA-10)."""
    exact, below = frozenset(hosts), tuple(f".{host}" for host in hosts)

    def hits(spans: Iterable[Span]) -> list[Span]:
        trimmed = (_trim_dots(text, *span) for span in spans)
        names = ((span, text[slice(*span)].casefold()) for span in trimmed)
        return [span for span, name in names if name in exact or name.endswith(below)]

    runs = _RUN.finditer(text)
    return [span for run in runs for span in hits([run.span()]) or hits(_between_unspaced(run[0], run.start()))]

"""Where in a text are identity numbers, card numbers and links to shops? Keys: FA-8, FA-9, FA-10, FA-13.

All work is linear in the text: a series has at most 19 digits, so at most so many groups begin one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import InvalidComponent

from operators.text.normalisation import Neighbours, is_unspaced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

SHORTEST_CARD, LONGEST_CARD = 13, 19
"""Digits of a card number (FA-9). No identity number is shorter or longer either (FA-8: 18 places)."""
_IDENTITY = 18

_GROUP = re.compile(r"[0-9]+[Xx]?|[Xx]")
# U+2010 is what NFKC makes of the non-breaking hyphen.
_ONE_BETWEEN = frozenset(" -.\u2010")
_RUN = re.compile(r"(?:[^\W_]|[.-])+")

Span = tuple[int, int]


class DigitGroup(NamedTuple):
    """Digits side by side, or with a check character X at the end. `open_*`: nothing adjoins on that side."""

    start: int
    end: int
    digits: str
    open_before: bool
    open_after: bool
    chained: bool  # exactly one separator stands between this group and the one before


def digit_groups(text: str) -> Iterator[DigitGroup]:
    """Yield the digit groups of an NFKC text in their order."""
    around, last = Neighbours(text), -1
    for found in _GROUP.finditer(text):
        start, end = found.span()
        chained = last >= 0 and start - last == 1 and text[last] in _ONE_BETWEEN
        free_before, free_after = not around.adjoins_before(start), not around.adjoins_after(end)
        yield DigitGroup(start, end, found[0].upper(), free_before, free_after, chained)
        last = end


def _series(found: Sequence[DigitGroup], first: int) -> Iterator[tuple[int, str]]:
    """Yield the series that begin with a group: the last group's place, and the digits."""
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
    """Return where series of digit groups match, in an NFKC text: of overlapping ones the longest, then leftmost."""
    found = list(digit_groups(text))
    spans = [(found[first].start, found[last].end, first, last + 1) for first, last in _matching_series(found, matches)]
    taken: set[int] = set()
    chosen = []
    for start, end, first, beyond in sorted(spans, key=lambda span: (span[0] - span[1], span[0])):
        if taken.isdisjoint(range(first, beyond)):
            taken.update(range(first, beyond))
            chosen.append((start, end))
    return chosen


def is_national_id(digits: str) -> bool:
    """FA-8. The library also wants a birth place that existed; the rule does not, so its parts are called."""
    if len(digits) != _IDENTITY or not digits[:-1].isdecimal() or digits[-1] != ric.calc_check_digit(digits):
        return False
    try:
        ric.get_birth_date(digits)
    except InvalidComponent:
        return False
    return True


def is_bank_card(digits: str) -> bool:
    """FA-9: 13 to 19 digits that pass the Luhn check, not all equal."""
    long_enough = SHORTEST_CARD <= len(digits) <= LONGEST_CARD
    return long_enough and digits.isdecimal() and len(set(digits)) > 1 and luhn.is_valid(digits)


NUMBERS = {"national_id": is_national_id, "bank_card": is_bank_card}
"""The number detectors by name."""


def _between_unspaced(run: str, start: int) -> Iterator[Span]:
    """Yield the pieces between characters of scripts without spaces: in a sentence nothing else ends a host."""
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
    """Return where host names equal one of `hosts` (case-folded) or lie below one."""
    exact, below = frozenset(hosts), tuple(f".{host}" for host in hosts)

    def hits(spans: Iterable[Span]) -> list[Span]:
        trimmed = (_trim_dots(text, *span) for span in spans)
        names = ((span, text[slice(*span)].casefold()) for span in trimmed)
        return [span for span, name in names if name in exact or name.endswith(below)]

    runs = _RUN.finditer(text)
    return [span for run in runs for span in hits([run.span()]) or hits(_between_unspaced(run[0], run.start()))]

"""A naive reference implementation of screening: tries every substring, straight from the rules."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from msgspec.structs import replace

from schemas.records import Span
from tests.rules.screening.disguise_oracle import shown_places
from tests.rules.screening.keyword_oracle import keywords
from tests.rules.screening.text_oracle import adjoined, clusters, is_mark, map_view, nfkc, unspaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operators.policy.keywords import ScreenRules

_BETWEEN = "[\\s._\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2022\u2027\u30fb-]"
_SERIES = re.compile(f"[0-9]+(?:{_BETWEEN}{{1,3}}[0-9]+)*(?:{_BETWEEN}{{0,3}}[Xx])?")
_ISSUED = {  # the lengths that the ranges issue
    r"4.*": (13, 16, 18, 19),
    r"5[1-5].*": (16,),
    r"(222[1-9]|22[3-9]|2[3-6]|27[01]|2720).*": (16,),
    r"3[47].*": (15,),
    r"35(2[89]|[3-8]).*|220[0-4].*|8[12].*|9558.*|9704.*": (16, 17, 18, 19),
    r"(30[0-5]|3095|36|38|39).*": (14, 15, 16, 17, 18, 19),
    r"(50|5[6-9]|6).*": (13, 14, 15, 16, 17, 18, 19),
    r"(8600|9792|9860).*": (16,),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
SHORTEST = 13  # characters of the shortest number
DIGITS_AND_X = "0123456789Xx"


def national_id(digits: str) -> bool:
    if not re.fullmatch(r"[0-9]{17}[0-9X]", digits):
        return False
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[17]


def bank_card(digits: str) -> bool:
    if not re.fullmatch(r"[0-9]{13,19}", digits) or len(set(digits)) == 1:
        return False
    if not any(re.fullmatch(first, digits) and len(digits) in lengths for first, lengths in _ISSUED.items()):
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def numbers(text: str, name: str, valid: object) -> Iterator[Span]:
    shown = map_view(text, nfkc)
    plain = "".join(char for char, _, _ in shown)
    hits = [
        (i, j)
        for i in range(len(plain))
        for j in range(i + SHORTEST, len(plain) + 1)
        if plain[i] in DIGITS_AND_X
        and _SERIES.fullmatch(plain[i:j])
        and not adjoined("".join(" " if unspaced(char) and not is_mark(char) else char for char in plain), i, j)
        and valid(re.sub(r"[^0-9X]", "", plain[i:j].upper()))  # type: ignore[operator]
    ]
    taken: list[tuple[int, int]] = []
    for i, j in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        if all(j <= start or i >= end for start, end in taken):
            taken.append((i, j))
            yield Span(detector=name, start=shown[i][1], end=shown[j - 1][2])


def links(text: str, rules: ScreenRules) -> Iterator[Span]:
    shown = map_view(text, nfkc)
    plain = re.sub("(?<=[0-9A-Za-z])\u3002(?=[0-9A-Za-z])", ".", "".join(char for char, _, _ in shown))
    for run in re.finditer(r"(?:[^\W_]|[.-])+", plain):
        whole = hosts_in([run.span()], plain, rules)
        pieces = [piece.span() for piece in re.finditer(r"[^\0]+", "".join("\0" if unspaced(c) else c for c in run[0]))]
        for start, end in whole or hosts_in([(run.start() + i, run.start() + j) for i, j in pieces], plain, rules):
            yield Span(detector="shopping_link", start=shown[start][1], end=shown[end - 1][2])


def hosts_in(spans: list[tuple[int, int]], plain: str, rules: ScreenRules) -> list[tuple[int, int]]:
    found = []
    for span in spans:
        start, end = span
        while start < end and plain[start] == ".":
            start += 1
        while start < end and plain[end - 1] == ".":
            end -= 1
        name = plain[start:end].casefold()
        if any(name == host or name.endswith("." + host) for host in rules.shopping_hosts):
            found.append((start, end))
    return found


def find(text: str, rules: ScreenRules) -> set[Span]:
    """Return every hit of keywords, Chinese identity numbers, cards and shopping links, as written and as shown."""
    found = hits(text, rules)
    if "\u202e" in text:
        order = shown_places(clusters(text))
        for span in hits("".join(text[place] for place in order), rules):
            covered = order[span.start : span.end]
            found.add(replace(span, start=min(covered), end=max(covered) + 1))
    return found


def hits(text: str, rules: ScreenRules) -> set[Span]:
    return {
        *keywords(text, rules),
        *numbers(text, "national_id", national_id),
        *numbers(text, "bank_card", bank_card),
        *links(text, rules),
    }

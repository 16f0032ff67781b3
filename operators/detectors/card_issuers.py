"""Issuer ranges of card numbers (ISO/IEC 7812): the first digits that a scheme issues, and the lengths of its numbers.

Source: the numbers that the schemes publish. Most IMEIs, parcel numbers and account numbers are in no range, or
of another length.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple

_DIGITS: Final = 6  # of the longest prefix in the table


class _Range(NamedTuple):
    first: str
    last: str
    lengths: frozenset[int]


def _range(first: str, last: str, *lengths: int) -> _Range:
    """Return the range from prefix `first` to prefix `last`, padded to equal length."""
    return _Range(first.ljust(_DIGITS, "0"), last.ljust(_DIGITS, "9"), frozenset(lengths))


_FROM_16: Final = (16, 17, 18, 19)
_RANGES: Final = sorted(
    (
        _range("2200", "2204", *_FROM_16),  # Mir
        _range("2221", "2720", 16),  # Mastercard
        _range("300", "305", *range(14, 20)),  # Diners Club
        _range("3095", "3095", *range(14, 20)),  # Diners Club
        _range("34", "34", 15),  # American Express
        _range("3528", "3589", *_FROM_16),  # JCB
        _range("36", "36", *range(14, 20)),  # Diners Club
        _range("37", "37", 15),  # American Express
        _range("38", "39", *range(14, 20)),  # Diners Club
        _range("4", "4", 13, 16, 18, 19),  # Visa
        _range("50", "50", *range(13, 20)),  # Maestro, Elo, Verve, RuPay
        _range("51", "55", 16),  # Mastercard
        _range("56", "59", *range(13, 20)),  # Maestro
        _range("60", "60", *range(13, 20)),  # Discover, RuPay, Hipercard, Maestro
        _range("61", "61", *range(13, 20)),  # Maestro
        _range("62", "62", *range(13, 20)),  # UnionPay; older ones have 13 to 15 digits
        _range("63", "69", *range(13, 20)),  # Discover, Maestro, Elo, RuPay, UnionPay
        _range("81", "82", *_FROM_16),  # UnionPay, RuPay
        _range("8600", "8600", 16),  # Uzcard
        _range("9558", "9558", *_FROM_16),  # banks in China, before UnionPay
        _range("9704", "9704", *_FROM_16),  # Napas
        _range("9792", "9792", 16),  # Troy
        _range("9860", "9860", 16),  # Humo
    )
)
_FIRSTS: Final = [each.first for each in _RANGES]


def is_issued(digits: str) -> bool:
    """Return whether a scheme issues numbers that begin like this one and have its length (FA-9)."""
    prefix = digits[:_DIGITS]
    place = bisect_right(_FIRSTS, prefix) - 1
    return place >= 0 and prefix <= _RANGES[place].last and len(digits) in _RANGES[place].lengths

"""Shares on the command line, such as `5%` or `0.05`, and numbers that others have written, as exact fractions."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from jobs.errors import BadInput

_LONG_EXPONENT: Final = re.compile(r"e[-+]?[\d_]{4}", re.IGNORECASE)  # Fraction reads the digits of all scripts, too


def exact(text: str) -> Fraction:
    """Return the number of a text: a decimal or a fraction. Raise ValueError or ZeroDivisionError for anything else.

    An exponent has at most three digits: a number with nine would fill the memory.
    """
    if _LONG_EXPONENT.search(text):
        message = "the exponent is too long"
        raise ValueError(message)
    return Fraction(text)


def parse_share(option: str, text: str) -> Fraction:
    """Return a share from 0 to 1. Raise BadInput, with the option, for anything else."""
    try:
        share = exact(text[:-1]) / 100 if text.endswith("%") else exact(text)
    except (ValueError, ZeroDivisionError) as fault:
        raise BadInput(f"{option} {text}", "is not a share; write 5% or 0.05") from fault
    if not 0 <= share <= 1:
        raise BadInput(f"{option} {text}", "must be from 0 to 1 (100%)")
    return share

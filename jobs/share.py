"""Shares on the command line, such as `5%` or `0.05`."""

from __future__ import annotations

from fractions import Fraction

from jobs.errors import BadInput


def parse_share(option: str, text: str) -> Fraction:
    """Return a share from 0 to 1. Raise BadInput, with the option, for anything else."""
    try:
        share = Fraction(text[:-1]) / 100 if text.endswith("%") else Fraction(text)
    except (ValueError, ZeroDivisionError) as fault:
        raise BadInput(f"{option} {text}", "is not a share; write 5% or 0.05") from fault
    if not 0 <= share <= 1:
        raise BadInput(f"{option} {text}", "must be from 0 to 1 (100%)")
    return share

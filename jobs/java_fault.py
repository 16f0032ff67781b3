"""What has gone wrong in Java? Its exceptions reach Python as many lines of text."""

from __future__ import annotations

import re

_CAUSE = re.compile(r"(?:Caused by)?: (.+)")


def cause_of(fault: Exception) -> str:
    """Return what lies at the bottom of one of Java's exceptions, on one line."""
    lines = [line.strip() for line in str(fault).splitlines()] or [type(fault).__name__]
    causes = [cause[1] for cause in map(_CAUSE.fullmatch, lines) if cause]
    return causes[-1] if causes else lines[0]

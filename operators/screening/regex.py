"""Where does a text match a regular expression, in time linear in the text? Key: IF-19. Pure: a text in, spans out.

The engine is RE2, which never goes back in a text, as Arrow brings it.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

DETECTOR = "pattern"
LISTED_MATCHES = 100
"""Matches of one pattern that are told. A text that is made of nothing else must not become a record of megabytes."""
_PRIVATE = range(0xF0000, 0xFFFFE)
"""Code points that mean nothing by themselves: more than the longest text has characters."""


class UnusablePattern(ValueError):
    """What RE2 does not take for a regular expression, with its reason."""


@cache
def _arrow() -> Any:  # noqa: ANN401 - Arrow's functions have no types
    # Loaded when the first pattern is met: hardly any policy has one, and it takes half a second.
    return import_module("pyarrow"), import_module("pyarrow.compute")


def check_pattern(pattern: str) -> None:
    """Raise UnusablePattern for what RE2 cannot run."""
    _matches("", pattern)


def pattern_spans(text: str, patterns: tuple[str, ...]) -> Iterator[Span]:
    """Yield where each pattern matches; an empty match is none."""
    if not patterns or not _may_match(text, _any_of(patterns)):
        return
    for pattern in patterns:
        for start, end in islice(_spans(text, pattern), LISTED_MATCHES):
            yield Span(detector=DETECTOR, keyword=pattern, start=start, end=end)


@cache
def _any_of(patterns: tuple[str, ...]) -> str | None:
    """Return all patterns as one; None where they do not go together: two groups of a name, a program too large."""
    whole = "|".join(f"(?:{pattern})" for pattern in patterns)
    try:
        check_pattern(whole)
    except UnusablePattern:
        return None
    return whole


def _may_match(text: str, pattern: str | None) -> bool:
    return pattern is None or _matches(text, pattern)


def _matches(text: str, pattern: str) -> bool:
    arrow, compute = _arrow()
    try:
        found: bool = compute.match_substring_regex(arrow.scalar(text), pattern=pattern).as_py()
    except arrow.ArrowInvalid as error:
        raise UnusablePattern(str(error).removeprefix("Invalid regular expression: ")) from error
    return found


def _spans(text: str, pattern: str) -> Iterator[tuple[int, int]]:
    """Have every match put between two characters that the text does not have, and see where these come to stand."""
    arrow, compute = _arrow()
    used = set(text)
    begin, end = islice((mark for mark in map(chr, _PRIVATE) if mark not in used), 2)
    marked = compute.replace_substring_regex(arrow.scalar(text), pattern=pattern, replacement=f"{begin}\\0{end}")
    before, *pieces = marked.as_py().split(begin)
    at = len(before)
    for piece in pieces:
        match, _, after = piece.partition(end)
        if match:
            yield at, at + len(match)
        at += len(match) + len(after)

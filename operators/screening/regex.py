"""Regular expressions in time linear in the text (IF-19): RE2, which does not backtrack, as bundled with Arrow."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import import_module
from itertools import islice
from typing import TYPE_CHECKING, Any

from schemas.records import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

DETECTOR = "pattern"
PATTERN_MATCHES_AT_MOST = 100
"""Matches of one pattern that are listed, so that a text full of matches does not become a record of megabytes."""
_PATTERN_LISTS_CACHED = 16
_PRIVATE = range(0xF0000, 0xFFFFE)
"""Private-use code points: more than the longest text has characters, so that two of them are always unused."""


class UnusablePattern(ValueError):
    """A pattern that RE2 rejects, with its reason."""


@cache
def _arrow() -> Any:  # noqa: ANN401 - Arrow's functions have no types
    # Imported when the first pattern is used: few policies have one, and the import takes half a second.
    return import_module("pyarrow"), import_module("pyarrow.compute")


def check_pattern(pattern: str) -> None:
    """Raise UnusablePattern for what RE2 cannot run."""
    _matches("", pattern)


def pattern_spans(text: str, patterns: tuple[str, ...]) -> Iterator[Span]:
    """Yield a span for each non-empty match of each pattern."""
    if not patterns or not _may_match(text, _any_of(patterns)):
        return
    for pattern in patterns:
        for start, end in islice(_spans(text, pattern), PATTERN_MATCHES_AT_MOST):
            yield Span(detector=DETECTOR, keyword=pattern, start=start, end=end)


@lru_cache(_PATTERN_LISTS_CACHED)
def _any_of(patterns: tuple[str, ...]) -> str | None:
    """Return all patterns as one; None if they cannot be combined: a group name used twice, a program too large."""
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
    """Yield the offsets of all matches.

    Arrow only replaces, so every match is put between two characters that the text does not have; their positions in
    the result give the offsets.
    """
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

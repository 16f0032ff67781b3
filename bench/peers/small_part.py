"""The small part that each peer does: decode a message, fold its text, find keywords, count the pair.

The same as the control's, in Python. No import of ours: the peers' environment has not what ours needs.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ahocorasick_rs import AhoCorasick, Implementation

if TYPE_CHECKING:
    from collections.abc import Iterable

_HEADER: Final = 10  # bytes of Avro's single-object encoding before the body
_LOW_BITS: Final = 0x7F  # of a byte of an Avro long
_AND, _OR = re.compile(r"\s\+\s"), re.compile(r"\s/\s")


class Screen:
    """Keywords as a policy writes them: a text has `a / b + c / d` if it contains a or b, and c or d."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._all: list[int] = []
        ends: dict[str, list[tuple[int, int]]] = {}
        for keyword, line in enumerate(lines):
            parts = _AND.split(line)
            self._all.append((1 << len(parts)) - 1)
            for number, part in enumerate(parts):
                for alternative in _OR.split(part):
                    ends.setdefault(fold(alternative), []).append((keyword, 1 << number))
        self._automaton, self._ends = (
            AhoCorasick(list(ends), implementation=Implementation.ContiguousNFA),
            list(ends.values()),
        )

    def find(self, folded: str) -> bool:
        """Return whether a folded text has a keyword."""
        found: dict[int, int] = {}
        for pattern, _, _ in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            for keyword, bit in self._ends[pattern]:
                found[keyword] = found.get(keyword, 0) | bit
                if found[keyword] == self._all[keyword]:
                    return True
        return False

    def pair_of(self, value: bytes) -> str | None:
        """Return sender and recipient of a message with a keyword, else None."""
        sender, recipient, text = decode(value)
        return f"{sender} {recipient}" if self.find(fold(text)) else None


def read_screen(file: str) -> Screen:
    """Return the screen of a file of keywords."""
    return Screen(Path(file).read_text("utf-8").splitlines())


def fold(text: str) -> str:
    """Return a text in Unicode's form NFKC and in small letters."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).lower()


def decode(value: bytes) -> tuple[str, str, str]:
    """Return sender, recipient and text of a `MessageSent`; the recipient may be a group.

    By hand, as a library takes twice as long. The fields stand in the order of the schema.
    """
    size, at = _number(value, _HEADER)  # event_id
    _, at = _number(value, at + size)  # at_ms
    sender, at = _text(value, at)
    person, at = _optional(value, at)
    group, at = _optional(value, at)
    text, _ = _text(value, at)
    return sender, person or group, text


def _optional(value: bytes, at: int) -> tuple[str, int]:
    branch, at = _number(value, at)
    return _text(value, at) if branch else ("", at)


def _text(value: bytes, at: int) -> tuple[str, int]:
    size, at = _number(value, at)
    return value[at : at + size].decode(), at + size


def _number(value: bytes, at: int) -> tuple[int, int]:
    """Return an Avro long that is not negative, and where it ends."""
    raw, shift = 0, 0
    while value[at] > _LOW_BITS:
        raw |= (value[at] & _LOW_BITS) << shift
        at, shift = at + 1, shift + 7
    return (raw | value[at] << shift) >> 1, at + 1

"""Division of a JSON document into its values: the elements of an array, or objects over several lines.

Only strings and brackets are looked at: a value keeps its bytes, and one that is not JSON does not end the file. Memory
is bounded, since only the beginning is kept of a value that is longer than any record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from schemas.jsonl import MAX_LINE_BYTES, bounded_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

Value = tuple[int, bytes]
"""The line on which a value begins, counted from 1; its bytes."""

BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
ARRAY_WITHOUT_END: Final = b""
"""The bytes of the last value of a file that ends within an array, but not within an element."""

_PIECE_BYTES: Final = 64 * 2**10
_MAX_DEPTH: Final = 1_000
"""Deeper values are refused as too deep anyway."""
_KEPT_BYTES: Final = MAX_LINE_BYTES + 2
LINE_BYTES: Final = _KEPT_BYTES + 1
"""Bytes that are kept of a line."""
_STRING: Final = rb'"(?:[^"\\\n]|\\.)*+"'
_FLAT_OBJECT: Final = rb'\{(?:[^][{}"]|' + _STRING + rb")*+\}"
_STRUCTURE: Final = re.compile(_FLAT_OBJECT + rb"|" + _STRING + rb'|[]["{},\n]', re.DOTALL)
_REST_OF_STRING: Final = re.compile(rb'(?:[^"\\\n]|\\.)*+"', re.DOTALL)
_OPENING: Final = frozenset(b"{[")
_CLOSED_BY: Final = dict(zip(b"}]", b"{[", strict=True))
_QUOTE, _ARRAY, _END_OF_ARRAY = b'"[]'


class _NoEndError(Exception):
    """A value does not end where it has to."""


def is_document(head: bytes) -> bool:
    """Return whether a text that begins like this is a document, and not one value a line."""
    head = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    first, end, _ = head.partition(b"\n")
    if not first.startswith(b"{") or not end:
        return head.startswith(b"[")
    brackets = _STRUCTURE.sub(lambda found: found[0] if len(found[0]) == 1 else b"", first)
    depth = sum(brackets.count(mark) for mark in (b"{", b"[")) - sum(brackets.count(mark) for mark in (b"}", b"]"))
    return depth > 0 and b'"' not in brackets


def document_values(file: IO[bytes]) -> Iterator[Value]:
    """Yield the values of a document. From a value on that has no end, each line is one value."""
    division = _Division(file)
    try:
        yield from division.values()
    except _NoEndError:
        file.seek(division.begins_at)
        yield from _lines(file, division.begins_on)


def _lines(file: IO[bytes], number: int) -> Iterator[Value]:
    """Yield lines that may be elements of an array: without the commas and the array's own brackets."""
    for line, raw in enumerate(bounded_lines(file, LINE_BYTES), start=number):
        value = raw.strip().rstrip(b", \t")
        if value not in (b"", b"[", b"]"):
            yield line, value


@dataclass(slots=True)
class _Division:
    """The state of a division: the open brackets, and the bytes of the value so far."""

    file: IO[bytes]
    begins_at: int = 0
    begins_on: int = 1
    _offset: int = 0
    _line: int = 1
    _held: bytearray = field(default_factory=bytearray)
    _open: bytearray = field(default_factory=bytearray)
    _in_array: bool = False
    _in_string: bool = False
    _is_escaped: bool = False

    def values(self) -> Iterator[Value]:
        """Yield the values. Raise `_NoEndError` with `begins_at` and `begins_on` at a value without an end."""
        while piece := self.file.read(_PIECE_BYTES):
            yield from self._divide(piece)
            self._offset += len(piece)
        if self._open or self._in_string:
            raise _NoEndError
        yield from self._take(b"")
        if self._in_array:
            yield self._line, ARRAY_WITHOUT_END

    def _divide(self, piece: bytes) -> Iterator[Value]:
        """Yield the values that end in a piece; hold what is left."""
        start = len(BYTE_ORDER_MARK) if not self._offset and piece.startswith(BYTE_ORDER_MARK) else 0
        for found in _STRUCTURE.finditer(piece, self._end_of_string(piece) if self._in_string else start):
            try:
                own = self._read(found[0], piece, found.end())
            except _NoEndError:
                self._hold(piece[start : found.start()], self._offset + start)
                raise
            if own is not None:
                yield from self._take(piece[start : found.start() + own])
                start = found.end()
            if found[0] == b"\n":
                self._line += 1
            elif self._in_string:
                break
        self._hold(piece[start:], self._offset + start)

    def _read(self, part: bytes, piece: bytes, end: int) -> int | None:
        """Return how many bytes of a part belong to the value that ends there; None if none does.

        A part is a whole string, a whole object without brackets within, a line's end, or one character of structure.
        """
        mark = part[0]
        if len(part) > 1:
            self._line += part.count(b"\n")
            return None if mark == _QUOTE or self._open else len(part)
        if mark == _QUOTE:
            self._begin_string(piece[end:])
            return None
        return self._read_mark(mark)

    def _read_mark(self, mark: int) -> int | None:
        if mark in _OPENING and (self._open or self._in_array or mark != _ARRAY):
            self._open.append(mark)
            if len(self._open) > _MAX_DEPTH:
                raise _NoEndError
            return None
        if not self._open:
            self._in_array = mark != _END_OF_ARRAY and (self._in_array or mark == _ARRAY)
            return 0
        if mark not in _CLOSED_BY:
            return None
        if self._open.pop() != _CLOSED_BY[mark]:
            raise _NoEndError
        return None if self._open else 1

    def _begin_string(self, rest: bytes) -> None:
        """Note that a string begins which goes on in the next piece. No string of JSON has a line's end."""
        if b"\n" in rest:
            raise _NoEndError
        self._in_string = True
        self._is_escaped = _ends_in_escape(rest)

    def _end_of_string(self, piece: bytes) -> int:
        """Return where the string ends that began in an earlier piece; the end of the piece if it goes on."""
        after_escape = int(self._is_escaped)
        found = _REST_OF_STRING.match(piece, after_escape)
        if found is None:
            self._begin_string(piece[after_escape:])
            return len(piece)
        self._in_string = self._is_escaped = False
        return found.end()

    def _take(self, last: bytes) -> Iterator[Value]:
        """Yield what is held, with its last bytes, unless it is blank."""
        if self._held:
            self._keep(last)
            yield self.begins_on, bytes(self._held).rstrip()
            self._held.clear()
        elif value := last.strip():
            yield self._line - value.count(b"\n"), value

    def _hold(self, rest: bytes, offset: int) -> None:
        """Keep bytes of a value that is not over."""
        if not self._held:
            value = rest.lstrip()
            self.begins_at, self.begins_on = offset + len(rest) - len(value), self._line - value.count(b"\n")
            rest = value
        self._keep(rest)

    def _keep(self, more: bytes) -> None:
        self._held += more[: max(_KEPT_BYTES - len(self._held), 0)]


def _ends_in_escape(text: bytes) -> bool:
    """Return whether the first character after a text within a string is escaped."""
    return (len(text) - len(text.rstrip(b"\\"))) % 2 == 1

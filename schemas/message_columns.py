"""Vectorised extraction of the texts of a batch of encoded `MessageSent`, by the schema in force.

All messages of a batch are decoded at once: a column has one number per message, and every step advances all of them.
A message that this decoder does not understand beyond doubt is flagged as odd; the exact decoder handles it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from schemas.codec import HEADER_SIZE, header_of
from schemas.records import MessageSent
from schemas.schema_versions import CURRENT
from schemas.text_hashes import LEADING, words_of
from schemas.validation import LAST_MS, MAX_ID, MAX_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Column = NDArray[np.int64]
    Flags = NDArray[np.bool_]
    Words = NDArray[np.uint64]

_WORD = 8
_PADDING = bytes(2 * _WORD)
"""Behind the buffer, so that a word can be read at every offset."""
_FIRST, _SECOND = (int.from_bytes(header_of(MessageSent)[at : at + _WORD], "little") for at in (0, HEADER_SIZE - _WORD))
_MORE = np.uint64(0x8080808080808080)
# The groups of seven bits of a number of up to eight bytes are moved together in three steps: (mask, shift).
_GROUPS = tuple(
    (np.uint64(mask), np.uint64(mask << (_WORD << step)), np.uint64(1 << step))
    for step, mask in enumerate((0x007F007F007F007F, 0x00003FFF00003FFF, 0x000000000FFFFFFF))
)
_ONE = np.uint64(1)
_UNPRINTABLE = bytes(not (chr(byte).isascii() and chr(byte).isprintable()) for byte in range(256))
_NULL, _GIVEN = 0, 2


class Field(NamedTuple):
    """Start and end of a string in the buffer; equal where there is none."""

    starts: Column
    ends: Column


class Texts(NamedTuple):
    """Columns of a batch: start and end of each text in the buffer, time, whether to a group, whether odd.

    `words` has the eight bytes from each offset of the buffer on.
    """

    starts: Column
    ends: Column
    at_ms: Column
    grouped: Flags
    odd: Flags
    senders: Field
    recipients: Field
    words: Words
    event_ids: Field
    groups: Field

    def message(self, buffer: bytes, place: int) -> MessageSent | None:
        """Return a message that is not odd, which is valid; None if its text is no UTF-8."""
        event_id, sender, recipient, group = (
            buffer[field.starts[place] : field.ends[place]].decode()
            for field in (self.event_ids, self.senders, self.recipients, self.groups)
        )
        try:
            text = buffer[self.starts[place] : self.ends[place]].decode()
        except UnicodeDecodeError:
            return None
        return MessageSent(
            event_id=event_id,
            at_ms=int(self.at_ms[place]),
            sender_id=sender,
            recipient_id=recipient or None,
            group_id=group or None,
            text=text,
        )


class Walk:
    """A decoder of one field after another, of all messages at once. `odd` flags those that it could not decode."""

    def __init__(self, buffer: bytes, starts: Column, ends: Column) -> None:
        padded = buffer + _PADDING
        self._bytes = np.frombuffer(padded, dtype=np.uint8)
        self.words: Words = words_of(padded)
        self._ends = ends
        self.odd: Flags = ends - starts <= HEADER_SIZE
        self.odd |= (self.word(starts) != _FIRST) | (self.word(starts + HEADER_SIZE - _WORD) != _SECOND)
        self._at = np.minimum(starts + HEADER_SIZE, ends)

    def word(self, at: Column) -> Words:
        """Return the eight bytes from each offset on, little endian."""
        return self.words[at]

    def long(self) -> Column:
        """Read a column of non-negative numbers of at most eight bytes (Avro's variable-length zig-zag)."""
        word = self.word(self._at)
        last = ~word & _MORE
        below = (last & (~last + _ONE)) - _ONE
        number = word & below
        for low, high, shift in _GROUPS:
            number = (number & low) | ((number & high) >> shift)
        self.odd |= (last == 0) | (number & _ONE).astype(np.bool_)
        self._move(self._at + ((np.bitwise_count(below).astype(np.int64) + 1) >> 3))
        return (number >> _ONE).astype(np.int64)

    def string(self) -> Field:
        """Read a column of strings."""
        size = self.long()
        starts = self._at
        self._move(starts + size)
        return Field(starts, self._at)

    def optional_string(self) -> Field:
        """Read a column of unions of null and string. An empty string is odd: it would look like null."""
        at, branch = self._at, self._bytes[self._at]
        given = branch == _GIVEN
        self.odd |= ~given & (branch != _NULL)
        odd_before = self.odd.copy()
        self._move(at + 1)
        string = self.string()
        self.odd = np.where(given, self.odd | (string.ends == string.starts), odd_before)
        self._at = np.where(given, self._at, np.minimum(at + 1, self._ends))
        return Field(np.where(given, string.starts, self._at), self._at)

    def finish(self) -> None:
        """Flag messages with bytes left over."""
        self.odd |= self._at != self._ends

    def _move(self, to: Column) -> None:
        self.odd |= to > self._ends
        self._at = np.minimum(to, self._ends)


_STRINGS = {"string": Walk.string, "['null', 'string']": Walk.optional_string}


def _read(walk: Walk) -> tuple[Mapping[str, Field], Mapping[str, Column]]:
    """Read all fields, in the schema's order. Raises `KeyError` for a type of field without a column reader."""
    strings: dict[str, Field] = {}
    numbers: dict[str, Column] = {}
    for field in CURRENT["MessageSent"].schema["fields"]:
        if field["type"] == "long":
            numbers[field["name"]] = walk.long()
        else:
            strings[field["name"]] = _STRINGS[str(field["type"])](walk)
    return strings, numbers


def texts_of(buffer: bytes, starts: Column, ends: Column) -> Texts:
    """Return the columns of the messages at `buffer[start:end]`. One that is not odd is valid, its UTF-8 aside."""
    walk = Walk(buffer, starts, ends)
    strings, numbers = _read(walk)
    walk.finish()
    text, group, at_ms = strings["text"], strings["group_id"], numbers["at_ms"]
    odd = walk.odd | (at_ms > LAST_MS) | (text.ends - text.starts > MAX_TEXT)
    odd |= _impossible(walk, buffer, strings)
    grouped = group.ends > group.starts
    sender, recipient, event = (strings[name] for name in ("sender_id", "recipient_id", "event_id"))
    return Texts(text.starts, text.ends, at_ms, grouped, odd, sender, recipient, walk.words, event, group)


def _impossible(walk: Walk, buffer: bytes, strings: Mapping[str, Field]) -> Flags:
    """Return flags for ids that are not printable ASCII, no addressee or two, a message to oneself."""
    strange = np.cumsum(np.frombuffer(b"\0" + buffer.translate(_UNPRINTABLE), dtype=np.uint8), dtype=np.int32)
    sender, person, group = strings["sender_id"], strings["recipient_id"], strings["group_id"]
    odd: Flags = (person.ends > person.starts) == (group.ends > group.starts)
    odd |= _may_be_equal(walk, sender, person)
    for name, needed in (("event_id", True), ("sender_id", True), ("recipient_id", False), ("group_id", False)):
        starts, ends = strings[name]
        odd |= (ends - starts > MAX_ID) | (strange[ends] != strange[starts])
        odd |= (ends == starts) if needed else False
    return odd


def _may_be_equal(walk: Walk, one: Field, other: Field) -> Flags:
    """Return whether two ids may be equal: same length, same first and last eight bytes."""
    size = one.ends - one.starts
    mask = LEADING[np.minimum(size, _WORD)]
    same_head = ((walk.word(one.starts) ^ walk.word(other.starts)) & mask) == 0
    tails = (walk.word(np.maximum(field.ends - _WORD, 0)) for field in (one, other))
    alike: Flags = (size == other.ends - other.starts) & same_head & ((size <= _WORD) | (next(tails) == next(tails)))
    return alike

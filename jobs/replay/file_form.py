"""Detection of the form of a file by its first bytes."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from jobs.replay.json_values import BYTE_ORDER_MARK, is_document
from schemas.containers import container

HEAD_BYTES: Final = 64 * 2**10
"""Bytes by which a form is told."""
SHOWN_BYTES: Final = 2**10
"""Bytes by which a user is told what a file looks like; they are kept of each file."""
GZIP: Final = b"\x1f\x8b"

_OTHER_FORMS: Final = (
    (GZIP, "is compressed with gzip twice; unpack it once"),
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd; unpack it first"),
    (b"\x04\x22\x4d\x18", "is compressed with lz4; unpack it first"),
    (b"BZh", "is compressed with bzip2; unpack it first"),
    (b"\xfd7zXZ\x00", "is compressed with xz; unpack it first"),
    (b"PK\x03\x04", "is a zip archive; unpack it first"),
    (b"\xff\xfe", "is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16; save it as UTF-8"),
    (b"PAR1", "is a Parquet file; convert it to JSON lines or Avro"),
    (b"ORC", "is an ORC file; convert it to JSON lines or Avro"),
    (b"SQLite format 3\x00", "is an SQLite database; export its events as JSON lines"),
)
"""Forms that are refused as a whole: a dead letter for each of their lines would help nobody."""

_SEPARATED: Final = re.compile(rb"[^{}\n]*?(?:[,;\t|][^{}\n]*){2,}(?:\r?\n|\Z)")
_TYPE: Final = re.compile(rb'"type"\s*:')
_DEAD_LETTER: Final = re.compile(rb'\s*\{\s*"line"\s*:\s*\d+,\s*"reason"\s*:')


class Form(Enum):
    """The form of the events in a file."""

    LINES = auto()
    DOCUMENT = auto()
    CONTAINER = auto()


def form_of(head: bytes, *, is_named_avro: bool = False) -> Form:
    """Return the form of a file that begins like this. Raise ValueError, with words for the user, for another form."""
    if head.startswith(container.MAGIC) or is_named_avro:
        return Form.CONTAINER
    for mark, words in _OTHER_FORMS:
        if head.startswith(mark):
            raise ValueError(words)
    return Form.DOCUMENT if is_document(head) else Form.LINES


def looks_like(head: bytes) -> str:
    """Return what a text without any event looks like, for the user; empty if it is not known."""
    text = head.removeprefix(BYTE_ORDER_MARK).lstrip()
    if b"\x00" in text:
        return "it looks like a binary file"
    if text.startswith(b"<"):
        return "it looks like XML or HTML"
    if _DEAD_LETTER.match(text):
        return "it looks like the dead letters of a replay"
    if text.startswith((b"{", b"[")):
        return "" if _TYPE.search(text) else 'it looks like JSON without "type", which names the record of each event'
    return "it looks like CSV or another table" if _SEPARATED.match(text) else "it looks like text, not JSON"

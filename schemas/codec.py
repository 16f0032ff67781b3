"""How do records become bytes, and bytes records? Key: the record type on the way out, the fingerprint on the way in.

The form is Avro's single-object encoding: `C3 01`, the fingerprint of the writer's schema, the body. Whatever version
was ever released is read as the current one.
"""

from collections.abc import Mapping
from typing import Final, cast

from schemas.avro_reader import TRUNCATED, Read, undecodable
from schemas.avro_writer import Write, writer
from schemas.json_form import from_json, to_json
from schemas.malformed import Malformed, Reason
from schemas.records import RECORDS, Record
from schemas.released import BY_HEADER, CURRENT, PREFIX, RELEASES
from schemas.resolution import reader_for

__all__ = [
    "HEADER_SIZE",
    "decode",
    "encode",
    "encode_body",
    "from_json",
    "header_of",
    "header_versions",
    "read_whole",
    "to_json",
]

HEADER_SIZE: Final = 10
"""Bytes before the body: two of prefix, eight of fingerprint. Fixed by Avro's specification."""

_HEADERS: Final[Mapping[type[Record], bytes]] = {RECORDS[name]: release.header for name, release in CURRENT.items()}
_WRITERS: Final[Mapping[type[Record], tuple[bytes, Write]]] = {
    RECORDS[name]: (release.header, writer(release.schema)) for name, release in CURRENT.items()
}
_READERS: Final[Mapping[bytes, Read]] = {header: reader_for(release.schema) for header, release in BY_HEADER.items()}


def header_of(kind: type[Record]) -> bytes:
    """Return the 10 bytes with which every value of the current version begins."""
    return _HEADERS[kind]


def header_versions(kind: type[Record]) -> tuple[bytes, ...]:
    """Return the first 10 bytes of every released version, oldest first."""
    return tuple(release.header for release in RELEASES if RECORDS[release.name] is kind)


def encode_body(record: Record) -> bytes:
    """Return the Avro body alone, by the current schema of the record's type."""
    out = bytearray()
    _WRITERS[type(record)][1](out, record)
    return bytes(out)


def encode(record: Record) -> bytes:
    """Return the record in single-object encoding, by the current schema of its type."""
    header, write = _WRITERS[type(record)]
    out = bytearray(header)
    write(out, record)
    return bytes(out)


def decode(data: bytes) -> Record:
    """Return the record that stands in these bytes, and in nothing more than these bytes.

    Raises `Malformed`: UNKNOWN_SCHEMA for a fingerprint that was never released, else UNDECODABLE.
    """
    read = _READERS.get(data[:HEADER_SIZE])
    if read is None:
        raise _unreadable(data)
    return read_whole(read, data, HEADER_SIZE)


def read_whole(read: Read, data: bytes, at: int) -> Record:
    """Read a record that reaches from `at` to the end. Raises `Malformed` (UNDECODABLE) if it does not."""
    record, end = read(data, at)
    if end != len(data):
        raise undecodable("bytes are left over").within(type(record).__name__)
    return cast("Record", record)


def _unreadable(data: bytes) -> Malformed:
    if not data.startswith(PREFIX):
        return undecodable("not in Avro's single-object encoding")
    if len(data) < HEADER_SIZE:
        return undecodable(TRUNCATED)
    return Malformed(Reason.UNKNOWN_SCHEMA, f"no schema with the fingerprint {data[2:HEADER_SIZE].hex()} was released")

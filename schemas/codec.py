"""Avro codec of records: single-object encoding, with schema evolution on reading.

The form is `C3 01`, the fingerprint of the writer's schema, the body. Every version that was ever released is read as
the current one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final, Protocol

from fastavro import parse_schema, schemaless_reader

from schemas.avro_form import Convert, Write, datum_to_record, record_writer
from schemas.json_form import from_json, to_json
from schemas.malformed import TRUNCATED, Malformed, Reason, undecodable
from schemas.records import RECORDS, Record
from schemas.resolution import Read, reader_for
from schemas.schema_versions import BY_HEADER, CURRENT, PREFIX, Release, Schema, header_for

__all__ = [
    "HEADER_SIZE",
    "decode",
    "encode",
    "encode_body",
    "from_json",
    "header_of",
    "reader_of",
    "to_json",
]

HEADER_SIZE: Final = 10
"""Bytes before the body: two of prefix, eight of fingerprint. Fixed by Avro's specification."""


@dataclass(frozen=True, slots=True)
class _Form:
    """The current form of a record type: header, parsed schema, writer, and the converter from the library's dict."""

    header: bytes
    schema: Any
    write: Write
    record: Convert


def _form(release: Release) -> _Form:
    schema = release.schema
    return _Form(release.header, parse_schema(dict(schema)), record_writer(schema), datum_to_record(schema))


_FORMS: Final[Mapping[type[Record], _Form]] = {RECORDS[name]: _form(release) for name, release in CURRENT.items()}
_BY_HEADER: Final[Mapping[bytes, _Form]] = {form.header: form for form in _FORMS.values()}
_READERS: Final[Mapping[bytes, Read]] = {header: reader_for(release.schema) for header, release in BY_HEADER.items()}


def header_of(kind: type[Record]) -> bytes:
    """Return the 10 bytes that every value of the current version begins with."""
    return _FORMS[kind].header


def encode_body(record: Record) -> bytes:
    """Return the Avro body alone, by the current schema of the record's type."""
    return encode(record)[HEADER_SIZE:]


def encode(record: Record) -> bytes:
    """Return the record in single-object encoding, by the current schema of its type.

    A value that does not fit the schema is a bug: the exception of the operation that fails is raised.
    """
    form = _FORMS[type(record)]
    out = bytearray(form.header)
    form.write(out, record)
    return bytes(out)


def decode(data: bytes) -> Record:
    """Return the record that these bytes encode; bytes left over are a fault.

    Raises `Malformed`: UNKNOWN_SCHEMA for a fingerprint that was never released, else UNDECODABLE.
    """
    header = data[:HEADER_SIZE]
    form = _BY_HEADER.get(header)
    record = _decode_own_bytes(form, data) if form else None
    if record is not None:
        return record
    if header not in _READERS:
        raise _header_fault(data)
    return _READERS[header](data, HEADER_SIZE)


def reader_of(schema: Schema) -> Read:
    """Return the reader of bodies written with a schema, released or not.

    Raises `Malformed` (UNKNOWN_SCHEMA) if it cannot be resolved to one of ours.
    """
    read = reader_for(schema)
    header = b"" if isinstance(schema, list) else header_for(schema)
    return (lambda data, at: decode(header + data[at:])) if header in BY_HEADER else read


def _decode_own_bytes(form: _Form, data: bytes) -> Record | None:
    """Return the record if these are exactly the bytes that we write for it: nearly all are, and need no strict walk.

    The comparison finds invalid Avro that the library accepts (`schemas.strict_avro`), and bytes left over.
    """
    body = BytesIO(data)
    body.seek(HEADER_SIZE)
    try:
        record: Record = form.record(schemaless_reader(body, form.schema, None))
        return record if encode(record) == data else None
    except (EOFError, IndexError, ValueError, OverflowError):
        return None


def _header_fault(data: bytes) -> Malformed:
    if not data.startswith(PREFIX):
        return undecodable("not in Avro's single-object encoding")
    if len(data) < HEADER_SIZE:
        return undecodable(TRUNCATED)
    return Malformed(Reason.UNKNOWN_SCHEMA, f"no schema with the fingerprint {data[2:HEADER_SIZE].hex()} was released")


class Framing(Protocol):
    """Framing of records in Kafka values: single-object encoding, or that of a schema registry."""

    def encode(self, record: Record, topic: str) -> bytes:
        """Return the Kafka value of a record for a topic."""

    def decode(self, data: bytes) -> Record:
        """Return the record of a value. Raises `Malformed` (UNKNOWN_SCHEMA, UNDECODABLE)."""


class SingleObjectFraming:
    """Avro's single-object encoding: needs no registry, since the job ships every released schema."""

    def encode(self, record: Record, topic: str) -> bytes:  # noqa: ARG002
        """Return the value; the topic makes no difference."""
        return encode(record)

    def decode(self, data: bytes) -> Record:
        """Return the record of a value. Raises `Malformed` (UNKNOWN_SCHEMA, UNDECODABLE)."""
        return decode(data)

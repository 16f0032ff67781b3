"""Decoding of Avro of any schema to values in the form of JSON: of a container file's block, and of a value alone."""

from base64 import b64encode
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from fastavro import parse_schema, schemaless_reader

from schemas.containers.block import divide
from schemas.malformed import Malformed, undecodable
from schemas.resolution import inline_schema
from schemas.schema_versions import Schema, define_types_once


class ValueReader:
    """Reader of the blocks of a file. Raises `Malformed` (UNKNOWN_SCHEMA) for an invalid or recursive schema."""

    def __init__(self, schema: Schema) -> None:
        self._spelt = inline_schema(schema)
        self._schema = parse_schema(define_types_once(self._spelt, set()))

    def read(self, count: int, body: bytes) -> Iterator[tuple[Any, bytes]]:
        """Yield `count` values from the bytes of a block, or `Malformed` for a fault; and the bytes of each.

        Bytes become base64, symbols texts, records and maps objects.
        """
        for raw, fault in divide(self._spelt, count, body):
            yield self._value(raw) if fault is None else fault, raw

    def value(self, data: bytes, at: int = 0) -> object:
        """Return the value whose bytes begin at a place and are all the rest. Raises `Malformed` if they are none."""
        (found, _), *more = self.read(1, data[at:])
        if isinstance(found, Malformed) or more:
            raise undecodable("no value of the schema, or more than one")
        return found

    def _value(self, raw: bytes) -> object:
        return _plain(schemaless_reader(BytesIO(raw), self._schema, None))


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of the library
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value

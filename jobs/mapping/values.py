"""Values of a mapping's topics, decoded to the form of JSON: JSON itself, or Avro of any schema."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any, Final, Protocol

from schemas.confluent import SchemaReaders
from schemas.containers.values import ValueReader
from schemas.jsonl import read_value

if TYPE_CHECKING:
    from schemas.registry import Registry

_REGISTRY_MAGIC: Final = b"\0"
_REGISTRY_PREFIX: Final = 5
"""Bytes before the JSON of those who write it by a schema registry: `00`, and the id of a JSON Schema."""


class Values(Protocol):
    """Decoder of the values of a topic."""

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - any JSON value
        """Return what a value holds. Raise Malformed, and RegistryUnavailable where a registry is needed now."""


class JsonValues:
    """Decoder of JSON. A registry's prefix, which no JSON begins with, is left out, and so is a byte order mark."""

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - as above
        """Return the value. Raise Malformed if it is not JSON."""
        text = data[_REGISTRY_PREFIX:] if data.startswith(_REGISTRY_MAGIC) else data
        return read_value(text.removeprefix(BOM_UTF8))


class AvroValues:
    """Decoder of Avro bodies alone, all by one schema. Raise Malformed (UNKNOWN_SCHEMA) for an invalid schema."""

    def __init__(self, schema: Any) -> None:  # noqa: ANN401 - as above
        self._reader = ValueReader(schema)

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - as above
        """Return the value. Raise Malformed if it is none of the schema."""
        return self._reader.value(data)


class RegistryValues:
    """Decoder of Avro by the schema that each value names, which a registry has. It keeps a bounded number of them."""

    def __init__(self, registry: Registry) -> None:
        self._readers = SchemaReaders(registry, lambda schema: ValueReader(schema).value)

    def decode(self, data: bytes) -> Any:  # noqa: ANN401 - as above
        """Return the value. Raise Malformed if it is none of its schema, and RegistryUnavailable."""
        return self._readers.decode(data)

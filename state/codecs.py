"""How the values of states become bytes: whole numbers by hand, for they are many; everything else as Avro bodies.

A structured value is written with its newest Avro schema and read with the schema of its version byte, resolved to the
newest: fields may be added with defaults, as for records.
"""

from __future__ import annotations

import io
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import fastavro

from state.spec import Codec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


_GROUP = 0x7F  # seven bits a byte; the eighth says that more follow


def _zigzag(number: int) -> bytes:
    value = (number << 1) ^ (number >> 63)
    out = bytearray()
    while value > _GROUP:
        out.append(value & _GROUP | ~_GROUP & 0xFF)
        value >>= 7
    out.append(value)
    return bytes(out)


def _unzigzag(raw: bytes) -> int:
    value = sum((byte & _GROUP) << (7 * place) for place, byte in enumerate(raw))
    return (value >> 1) ^ -(value & 1)


def _unmarked(_: bytes) -> bool:
    return True


NUMBER: Codec[int] = Codec(version=1, encode=_zigzag, decode={1: _unzigzag})
MARK: Codec[bool] = Codec(version=1, encode=lambda _: b"", decode={1: _unmarked})
TEXT: Codec[str] = Codec(version=1, encode=str.encode, decode={1: bytes.decode})


def structured(kind: type[T], *versions: Mapping[str, Any]) -> Codec[T]:
    """Return the codec of a dataclass; `versions` are the Avro types by field of version 1, 2, ..., oldest first."""
    schemas = [_schema(kind.__name__, version) for version in versions]
    return Codec(
        version=len(schemas),
        encode=_writer(kind, schemas[-1]),
        decode={number: _reader(kind, schema, schemas[-1]) for number, schema in enumerate(schemas, start=1)},
    )


def _schema(name: str, types: Mapping[str, Any]) -> Any:  # noqa: ANN401 - fastavro's parsed schema has no type
    def field(name: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"name": name} | (kind if isinstance(kind, dict) and "default" in kind else {"type": kind})

    return fastavro.parse_schema({"type": "record", "name": name, "fields": [field(*item) for item in types.items()]})


def _writer(kind: type[T], schema: Any) -> Callable[[T], bytes]:  # noqa: ANN401
    names = tuple(field.name for field in fields(kind))  # type: ignore[arg-type]
    values = attrgetter(*names)

    def encode(value: T) -> bytes:
        body = io.BytesIO()
        found = values(value)
        fastavro.schemaless_writer(body, schema, dict(zip(names, found if len(names) > 1 else (found,), strict=True)))
        return body.getvalue()

    return encode


def _reader(kind: type[T], written: Any, current: Any) -> Callable[[bytes], T]:  # noqa: ANN401
    resolve = None if written is current else current

    def decode(raw: bytes) -> T:
        found: dict[str, Any] = fastavro.schemaless_reader(io.BytesIO(raw), written, resolve)
        return kind(**{name: tuple(v) if isinstance(v, list) else v for name, v in found.items()})

    return decode

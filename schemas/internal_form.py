"""MessagePack form of records between the steps of the job and in its state: the record's type name, then its fields.

Avro is the form for systems outside. Bytes that the job itself has written need no validation, and MessagePack by
`msgspec` takes a tenth of the time. Fields go by name: a field that was added with a default is absent in bytes that an
older release wrote.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from msgspec.msgpack import Decoder, Encoder

from schemas.records import RECORDS, Record

T = TypeVar("T")

_ENCODE: Final = Encoder().encode
_TAGS: Final[Mapping[type, bytes]] = {kind: bytes([len(name)]) + name.encode() for name, kind in RECORDS.items()}


def _reader(kind: type[T]) -> Callable[[bytes], T]:
    return Decoder(kind).decode


_READERS: Final[Mapping[bytes, Callable[[bytes], Record]]] = {_TAGS[kind]: _reader(kind) for kind in _TAGS}


def encode_internal(record: Record) -> bytes:
    """Return the internal form of a record: the length of its type's name, the name, its fields."""
    return _TAGS[type(record)] + _ENCODE(record)


def decode_internal(data: bytes) -> Record:
    """Return the record that `encode_internal` wrote. Raises `KeyError` for a type unknown to this release."""
    end = data[0] + 1
    return _READERS[data[:end]](data[end:])

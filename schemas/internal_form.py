"""How does a record travel within the job, and wait in its state? By its type's name, its fields after it.

Avro is for those outside. What the job itself has written needs no distrust, and MessagePack by `msgspec` takes a tenth
of the time. Fields go by their names: a field that is added with a default is absent in what an older release wrote.
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
    """Return a record's bytes for another step of the job: the length of its type's name, the name, its fields."""
    return _TAGS[type(record)] + _ENCODE(record)


def decode_internal(data: bytes) -> Record:
    """Return the record that `passed` wrote. Raise KeyError for a type that this release does not know."""
    end = data[0] + 1
    return _READERS[data[:end]](data[end:])

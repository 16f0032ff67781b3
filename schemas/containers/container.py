"""Avro object container files: blocks of a union of all records of the contract.

Written by the Avro library. Read block by block as Avro's specification describes, so that no block is decompressed
beyond `MAX_BLOCK_BYTES` and the bytes of each record are known.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import md5
from io import BytesIO
from typing import IO, Any, Final

import fastavro

from schemas.avro_form import Convert, record_to_datum
from schemas.containers.block import BlockReader, Item
from schemas.containers.compression import BlockCodec
from schemas.containers.values import ValueReader
from schemas.malformed import TRUNCATED, Malformed, undecodable
from schemas.records import RECORDS, Record
from schemas.schema_versions import CURRENT, Schema, define_types_once

MAGIC: Final = b"Obj\x01"
MAX_BLOCK_BYTES: Final = 64 * 2**20
"""Largest block, compressed or not. Other writers' blocks have 16 kB to a few MB; a larger one is refused."""
MAX_HEADER_BYTES: Final = 4 * 2**20
"""Largest file header. Ours, with all schemas, has 60 kB."""
BLOCK_BYTES: Final = 64 * 2**10
"""Approximate size of a block that we write: small enough for memory, large enough to amortise its framing."""
_HEADER: Final = {
    "type": "record",
    "name": "org.apache.avro.file.Header",
    "fields": [
        {"name": "magic", "type": {"type": "fixed", "name": "Magic", "size": len(MAGIC)}},
        {"name": "meta", "type": {"type": "map", "values": "bytes"}},
        {"name": "sync", "type": {"type": "fixed", "name": "Sync", "size": 16}},
    ],
}
"""Avro 1.12 specification, Object Container Files."""

_PUBLIC: Final = [release for release in CURRENT.values() if release.topic != "internal"]
_SCHEMA: Final = fastavro.parse_schema(define_types_once([release.schema for release in _PUBLIC], set()))
_DATUMS: Final[Mapping[type[Record], Convert]] = {RECORDS[form.name]: record_to_datum(form.schema) for form in _PUBLIC}
# Not random, so that the same records make the same file.
_SYNC: Final = md5(json.dumps(_SCHEMA).encode(), usedforsecurity=False).digest()


def write(file: IO[bytes], records: Iterable[Record]) -> None:
    """Write a container file. Raises `KeyError` for a record that is not of the contract, `OSError`."""
    named = ((f"kithward.{type(record).__name__}", _DATUMS[type(record)](record)) for record in records)
    fastavro.writer(file, _SCHEMA, named, sync_interval=BLOCK_BYTES, sync_marker=_SYNC)


def read(file: IO[bytes], wanted: type[Record] | None = None) -> Iterator[Item]:
    """Yield the items of a container file in order; blocks without records of type `wanted` may be left out.

    Where bytes cannot be decoded, the rest of their block is one fault: the start of the next record is unknown.
    Raises `Malformed` if it is not a container file at all (UNDECODABLE) or its schema is invalid (UNKNOWN_SCHEMA).
    """
    metadata, sync = _read_header(file)
    codec = _codec(metadata)
    blocks = BlockReader(_schema(metadata))
    try:
        for count, body in _bodies(file, codec, sync):
            if wanted is None or blocks.may_contain(wanted.__name__, count, body):
                yield from blocks.read(count, body)
    except Malformed as fault:
        yield fault, b""


def read_values(file: IO[bytes]) -> Iterator[tuple[Any, bytes]]:
    """Yield the values of a container file of any schema in the form of JSON, or the faults; and their bytes.

    Faults are as of `read`. Logical types are left out: a time stays a number, in the unit that it has.
    """
    metadata, sync = _read_header(file)
    codec = _codec(metadata)
    values = ValueReader(_schema(metadata))
    try:
        for count, body in _bodies(file, codec, sync):
            yield from values.read(count, body)
    except Malformed as fault:
        yield fault, b""


def _codec(metadata: Mapping[str, bytes]) -> BlockCodec:
    return BlockCodec(metadata.get("avro.codec", b"null").decode("ascii", "replace"))


def _bodies(file: IO[bytes], codec: BlockCodec, sync: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield how many values each block has, and its content. Raises `Malformed` where a block cannot be read."""
    while (count := _read_count(file)) is not None:
        yield count, codec.unpack(_read_body(file, sync), MAX_BLOCK_BYTES)


def _schema(metadata: Mapping[str, bytes]) -> Schema:
    try:
        return json.loads(metadata["avro.schema"])
    except (KeyError, ValueError, RecursionError):
        raise undecodable("no schema in the file's header") from None


def _read_header(file: IO[bytes]) -> tuple[dict[str, bytes], bytes]:
    """Read the metadata and the sync marker that ends every block."""
    start = file.tell()
    head = BytesIO(file.read(MAX_HEADER_BYTES))
    try:
        found: Any = fastavro.schemaless_reader(head, _HEADER, None)
    except (EOFError, IndexError, ValueError, OverflowError):
        raise undecodable("no Avro container file") from None
    if found["magic"] != MAGIC:
        raise undecodable("no Avro container file")
    file.seek(start + head.tell())
    return found["meta"], found["sync"]


def _read_count(file: IO[bytes]) -> int | None:
    """Read the number of records in the next block; None at the end of the file."""
    try:
        return int(fastavro.schemaless_reader(file, "long", None))
    except EOFError:
        return None
    except IndexError:
        raise undecodable(TRUNCATED) from None


def _read_body(file: IO[bytes], sync: bytes) -> bytes:
    """Read the rest of a block."""
    size = _read_count(file)
    if size is None:
        raise undecodable(TRUNCATED)
    if not 0 <= size <= MAX_BLOCK_BYTES:
        raise undecodable("a block larger than we accept")
    body = file.read(size)
    if len(body) != size or file.read(len(sync)) != sync:
        raise undecodable("a block that does not end where it declares")
    return body

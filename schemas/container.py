"""How do records stand in an Avro object container file? As blocks of a union of all records of the contract.

Read with the same strict readers as messages, whatever union or record the file's own schema is; the codecs `null`
and `deflate`, which every implementation of Avro has, and no block beyond `MAX_BLOCK_BYTES`.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import md5
from itertools import islice
from typing import IO, Any, Final

from schemas import avro_reader, avro_writer
from schemas.avro_reader import TRUNCATED, Read, undecodable
from schemas.codec import encode_body
from schemas.malformed import Malformed
from schemas.records import RECORDS, Record
from schemas.released import CURRENT
from schemas.resolution import reader_of_any

MAGIC: Final = b"Obj\x01"
MAX_BLOCK_BYTES: Final = 64 * 2**20
"""Of a block, packed and unpacked. Other writers' blocks have 16 kB to a few MB; a larger one is refused."""
BLOCK_RECORDS: Final = 1000
"""Records to a block that we write: few enough to be held at once, enough that the block's frame costs nothing."""
_SYNC_SIZE: Final = 16
_LONG_SIZE: Final = 10

Item = tuple[Record | Malformed, bytes]
"""A record with its bytes; or what is wrong with them."""


def _named_once(schema: Any, seen: set[str]) -> Any:  # noqa: ANN401
    """Return the schema with every type that was defined before replaced by its name, as one file needs it."""
    if isinstance(schema, list):
        return [_named_once(branch, seen) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("name") in seen:
        return schema["name"]
    if schema["type"] in ("record", "enum"):
        seen.add(schema["name"])
    inner = {key: _named_once(schema[key], seen) for key in ("items", "values") if key in schema}
    if "fields" in schema:
        inner["fields"] = [field | {"type": _named_once(field["type"], seen)} for field in schema["fields"]]
    return schema | inner


_BRANCHES: Final[Mapping[type[Record], int]] = {
    RECORDS[release.name]: index
    for index, release in enumerate(release for release in CURRENT.values() if release.topic != "internal")
}
_SCHEMA: Final = _named_once([CURRENT[kind.__name__].schema for kind in _BRANCHES], set())
_HEADER: Final = json.dumps(_SCHEMA).encode()
# Not random, so that the same records make the same file.
_SYNC: Final = md5(_HEADER, usedforsecurity=False).digest()


def write(file: IO[bytes], records: Iterable[Record]) -> None:
    """Write a container file. Raises `KeyError` for a record that is not of the contract, `OSError`."""
    out = bytearray(MAGIC)
    avro_writer.writer({"type": "map", "values": "bytes"})(out, {"avro.schema": _HEADER, "avro.codec": b"null"})
    file.write(out + _SYNC)
    waiting = iter(records)
    while block := [_item(record) for record in islice(waiting, BLOCK_RECORDS)]:
        body = b"".join(block)
        head = bytearray()
        avro_writer.write_long(head, len(block))
        avro_writer.write_long(head, len(body))
        file.write(head + body + _SYNC)


def _item(record: Record) -> bytes:
    branch = bytearray()
    avro_writer.write_long(branch, _BRANCHES[type(record)])
    return bytes(branch) + encode_body(record)


def read(file: IO[bytes]) -> Iterator[Item]:
    """Return what stands in a container file, in its order.

    Where bytes cannot be read, the rest of their block comes as one fault: nothing says where the next record begins.
    Raises `Malformed` if it is no container file at all (UNDECODABLE) or its schema is none (UNKNOWN_SCHEMA).
    """
    metadata, sync = _header(file)
    codec = metadata.get("avro.codec", b"null")
    if codec not in (b"null", b"deflate"):
        raise undecodable("a codec other than null and deflate")
    read_item = _items(metadata)
    while first := file.read(1):
        try:
            count, body = _block(file, first, sync)
            body = _inflated(body) if codec == b"deflate" else body
        except Malformed as fault:
            yield fault, b""
            return
        yield from _records(count, body, read_item)


def _items(metadata: Mapping[str, bytes]) -> Read:
    try:
        return reader_of_any(json.loads(metadata["avro.schema"]))
    except (KeyError, ValueError, RecursionError):
        raise undecodable("no schema in the file's header") from None


def _records(count: int, body: bytes, read_item: Read) -> Iterator[Item]:
    at = 0
    for _ in range(min(count, len(body))):  # No record is empty.
        try:
            found, end = read_item(body, at)
        except (Malformed, IndexError) as fault:
            yield fault if isinstance(fault, Malformed) else undecodable(TRUNCATED), body[at:]
            return
        yield found, body[at:end]
        at = end
    if at != len(body) or count > len(body):
        yield undecodable("a block of another length than it says"), body[at:]


def _header(file: IO[bytes]) -> tuple[dict[str, bytes], bytes]:
    """Read the metadata and the mark that ends every block."""
    if file.read(len(MAGIC)) != MAGIC:
        raise undecodable("no Avro container file")
    metadata: dict[str, bytes] = {}
    while count := _long(file):
        if count < 0:
            _long(file)
        for _ in range(abs(count)):
            name = _sized(file).decode("utf-8", "replace")
            metadata[name] = _sized(file)
    return metadata, _exactly(file, _SYNC_SIZE)


def _long(file: IO[bytes], first: bytes = b"") -> int:
    digits = first or _exactly(file, 1)
    while digits[-1] & 128 and len(digits) < _LONG_SIZE:
        digits += _exactly(file, 1)
    try:
        return avro_reader.read_long(digits, 0)[0]
    except IndexError:
        raise undecodable("a number beyond 64 bits") from None


def _sized(file: IO[bytes]) -> bytes:
    size = _long(file)
    if not 0 <= size <= MAX_BLOCK_BYTES:
        raise undecodable("a block larger than we take")
    return _exactly(file, size)


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise undecodable(TRUNCATED)
    return data


def _block(file: IO[bytes], first: bytes, sync: bytes) -> tuple[int, bytes]:
    count, body = _long(file, first), _sized(file)
    if _exactly(file, _SYNC_SIZE) != sync:
        raise undecodable("a block that does not end where it says")
    return count, body


def _inflated(body: bytes) -> bytes:
    try:
        unpacked = zlib.decompressobj(-zlib.MAX_WBITS).decompress(body, MAX_BLOCK_BYTES + 1)
    except zlib.error:
        raise undecodable("a block that cannot be unpacked") from None
    if len(unpacked) > MAX_BLOCK_BYTES:
        raise undecodable("a block larger than we take")
    return unpacked

"""Strict validation of Avro bytes against a schema in which each type is inlined where it is used.

The Avro library accepts much that is not valid Avro: an index of -1 is the last branch or symbol, a number may have any
length, a boolean may be 7, a block may declare a wrong size. This walk reads no values; it finds their ends, in time
linear in the number of bytes, and the field of a fault.
"""

from collections.abc import Callable, Mapping
from typing import Final

from schemas.malformed import TRUNCATED, Malformed, undecodable
from schemas.schema_versions import Schema

_Walk = Callable[[Schema, bytes, int], int]
_LAST_SHIFT: Final = 63
"""A 64-bit number has at most ten groups of seven bits; the tenth, at this shift, holds a single bit."""


def end_of(schema: Schema, data: bytes, at: int) -> int:
    """Return the offset after the value at `at`. Raises `Malformed` (UNDECODABLE), with the field."""
    try:
        return _end(schema, data, at)
    except IndexError:
        raise undecodable(TRUNCATED) from None


def number(data: bytes, at: int) -> tuple[int, int]:
    """Return a variable-length zig-zag number, and the offset after it. Raises `IndexError`, `Malformed`."""
    bits, shift = data[at] & 127, 0
    while data[at] > 127:  # noqa: PLR2004
        at += 1
        shift += 7
        if shift == _LAST_SHIFT and data[at] > 1:
            raise undecodable("a number beyond 64 bits")
        bits |= (data[at] & 127) << shift
    return (bits >> 1) ^ -(bits & 1), at + 1


def choice(data: bytes, at: int, among: int) -> tuple[int, int]:
    """Return the index of a branch or a symbol, and the offset after it. Raises `IndexError`, `Malformed`."""
    index, at = number(data, at)
    if not 0 <= index < among:
        raise undecodable("a choice that the schema does not have")
    return index, at


def _end(schema: Schema, data: bytes, at: int) -> int:
    kind = schema if isinstance(schema, str) else "union" if isinstance(schema, list) else schema["type"]
    return _WALKS[kind](schema, data, at)


def _skip(size: int, data: bytes, at: int) -> int:
    if size < 0:
        raise undecodable("a negative length")
    if at + size > len(data):
        raise undecodable(TRUNCATED)
    return at + size


def _boolean(_schema: Schema, data: bytes, at: int) -> int:
    if data[at] > 1:
        raise undecodable("neither true nor false")
    return at + 1


def _int(_schema: Schema, data: bytes, at: int) -> int:
    value, end = number(data, at)
    if not -(2**31) <= value < 2**31:
        raise undecodable("a number beyond 32 bits")
    return end


def _bytes(_schema: Schema, data: bytes, at: int) -> int:
    size, at = number(data, at)
    return _skip(size, data, at)


def _string(_schema: Schema, data: bytes, at: int) -> int:
    size, at = number(data, at)
    end = _skip(size, data, at)
    try:
        data[at:end].decode()
    except UnicodeDecodeError:
        raise undecodable("no valid UTF-8") from None
    return end


def _union(schema: Schema, data: bytes, at: int) -> int:
    index, at = choice(data, at, len(schema))
    return _end(schema[index], data, at)


def _array(schema: Schema, data: bytes, at: int) -> int:
    return _blocks(lambda start: _end(schema["items"], data, start), data, at)


def _map(schema: Schema, data: bytes, at: int) -> int:
    return _blocks(lambda start: _end(schema["values"], data, _string("string", data, start)), data, at)


def _blocks(item: Callable[[int], int], data: bytes, at: int) -> int:
    """Skip blocks of items, each of which has at least one byte."""
    count, at = number(data, at)
    while count:
        end = None
        if count < 0:  # A block that also declares its size in bytes.
            size, at = number(data, at)
            count, end = -count, at + size
        _skip(count, data, at)
        for _ in range(count):
            at = item(at)
        if end not in (None, at):
            raise undecodable("a block of another size than it declares")
        count, at = number(data, at)
    return at


def _record(schema: Schema, data: bytes, at: int) -> int:
    for field in schema["fields"]:
        try:
            at = _end(field["type"], data, at)
        except Malformed as fault:
            raise fault.within(field["name"]) from None
        except IndexError:
            raise undecodable(TRUNCATED).within(field["name"]) from None
    return at


_PRIMITIVE_WALKS: Final[Mapping[str, _Walk]] = {
    "null": lambda _schema, _data, at: at,
    "boolean": _boolean,
    "int": _int,
    "long": lambda _schema, data, at: number(data, at)[1],
    "float": lambda _schema, data, at: _skip(4, data, at),
    "double": lambda _schema, data, at: _skip(8, data, at),
    "bytes": _bytes,
    "string": _string,
}
PRIMITIVES: Final = frozenset(_PRIMITIVE_WALKS)
"""The types that have no name of their own."""
_WALKS: Final[Mapping[str, _Walk]] = {
    **_PRIMITIVE_WALKS,
    "fixed": lambda schema, data, at: _skip(schema["size"], data, at),
    "enum": lambda schema, data, at: choice(data, at, len(schema["symbols"]))[1],
    "union": _union,
    "array": _array,
    "map": _map,
    "record": _record,
}

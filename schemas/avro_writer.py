"""How do records become Avro bytes? By functions `(out, value)`, composed once per schema of ours.

What they get is ours and valid; a value that does not fit is a bug and raises what Python raises.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from struct import pack
from typing import Any, Final

from schemas.released import Schema

Write = Callable[[bytearray, Any], None]
"""Appends one value to the bytes written so far."""


def write_null(_out: bytearray, _value: None) -> None:
    """Write nothing, in no bytes."""


def write_boolean(out: bytearray, value: bool) -> None:  # noqa: FBT001
    """Write one byte, zero or one."""
    out.append(1 if value else 0)


def write_long(out: bytearray, value: int) -> None:
    """Write a zig-zag number of seven bits a byte. Raises `OverflowError` beyond 64 bits."""
    number = (value << 1) ^ (value >> 63)
    if not 0 <= number < 2**64:
        message = "a number beyond 64 bits"
        raise OverflowError(message)
    while number > 127:  # noqa: PLR2004
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def write_int(out: bytearray, value: int) -> None:
    """Write a number of 32 bits. Raises `OverflowError` beyond."""
    if not -(2**31) <= value < 2**31:
        message = "a number beyond 32 bits"
        raise OverflowError(message)
    write_long(out, value)


def write_double(out: bytearray, value: float) -> None:
    """Write eight bytes, little end first."""
    out += pack("<d", value)


def write_bytes(out: bytearray, value: bytes) -> None:
    """Write the length, then the bytes."""
    write_long(out, len(value))
    out += value


def write_string(out: bytearray, value: str) -> None:
    """Write text as UTF-8. Raises `UnicodeEncodeError` for a lone surrogate."""
    write_bytes(out, value.encode())


_PRIMITIVES: Final[Mapping[str, Write]] = {
    "null": write_null,
    "boolean": write_boolean,
    "int": write_int,
    "long": write_long,
    "double": write_double,
    "bytes": write_bytes,
    "string": write_string,
}


def _nullable(branches: list[Schema], names: dict[str, Write]) -> Write:
    """Write a union; ours are of null and one more."""
    other = next(index for index, branch in enumerate(branches) if branch != "null")
    null, present, write = (1 - other) * 2, other * 2, writer(branches[other], names)

    def nullable(out: bytearray, value: object) -> None:
        if value is None:
            out.append(null)
        else:
            out.append(present)
            write(out, value)

    return nullable


def _array(item: Write) -> Write:
    def array(out: bytearray, values: tuple[Any, ...]) -> None:
        if values:
            write_long(out, len(values))
            for value in values:
                item(out, value)
        out.append(0)

    return array


def _mapping(value: Write) -> Write:
    def mapping(out: bytearray, values: Mapping[str, Any]) -> None:
        if values:
            write_long(out, len(values))
            for key in sorted(values):
                write_string(out, key)
                value(out, values[key])
        out.append(0)

    return mapping


def _enum(symbols: list[str]) -> Write:
    indexes = {symbol: index for index, symbol in enumerate(symbols)}

    def enum(out: bytearray, value: str) -> None:
        write_long(out, indexes[value])

    return enum


def _record(fields: list[tuple[str, Write]]) -> Write:
    if len(fields) == 1:
        only, single = attrgetter(fields[0][0]), fields[0][1]
        return lambda out, value: single(out, only(value))
    values, writes = attrgetter(*(name for name, _ in fields)), [write for _, write in fields]

    def record(out: bytearray, value: object) -> None:
        for write, part in zip(writes, values(value), strict=True):
            write(out, part)

    return record


def writer(schema: Schema, names: dict[str, Write] | None = None) -> Write:
    """Return the writer of values of a schema; `names` holds those of the named types met so far."""
    names = {} if names is None else names
    if isinstance(schema, list):
        return _nullable(schema, names)
    if isinstance(schema, str):
        return _PRIMITIVES.get(schema) or names[schema]
    if schema["type"] == "array":
        return _array(writer(schema["items"], names))
    if schema["type"] == "map":
        return _mapping(writer(schema["values"], names))
    if schema["type"] == "enum":
        return names.setdefault(schema["name"], _enum(schema["symbols"]))
    fields = [(field["name"], writer(field["type"], names)) for field in schema["fields"]]
    return names.setdefault(schema["name"], _record(fields))

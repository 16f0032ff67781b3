"""Conversion between records and Avro: a writer of bytes, and dicts that the Avro library reads and writes.

Composed once per current schema, like the form in JSON. A string, a number, a boolean, bytes and null are the same in a
dict; so are symbols and tuples on the way out, since a symbol is a string and a tuple a sequence.

The writer appends field by field to one buffer. The library's takes nearly twice as long: it gets a dict, and searches
the branch of every value that may be null. Each decision and command is written, and each message that is read alone.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter
from struct import Struct
from typing import Any, Final

from schemas import records
from schemas.schema_versions import Schema

Convert = Callable[[Any], Any]
Write = Callable[[bytearray, Any], None]
"""Appends a value. Raises the exception of the first operation that a value of another type does not support."""

_ONE_BYTE: Final = tuple(bytes([number << 1]) for number in range(64))
_DOUBLE: Final = Struct("<d").pack
_INT, _LONG = 1 << 31, 1 << 63


def record_writer(schema: Schema) -> Write:
    """Return the writer of a record or part with this schema."""
    writers = [_writer(field["type"]) for field in schema["fields"]]
    names = [field["name"] for field in schema["fields"]]
    if len(names) == 1:
        (name,), (only,) = names, writers
        return lambda out, record: only(out, getattr(record, name))
    values = attrgetter(*names)

    def write(out: bytearray, record: object) -> None:
        for write_field, value in zip(writers, values(record), strict=True):
            write_field(out, value)

    return write


def _writer(schema: Schema) -> Write:
    if isinstance(schema, list):
        return _nullable(schema)
    if isinstance(schema, str):
        return _PLAIN[schema]
    if schema["type"] == "array":
        return _array(_writer(schema["items"]))
    return _symbol(schema["symbols"]) if schema["type"] == "enum" else record_writer(schema)


def _number(out: bytearray, value: int) -> None:
    """Append a number of up to 64 bits, zig-zag, seven bits a byte."""
    rest = (value << 1) ^ (value >> 63)
    while rest > 127:  # noqa: PLR2004
        out.append(rest & 127 | 128)
        rest >>= 7
    out.append(rest)


def _size(out: bytearray, size: int) -> None:
    if size < len(_ONE_BYTE):
        out += _ONE_BYTE[size]
    else:
        _number(out, size)


def _write_int(out: bytearray, value: int) -> None:
    _number(out, _int(value))


def _long(out: bytearray, value: int) -> None:
    if not -_LONG <= value < _LONG:
        raise OverflowError("a number beyond 64 bits")
    _number(out, value)


def _bytes(out: bytearray, value: bytes) -> None:
    _size(out, len(value))
    out += value


def _string(out: bytearray, value: str) -> None:
    raw = value.encode()
    size = len(raw)
    if size < 64:  # noqa: PLR2004 - as `_size`, without another call: most values are short texts
        out += _ONE_BYTE[size]
    else:
        _number(out, size)
    out += raw


def _boolean(out: bytearray, value: bool) -> None:  # noqa: FBT001 - the value to write
    out += b"\1" if value else b"\0"


def _double(out: bytearray, value: float) -> None:
    out += _DOUBLE(value)


_PLAIN: Final[Mapping[str, Write]] = {
    "string": _string,
    "bytes": _bytes,
    "boolean": _boolean,
    "int": _write_int,
    "long": _long,
    "double": _double,
}


def _nullable(branches: list[Schema]) -> Write:
    """Return the writer of a value that may be null: each of our unions has null and one more."""
    null = branches.index("null")
    write, absent, present = _writer(branches[1 - null]), _ONE_BYTE[null], _ONE_BYTE[1 - null]

    def write_branch(out: bytearray, value: object) -> None:
        if value is None:
            out += absent
        else:
            out += present
            write(out, value)

    return write_branch


def _array(write: Write) -> Write:
    """Return the writer of an array: one block of all items, none if it is empty, and the end."""

    def write_items(out: bytearray, values: tuple[object, ...]) -> None:
        if len(values):
            _size(out, len(values))
            for value in values:
                write(out, value)
        out += b"\0"

    return write_items


def _symbol(symbols: list[str]) -> Write:
    places = {symbol: place for place, symbol in enumerate(symbols)}
    return lambda out, value: _size(out, places[value])


def _int(value: int) -> int:
    """Raise `OverflowError` for a number beyond 32 bits: the library would write it."""
    if not -_INT <= value < _INT:
        raise OverflowError("a number beyond 32 bits")
    return value


def to_datum_converter(schema: Schema) -> Convert | None:
    """Return the converter from our value to the library's; None if the two are the same."""
    if isinstance(schema, list):
        return _unless_null(to_datum_converter(_present(schema)))
    if isinstance(schema, str):
        return _int if schema == "int" else None
    if schema["type"] == "array":
        item = to_datum_converter(schema["items"])
        return item and (lambda values: [item(value) for value in values])
    return None if schema["type"] == "enum" else record_to_datum(schema)


def from_datum_converter(schema: Schema) -> Convert | None:
    """Return the converter from the library's value to ours; None if the two are the same."""
    if isinstance(schema, list):
        return _unless_null(from_datum_converter(_present(schema)))
    if isinstance(schema, str):
        return None
    if schema["type"] == "array":
        item = from_datum_converter(schema["items"])
        return (lambda values: tuple(map(item, values))) if item else tuple
    return getattr(records, schema["name"]) if schema["type"] == "enum" else datum_to_record(schema)


def record_to_datum(schema: Schema) -> Convert:
    """Return the converter from a record or part with this schema to the library's dict."""
    names = [field["name"] for field in schema["fields"]]
    converts = _converts(schema, to_datum_converter)

    def datum(record: object) -> dict[str, Any]:
        values = {name: getattr(record, name) for name in names}
        for name, convert in converts:
            values[name] = convert(values[name])
        return values

    return datum


def datum_to_record(schema: Schema) -> Convert:
    """Return the converter from the library's dict, which it modifies, to a record or part with this schema."""
    cls = getattr(records, schema["name"])
    converts = _converts(schema, from_datum_converter)

    def record(values: dict[str, Any]) -> object:
        for name, convert in converts:
            values[name] = convert(values[name])
        return cls(**values)

    return record


def _converts(schema: Schema, way: Callable[[Schema], Convert | None]) -> list[tuple[str, Convert]]:
    """Return the converters of the fields that differ between the two sides."""
    ways = ((field["name"], way(field["type"])) for field in schema["fields"])
    return [(name, convert) for name, convert in ways if convert]


def _present(branches: list[Schema]) -> Schema:
    """Return the branch that is not null: each of our unions has null and one more."""
    return next(branch for branch in branches if branch != "null")


def _unless_null(convert: Convert | None) -> Convert | None:
    return convert and (lambda value: None if value is None else convert(value))

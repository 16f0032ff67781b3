"""Conversion between records and the dicts that the Avro library reads and writes.

Composed once per current schema, like the form in JSON. A string, a number, a boolean, bytes and null are the same on
both sides; so are symbols and tuples on the way out, since a symbol is a string and a tuple a sequence.
"""

from collections.abc import Callable
from typing import Any

from schemas import records
from schemas.schema_versions import Schema

Convert = Callable[[Any], Any]


def _int(value: int) -> int:
    """Raise `OverflowError` for a number beyond 32 bits: the library would write it."""
    if not -(2**31) <= value < 2**31:
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

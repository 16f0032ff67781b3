"""Avro schema resolution: bytes written with another schema become a record of the current one, fields matched by name.

The Avro library resolves one schema to the other: fields may be added with a default, dropped, reordered or promoted.
Beyond Avro, whole numbers in a float or a double become a long.
This module adds bounds: on a schema from outside, and, through `schemas.strict_avro`, on the bytes that claim to follow
it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Any, Final, cast

from fastavro import parse_schema, schemaless_reader
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, UnknownType, to_parsing_canonical_form

from schemas.avro_form import datum_to_record
from schemas.malformed import TRUNCATED, Malformed, undecodable
from schemas.records import Record
from schemas.schema_versions import CURRENT, Schema, define_types_once, named_types
from schemas.strict_avro import choice, end_of
from schemas.writer_names import add_aliases, name_of_ours, reader_schema, unresolvable, whole_numbers

Read = Callable[[bytes, int], Record]
"""Reads the record from an offset to the end of the bytes."""

MAX_PARTS: Final = 10_000
"""Most types in a writer's schema, each counted as often as it is used. Our largest record has a few dozen."""
MAX_DEPTH: Final = 64
"""Deepest nesting of types. Ours are at most six deep; a recursive type has no bound."""
_PRIMITIVES: Final = frozenset(("boolean", "int", "long", "float", "double", "bytes", "string"))
_ZEROS: Final = bytes(2**20)
"""Bytes that are a value of every schema without a long `fixed`: empty, 0, the first branch, the first symbol."""
_LARGEST: Final = 2**31 - 1
"""Bytes of the largest `fixed`: a length in Avro has 31 bits."""
_EXACT: Final = 2**53
"""Up to here a double holds every whole number exactly."""
_MAKE: Final = {name: datum_to_record(release.schema) for name, release in CURRENT.items()}


class ResolvedRecord:
    """A writer's record schema within bounds, resolved to our record of that name.

    Names of the writer's that are not ours stand for ours by their aliases. Raises `Malformed` (UNKNOWN_SCHEMA) if no
    value of it can ever become a record of ours.
    """

    def __init__(self, expanded: Schema) -> None:
        self.name = name_of_ours(expanded)
        self.schema = parse_schema(define_types_once(expanded, set()))
        self._ours = reader_schema(expanded, CURRENT[self.name].schema)
        self._parsed = parse_schema(dict(self._ours))
        self._whole = whole_numbers(self._ours, CURRENT[self.name].schema)
        theirs = {field["name"]: field["type"] for field in expanded["fields"]}
        sure = [field for field in self._ours["fields"] if not _depends_on_value(_type_among(theirs, field))]
        if culprit := self._culprit(sure, _ZEROS):
            raise unresolvable("a field that cannot become ours").within(culprit).within(self.name)

    def decode(self, data: bytes) -> Record:
        """Return our record from valid bytes. Raises `Malformed` for a symbol or branch that we do not have."""
        try:
            return self.from_datum(schemaless_reader(BytesIO(data), self.schema, self._parsed))
        except (SchemaResolutionError, UnicodeDecodeError):
            fault = undecodable("a kind of value that the field does not have")
            raise fault.within(self._culprit(self._ours["fields"], data)).within(self.name) from None

    def from_datum(self, value: dict[str, Any]) -> Record:
        """Return our record from the dict that the library resolved, which is modified."""
        for name in self._whole:
            value[name] = self._whole_number(name, value[name])
        return cast("Record", _MAKE[self.name](value))

    def _whole_number(self, name: str, value: float | None) -> int | None:
        if value is None:
            return None
        if not (value.is_integer() and abs(value) <= _EXACT):
            raise undecodable("not a whole number").within(name).within(self.name)
        return int(value)

    def _culprit(self, fields: Iterable[Mapping[str, Any]], data: bytes) -> str:
        """Return the name of the first of our fields that these bytes cannot be resolved to; empty if there is none."""
        for field in fields:
            try:
                schemaless_reader(BytesIO(data), self.schema, {**self._ours, "fields": [field]})
            except (SchemaResolutionError, UnicodeDecodeError, EOFError, IndexError):  # a union of nothing
                return str(field["name"])
        return ""


def inline_schema(schema: Schema) -> Schema:
    """Return a schema with every named type inlined. Raises `Malformed` (UNKNOWN_SCHEMA) if invalid."""
    try:
        text = json.dumps(schema)
        plain = json.loads(to_parsing_canonical_form(json.loads(text)).encode())  # a lone surrogate is no name
        if '"aliases"' in text:
            add_aliases(plain, json.loads(text))
        names = {definition["name"]: definition for definition in named_types(plain)}
        expanded = _expand(plain, names, iter(range(MAX_PARTS)))
        parse_schema(plain)
    except (SchemaParseException, UnknownType, LookupError, TypeError, AttributeError, ValueError, RecursionError):
        raise unresolvable("not a schema of a record") from None
    return expanded


def is_record(schema: Schema) -> bool:
    """Return whether an inlined schema is that of a record."""
    return isinstance(schema, dict) and schema["type"] == "record"


def _expand(schema: Schema, names: Mapping[str, Schema], parts: Iterator[int], depth: int = 0) -> Schema:
    """Return a schema with names replaced by their definitions.

    Raises `ValueError` for a schema without a bound, such as a recursive record, or items of no bytes.
    """
    if next(parts, None) is None or depth > MAX_DEPTH:
        raise ValueError("a schema of too many parts")
    inner = partial(_expand, names=names, parts=parts, depth=depth + 1)
    if isinstance(schema, str):
        return schema if schema in _PRIMITIVES else inner(names[schema])
    if isinstance(schema, list):
        return [branch if branch == "null" else inner(branch) for branch in schema]
    kind = schema["type"]
    if kind == "record" and schema["fields"]:
        return schema | {"fields": [field | {"type": inner(field["type"])} for field in schema["fields"]]}
    if kind in ("array", "map"):
        within = "items" if kind == "array" else "values"
        return schema | {within: inner(schema[within])}
    if kind == "enum" or (kind == "fixed" and type(schema["size"]) is int and 0 < schema["size"] <= _LARGEST):
        return schema
    raise ValueError("unknown type, or a type with values of no length or too long")


def _type_among(theirs: Mapping[str, Schema], field: Mapping[str, Any]) -> Schema | None:
    """Return the writer's type of a field of ours, by its name or the first alias that the writer has."""
    names = (field["name"], *field.get("aliases", ()))
    return next((theirs[name] for name in names if name in theirs), None)


def _depends_on_value(schema: Schema) -> bool:
    """Return whether resolution may depend on the value: symbols and branches that we lack may not occur."""
    if isinstance(schema, dict):
        inner = [schema.get("items"), schema.get("values"), *(field["type"] for field in schema.get("fields", ()))]
        return schema["type"] == "enum" or any(map(_depends_on_value, inner))
    return isinstance(schema, list)


def reader_for(schema: Schema) -> Read:
    """Return the reader of a record written with a schema as our record of that name.

    Raises `Malformed` (UNKNOWN_SCHEMA) if we have none, or if the two cannot be resolved.
    """
    expanded = inline_schema(schema)
    if isinstance(expanded, list):
        return _union_reader(expanded)
    if not is_record(expanded):
        raise unresolvable("not a schema of a record")
    return _record_reader(expanded)


def _union_reader(branches: Sequence[Schema]) -> Read:
    """Return the reader of a union of records, at least one of which is ours."""
    readers = [_reader_or_fault(branch) for branch in branches]
    if not any(map(callable, readers)):
        raise unresolvable("not a schema of records that we have")

    def read(data: bytes, at: int) -> Record:
        try:
            index, at = choice(data, at, len(readers))
        except IndexError:
            raise undecodable(TRUNCATED) from None
        reader = readers[index]
        if isinstance(reader, Malformed):
            raise Malformed(reader.reason, reader.fault, reader.field)
        return reader(data, at)

    return read


def _reader_or_fault(schema: Schema) -> Read | Malformed:
    if not is_record(schema):
        return unresolvable("not a schema of a record")
    try:
        return _record_reader(schema)
    except Malformed as fault:
        return fault


def _record_reader(expanded: Schema) -> Read:
    written = ResolvedRecord(expanded)

    def read(data: bytes, at: int) -> Record:
        try:
            end = end_of(expanded, data, at)
        except Malformed as fault:
            raise fault.within(written.name) from None
        if end != len(data):
            raise undecodable("bytes are left over").within(written.name)
        return written.decode(data[at:])

    return read

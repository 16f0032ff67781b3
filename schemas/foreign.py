"""How do bytes written with another schema become a record of today? Key: the writer's schema, matched by names.

The Avro library resolves one schema to the other: fields may be added with a default, dropped, reordered or promoted.
What is ours is the bound: on a schema that comes from outside, and, by `schemas.strictness`, on what its bytes may say.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import Any, Final, cast

from fastavro import parse_schema, schemaless_reader, schemaless_writer
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, UnknownType, to_parsing_canonical_form

from schemas.avro_form import record_of
from schemas.malformed import Malformed, Reason, undecodable
from schemas.records import Record
from schemas.released import CURRENT, Schema, named_types
from schemas.strictness import end_of, number

Read = Callable[[bytes, int], Record]
"""Reads the record that reaches from an offset to the end."""
ReadItem = Callable[[bytes, int], tuple[Record | Malformed, int]]
"""Reads one record of many; returns it, or what is wrong with it alone, and the offset after it."""

MAX_PARTS: Final = 10_000
"""Types in a writer's schema, each counted as often as it is used. Our largest record has a few dozen."""
MAX_DEPTH: Final = 64
"""Types within each other. Ours are at most six deep; a type that contains itself has no depth at all."""
_PRIMITIVES: Final = frozenset(("boolean", "int", "long", "float", "double", "bytes", "string"))
_ZEROS: Final = bytes(2**20)
"""A value of every schema, as long as it has no long `fixed`: empty, 0, the first branch, the first symbol."""
_PARSED: Final = {name: parse_schema(dict(release.schema)) for name, release in CURRENT.items()}
_MAKE: Final = {name: record_of(release.schema) for name, release in CURRENT.items()}


def unresolvable(fault: str) -> Malformed:
    """The writer's schema is none that we can read."""
    return Malformed(Reason.UNKNOWN_SCHEMA, fault)


class _Written:
    """A foreign schema within its bounds: as the library takes it, and with every type spelt out where it is used."""

    def __init__(self, schema: Schema) -> None:
        try:
            plain = json.loads(to_parsing_canonical_form(json.loads(json.dumps(schema))))
            names = {definition["name"]: definition for definition in named_types(plain)}
            self.spelt = _spelt_out(plain, names, iter(range(MAX_PARTS)))
            self.whole = parse_schema(plain)
        except (SchemaParseException, UnknownType, LookupError, TypeError, AttributeError, ValueError, RecursionError):
            raise unresolvable("not a schema of a record") from None
        self.branches = self.spelt if isinstance(self.spelt, list) else [self.spelt]

    def check(self, branch: int) -> str:
        """Return the name of a branch's record of ours. Raises `Malformed` (UNKNOWN_SCHEMA) if we can never read it."""
        spelt = self.branches[branch]
        name = spelt["name"].rpartition(".")[2] if isinstance(spelt, dict) and spelt["type"] == "record" else ""
        if name not in CURRENT:
            raise unresolvable("a record that we do not have")
        theirs = {field["name"]: field["type"] for field in spelt["fields"]}
        ours = CURRENT[name].schema["fields"]
        sure = [field for field in ours if not _varies(theirs.get(field["name"]))]
        if culprit := self._culprit(name, sure, self._index(branch) + _ZEROS):
            raise unresolvable("a field that cannot become ours").within(culprit).within(name)
        return name

    def _index(self, branch: int) -> bytes:
        """What stands before a value: the branch's number if there are several."""
        out = BytesIO()
        if isinstance(self.spelt, list):
            schemaless_writer(out, "long", branch)
        return out.getvalue()

    def resolved(self, name: str, data: bytes) -> Record:
        """Return our record out of strict bytes. Raises `Malformed` for a symbol or branch that we do not have."""
        try:
            return cast("Record", _MAKE[name](schemaless_reader(BytesIO(data), self.whole, _PARSED[name])))
        except (SchemaResolutionError, UnicodeDecodeError):
            fault = undecodable("a kind of value that the field does not have")
            raise fault.within(self._culprit(name, CURRENT[name].schema["fields"], data)).within(name) from None

    def _culprit(self, name: str, fields: Iterable[Mapping[str, Any]], data: bytes) -> str:
        """Return the first of our fields that cannot be had out of these bytes; nothing if there is none."""
        for field in fields:
            try:
                schemaless_reader(BytesIO(data), self.whole, {**CURRENT[name].schema, "fields": [field]})
            except (SchemaResolutionError, UnicodeDecodeError, EOFError):
                return str(field["name"])
        return ""


def _spelt_out(schema: Schema, names: Mapping[str, Schema], parts: Iterator[int], depth: int = 0) -> Schema:
    """Replace names by what they stand for.

    Raises `ValueError` for what has no bound, such as a record that contains itself, or items that cost no bytes.
    """
    if next(parts, None) is None or depth > MAX_DEPTH:
        raise ValueError("a schema of too many parts")
    inner = partial(_spelt_out, names=names, parts=parts, depth=depth + 1)
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
    if kind == "enum" or (kind == "fixed" and type(schema["size"]) is int and schema["size"] > 0):
        return schema
    raise ValueError("no type, or one of no bytes")


def _varies(schema: Schema) -> bool:
    """Whether it may depend on the value if it can become ours: symbols and branches that we lack may not occur."""
    if isinstance(schema, dict):
        inner = [schema.get("items"), schema.get("values"), *(field["type"] for field in schema.get("fields", ()))]
        return schema["type"] == "enum" or any(map(_varies, inner))
    return isinstance(schema, list)


def reader_for(schema: Schema) -> Read:
    """Return the reader of a record written with a schema as our record of that name.

    Raises `Malformed` (UNKNOWN_SCHEMA) if we have none, or if the two cannot be resolved.
    """
    written = _Written(schema)
    if isinstance(written.whole, list):
        raise unresolvable("not a schema of a record")
    name = written.check(0)

    def read(data: bytes, at: int) -> Record:
        try:
            end = end_of(written.spelt, data, at)
        except Malformed as fault:
            raise fault.within(name) from None
        if end != len(data):
            raise undecodable("bytes are left over").within(name)
        return written.resolved(name, data[at:])

    return read


def reader_of_any(schema: Schema) -> ReadItem:
    """Return the reader of records or of a union of records, as container files have it.

    A value of a record that is not ours is passed over, and comes out as the `Malformed` that it is. Raises `Malformed`
    (UNKNOWN_SCHEMA) if even its end cannot be found.
    """
    written = _Written(schema)
    if not written.branches or not all(isinstance(b, dict) and b["type"] == "record" for b in written.branches):
        raise unresolvable("not a schema of records")
    names = [_checked(written, branch) for branch in range(len(written.branches))]

    def read(data: bytes, at: int) -> tuple[Record | Malformed, int]:
        end = end_of(written.spelt, data, at)
        name = names[number(data, at)[0] if isinstance(written.spelt, list) else 0]
        return name if isinstance(name, Malformed) else written.resolved(name, data[at:end]), end

    return read


def _checked(written: _Written, branch: int) -> str | Malformed:
    try:
        return written.check(branch)
    except Malformed as fault:
        return fault
